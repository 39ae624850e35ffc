r"""CEF, version 0 of the header: one line of `CEF:0|…|key=value …`.

Implementing ArcSight Common Event Format, version 25 (Micro Focus, 2017), and its dictionary of extension keys. In the
header `\` and `|` are escaped, in values `\` and `=`; a value's line breaks are written `\n`, a header can't hold any.
The lengths of the dictionary are kept. That lengths count characters and not bytes could not be verified.
"""

import re

from schemas.alert import Alert
from services.inventory.formats.declaration import PRODUCT, VENDOR, VERSION, Event, Format
from services.inventory.formats.scales import classes, milliseconds, rule, severity

SEVERITIES = {"info": 1, "low": 3, "medium": 5, "high": 8, "critical": 10}
"""Severity 0…10: to 3 low, to 6 medium, to 8 high, above very high."""
LONGEST_HEADER = 512
LENGTHS = {"externalId": 40, **{f"cs{number}": 4000 for number in range(1, 7)}}
LONGEST = 1023
_BREAKS = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def render(event: Event) -> str:
    """The line."""
    alert = event.alert
    header = (VENDOR, PRODUCT, VERSION, rule(event), named(event))
    prefix = "|".join(["CEF:0", *map(header_text, header), str(severity(alert, SEVERITIES, 5))])
    pairs = (f"{key}={value_text(value, LENGTHS.get(key, LONGEST))}" for key, value in _extension(event).items())
    return f"{prefix}|{' '.join(pairs)}"


def named(event: Event) -> str:
    """A name that is the same for all alerts of a sort: what is particular stands in fields of its own."""
    if event.test:
        return "Test message"
    if event.alert.kind == "source":
        return "Source not seen"
    return f"AI {event.alert.kind} {event.alert.standing.value.replace('_', ' ')}"


def header_text(text: str) -> str:
    """Text as a part of the header."""
    plain = _CONTROLS.sub(" ", _BREAKS.sub(" ", text))[:LONGEST_HEADER]
    return plain.replace("\\", "\\\\").replace("|", "\\|")


def value_text(text: str, longest: int = LONGEST) -> str:
    """Text as the value of an extension key."""
    plain = _CONTROLS.sub(" ", _BREAKS.sub("\n", text))[:longest]
    return plain.replace("\\", "\\\\").replace("=", "\\=").replace("\n", "\\n")


def _extension(event: Event) -> dict[str, str]:
    """Keys of the dictionary only; each custom one with its label before it."""
    alert = event.alert
    plain: dict[str, str | int | None] = {
        "rt": milliseconds(alert.changed_at),
        "start": milliseconds(alert.first_seen) if alert.first_seen else None,
        "end": milliseconds(alert.last_seen) if alert.last_seen else None,
        "externalId": alert.id, "cat": event.type, "act": alert.decision, "reason": alert.reason, "msg": alert.title,
        "destinationServiceName": alert.tool_name, "out": alert.bytes_out or None,
    }  # fmt: skip
    found = {key: str(value) for key, value in plain.items() if value is not None and value != ""}
    for key, (label, value) in _custom(alert).items():
        if value:
            found |= {f"{key}Label": label, key: value}
    return found


def _custom(alert: Alert) -> dict[str, tuple[str, str | None]]:
    people = str(alert.people) if alert.kind != "source" else None
    return {
        "cs1": ("Tool", alert.tool), "cs2": ("Unit", alert.unit), "cs3": ("DataClasses", ",".join(classes(alert))),
        "cs4": ("State", alert.state.value), "cs5": ("Basis", "; ".join(alert.basis)),
        "cs6": ("Solution", alert.solution), "cn1": ("People", people), "cn2": ("Revision", str(alert.revision)),
    }  # fmt: skip


FORMAT = Format(
    name="cef", title="CEF", content_type="text/plain; charset=utf-8", render=render, json=False,
    source="Implementing ArcSight Common Event Format, version 25",
)  # fmt: skip
