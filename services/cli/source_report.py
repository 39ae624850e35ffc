"""How `penumbra source` prints what it has to say: JSON, and a run or a trial with its counts."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from services.ingest.collect import Report


def print_json(value: object) -> None:
    import msgspec

    typer.echo(msgspec.json.encode(value).decode())


def print_report(report: "Report", *, as_json: bool) -> None:
    from services.kit.control.rows import TROUBLES

    counts = report.counts
    if as_json:
        print_json(
            {
                "outcome": report.outcome, "message": report.message, "pages": counts.pages,
                "records": counts.records, "observed": counts.observed, "ignored": counts.ignored,
                "rejected": counts.rejected, "observations": counts.published,
            }
        )  # fmt: skip
    else:
        ignored = sum(counts.ignored.values())
        typer.echo(
            f"{report.outcome}\t{counts.records} records, {counts.observed} observed, {ignored} ignored, "
            f"{counts.rejected} rejected"
        )
    if report.message and not as_json:
        typer.echo(report.message, err=True)
    if report.outcome in TROUBLES:
        raise typer.Exit(1)
