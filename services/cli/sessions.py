"""`penumbra session list|revoke`: who is signed in, and putting them out."""

import typer

_BY = "penumbra session"


def register(root: typer.Typer) -> None:
    """Adds the group."""
    group = typer.Typer(no_args_is_help=True, help="Who is signed in, and putting them out at once.")
    group.command("list")(list_all)
    group.command("revoke")(revoke)
    root.add_typer(group, name="session")


def list_all(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """List the sessions that are open, with the roles they have at this moment."""
    import asyncio

    from services.cli.session import runtime
    from services.kit.access import SessionRecord, Sessions, rules

    async def act() -> list[SessionRecord]:
        async with runtime() as rt:
            return await Sessions(rt.engine, rt.clock, rules(rt.settings)).all()

    records = asyncio.run(act())
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(records))
        return
    for one in records:
        roles = ",".join(one.roles) or "no role"
        times = f"seen {one.seen_at:%Y-%m-%d %H:%M}\tends {one.ends_at:%Y-%m-%d %H:%M}"
        typer.echo(f"{one.id}\t{one.subject}\t{roles}\t{one.by}\t{times}")


def revoke(
    session: str = typer.Argument("", help="Its id, as `penumbra session list` shows."),
    person: str = typer.Option("", "--person", help="All sessions of whoever has this name."),
) -> None:
    """End a session, or all of a person, at once."""
    import asyncio

    from services.cli.session import runtime
    from services.kit.access import Sessions, rules
    from services.kit.errors import Misconfigured

    if bool(session) == bool(person):
        raise Misconfigured("give either the id of a session or --person NAME; `penumbra session list` shows both")

    async def act() -> int:
        async with runtime() as rt:
            sessions = Sessions(rt.engine, rt.clock, rules(rt.settings))
            if person:
                return await sessions.revoke_person(person, _BY)
            await sessions.revoke(session, _BY)
            return 1

    ended = asyncio.run(act())
    typer.echo(f"{ended} session{'' if ended == 1 else 's'} ended", err=True)
    if not ended:
        raise typer.Exit(1)
