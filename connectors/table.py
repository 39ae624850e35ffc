"""The table of sources in README.md, written from the declarations: `python -m connectors.table`."""

import sys
from collections.abc import Iterable
from pathlib import Path

from connectors.base import Connector, discover

README = Path(__file__).parent / "README.md"
PAGES = Path(__file__).parent / "pages"
BEGIN, END = "<!-- table of sources: python -m connectors.table -->\n", "<!-- end of the table -->\n"
_HEAD = "| source | what it is | kinds | comes by | evidence | permission or setting |\n|---|---|---|---|---|---|\n"


def table(connectors: Iterable[Connector]) -> str:
    """The table, and a line that counts; Markdown."""
    rows = list(connectors)
    proven = [row for row in rows if row.evidence != "unverified"]
    return f"{len(rows)} sources, {len(proven)} with evidence.\n\n{_HEAD}{''.join(map(_line, rows))}"


def written(readme: str, connectors: Iterable[Connector]) -> str:
    """README's text with the table between its marks. Raises ValueError where a mark is missing."""
    before, _, rest = readme.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{README}: no marks for the table of sources")
    return f"{before}{BEGIN}{table(connectors)}{END}{after}"


def _line(one: Connector) -> str:
    kinds = ", ".join(map(str, one.kinds)) or "people" * (one.name in _PEOPLE) or "registry"
    cells = (f"[`{one.name}`](pages/{one.name}.md)", one.title, kinds, ", ".join(one.how), one.evidence)
    return f"| {' | '.join(map(_cell, (*cells, '; '.join(one.permissions))))} |\n"


_PEOPLE = ("directory_csv", "scim")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8"), discover().values()), encoding="utf-8")
    sys.stdout.write(f"{README}\n")
