"""What a decoder says of a record, without the record's content."""

import re

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


def said(fault: Exception) -> str:
    """The words of msgspec, which name the field and the expected type; a value it quotes is left out."""
    return "not UTF-8" if isinstance(fault, UnicodeError) else _QUOTED.sub("'…'", str(fault))
