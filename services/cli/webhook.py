"""`penumbra webhook add|change|test|list|show|rotate|disable|enable|replay|remove`: where alerts are sent."""

import json
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from services.inventory.delivery.wanted import Wanted
    from services.kit.runtime import Runtime

_BY = "penumbra webhook"
_ID = typer.Argument(help="Its id, as `penumbra webhook list` shows.")
_JSON = typer.Option(False, "--json", help="Print JSON.")
_FORMAT = typer.Option("penumbra", "--format", help="What bodies are: `penumbra render list` names all.")
_TYPE = typer.Option([], "--type", help="Only alert.opened, alert.changed or alert.closed; may be repeated, as all.")
_SEVERITY = typer.Option([], "--severity", help="Only critical, high, medium, low or info.")
_STANDING = typer.Option([], "--standing", help="Only prohibited, unregistered, expired …")
_UNIT = typer.Option([], "--unit", help="Only alerts about this unit.")
_TOOL = typer.Option([], "--tool", help="Only alerts about this tool, by its catalog id.")
Result = TypeVar("Result")


def register(root: typer.Typer) -> None:
    """Adds the group."""
    group = typer.Typer(no_args_is_help=True, help="Webhook endpoints: signed, in order for each alert.")
    group.command("add")(add)
    group.command("change")(change)
    group.command("test")(send_test)
    group.command("list")(list_all)
    group.command("show")(show)
    group.command("rotate")(rotate)
    group.command("disable")(disable)
    group.command("enable")(enable)
    group.command("replay")(replay)
    group.command("remove")(remove)
    root.add_typer(group, name="webhook")


def _run(act: "Callable[[Runtime], Awaitable[Result]]") -> Result:
    import asyncio

    from services.cli.session import runtime

    async def inside() -> Result:
        async with runtime() as rt:
            return await act(rt)

    return asyncio.run(inside())


def add(
    url: str = typer.Argument(help="https://host/path; http only into networks of PENUMBRA_ALLOW_PRIVATE."),
    description: str = typer.Option("", "--description", help="What it is."),
    form: str = _FORMAT,
    kind: list[str] = _TYPE,
    severity: list[str] = _SEVERITY,
    standing: list[str] = _STANDING,
    unit: list[str] = _UNIT,
    tool: list[str] = _TOOL,
    as_json: bool = _JSON,
) -> None:
    """Add an endpoint and print its signing secret: it can't be had again. Without filters it is told of all alerts."""
    from services.inventory.delivery.endpoints import Endpoints

    wanted = _wanted(form, kind, severity, standing, unit, tool)
    endpoint, secret = _run(lambda rt: Endpoints(rt).add(url, _BY, description, wanted))
    typer.echo(json.dumps({"id": endpoint.id, "secret": secret}) if as_json else f"{endpoint.id}\t{secret}")
    typer.echo("Keep the secret now: the receiver verifies signatures with it.", err=True)


def change(
    endpoint: str = _ID,
    description: str = typer.Option("", "--description", help="What it is."),
    form: str = _FORMAT,
    kind: list[str] = _TYPE,
    severity: list[str] = _SEVERITY,
    standing: list[str] = _STANDING,
    unit: list[str] = _UNIT,
    tool: list[str] = _TOOL,
) -> None:
    """Give an endpoint a new description, format and filters, all at once: what is not named is as when adding."""
    from services.inventory.delivery.endpoints import Endpoints

    wanted = _wanted(form, kind, severity, standing, unit, tool)
    _run(lambda rt: Endpoints(rt).change(endpoint, _BY, description, wanted))
    typer.echo(f"{endpoint} is changed, from the next event on", err=True)


def _wanted(
    form: str, kind: list[str], severity: list[str], standing: list[str], unit: list[str], tool: list[str]
) -> "Wanted":
    from services.inventory.delivery.wanted import Wanted

    return Wanted(
        format=form, types=tuple(kind), severities=tuple(severity), standings=tuple(standing), units=tuple(unit),
        tools=tuple(tool),
    )  # fmt: skip


def send_test(endpoint: str = _ID) -> None:
    """Send a signed test message at once; exit 1 if the receiver does not take it."""
    from services.inventory.delivery.trial import trial

    outcome = _run(lambda rt: trial(rt, endpoint))
    typer.echo(f"{outcome.said} (after {outcome.milliseconds} ms)", err=not outcome.ok)
    if not outcome.ok:
        raise typer.Exit(1)


def list_all(as_json: bool = _JSON) -> None:
    """List endpoints and how they do; never their secrets."""
    from services.inventory.delivery.endpoints import Endpoints

    endpoints = _run(lambda rt: Endpoints(rt).all())
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(endpoints))
        return
    for endpoint in endpoints:
        success = f"{endpoint.last_success_at:%Y-%m-%d %H:%M}" if endpoint.last_success_at else "never"
        typer.echo(f"{endpoint.id}\t{endpoint.state}\t{endpoint.format}\t{endpoint.address}\tlast success {success}")


def show(
    endpoint: str = _ID,
    state: str = typer.Option("", "--state", help="Only deliveries that are waiting, delivered or dead."),
    limit: int = typer.Option(20, "--limit", min=1, max=1000, help="How many deliveries."),
    as_json: bool = _JSON,
) -> None:
    """Show an endpoint, what it wants, and its latest deliveries."""
    from services.inventory.delivery.endpoints import Endpoint, Endpoints
    from services.inventory.delivery.queue import Delivery, Queue

    async def look(rt: "Runtime") -> tuple[Endpoint, dict[str, int], list[Delivery]]:
        queue = Queue(rt.engine, rt.clock)
        found = await Endpoints(rt).one(endpoint)
        return found, await queue.counts(endpoint), await queue.page(limit, None, state or None, endpoint)

    found, counts, deliveries = _run(look)
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode({"endpoint": found, "counts": counts, "deliveries": deliveries}))
        return
    wants = ", ".join(f"{name} {' '.join(given)}" for name, given in _filters(found.wanted).items()) or "all alerts"
    typer.echo(f"{found.id}\t{found.state}\t{found.format}\t{found.address}\t{wants}")
    if found.former_until is not None:
        typer.echo(f"both secrets sign until {found.former_until:%Y-%m-%d %H:%M}")
    typer.echo("\t".join(f"{number} {name}" for name, number in counts.items()))
    for each in deliveries:
        typer.echo(f"{each.number}\t{each.state}\t{each.type}\t{each.alert}\t{each.attempts}\t{each.reason or ''}")


def _filters(wanted: "Wanted") -> dict[str, tuple[str, ...]]:
    import msgspec

    return {name: given for name, given in msgspec.structs.asdict(wanted).items() if name != "format" and given}


def rotate(
    endpoint: str = _ID,
    hours: float = typer.Option(24, "--hours", min=0, max=24 * 30, help="How long both secrets sign."),
) -> None:
    """Make a new secret and print it; the former one signs beside it for a while."""
    from datetime import timedelta

    from services.inventory.delivery.endpoints import Endpoints

    typer.echo(_run(lambda rt: Endpoints(rt).rotate(endpoint, _BY, timedelta(hours=hours))))
    typer.echo(f"Both secrets sign for {hours:g} hours.", err=True)


def enable(endpoint: str = _ID) -> None:
    """Switch an endpoint on again that was switched off after 410 or 120 hours of failures."""
    from services.inventory.delivery.endpoints import Endpoints

    _run(lambda rt: Endpoints(rt).enable(endpoint, _BY))
    typer.echo(f"{endpoint} is on", err=True)


def disable(endpoint: str = _ID) -> None:
    """Switch an endpoint off; what waits and what comes becomes dead letters, which can be replayed."""
    from services.inventory.delivery.endpoints import Endpoints

    _run(lambda rt: Endpoints(rt).disable(endpoint, _BY))
    typer.echo(f"{endpoint} is off", err=True)


def replay(
    endpoint: str = typer.Argument("", help="Its id; not needed with --delivery."),
    since: str = typer.Option("", "--since", help="From when on: 2026-11-01, or 2026-11-01T08:00:00Z."),
    dead: bool = typer.Option(False, "--dead", help="Only what was given up, as it was written."),
    delivery: int = typer.Option(0, "--delivery", help="One delivery, by its number."),
) -> None:
    """Send again: one delivery, or all since a time, in the format and by the filters of now. Ids stay the same."""
    from services.inventory.delivery import replay as replays
    from services.inventory.delivery.queue import Queue
    from services.kit.errors import Misconfigured

    if delivery:
        _run(lambda rt: Queue(rt.engine, rt.clock).replay(delivery, _BY))
        typer.echo(f"delivery {delivery} is lined up again", err=True)
        return
    if not endpoint or not since:
        raise Misconfigured("give an endpoint's id and --since, or --delivery NUMBER")
    at = _moment(since)
    count = _run(lambda rt: replays.since(rt, endpoint, at, _BY, dead_only=dead))
    typer.echo(f"{count} deliveries are lined up", err=True)


def _moment(text: str) -> "datetime":
    from datetime import UTC, datetime

    from services.kit.errors import Misconfigured

    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Misconfigured(f"--since {text!r}: write 2026-11-01, or 2026-11-01T08:00:00Z") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def remove(endpoint: str = _ID) -> None:
    """Remove an endpoint; what still waits for it becomes dead letters."""
    from services.inventory.delivery.endpoints import Endpoints

    _run(lambda rt: Endpoints(rt).remove(endpoint, _BY))
    typer.echo(f"{endpoint} is removed", err=True)
