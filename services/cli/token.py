"""`penumbra token create|list|revoke`: tokens for machines."""

import json

import typer

_BY = "penumbra token"


def register(root: typer.Typer) -> None:
    """Adds the group."""
    group = typer.Typer(no_args_is_help=True, help="Tokens for machines: shown once, with scopes and an end.")
    group.command("create")(create)
    group.command("list")(list_all)
    group.command("revoke")(revoke)
    root.add_typer(group, name="token")


def create(
    name: str = typer.Argument(help="What the token is for."),
    scope: list[str] = typer.Option([], "--scope", help="A permission such as alerts:read, or a role; repeatable."),
    days: int = typer.Option(365, "--days", help="Days until it ends."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Make a token and print it: it can't be had again."""
    import asyncio
    from datetime import timedelta

    from services.cli.session import runtime
    from services.kit.access import Tokens

    async def act() -> tuple[str, str]:
        async with runtime() as rt:
            record, token = await Tokens(rt.engine, rt.clock).create(name, tuple(scope), timedelta(days=days), _BY)
            return record.id, token

    token_id, token = asyncio.run(act())
    typer.echo(json.dumps({"id": token_id, "token": token}) if as_json else token)
    typer.echo("Keep it now: it is stored as a digest and can't be shown again.", err=True)


def list_all(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """List tokens, revoked and ended ones too; never their secrets."""
    import asyncio

    from services.cli.session import runtime
    from services.kit.access import TokenRecord, Tokens

    async def act() -> list[TokenRecord]:
        async with runtime() as rt:
            return await Tokens(rt.engine, rt.clock).all()

    records = asyncio.run(act())
    if as_json:
        import msgspec

        typer.echo(msgspec.json.encode(records))
        return
    for record in records:
        state = "revoked" if record.revoked_at else f"until {record.expires_at:%Y-%m-%d}"
        used = f"used {record.last_used_at:%Y-%m-%d %H:%M}" if record.last_used_at else "never used"
        typer.echo(f"{record.id}\t{record.name}\t{','.join(record.scopes)}\t{state}\t{used}")


def revoke(token_id: str = typer.Argument(help="Its id, as `penumbra token list` shows.")) -> None:
    """End a token at once."""
    import asyncio

    from services.cli.session import runtime
    from services.kit.access import Tokens

    async def act() -> None:
        async with runtime() as rt:
            await Tokens(rt.engine, rt.clock).revoke(token_id, _BY)

    asyncio.run(act())
    typer.echo(f"{token_id} is revoked", err=True)
