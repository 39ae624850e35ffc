"""`penumbra model train|evaluate|show`: the models of names nobody catalogued, made, measured and told."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from services.classifier.corpora.names import Kind, Name


def register(root: typer.Typer) -> None:
    """Adds the group."""
    from services.cli.evaluate import evaluate

    group = typer.Typer(no_args_is_help=True, help="The models that weigh what the catalog does not name.")
    group.command("train")(train)
    group.command("evaluate")(evaluate)
    group.command("show")(show)
    root.add_typer(group, name="model")


def train(
    out: Path | None = typer.Option(None, "--out", help="Folder to write to; else the shipped models are replaced."),
    verdicts: Path | None = typer.Option(
        None, "--verdicts", help="Analysts' verdicts as labelled examples: lines of label.v1 or /corrections.json."
    ),
) -> None:
    """Train both name models from the corpus; the same catalog and corpus give the same files."""
    from services.classifier.training import train as training
    from services.classifier.training.verdicts import read
    from services.labelling.catalog import cache_folder, vendors
    from services.labelling.tail.model import FOLDER

    told: dict[Kind, list[Name]] = read(verdicts) if verdicts is not None else {}
    made = training.train(vendors((), cache_folder()), told, out or FOLDER, out or training.ESTIMATORS)
    for one in made:
        typer.echo(f"{one.kind}\t{one.version}\ttrained on {_counted(one.training)}\theld out {_counted(one.held)}")


def show(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """Say which models are shipped, what they were made of, and the thresholds and prior they decide by."""
    import msgspec

    from services.classifier.training.train import manifest
    from services.labelling.tail import evidence, model, verdict

    told = {
        "models": msgspec.to_builtins(manifest()),
        "prior": evidence.PRIOR, "suspected": verdict.SUSPECTED, "review": verdict.REVIEW, "name_cap": model.CAP,
    }  # fmt: skip
    if as_json:
        typer.echo(json.dumps(told))
        return
    for one in manifest():
        typer.echo(f"{one.kind}\t{one.version}\ttrained on {_counted(one.training)}\theld out {_counted(one.held)}")
    typer.echo(f"prior {evidence.PRIOR:.1%}; suspected from {verdict.SUSPECTED}, review from {verdict.REVIEW}")


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {origin}" for origin, count in counts.items())
