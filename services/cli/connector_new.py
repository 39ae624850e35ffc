"""`penumbra connector new`: a connector's file, its sample, its recorded exchanges and its page, all running."""

import sys
from pathlib import Path

import typer

_FILES = {
    "connector.py.txt": "connectors/{name}.py",
    "page.md.txt": "connectors/pages/{name}.md",
    "events.json.txt": "tests/connectors/samples/{name}/events.json",
    "events.expected.json.txt": "tests/connectors/samples/{name}/events.json.expected.json",
    "two_pages.json.txt": "tests/connectors/exchanges/{name}/two_pages.json",
    "refused.json.txt": "tests/connectors/exchanges/{name}/refused.json",
}
"""The patterns beside this module, and where each goes."""


def new(
    name: str = typer.Argument(help="Lower-case letters, digits and _."),
    into: Path = typer.Option(Path(), "--into", help="The folder of the project."),
) -> None:
    """Write a connector: its file, sample, recorded exchanges and page."""
    from services.kit.errors import Misconfigured

    targets = {pattern: into / place.format(name=name) for pattern, place in _FILES.items()}
    faults = []
    if not (name.isidentifier() and name == name.lower()):
        faults.append(f"NAME {name!r}: lower-case letters, digits and _ only")
    elif not (into / "connectors").is_dir():
        faults.append(f"--into {into}: no folder connectors in it; name the project's folder")
    else:
        faults += [f"{target}: exists; choose another name" for target in targets.values() if target.exists()]
    if faults:
        raise Misconfigured(*faults)
    for pattern, target in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (Path(__file__).parent / "new_connector" / pattern).read_text(encoding="utf-8")
        target.write_text(text.replace("NAME_TOKEN", f"{name.upper()}_TOKEN").replace("NAME", name), encoding="utf-8")
        sys.stdout.write(f"{target}\n")
    sys.stderr.write(
        f"next: replace what is invented by the vendor's own, then `penumbra connector check {name}` and "
        "`pytest tests/connectors`\n"
    )
