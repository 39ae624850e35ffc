"""What the demo needs of the company: files in a folder, and source instances that point at its logs and APIs."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from services.simulator import company
from services.simulator.people import write_directory
from services.simulator.registry import write_registry
from services.simulator.server import Credentials, credentials
from services.simulator.squid_log import write_logs
from services.simulator.world import World, save, saved, world

WORLD = "world.json"
WRITTEN = "written"
FOLDER = "sample-company"
"""The demo's folder under the data folder; `penumbra simulate truth` finds the demo's company there."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A source instance to add. `folder` is set where files are watched, and `pattern` says which."""

    connector: str
    name: str
    config: dict[str, Any]
    folder: str | None = None
    pattern: str = "*"


@dataclass(frozen=True, kw_only=True)
class DemoFiles:
    """The files of the demo. `secrets` are the files that hold the APIs' credentials, by name."""

    folder: Path
    squid_folder: Path
    directory_csv: Path
    registry_csv: Path
    secrets: dict[str, Path]
    credentials: Credentials

    def sources(self, base_url: str) -> list[Source]:
        """The instances to add once the APIs are served at `base_url`; files come first, the directory before all."""
        secret = {name: f"file:{path}" for name, path in self.secrets.items()}
        feed = {
            "tenant_id": company.TENANT, "client_id": company.CLIENT, "client_secret": secret["client_secret"],
            "base_url": base_url, "login_url": base_url,
        }  # fmt: skip
        log = {"org": f"{company.OKTA_ORG}.okta.example", "token": secret["okta_token"], "base_url": base_url}
        return [
            _file("directory_csv", "directory", self.directory_csv),
            _file("registry_csv", "registry", self.registry_csv),
            self._proxy(company.SQUID_OFFICE, {}),
            self._proxy(company.SQUID_BRANCH, {"format": company.BRANCH_FORMAT}),
            Source(connector="m365_management", name=company.M365, config=feed),
            Source(connector="okta", name=company.OKTA, config=log),
        ]

    def _proxy(self, name: str, config: dict[str, Any]) -> Source:
        folder = str(self.squid_folder / name)
        return Source(connector="squid", name=name, config=config, folder=folder, pattern="access.log*")


def _file(connector: str, name: str, path: Path) -> Source:
    return Source(connector=connector, name=name, config={}, folder=str(path.parent), pattern=path.name)


def demo_world(data: Path, now: datetime, *, people: int = 300, seed: int = 1) -> World:
    """The company kept in the data folder, else a new one that is kept there."""
    place = data / FOLDER / WORLD
    kept = saved(place)
    if kept is not None:
        return kept
    made = world(now, people=people, seed=seed)
    save(made, place)
    return made


async def plan_demo(made: World, folder: Path, *, logs: bool = True) -> DemoFiles:
    """Writes the company's logs, directory, registry and secrets below `folder`, once: a second start finds them.

    The same world writes the same bytes, but for the secrets. Without `logs`, somebody else writes them (`follow`).
    """
    return await asyncio.to_thread(_write, made, folder, logs=logs)


def _write(made: World, folder: Path, *, logs: bool) -> DemoFiles:
    folder.mkdir(parents=True, exist_ok=True)
    directory, registry, proxies = folder / "directory.csv", folder / "registry.csv", folder / "logs"
    files = {name: folder / f"{name}.secret" for name in ("client_secret", "okta_token")}
    known = DemoFiles(
        folder=folder, squid_folder=proxies, directory_csv=directory, registry_csv=registry, secrets=files,
        credentials=_credentials(files),
    )  # fmt: skip
    written, told = folder / WRITTEN, f"penumbra {version('penumbra')} {'with' if logs else 'without'} logs"
    if written.exists() and written.read_text() == told and saved(folder / WORLD) == made:
        return known
    save(made, folder / WORLD)
    with directory.open("w", encoding="utf-8", newline="") as file:
        write_directory(made, file)
    with registry.open("w", encoding="utf-8", newline="") as file:
        write_registry(made, file)
    if logs:
        write_logs(made, proxies)
    written.write_text(told)
    return known


def _credentials(files: dict[str, Path]) -> Credentials:
    """Those in the files, readable by their owner only; fresh ones where a file is missing."""
    fresh = credentials()
    for name, path in files.items():
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(getattr(fresh, name))
    return Credentials(**{name: path.read_text() for name, path in files.items()})
