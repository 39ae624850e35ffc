"""The model card as Markdown: every figure with its interval and target, tables, plots, and limits. Pure."""

from collections.abc import Iterator

from schemas.figures import Card, Figure, Section, Table

_HEAD = """# Model card: how often labels are wrong

Written by `penumbra evaluate` (`make evaluate`), never by hand: the same code, catalog and corpora give the same
digits. Corpora of {dated}; {versions}.
Intervals are 95 %: Wilson's for plain shares, else by resampling vendors (200 times, one seed). A figure that falls
below its accepted interval (`evaluation/baseline.json`) fails the tests.
"""


def written(card: Card) -> str:
    """The whole card."""
    versions = ", ".join(f"{name} `{version}`" for name, version in card.versions.items())
    parts = [_HEAD.format(dated=card.dated, versions=versions), _targets(card)]
    parts += ["\n".join(_section(section)) for section in card.sections]
    return "\n".join(parts).rstrip() + "\n"


def _targets(card: Card) -> str:
    aimed = [figure for section in card.sections for figure in section.figures if figure.target is not None]
    rows = "\n".join(
        f"| {figure.title} | {bound(figure)} | {value(figure)} | {_met(figure)} |" for figure in aimed
    )  # fmt: skip
    return f"## What was aimed at\n\n| figure | target | measured | reached |\n|---|---|---|---|\n{rows}\n"


def _met(figure: Figure) -> str:
    return {True: "yes", False: "**no**", None: "not estimable"}[figure.met]


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.title}\n\n{section.about}\n"
    yield "| figure | measured | 95 % | cases |\n|---|---|---|---|"
    for figure in section.figures:
        note = f" ({figure.note})" if figure.note else ""
        yield f"| {figure.title}{note} | {value(figure)} | {interval(figure)} | {figure.of:,} |"
    yield ""
    for curve in section.curves:
        yield f"![Reliability: {curve.title}](evaluation/plots/{curve.id}.svg)\n"
    for table in section.tables:
        yield _table(table)
    if section.limits:
        yield "What these figures cannot tell:\n"
        yield "\n".join(f"- {limit}" for limit in section.limits) + "\n"


def _table(table: Table) -> str:
    lines = [f"**{table.title}**\n", "| " + " | ".join(table.columns) + " |", "|" + "---|" * len(table.columns)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in table.rows)]) + "\n"


def value(figure: Figure) -> str:
    """The value in as many digits as say something."""
    if figure.value is None:
        return "not estimable"
    return f"{figure.value:.4f}{f' {figure.unit}' if figure.unit else ''}"


def interval(figure: Figure) -> str:
    """The interval in words; empty without one."""
    return f"{figure.low:.4f} to {figure.high:.4f}" if figure.low is not None and figure.high is not None else ""


def bound(figure: Figure) -> str:
    """The target with its side."""
    return f"{'≥' if figure.better == 'higher' else '≤'} {figure.target}"
