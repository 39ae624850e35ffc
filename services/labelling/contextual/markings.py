"""How a text is marked: the level that its own author or house wrote on it.

A marking counts where markings stand: on a line of its own, in brackets, in capitals before a dash, bar or colon at a
line's start, after "Classification:"; certain Latin ones also in capitals inside a text that isn't all in capitals. The
same word in a sentence ("is this confidential?") is none. The strictest marking decides.

| marking | level |
|---|---|
| CUI, CONTROLLED, FOUO, restricted, top secret and its like | regulated |
| confidential, secret and their like in fourteen languages, TLP:RED, TLP:AMBER | confidential |
| internal use and its like, TLP:GREEN | internal |
| public, TLP:CLEAR, TLP:WHITE | public |

TLP: https://www.first.org/tlp/ (2.0; WHITE is the first version's CLEAR; the protocol names whom one may tell, not how
sensitive it is: the levels are ours). CUI banners: https://www.archives.gov/cui (from memory, not re-read). Whose law a
national word stands in (SULIT, TERHAD, RAHASIA) is not told here.
"""

# ruff: noqa: E501, RUF001 - words and marks of many languages, written as they stand on paper

import re

from schemas.observation import ClassLabel

SURE, WITHIN = 0.85, 0.7
"""Confidence of a marking where markings stand, and of one in capitals inside a text."""
READ_HEAD, READ_TAIL = 6_000, 2_000
"""Characters read at either end: a marking is a page's head or foot."""
_WORDS = {
    "regulated": (
        "cui|controlled|controlled unclassified information|fouo|for official use only|top secret|restricted"
        "|highly restricted|rahsia besar|sangat rahasia|streng geheim|très secret|绝密|絕密|極秘"
    ),
    "confidential": (
        "confidential|strictly confidential|highly confidential|company confidential|commercial in confidence"
        "|commercial-in-confidence|in confidence|private and confidential|private & confidential"
        "|privileged and confidential|privileged & confidential|proprietary and confidential|proprietary|secret"
        "|sulit|rahsia|rahasia|kumpidensyal|vertraulich|streng vertraulich|confidentiel|strictement confidentiel"
        "|confidencial|estrictamente confidencial|estritamente confidencial|riservato|strettamente riservato"
        "|confidenziale|vertrouwelijk|strikt vertrouwelijk|poufne|ściśle poufne|tajne|tuyệt mật|mật|ลับ|ลับมาก|ลับที่สุด"
        "|机密|機密|秘密|商业秘密|保密|社外秘|部外秘|取扱注意|対外秘"
    ),
    "internal": (
        "internal|internal use|internal only|internal use only|company internal|for internal use|terhad"
        "|for internal use only|untuk kalangan sendiri|untuk kalangan internal|nur für den internen gebrauch"
        "|nur für den dienstgebrauch|nur intern|usage interne|à usage interne|uso interno|alleen voor intern gebruik"
        "|do użytku wewnętrznego|lưu hành nội bộ|ใช้ภายใน|ใช้ภายในเท่านั้น|内部资料|内部使用|内部文件|内部公开|社内限|社内限り|社内限定"
    ),
    "public": "public|public release|for public release|unclassified|öffentlich|público|publik|umum|公开|公開",
}
_LEVELS = {word: level for level, words in _WORDS.items() for word in words.split("|")}
_OPENINGS = frozenset(word[:2] for word in _LEVELS)
_TLP = re.compile(r"(?<![\w:])TLP:(RED|AMBER\+STRICT|AMBER|GREEN|CLEAR|WHITE)(?![\w:])")
_TLP_LEVELS = {"GREEN": "internal", "CLEAR": "public", "WHITE": "public"}
_CAPITALS = re.compile(
    r"(?<![\w\"'.=/-])(?:STRICTLY |HIGHLY )?(CONFIDENTIAL|INTERNAL USE ONLY|VERTRAULICH|CONFIDENTIEL|CONFIDENCIAL|RISERVATO"
    r"|VERTROUWELIJK|RAHASIA|SULIT)(?![\w\"'=/]|\.\w)"
)
_LABEL = re.compile(
    r"(?:classification|sensitivity|marking|klasifikasi|klassifizierung|密级|密級|機密区分|取扱区分)\s*[:：]\s*(.{1,90})",
    re.IGNORECASE,
)
_LEAD, _BRACKETED = (
    re.compile(r"(.{1,90}?)(?:\s+[-–—|]|:)\s"),
    re.compile(r"[\[(【〔《（［]([^\]\)】〕》）］\n]{1,60})[\])】〕》）］]"),
)
_AROUND = " \t\r*#=_~-–—|.!•·★◎※[]()【】（）<>«»\"'"
_BETWEEN = re.compile(r"\s*(?:[|;/–—]| - )\s*")
_LONGEST = 90


def marked(text: str) -> ClassLabel | None:
    """The level a text is marked with and where from, or None of one without a marking."""
    ends = text if len(text) <= READ_HEAD + READ_TAIL else f"{text[:READ_HEAD]}\n{text[-READ_TAIL:]}"
    found = [(level, SURE, shown) for level, shown in _standing(ends)]
    if not ends.isupper():
        found += [(_level(one.group(1)) or "confidential", WITHIN, one.group()) for one in _CAPITALS.finditer(ends)]
    if not found:
        return None
    level, sure, shown = min(found, key=lambda each: (_ORDER[each[0]], -each[1]))
    return ClassLabel(level, sure, f"the text is marked {shown.upper()}")


def _standing(text: str) -> list[tuple[str, str]]:
    """The levels of what stands as a marking, with its words, which are the vocabulary's and nobody's content."""
    found = [(_TLP_LEVELS.get(one.group(1), "confidential"), one.group()) for one in _TLP.finditer(text)]
    candidates = [one.group(1) for one in _BRACKETED.finditer(text)]
    for line in text.splitlines():
        candidates += [line] if len(line) <= _LONGEST else []
        lead = _LEAD.match(line) if line[:2].isupper() else None
        named = _LABEL.match(line.strip(_AROUND)) if ":" in line or "：" in line else None
        candidates += [lead.group(1)] if lead else []
        candidates += [named.group(1)] if named else []
    return found + [pair for each in candidates for pair in _pieces(each)]


def _pieces(candidate: str) -> list[tuple[str, str]]:
    """The levels of a candidate all of whose pieces are markings (`CONFIDENTIAL | INTERNAL`), or of a banner's first."""
    whole = candidate.strip(_AROUND)
    if whole[:2].lower() not in _OPENINGS:
        return []
    pieces = [whole.partition("//")[0]] if whole[:2].isupper() and "//" in whole else _BETWEEN.split(whole)
    levels = [(_level(each), each) for each in pieces]
    return [(level, each) for level, each in levels if level] if all(level for level, _ in levels) else []


def _level(words: str) -> str | None:
    """The level of a marking's words, whole."""
    return _LEVELS.get(" ".join(words.lower().split()))


_ORDER = {level: place for place, level in enumerate(_WORDS)}
