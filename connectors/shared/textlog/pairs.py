"""Lines of `name=value` and `name="value with spaces"`: what FortiGate, Sophos and others call key=value.

A quoted value may hold names and equals signs; a value without quotes ends at the next blank.
"""

import re

_NAME = r"([A-Za-z_][\w.-]*+)="
_PAIRS = re.compile(_NAME + r'(?:"([^"]*+)"|([^\s"]*+))')
_ESCAPED = re.compile(_NAME + r'(?:"((?:[^"\\]++|\\.)*+)"|([^\s"]*+))', re.DOTALL)
"""Slower, for lines in which a quote may stand within quotes."""


def read(text: str) -> dict[str, str]:
    """Values by their names as they stand, without the quotes around them."""
    if '\\"' not in text:
        return {name: quoted or bare for name, quoted, bare in _PAIRS.findall(text)}
    found = _ESCAPED.findall(text)
    return {name: (quoted or bare).replace('\\"', '"') for name, quoted, bare in found}
