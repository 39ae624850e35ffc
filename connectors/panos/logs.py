"""What each log type of PAN-OS says, by the places of its cells, counted from the left.

The order of the fields was read 2026-11-21 at docs.paloaltonetworks.com/pan-os/11-0/pan-os-admin/monitoring/
use-syslog-for-monitoring/syslog-field-descriptions/ (traffic-, url-filtering-, data-filtering- and
decryption-log-fields); newer versions only add at the end.
"""

from functools import lru_cache
from typing import NoReturn

import msgspec

from connectors.base import Ignored, Rejected
from connectors.panos.applications import categories, is_ai, known, names_nothing
from connectors.panos.cells import every, first, more
from connectors.panos.clock import at
from connectors.shared.textlog.visit import ADDRESS, actor, host_of, is_address, size
from schemas.observation import Kind, Object, Observation

SERIAL, TYPE, SUBTYPE, GENERATED, SOURCE, USER, APP, PORT, ACTION = 2, 3, 4, 6, 7, 12, 14, 25, 30
LEAST = ACTION + 1
"""Fewer cells than up to the action are a line that was cut."""
_SENT, _RECEIVED, _CATEGORY, _SEQUENCE = 32, 33, 37, 39
_SNI, _COMMON_NAME, _DECRYPTION_SEQUENCE = 63, 60, 89
_BLOCKED = ("block", "deny", "drop", "reset", "sinkhole", "random-drop", "override-lockout")

NO_NAME = Ignored("session that names no application")
START = Ignored("start of a session; its end is reported")
NO_DATA = Ignored("data or file hit that names no application")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one instance.

    `zone` is the firewall's time zone as hours east of UTC, for lines that do not say it (PAN-OS before 10).
    `starts` counts starts of sessions too, where ends are not logged.
    """

    zone: float = 0.0
    starts: bool = False


def traffic(line: str, how: Config) -> Observation | Ignored:
    """A session: application, bytes both ways, no address of a page."""
    cells = first(line, APP + 1)
    app = cells[APP] if len(cells) > APP else ""
    nameless = names_nothing(app)
    if nameless and ("artificial-intelligence" not in line and ",ai-" not in line and ",AI-" not in line):
        return NO_NAME if len(cells) > APP else _cut(len(cells))
    if not how.starts and cells[SUBTYPE] == "start":
        return START
    cells = more(cells, _SEQUENCE - APP)
    known_cells = len(cells)
    if known_cells < LEAST:
        _cut(known_cells)
    whole_line = known_cells > _SEQUENCE
    category = cells[_CATEGORY] if whole_line else cell(cells, _CATEGORY)
    if nameless and not is_ai(category):
        return NO_NAME
    application, facts = known(app, cells[PORT])
    return Observation(
        source="panos",
        kind=Kind.WEB,
        at=at(line, cells[GENERATED], how.zone),
        id=identity(cells[SERIAL], "TRAFFIC", cells[_SEQUENCE] if whole_line else "", cells[GENERATED]),
        host=cells[8] if nameless and ADDRESS.fullmatch(cells[8]) else None,
        actor=actor(cells[USER], cells[SOURCE]),
        app=application,
        action=decided(cells[ACTION]),
        bytes_out=size(cells[_SENT] if whole_line else cell(cells, _SENT)),
        bytes_in=size(cells[_RECEIVED] if whole_line else cell(cells, _RECEIVED)),
        labels=categories(category, ""),
        attributes=facts,
    )


def held(line: str, how: Config) -> Observation | Ignored:
    """A file that passed, or data that a filtering profile found in one; the data itself is nowhere in the log."""
    cells = whole(line)
    app = cells[APP]
    if names_nothing(app):
        return NO_DATA
    data, upload = cells[SUBTYPE] != "file", cell(cells, 35) == "client-to-server"
    name, rule = cell(cells, 31), cell(cells, 32).rpartition("(")[0]
    application, facts = known(app, cells[PORT])
    return Observation(
        source="panos",
        kind=Kind.DLP if data else Kind.WEB,
        at=at(line, cells[GENERATED], how.zone),
        id=identity(cells[SERIAL], "THREAT", cell(cells, 36), cells[GENERATED]),
        actor=actor(cells[USER], cells[SOURCE]) if upload else actor(cells[13], cells[8]),
        app=application,
        action=decided(cells[ACTION]),
        object=Object(type="file", name=name) if name else None,
        labels=(rule,) if data and rule else categories(cell(cells, 33), ""),
        attributes=facts | {"direction": "upload" if upload else "download"},
    )


def decryption(line: str, how: Config) -> Observation | Ignored:
    """A TLS handshake: the name the client asked for, else the certificate's."""
    cells = whole(line)
    host = host_of(cell(cells, _SNI))[0] or _certificate(cell(cells, _COMMON_NAME))
    if not host and names_nothing(cells[APP]):
        return NO_NAME
    application, facts = known(cells[APP], cells[PORT])
    return Observation(
        source="panos",
        kind=Kind.WEB,
        at=at(line, cells[GENERATED], how.zone),
        id=identity(cells[SERIAL], "DECRYPTION", cell(cells, _DECRYPTION_SEQUENCE), cells[GENERATED]),
        host=host or None,
        actor=actor(cells[USER], cells[SOURCE]),
        app=application,
        action=decided(cells[ACTION]),
        attributes=facts,
    )


def identity(serial: str, log: str, sequence: str, generated: str) -> str:
    """The log entry's own id, or nothing: a device numbers each log type, old versions leave the number at 0."""
    return f"panos:{serial}-{log}-{sequence}-{generated}" if serial and sequence and sequence != "0" else ""


@lru_cache(1 << 8)
def decided(action: str) -> str:
    """`blocked` or `allowed`."""
    return "blocked" if action.startswith(_BLOCKED) else "allowed"


def whole(line: str) -> list[str]:
    """All cells of a line. Raises Rejected for one that was cut before it says enough."""
    cells = every(line)
    if len(cells) < LEAST:
        _cut(len(cells))
    return cells


def _cut(fields: int) -> NoReturn:
    raise Rejected(f"{fields} fields, of which the first {LEAST} are needed")


def cell(cells: list[str], place: int) -> str:
    """A cell; nothing where the line ends before it."""
    return cells[place].strip() if len(cells) > place else ""


def _certificate(name: str) -> str:
    host = host_of(name.removeprefix("*."))[0]
    return host if "." in host and not is_address(host) else ""
