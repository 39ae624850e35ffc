"""A source's settings: checked against the connector's Config, every fault at once, secrets as references only."""

from collections.abc import Mapping
from typing import Any

import msgspec

from connectors.base import Connector
from schemas.secretref import SecretRef
from services.kit import secrets
from services.kit.errors import Misconfigured


def configured(connector: Connector, given: Mapping[str, Any], *, pulled: bool = True) -> Any:
    """The connector's own Config made of plain values (`5` and `"5"` are both a number).

    What is not `pulled` (pushed, watched) needs no tenant and no secret: where such are missing, and no record needs
    them to be read, the config is None.
    Raises Misconfigured with each unknown name, missing name, wrong value and secret written out.
    """
    kind = connector.config
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        _raise(connector, _secret_faults(connector, given))
        return dict(given)
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    faults = [
        f"--config {name}: {connector.name} has no such setting; it has {', '.join(sorted(fields)) or 'none'}"
        for name in given
        if name not in fields
    ]
    missing = [name for name, field in fields.items() if field.required and name not in given]
    if pulled:
        faults += [f"--config {name}=…: needed by {connector.name}" for name in missing]
    faults += _secret_faults(connector, given)
    values = {}
    for name, field in fields.items():
        if name in given:
            try:
                values[name] = _converted(given[name], field.type)
            except (msgspec.ValidationError, ValueError) as error:
                faults.append(f"--config {name}: {_without_value(error)}")
    _raise(connector, faults)
    return None if missing else _built(kind, values)


def _converted(value: Any, kind: Any) -> Any:
    """A value given as text, as the type it should have: `a,b` is a list of two where a list is wanted, or JSON."""
    if kind is SecretRef:
        return SecretRef(str(value))
    if isinstance(value, str) and value[:1] in {"{", "["}:
        return msgspec.convert(msgspec.json.decode(value), kind, strict=False)
    if isinstance(value, str) and getattr(kind, "__origin__", None) in {tuple, list, set, frozenset}:
        value = [part.strip() for part in value.split(",") if part.strip()]
    return msgspec.convert(value, kind, strict=False)


def _built(kind: type, values: Mapping[str, Any]) -> Any:
    try:
        return kind(**values)
    except ValueError as error:  # a Config may check its own fields together
        raise Misconfigured(f"--config: {error}") from None


def _secret_faults(connector: Connector, given: Mapping[str, Any]) -> list[str]:
    return [
        f"--config {name}: a secret is given as env:NAME or file:/path, so that it is not kept in the database"
        for name in connector.secrets
        if given.get(name) and not secrets.is_reference(given[name])
    ]


def _without_value(error: Exception) -> str:
    """The message of msgspec names types only; another error's may repeat a value, so only its kind is told."""
    return (
        str(error) if isinstance(error, msgspec.ValidationError | msgspec.DecodeError) else "a value that does not fit"
    )


def _raise(connector: Connector, faults: list[str]) -> None:
    if faults:
        raise Misconfigured(*faults, f"`penumbra connector show {connector.name}` explains its settings")
