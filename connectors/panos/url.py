"""THREAT logs of subtype url: a request that URL filtering saw. The firehose, so its usual shape is read in few steps.

Usual is a line whose only quotes up to the user agent are those around the URL. Any other is read cell by cell.
Order of the fields: see connectors/panos/logs.py, url-filtering-log-fields.
"""

from connectors.base import Rejected
from connectors.panos.applications import categories, known
from connectors.panos.cells import every
from connectors.panos.clock import at
from connectors.panos.logs import (
    ACTION,
    APP,
    GENERATED,
    PORT,
    SERIAL,
    SOURCE,
    USER,
    Config,
    cell,
    decided,
    identity,
    whole,
)
from connectors.textlog.visit import ADDRESS, actor, requested
from schemas.observation import Kind, Observation

_URL, _AGENT = 31, 46
_LATER = 30
"""So many of the cells after the user agent are looked at."""
_BETWEEN = _AGENT - _URL + 1
"""Cells of what stands between the quotes of the URL and those of the user agent, with the empty ones at both ends."""


_Cells = tuple[list[str], str, list[str], str, list[str]]
"""The cells up to the URL, the URL, those after it up to the user agent, that, and those after it."""


def url(line: str, how: Config) -> Observation:
    """A request, with the page's address and who asked for it. Raises Rejected."""
    head, address, between, agent, later = _usual(line) or _any(line)
    host, port, path = requested(address)
    if not host:
        raise Rejected("the request has no host")
    application, facts = known(head[APP], port or head[PORT])
    return Observation(
        source="panos",
        kind=Kind.WEB,
        at=at(line, head[GENERATED], how.zone),
        id=identity(head[SERIAL], "THREAT", cell(between, 5), head[GENERATED]),
        host=host,
        path=path,
        method=_method(later[17]) if len(later) > 17 else None,  # noqa: PLR2004 - its place after the user agent
        actor=actor(head[USER], _forwarded(later) or head[SOURCE]),
        app=application,
        action=decided(head[ACTION]),
        user_agent=agent or None,
        content_type=cell(between, 10) or None,
        labels=categories(cell(between, 2), cell(later, 29)),
        attributes=facts,
    )


def _usual(line: str) -> _Cells | None:
    parts = line.split('"', 4)
    if len(parts) < 3 or parts[2][:1] not in {",", ""}:  # noqa: PLR2004 - before, within and after the quotes
        return None
    head, between = parts[0].split(","), parts[2].split(",")
    if len(head) != _URL + 1:
        return None
    if len(parts) == 3:  # noqa: PLR2004 - no other quotes
        return (head, parts[1], between, cell(between, _BETWEEN - 1), between[_BETWEEN - 1 :])
    if len(between) != _BETWEEN or len(parts) != 5 or parts[4][:1] not in {",", ""}:  # noqa: PLR2004 - with the agent's quotes
        return None
    return (head, parts[1], between, parts[3], every(parts[4], _LATER))


def _any(line: str) -> _Cells:
    cells = whole(line)
    after = ["", *cells[_URL + 1 :]]
    return (cells[:_URL], cell(cells, _URL), after[: _BETWEEN - 1], cell(cells, _AGENT), after[_BETWEEN - 1 :])


def _method(text: str) -> str | None:
    method = text.strip().upper()
    return method if method.isalpha() and method != "UNKNOWN" else None


def _forwarded(later: list[str]) -> str:
    """Whom a proxy before the firewall asked for (X-Forwarded-For), where the log says an address."""
    told = later[2].strip() if len(later) > 2 else ""  # noqa: PLR2004 - its place after the user agent
    return told if told and ADDRESS.fullmatch(told) else ""
