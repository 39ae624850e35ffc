"""Lines of `name=value` and `name="value with spaces"`: what FortiGate, Sophos and others call key=value.

A quoted value may hold names and equals signs; a value without quotes ends at the next blank.
"""

import re

_PAIRS = re.compile(r'([A-Za-z_][\w.-]*)=("(?:[^"\\]|\\.)*"|[^\s"]\S*|)', re.DOTALL)


def read(text: str) -> dict[str, str]:
    """Values by their names as they stand; quoted ones keep their quotes until `said` takes them off."""
    return dict(_PAIRS.findall(text))


def said(values: dict[str, str], name: str) -> str:
    """A value without its quotes and the blanks around it; empty where the line does not say it."""
    value = values.get(name, "")
    return value[1:-1].replace('\\"', '"').strip() if value[:1] == '"' else value
