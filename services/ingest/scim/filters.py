"""Filters: one comparison `attribute eq value`, which is all identity providers ask to find a person. Pure.

Grammar: RFC 7644 §3.4.2.2. Other operators are refused as invalidFilter, as the standard has it for what a provider
does not support.
"""

import re
from typing import Any, NamedTuple

import msgspec

from connectors.scim import CORE, lowered
from services.ingest.scim.fault import ScimFault

_COMPARISON = re.compile(r'\s*([^\s"]+(?:\[[^\]]*\](?:\.\w+)?)?)\s+(\w+)\s+("(?:[^"\\]|\\.)*"|\S+)\s*')
_LONGEST = 1024
FIND = {"username", "externalid", "id", "emails", "emails.value"}
_WORK = re.compile(r"emails\[.*\]\.value")


class Comparison(NamedTuple):
    """`attribute eq value`: the attribute in lower case, the value as a text or a boolean."""

    attribute: str
    value: str | bool

    def holds(self, entry: Any) -> bool:
        """Whether an element has it; texts are compared without regard to case."""
        found = lowered(entry).get(self.attribute)
        return str(found if found is not None else "").strip().lower() == str(self.value).lower()


def comparison(text: str) -> Comparison:
    """The one comparison of a filter; raises ScimFault for anything else."""
    found = _COMPARISON.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise ScimFault(400, 'the filter can\'t be read; write attribute eq "value"', "invalidFilter")
    if found[2].lower() != "eq":
        raise ScimFault(400, "only eq is supported in a filter", "invalidFilter")
    try:
        value = msgspec.json.decode(found[3].lower() if found[3].lower() in {"true", "false"} else found[3])
    except msgspec.DecodeError:
        raise ScimFault(
            400, "the value of a filter is a text in double quotes, true or false", "invalidFilter"
        ) from None
    return Comparison(found[1].lower(), value if isinstance(value, bool) else str(value))


def wanted(text: str) -> Comparison:
    """What a list is filtered by: userName, externalId, id or an address."""
    found = comparison(text)
    name = found.attribute.removeprefix(CORE.lower() + ":")
    name = "emails.value" if name == "emails" or _WORK.fullmatch(name) else name
    if name not in FIND or isinstance(found.value, bool):
        raise ScimFault(400, "filter by userName, externalId, id or emails.value", "invalidFilter")
    return Comparison(name, found.value)
