# ruff: noqa: RUF001 - letters that look alike are what this file is about
"""Names that only look like one of the catalog's: letters of another script, or signs that read alike.

A skeleton as Unicode TS 39 §4 has it (https://www.unicode.org/reports/tr39/#Confusable_Detection), with the mappings
of its confusables.txt (https://www.unicode.org/Public/security/latest/confusables.txt) that a lower-case host can
hold, of Latin, Cyrillic, Greek and Armenian. Two ways stricter than that: marks over letters are dropped, and letters
whose prototype there is a small capital (к т м) count as the Latin letter. What is flagged is told, never named a tool.
"""

import unicodedata
from collections.abc import Container, Iterable, Mapping

from services.labelling.hosts import last_two, suffixes

_ALIKE: Mapping[str, str] = {
    "a": "ɑаα", "ae": "æӕ", "b": "ьв", "c": "сϲ", "d": "ԁđ", "e": "еҽ", "f": "ք", "g": "ɡցԍ", "h": "һհħн",
    "i": "ıɩɪіι", "j": "јϳ", "k": "кκĸ", "l": "1ӏǀł", "m": "мɱ", "n": "ոռпη", "o": "0оοσօø", "oe": "œ",
    "p": "рρϱ", "q": "ԛգզ", "r": "г", "s": "ƽѕ", "t": "тτŧ", "u": "ʋυս", "v": "νѵ", "w": "ɯѡԝա", "x": "хχ",
    "y": "ɣʏγуү",
}  # fmt: skip
_TABLE = str.maketrans({sign: latin for latin, signs in _ALIKE.items() for sign in signs})
_SHORTEST = 5
"""Characters of a name before its ending from which on digits for letters are an imitation: `l1.ai` is a name."""
_TOGETHER = frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})
"""Scripts that are written together: TS 39 §5.2, highly restrictive."""


def skeleton(host: str) -> str:
    """What a normalised host reads like; equal for names that look alike."""
    plain = unicodedata.normalize("NFD", unicode_of(host).translate(_TABLE))
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return bare.translate(_TABLE).replace("rn", "m")


def skeletons(hosts: Iterable[str]) -> dict[str, str]:
    """The catalog's hosts by their skeleton."""
    return {skeleton(host): host for host in hosts}


def unicode_of(host: str) -> str:
    """A normalised host as it is read; a label that is no Punycode (RFC 3492) stays as it is."""
    if "xn--" not in host:
        return host
    return ".".join(_read(label) for label in host.split("."))


def may_imitate(host: str, endings: Container[str]) -> bool:
    """Whether a normalised host may look like another: it has a label in another script, or reads as one of `endings`.

    `endings` are the skeletons of the last two labels of all hosts known. Quick, for hosts by the million.
    """
    if "xn--" in host:
        return True
    if "0" in host or "1" in host or "rn" in host:
        name = last_two(host)
        shape = name.replace("0", "o").replace("1", "l").replace("rn", "m")
        return shape != name and shape in endings
    return False


def imitated(host: str, known: Mapping[str, str]) -> tuple[str, str] | None:
    """The part of a normalised host that looks like a host of the catalog, and that host; None where none does."""
    for suffix, shape in zip(suffixes(host), suffixes(skeleton(host)), strict=False):
        original = known.get(shape)
        if original is not None and original != suffix and ("xn--" in suffix or _is_long(suffix)):
            return suffix, original
    return None


def mixed(host: str) -> str | None:
    """What is odd about the scripts of a normalised host, in words; None where nothing is."""
    if "xn--" not in host:
        return None
    for label in host.split("."):
        scripts = {_script(sign) for sign in _read(label) if sign.isalpha()}
        if len(scripts) > 1 and not scripts <= _TOGETHER:
            return f"suspicious: label {label} mixes the scripts {', '.join(sorted(scripts)).title()}"
    return None


def _is_long(name: str) -> bool:
    return len(name.rpartition(".")[0]) >= _SHORTEST


def _read(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode").lower()
    except (UnicodeError, OverflowError):
        return label


def _script(sign: str) -> str:
    """A letter's script, as its Unicode name begins."""
    return unicodedata.name(sign, "UNKNOWN").split()[0]
