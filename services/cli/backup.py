"""`penumbra backup FILE` and `penumbra restore FILE`: the database and the keys, in one file."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from services.kit.backup import Restored, Taken
    from services.kit.keys import Keys
    from services.kit.settings import Settings

_BY = "penumbra backup"
_PASSPHRASE = typer.Option(None, "--passphrase", help="Where the passphrase is: env:NAME or file:/path.")


def register(root: typer.Typer) -> None:
    """Adds the commands."""
    root.command()(backup)
    root.command()(restore)


def backup(
    file: Path = typer.Argument(help="The file to write; one that is there is replaced once the new one is whole."),
    passphrase: str | None = _PASSPHRASE,
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Save the database and the keys as of one moment, while the services run."""
    import asyncio

    taken = asyncio.run(_take(file, passphrase))
    _print(taken._asdict(), as_json=as_json)
    if passphrase is None:
        typer.echo(
            f"{file} holds the keys in clear: who reads it can tell who a pseudonym is. Keep it as you keep the keys, "
            "or seal it: --passphrase env:NAME",
            err=True,
        )
    typer.echo(
        "Not in it: secrets behind env: and file: references, and a Kafka log. Keep those on their own.", err=True
    )


async def _take(file: Path, passphrase: str | None) -> "Taken":
    from services.cli.session import runtime
    from services.kit import secrets
    from services.kit.access import audit
    from services.kit.backup import take

    secret = secrets.resolve(passphrase) if passphrase is not None else None
    async with runtime() as opened:
        taken = await take(opened, file, secret)
        async with opened.engine.begin() as connection:
            detail = {"rows": taken.rows, "sealed": secret is not None}
            act = audit.Act(opened.clock.now(), _BY, "backup.take", f"keys:{taken.fingerprint[:8]}", detail)
            await audit.record(connection, act)
        return taken


def restore(
    file: Path = typer.Argument(help="A file of `penumbra backup`."),
    passphrase: str | None = _PASSPHRASE,
    replace: bool = typer.Option(False, "--replace", help="Put it in place of a database, or of keys, that are there."),
    keys_to: Path | None = typer.Option(None, "--keys-to", help="Where the keys go; else where PENUMBRA_KEYS says."),
    forget_positions: bool = typer.Option(False, "--forget-positions", help="Read a new Kafka log from its beginning."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Put a backup back; the services must be ended. Refuses a database with rows, and other keys, unless told."""
    import asyncio

    restored = asyncio.run(
        _restore(file, passphrase, replace=replace, keys_to=keys_to, forget_positions=forget_positions)
    )
    _print(restored._asdict(), as_json=as_json)
    typer.echo(
        "Everybody signs in again. Tokens revoked since the backup are valid again: penumbra token list", err=True
    )


async def _restore(
    file: Path, passphrase: str | None, *, replace: bool, keys_to: Path | None, forget_positions: bool
) -> "Restored":
    from contextlib import AsyncExitStack

    from services.kit import backup as work
    from services.kit import logs, secrets
    from services.kit.db import check, connect
    from services.kit.errors import Misconfigured
    from services.kit.postgres import owned
    from services.kit.settings import load

    settings = load()
    logs.configure(settings)
    secret = secrets.resolve(passphrase) if passphrase is not None else None
    place, present = _keys(settings, keys_to, replace=replace)
    async with AsyncExitStack() as stack:
        url: object = settings.database_url.get_secret_value() if settings.database_url else None
        if url is None:
            url = (await stack.enter_async_context(owned(settings.data))).url()
        engine = connect(str(url) if isinstance(url, str) else url)  # type: ignore[arg-type] # a URL where it is no text
        stack.push_async_callback(engine.dispose)
        trouble = await check(engine)
        if trouble:
            raise Misconfigured(f"PENUMBRA_DATABASE_URL: {trouble}; start it, or mend the address")
        return await work.restore(
            engine, file, secret, keys=place, present=present, replace=replace, forget_positions=forget_positions
        )


def _keys(settings: "Settings", keys_to: Path | None, *, replace: bool) -> "tuple[Path | None, Keys | None]":
    """The file the keys are in (None: the environment), and the keys that are there; nothing is made.

    A damaged file counts as none with `replace`: a backup is what one reaches for then.
    """
    from services.kit import keys
    from services.kit.errors import Misconfigured

    scheme, _, rest = (settings.keys or f"file:{settings.data / 'keys.json'}").partition(":")
    place = keys_to or (Path(rest) if scheme == "file" else None)
    there = place.exists() if place is not None else True
    ref = f"file:{place}" if place is not None else settings.keys
    try:
        return place, keys.load(ref, settings.data) if there else None
    except Misconfigured as fault:
        if place is None:
            raise
        if not replace:
            raise Misconfigured(*fault.faults, "--replace sets it aside and puts the backup's in its place") from None
        return place, None


def _print(fields: dict[str, object], *, as_json: bool) -> None:
    import json

    if as_json:
        typer.echo(json.dumps(fields))
        return
    for name, value in fields.items():
        typer.echo(f"{name}\t{value}")
