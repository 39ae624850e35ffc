"""What of addresses, names and free words may travel: paths become templates, personal parts become `*`. Pure."""

import re
from functools import lru_cache
from urllib.parse import unquote

HIDDEN = "*"
LONGEST_TEXT = 256
REMEMBERED = 20_000
LONGEST_SEGMENT = 48
DEEPEST = 12
PERSONAL = frozenset(
    {"u", "user", "users", "people", "person", "personal", "profile", "profiles", "member", "members", "author", "home"}
)
"""Segments after which a person's name or handle stands."""
WEB_ENDINGS = frozenset({"js", "css", "html", "htm", "json", "xml", "php", "aspx", "jsp", "do", "svg", "png", "ico"})
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"'/=?&]+(?:@|%40)[^\s@<>()\[\],;:\"'/=?&]+", re.IGNORECASE)
_QUERY = re.compile(r"(?<=\w)[?#]\S*|(?<=/)[?#]\S*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_VERSION = re.compile(r"v\d{1,4}(?:(?:alpha|beta|p)?\d{0,4})", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9._~:!$@()+,=-]+")
_PARTS = re.compile(r"[^A-Za-z0-9]+")
_TURNS = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[0-9])(?=[A-Za-z])|(?<=[A-Z])(?=[0-9])")
_ENDING = re.compile(r"\.([A-Za-z0-9]{1,5})$")


@lru_cache(REMEMBERED)
def path(text: str) -> str:
    """A path as template: no query, no fragment, no parameters; ids, tokens, names and addresses are `*`.

    Words, versions and model names stay: they say which feature was used.
    """
    plain = re.split(r"[?#;]", text, maxsplit=1)[0]
    segments = plain.split("/")
    made = [
        HIDDEN if _after_person(segments, place) else _segment(segment)
        for place, segment in enumerate(segments[: DEEPEST + 1])
    ]
    if len(segments) > DEEPEST + 1:
        made.append(HIDDEN)
    return "/".join(made)


def _after_person(segments: list[str], place: int) -> bool:
    return place > 0 and segments[place] != "" and segments[place - 1].lower() in PERSONAL


def _segment(raw: str) -> str:
    segment = unquote(raw)
    if segment == "":
        return ""
    if "@" in segment:
        return HIDDEN
    if not _PLAIN.fullmatch(segment) or segment.startswith("~") or len(segment) > LONGEST_SEGMENT:
        return _hidden_file(segment)
    if _is_file(segment):
        return _hidden_file(segment)
    if _UUID.search(segment) or any(_random(part) for part in _PARTS.split(segment)):
        return HIDDEN
    return segment


def _is_file(segment: str) -> bool:
    """Whether it ends like a document (`.xlsx`), not like a page (`.html`) or a version (`3.5`)."""
    ending = _ENDING.search(segment)
    return (
        ending is not None and ending[1].isalnum() and ending[1][0].isalpha() and ending[1].lower() not in WEB_ENDINGS
    )


def _hidden_file(segment: str) -> str:
    ending = _ENDING.search(segment)
    return (
        f"{HIDDEN}.{ending[1].lower()}" if ending and ending[1].isalpha() and len(segment) <= LONGEST_TEXT else HIDDEN
    )


def _random(part: str) -> bool:
    """Whether a piece between separators is an id or a token and no word, version or model name."""
    digits = sum(char.isdigit() for char in part)
    if _VERSION.fullmatch(part):
        return False
    if digits == len(part):
        return digits > 4  # noqa: PLR2004 - a year or a small number is no id
    turns = len(_TURNS.findall(part))
    if digits:
        return len(part) >= 8 and (digits >= 4 or turns >= 3)  # noqa: PLR2004 - gpt4o and o1 are names, a81f92bc is none
    return len(part) >= 16 and turns * 3 > len(part)  # noqa: PLR2004 - a word of several words turns seldom


@lru_cache(REMEMBERED)
def host(text: str) -> str:
    """A host name alone, in lower case: no user, no path, no port."""
    plain = re.split(r"[/?#]", text.rpartition("@")[2], maxsplit=1)[0].strip().lower().rstrip(".")
    return words(plain if plain.startswith("[") or plain.count(":") > 1 else plain.partition(":")[0])


@lru_cache(REMEMBERED)
def words(text: str, longest: int = LONGEST_TEXT) -> str:
    """A name or label a source gave, without addresses, query strings and control characters; cut to `longest`."""
    plain = _CONTROL.sub(" ", text[: longest * 4])
    if "@" in plain or "%40" in plain:
        plain = _EMAIL.sub(HIDDEN, plain)
    if "?" in plain or "#" in plain:
        plain = _QUERY.sub("", plain)
    return " ".join(plain.split())[:longest]


def file(name: str) -> str:
    """A file's name reduced to its ending: `*.xlsx`, or `*`."""
    ending = _ENDING.search(name.strip())
    return f"{HIDDEN}.{ending[1].lower()}" if ending else HIDDEN
