"""`penumbra doctor`: whether this machine, its database, log, keys and sources are fit, and what to do where not."""

import json
import sys
from typing import TYPE_CHECKING, NamedTuple

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from services.kit.settings import Settings

LEAST_FREE = 1 << 30


class Finding(NamedTuple):
    """One thing looked at. `fit` False makes the whole unfit; `next` are the steps that mend it, or are advised."""

    name: str
    fit: bool
    says: str
    next: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """How it is called on screen: what only wants looking at is not unfit."""
        return "UNFIT" if not self.fit else "look" if self.next else "fit"


def register(root: typer.Typer) -> None:
    """Adds the command."""

    @root.command()
    def doctor(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
        """Look at everything Penumbra stands on, changing nothing; exit 1 if something is unfit."""
        import asyncio

        findings = asyncio.run(examined())
        if as_json:
            typer.echo(json.dumps([found._asdict() for found in findings], ensure_ascii=False))
        else:
            for found in findings:
                typer.echo(f"{found.word}\t{found.name}\t{found.says}")
                for step in found.next:
                    typer.echo(f"\t\t→ {step}")
        if not all(found.fit for found in findings):
            raise typer.Exit(1)


async def examined() -> list[Finding]:
    """All findings: this machine first, then what answers over the network."""
    from services.cli import checkup, provider_checkup
    from services.kit.errors import Misconfigured
    from services.kit.settings import load

    try:
        settings = load()
    except Misconfigured as fault:
        steps = ("Mend each; penumbra settings shows what every one means once they can be read.",)
        return [_python(), *(Finding("settings", False, each, steps) for each in fault.faults)]
    found = [_python(), *_settings(settings), *_data(settings.data), keys_here(settings)]
    found += [each async for each in checkup.database(settings)]
    return [*found, *await provider_checkup.provider(settings), await checkup.services(settings)]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    fit = sys.version_info >= (3, 11)
    return Finding("python", fit, version, () if fit else ("Use Python 3.11 or newer: make PYTHON=python3.12",))


def _settings(settings: "Settings") -> "Iterator[Finding]":
    """Names nobody knows (a slip), and files that are named and can't be read."""
    import os
    from pathlib import Path

    from services.kit.slips import here

    for name, near in here():
        steps = (f"Did you mean {near}?",) if near is not None else ()
        yield Finding(f"setting {name}", True, "no setting of this name", steps)
    files = {
        field: value for field in type(settings).model_fields
        if isinstance(value := getattr(settings, field), Path) and field != "data"
    }  # fmt: skip
    for field, path in files.items():
        if not os.access(path, os.R_OK):
            name = f"PENUMBRA_{field.upper()}"
            yield Finding(f"setting {name}", False, f"{path} can't be read", ("Mend the path, or its permissions.",))
    yield Finding("settings", True, "each can be read")


def _data(folder: "Path") -> "Iterator[Finding]":
    """The data folder: writable, with room, and what would be opened in it for the database's user."""
    import os
    import shutil

    from services.kit.postgres import closed_folders

    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    writable = there.is_dir() and os.access(there, os.W_OK)
    steps = () if writable else (f"Let this user write to {there}, or set PENUMBRA_DATA to another folder.",)
    yield Finding("data folder", writable, str(folder), steps)
    free = shutil.disk_usage(there).free
    room = () if free >= LEAST_FREE else ("Make room: below 1 GiB the embedded database may stop.",)
    yield Finding("disk space", not room, f"{free / 2**30:.1f} GiB free", room)
    if os.geteuid() == 0:
        closed = [str(path) for path in closed_folders(folder)]
        says = f"an embedded PostgreSQL opens these to its user (o+x): {', '.join(closed)}" if closed else "none"
        yield Finding("folders opened as root", True, says)


def keys_here(settings: "Settings") -> Finding:
    """The keys, and whether others may read them."""
    from pathlib import Path

    from services.kit import keys
    from services.kit.errors import Misconfigured

    ref = settings.keys or f"file:{settings.data / 'keys.json'}"
    scheme, _, place = ref.partition(":")
    if scheme == "file" and place and not Path(place).exists():
        return Finding("keys", True, f"{place} is made at the first start")
    try:
        fingerprint = keys.load(settings.keys, settings.data).fingerprint
    except Misconfigured as fault:
        return Finding("keys", False, str(fault), ("Restore the keys of the last backup: penumbra restore.",))
    if scheme == "file" and Path(place).stat().st_mode & 0o077:
        return Finding("keys", False, f"others may read {place}", (f"chmod 600 {place}",))
    return Finding("keys", True, f"fingerprint {fingerprint}")
