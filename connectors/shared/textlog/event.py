"""An observation of values by role: what all named formats have in common, in one place.

Roles read here: user, ip, device, unit, url, host, port, method, status, agent, content, sent, received, action,
app, categories, file.
"""

from datetime import datetime
from typing import Any

from connectors.shared.textlog.roles import Named
from connectors.shared.textlog.visit import actor, app, decided, host_of, is_address, listed, port_of, requested, size
from schemas.observation import Kind, Object, Observation

Destination = tuple[str, str, str | None]
"""Host, port, path."""


def destination(given: Named) -> Destination:
    """Host, port, and path without its query: of the URL, a name elsewhere before an address there."""
    host, port, path = requested(given.said("url").strip('"'))
    named = host_of(given.said("host"))[0]
    if named and (not host or (is_address(host) and not is_address(named))):
        host = named
    return host, port or given.said("port"), path


def observation(source: str, given: Named, at: datetime, to: Destination, **told: Any) -> Observation:
    """What a line says, of a visit `to` where; `told` are fields of Observation that the source knows better."""
    host, port, path = to
    method, name = given.said("method").upper(), given.said("file")
    fields: dict[str, Any] = {
        "kind": Kind.WEB,
        "host": host or None,
        "path": path,
        "method": method if method.isalpha() else None,
        "status": size(given.said("status")) or None,
        "actor": actor(given.said("user"), given.said("ip"), given.said("device"), given.said("unit")),
        "app": app(given.said("app")),
        "action": decided(given.said("action")),
        "object": Object(type="file", name=name) if name else None,
        "bytes_out": size(given.said("sent")),
        "bytes_in": size(given.said("received")),
        "user_agent": given.said("agent") or None,
        "content_type": given.said("content") or None,
        "labels": listed(given.said("categories"), ",;|"),
        "attributes": port_of(port),
    }
    return Observation(source=source, at=at, **(fields | told))
