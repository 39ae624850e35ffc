"""`penumbra evaluate`: measures every label, writes the model card and what the console shows."""

import typer

_WORSE = 1


def register(root: typer.Typer) -> None:
    """Adds the command."""
    root.command("evaluate")(evaluate)


def evaluate(
    section: list[str] = typer.Option([], "--section", help="Only this section, and write nothing; repeatable."),
    accept: bool = typer.Option(False, "--accept", help="Make these figures the baseline that the tests hold."),
) -> None:
    """Measure every label and write the model card; exit 1 where a figure fell by more than its interval."""
    from services.classifier.evaluation import run
    from services.classifier.evaluation.card import interval, value
    from services.kit.errors import Misconfigured

    known = [module.__name__.rpartition(".")[2] for module in run.sections()]
    if unknown := sorted(set(section) - set(known)):
        raise Misconfigured(f"--section: there is no {', '.join(unknown)}; there are {', '.join(known)}")
    card = run.measured(lambda name: typer.echo(f"measuring {name} …", err=True), frozenset(section) or None)
    for figure in card.figures().values():
        reached = {True: "reached", False: "MISSED", None: ""}[figure.met]
        typer.echo(f"{figure.id}\t{value(figure)}\t{interval(figure)}\t{reached}")
    if not section:
        run.write(card)
        typer.echo(f"wrote {run.CARD}", err=True)
    if accept:
        run.accept(card)
    elif fallen := list(run.fallen(card, run.baseline())):
        for one in fallen:
            typer.echo(f"worse than accepted: {one}", err=True)
        raise typer.Exit(_WORSE)
