"""What an instance of a connector is set up with: its settings one by one, and every fault of given ones at once. Pure.

The command line, the API and the form all ask here, so that one `Config` struct is option, schema and form. A setting's
explanation is the sentence of Config's docstring that names it in backticks, or its `msgspec.Meta(description=…)`.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal, NamedTuple

import msgspec

from connectors.base import Connector
from schemas.secretref import SecretRef

SILENT_AFTER = timedelta(hours=72)
"""Without an event for so long a source is silent: a weekend is not, when nobody signs in and nothing is built."""
WATCHED = timedelta(seconds=0.5)
"""How often a watched folder is looked at where nothing else is asked for."""
BY_REFERENCE = "a secret is given as env:NAME or file:/path, so that it is not kept in the database"
_PLAIN = re.compile(r"[^\s,{\[](?:[^,\n]*[^\s,])?")
"""A part of a list or a map that is read as it was, wherever it stands."""
_NUMBER = re.compile(r"Expected `(?:int|float)(?: \| null)?`( [<>]=? [-\d.]+)?")
"""Of msgspec's messages those about numbers, with the bound if there is one."""
_SENTENCE = re.compile(r"(?<=\.)\s+(?=[A-Z`])")
Kind = Literal["text", "number", "yes or no", "choice", "list", "map"]


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting of a connector. `default` is as a person would write it; empty where there is none."""

    name: str
    kind: Kind
    required: bool
    secret: bool
    default: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()


class Fault(NamedTuple):
    """What is wrong, and with which setting."""

    field: str
    message: str


class Rhythm(NamedTuple):
    """How often an instance is read (None: it is pushed to), and after how long without an event it is silent."""

    every: timedelta | None
    silent_after: timedelta | None


def settings(connector: Connector) -> tuple[Setting, ...]:
    """The settings of a connector in the order of its Config; none where it has no struct."""
    if not _structured(connector):
        return ()
    about = msgspec.inspect.type_info(connector.config)
    assert isinstance(about, msgspec.inspect.StructType)
    told = _told(connector.config)
    return tuple(_setting(connector, field, told) for field in about.fields)


def checked(connector: Connector, given: Mapping[str, Any], *, pulled: bool = True) -> tuple[Any, list[Fault]]:
    """The connector's own Config made of plain values (`5` and `"5"` are both a number), and every fault.

    What is not `pulled` (pushed, watched) needs no tenant and no secret: where such are missing, and no record needs
    them to be read, the config is None. It is None too where there are faults.
    """
    clear = [name for name in connector.secrets if given.get(name) and not _reference(given[name])]
    faults = [Fault(name, BY_REFERENCE) for name in clear]
    if not _structured(connector):
        return (None if faults else dict(given)), faults
    fields = {field.encode_name: field for field in msgspec.structs.fields(connector.config)}
    unknown = f"{connector.name} has no such setting; it has {', '.join(sorted(fields)) or 'none'}"
    faults += [Fault(name, unknown) for name in given if name not in fields]
    missing = [name for name, field in fields.items() if field.required and name not in given]
    faults += [Fault(name, f"needed by {connector.name}") for name in missing if pulled]
    values = {}
    for name, field in fields.items():
        if name in given:
            try:
                values[name] = _converted(given[name], field.type)
            except (msgspec.ValidationError, msgspec.DecodeError, ValueError) as error:
                faults.append(Fault(name, _without_value(error, field.type)))
    if faults or missing:
        return None, faults
    try:
        return connector.config(**values), []
    except ValueError as error:  # a Config may check its own fields together
        return None, [Fault("", str(error))]


def rhythm(connector: Connector, *, folder: str | None, every: timedelta | None) -> Rhythm:
    """The rhythm of an instance: a folder is watched, what can be fetched is pulled, the rest is pushed to."""
    usual = WATCHED if folder is not None else connector.every if connector.fetch is not None else None
    quiet = SILENT_AFTER + connector.lateness if connector.kinds else None
    return Rhythm((every or usual) if usual is not None else None, quiet)


def place_faults(connector: Connector, *, folder: str | None, every: timedelta | None) -> list[Fault]:
    """What is wrong with where an instance reads from; a field is empty where nothing given mends it."""
    if connector.imported:
        return [Fault("", f"{connector.name} holds no events, so it is no source; import it: {connector.imported}")]
    faults = []
    if folder is not None and not folder.startswith("/") and not re.match(r"[A-Za-z]:[\\/]", folder):
        faults.append(Fault("folder", "give the whole path, from /"))
    if folder is None and connector.fetch is None and every is not None:
        faults.append(Fault("every", f"{connector.name} is not pulled; watch a folder, or push its records"))
    return faults


def _structured(connector: Connector) -> bool:
    return isinstance(connector.config, type) and issubclass(connector.config, msgspec.Struct)


def _setting(connector: Connector, field: msgspec.inspect.Field, told: Mapping[str, str]) -> Setting:
    kind, choices, described = _kind(field.type)
    default = "" if field.required else _default(field)
    return Setting(
        name=field.encode_name, kind=kind, required=field.required, secret=field.encode_name in connector.secrets,
        default=default, hint=described or told.get(field.encode_name, ""), choices=choices,
    )  # fmt: skip


def _kind(about: msgspec.inspect.Type) -> tuple[Kind, tuple[str, ...], str]:
    """The kind, the choices, and the description of `Meta`."""
    inspect = msgspec.inspect
    if isinstance(about, inspect.Metadata):
        kind, choices, described = _kind(about.type)
        return kind, choices, str((about.extra_json_schema or {}).get("description", described))
    if isinstance(about, inspect.UnionType):
        return _kind(next(part for part in about.types if not isinstance(part, inspect.NoneType)))
    if isinstance(about, inspect.LiteralType):
        return "choice", tuple(map(str, about.values)), ""
    if isinstance(about, inspect.EnumType):
        return "choice", tuple(str(member.value) for member in about.cls), ""
    kinds: tuple[tuple[Any, Kind], ...] = (
        (inspect.BoolType, "yes or no"), (inspect.IntType | inspect.FloatType, "number"), (inspect.DictType, "map"),
        (inspect.ListType | inspect.VarTupleType | inspect.SetType | inspect.FrozenSetType, "list"),
    )  # fmt: skip
    return next((kind for type_, kind in kinds if isinstance(about, type_)), "text"), (), ""


def _default(field: msgspec.inspect.Field) -> str:
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={each}" for name, each in value.items())
    return written(value)


def written(value: Any) -> str:
    """A setting's value as text that `checked` reads; JSON where a part of it has a comma or a line end."""
    if isinstance(value, Mapping):
        parts, between = [f"{name}={each}" for name, each in value.items()], "\n"
    elif isinstance(value, tuple | list | set | frozenset):
        parts, between = [str(each) for each in value], ", "
    elif isinstance(value, bool):
        return "true" if value else "false"
    else:
        return "" if value is None else str(value)
    pairs = value.items() if isinstance(value, Mapping) else ()
    told_apart = not any("=" in name or name != name.strip() or each != str(each).strip() for name, each in pairs)
    plain = told_apart and all(_PLAIN.fullmatch(part) for part in parts)
    return between.join(parts) if plain else msgspec.json.encode(value).decode()


def _told(config: type) -> dict[str, str]:
    """Of each setting the sentences of the docstring that begin with its name."""
    told: dict[str, str] = {}
    for sentence in _SENTENCE.split(" ".join((config.__doc__ or "").split())):
        found = re.match(r"`(\w+)`", sentence)
        if found:
            told[found[1]] = f"{told[found[1]]} {sentence}" if found[1] in told else sentence
    return told


def _converted(value: Any, kind: Any) -> Any:
    """A value given as text, as the type it should have: `a, b` is a list, `a=b` lines are a map, and JSON is JSON."""
    if kind is SecretRef:
        return SecretRef(str(value))
    origin = getattr(kind, "__origin__", None)
    if isinstance(value, str) and value[:1] in {"{", "["}:
        return msgspec.convert(msgspec.json.decode(value), kind, strict=False)
    if isinstance(value, str) and origin in {tuple, list, set, frozenset}:
        value = [part.strip() for part in re.split(r"[,\n]", value) if part.strip()]
    elif isinstance(value, str) and origin is dict:
        value = _pairs(value)
    return msgspec.convert(value, kind, strict=False)


def _pairs(text: str) -> dict[str, str]:
    lines = [line.partition("=") for line in re.split(r"[,\n]", text) if line.strip()]
    if not all(name.strip() and sign for name, sign, _ in lines):
        raise msgspec.ValidationError("write name=value, one a line, or a JSON object")
    return {name.strip(): value.strip() for name, _, value in lines}


def _reference(value: object) -> bool:
    try:
        SecretRef(str(value))
    except ValueError:
        return False
    return isinstance(value, str)


def _without_value(error: Exception, kind: Any) -> str:
    """What to write in place of a value that does not fit; the value itself is not repeated, it may be a secret."""
    text = str(error)
    number = _NUMBER.match(text)
    if number is not None:
        return f"write a number{number[1] or ''}"
    choices = _choices(msgspec.inspect.type_info(kind)) if text.startswith("Invalid enum value") else ()
    if choices:
        return f"write {', '.join(choices)}"
    kept = isinstance(error, msgspec.ValidationError | msgspec.DecodeError)
    return text if kept else "a value that does not fit"


def _choices(about: msgspec.inspect.Type) -> tuple[str, ...]:
    """The choices of a type, or of the items of a list of it."""
    item = getattr(about, "item_type", None)
    return _choices(item) if item is not None else _kind(about)[1]
