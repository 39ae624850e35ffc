"""What a declaration must say, checked: for `penumbra connector check` and the contract test."""

import re
from collections.abc import Iterator

from connectors.base import Connector

_REQUIRED = ("title", "docs", "permissions", "plan", "cursor", "samples")
_BY_REFERENCE = re.compile(r"secret|token|password|key$")


def faults(connector: Connector) -> list[str]:
    """What is missing or contradicts itself in a declaration; empty where it is complete."""
    return list(_faults(connector))


def _faults(connector: Connector) -> Iterator[str]:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", connector.name):
        yield "name: lower-case letters, digits and _ only"
    for field in _REQUIRED:
        if not getattr(connector, field):
            yield f"{field}: empty"
    if "pull" in connector.how and connector.fetch is None:
        yield "how: pull without fetch"
    if connector.fetch is not None and "pull" not in connector.how:
        yield "how: has fetch, does not say pull"
    if not connector.how:
        yield "how: say pull, push or file"
    if connector.lookback and connector.max_back and connector.lookback > connector.max_back:
        yield "lookback: longer than max_back"
    if connector.config is not dict:
        yield from _settings(connector)


def _settings(connector: Connector) -> Iterator[str]:
    fields = getattr(connector.config, "__struct_fields__", None)
    if fields is None:
        yield "config: no msgspec.Struct"
        return
    for secret in connector.secrets:
        if secret not in fields:
            yield f"secrets: config has no {secret}"
    for field in fields:
        if _BY_REFERENCE.search(field) and field not in connector.secrets:
            yield f"secrets: {field} looks like one and is not named"
