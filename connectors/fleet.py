"""Fleet: what software hosts have, and the rows that scheduled queries gave, with the person a host is mapped to.

`GET /api/v1/fleet/hosts` by pages with `populate_software` and `device_mapping`, and reports of saved queries
(`GET /api/v1/fleet/queries/:id/report`), both whole once a day: fleetdm/fleet, docs/REST API/hosts.md and queries.md
(https://fleetdm.com/docs/rest-api/rest-api, read 2026-11-21; the examples there were parsed). Fields of an entry of
software also in server/fleet/software_test.go. What Fleet streams to a log is osquery's own: the source `osquery`.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.devices import mcp, people, programs
from connectors.shared.devices.tables import program
from connectors.shared.graph import items, maybe_moment, text
from connectors.shared.walks import Api, Listed, Places, Window, several, snapshot
from schemas.observation import Actor, App, Kind, Observation
from schemas.secretref import SecretRef

SIZE = 100
_NO_ROLE = "the token's user may not read this: give the API-only user the role Observer for all teams"
_REFUSALS = {
    401: Trouble("failing", "Fleet does not accept the token; make a new one for the API-only user"),
    403: Trouble("no_permission", _NO_ROLE),
    404: Trouble("failing", "Fleet has no such query or address; look at `reports` and `host`"),
}
_PACKAGES = {
    "npm_packages": "npm", "python_packages": "pypi", "homebrew_packages": "homebrew", "deb_packages": "deb",
    "rpm_packages": "rpm",
}  # fmt: skip
_TRUSTED = ("mdm_idp_accounts", "idp", "custom")
"""Sources of a mapping that name the person; profiles of Chrome may be private ones."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`host` is the server, `fleet.example.com`; `token` a reference to the API token of an API-only user.

    `reports` are ids of saved queries whose reports are read too. `base_url` overrides the address made of the host.
    """

    host: str
    token: str
    reports: tuple[int, ...] = ()
    snapshot_hours: int = 24
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.token)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Every host with its software, and each report, whole once in `snapshot_hours`."""
    config: Config = ctx.config
    base = (config.base_url or f"https://{config.host}").rstrip("/")
    api = Api(ctx, base, headers={"Authorization": f"Bearer {ctx.secret(config.token)}"}, refusals=_REFUSALS)
    places, every = Places(ctx), timedelta(hours=config.snapshot_hours)

    async def hosts(_window: Window, token: str | None) -> Listed:
        page = int(token or 0)
        asked = {
            "page": str(page), "per_page": str(SIZE), "order_key": "id", "populate_software": "true",
            "device_mapping": "true",
        }  # fmt: skip
        found = _list((await api.get("/api/v1/fleet/hosts", asked)).body, "hosts")
        return Listed(found, str(page + 1) if len(found) == SIZE else None)

    def report(number: int) -> AsyncIterator[Page]:
        async def ask(_window: Window, _token: str | None) -> Listed:
            body = (await api.get(f"/api/v1/fleet/queries/{number}/report")).body
            return Listed(_list(body, "results"), None, whole=body.get("report_clipped") is not True)

        return snapshot(ctx, f"report {number}", places, ask, every)

    streams = {"hosts": snapshot(ctx, "hosts", places, hosts, every)}
    async for page in several(ctx, streams | {f"report {number}": report(number) for number in config.reports}):
        yield page


def _list(body: Any, key: str) -> tuple[Any, ...]:
    if not isinstance(body, dict) or not isinstance(body.get(key) or [], list):
        raise Trouble("failing", f"Fleet answered without {key}")
    return tuple(body.get(key) or ())


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """One host with its software, or one row of a report. Raises Rejected for what is neither."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    if isinstance(record.get("columns"), dict) and "host_id" in record:
        return _row(record, record["columns"])
    if "hostname" not in record and "computer_name" not in record:
        raise Rejected("neither a host nor a row of a report")
    found = [(one, app) for one in items(record.get("software")) if (app := _program(one)) is not None]
    if not found:
        return Ignored("host without software")
    at = _at(record, "software_updated_at", "detail_updated_at", "updated_at", "seen_time")
    return iter([_installed(record, at, one, app) for one, app in found])


def _row(record: Mapping[str, Any], columns: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    device = text(record.get("host_name"))
    user = (
        people.login(columns.get("username"))
        or people.login(columns.get("user"))
        or people.of_path(columns.get("path"))
    )
    who = people.actor(device, user)
    server = mcp.row(columns)
    if server is not None:
        return iter((mcp.observation("fleet", _at(record, "last_fetched"), server, who),))
    named = program(columns, "")
    if named is None:
        return Ignored("table that says nothing of programs")
    facts = {**named.facts, "standing": "true"} if named.stands else named.facts
    told = Observation(
        source="fleet", kind=Kind.ENDPOINT, at=_at(record, "last_fetched"), actor=who, app=named.app,
        action=named.action, attributes=facts,
    )  # fmt: skip
    return iter((told,))


def _program(software: Mapping[str, Any]) -> App | None:
    """A program by the table it was found in (`source`)."""
    source, name = text(software.get("source")) or "", text(software.get("name"))
    key, vendor = text(software.get("extension_id")), text(software.get("vendor"))
    if source == "vscode_extensions":
        return programs.extension("vscode", name, None, vendor) if name and "." in name else None
    if source in ("chrome_extensions", "firefox_addons", "safari_extensions"):
        store = source.partition("_")[0]
        return programs.extension(store, key, name, vendor) if key else App(name=name) if name else None
    if manager := _PACKAGES.get(source):
        return programs.package(manager, name) if name else None
    return programs.app(text(software.get("bundle_identifier")), name, vendor)


def _installed(host: Mapping[str, Any], at: datetime, software: Mapping[str, Any], app: App) -> Observation:
    """Software on a host; it counts once a day, so the day it was read on is in its id."""
    facts = {name: value for name in ("version", "browser") if (value := text(software.get(name)))}
    opened = text(software.get("last_opened_at"))
    keys = (host.get("id"), software.get("id"))
    known = all(isinstance(key, int) for key in keys)
    return Observation(
        source="fleet", kind=Kind.ENDPOINT, at=at, id=f"fleet:{keys[0]}:{keys[1]}:{at:%Y-%m-%d}" if known else "",
        actor=_person(host, software), app=app, action="present",
        attributes={**facts, "standing": "true", **({"last_opened": opened} if opened else {})},
    )  # fmt: skip


def _person(host: Mapping[str, Any], software: Mapping[str, Any]) -> Actor | None:
    """Whose host it is: as the identity provider or somebody mapped it, else the only profile of Chrome; the path's."""
    mapping = items(host.get("device_mapping"))
    mapped = [(text(one.get("source")), email) for one in mapping if (email := text(one.get("email")))]
    named = [email for source, email in mapped if source in _TRUSTED]
    email = named[0] if named else mapped[0][1] if len(mapped) == 1 else None
    paths = software.get("installed_paths")
    user = next((who for path in paths if (who := people.of_path(path))), None) if isinstance(paths, list) else None
    return people.actor(text(host.get("hostname")) or text(host.get("computer_name")), user, email=email)


def _at(record: Mapping[str, Any], *fields: str) -> datetime:
    found = next((at for field in fields if (at := maybe_moment(record.get(field))) is not None), None)
    if found is None:
        raise Rejected(f"{fields[0]} is not a time")
    return found


def recognise(record: Any) -> float:
    """How much a JSON object looks like a host or a row of a report."""
    if not isinstance(record, dict):
        return 0.0
    if {"host_id", "host_name", "last_fetched", "columns"} <= record.keys():
        return 0.95
    if "hostname" not in record:
        return 0.0
    own = (
        "osquery_version",
        "orbit_version",
        "team_id",
        "software_updated_at",
        "detail_updated_at",
        "software",
        "seen_time",
    )
    return round(min(0.96, 0.2 * sum(key in record for key in own)), 2)


CONNECTOR = Connector(
    name="fleet",
    title="Fleet",
    kinds=(Kind.ENDPOINT, Kind.BUILD),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://fleetdm.com/docs/rest-api/rest-api#list-hosts",
    permissions=("role Observer, of an API-only user",),
    granted_in="fleetctl user create --api-only --global-role observer; its token",
    plan="any; mappings from the identity provider need Fleet Premium",
    cursor="whole list of hosts and each report once a day, page by page",
    lateness=timedelta(days=1),
    every=timedelta(hours=1),
    evidence="vendor example",
    samples=("fleet/hosts.json", "fleet/report.json"),
    wrapped_in=("hosts", "host"),
    secrets=("token",),
)
