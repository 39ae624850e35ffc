"""JSON as editors write their settings, with comments and commas before a closing bracket, made plain. Pure."""

import re

_MARKS = re.compile(rb'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)


def without_comments(text: bytes) -> bytes:
    """The text without `//` and `/* */` comments and last commas; strings and the number of lines stay as they are."""
    bare = _MARKS.sub(lambda found: found[1] or (b"," if found[0] == b"," else b"\n" * found[0].count(b"\n")), text)
    return _MARKS.sub(lambda found: found[1] or b"", bare)
