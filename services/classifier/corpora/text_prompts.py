"""Prompts labelled by what they are about, in fifteen languages, written out from families of sentences.

The families stand in `text_prompts/<language>.txt`: a heading per class, a family a line. `[a|b]` is one of several,
`{p}` a person, `{c}` a firm, `{m}` an amount, `{d}` a date, `{n}` a number, `{a}` an age, `{pct}` a share. A frame is what
people put around a content; all classes share a language's frames, so that none of them betrays a class.
"""

# ruff: noqa: E501 - names and amounts read best on full lines

import random
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).with_name("text_prompts")
LANGUAGES = tuple(sorted(path.stem for path in FOLDER.glob("*.txt")))
CLASSES = ("customer", "financial", "hr", "legal", "phi", "source_code")
NONE, FRAMES = "none", "frames"
_CHOICE = re.compile(r"\[([^\[\]\n]*\|[^\[\]\n]*)\]")
_SLOT = re.compile(r"\{(p|c|m|d|n|a|pct)\}")


class Family(NamedTuple):
    """One way to say something: its language, class (`none` for neutral ones), and the sentence with its slots."""

    language: str
    label: str
    template: str

    @property
    def name(self) -> str:
        """What holds its prompts together when sides are drawn."""
        return f"{self.language}/{self.label}/{self.template}"


class Prompt(NamedTuple):
    """A prompt and its truth."""

    text: str
    label: str
    language: str
    family: str


@cache
def families() -> tuple[Family, ...]:
    """All of them. A piece of code belongs to every language, so to none: its language is `code`."""
    found = [
        Family(language, label, line)
        for language in LANGUAGES
        for label, lines in _sections(language).items() if label != FRAMES
        for line in lines
    ]  # fmt: skip
    snippets = (FOLDER / "code.snippets").read_text("utf-8").strip("\n").split("\n---\n")
    return (*found, *(Family("code", "source_code", snippet) for snippet in snippets))


@cache
def _sections(language: str) -> Mapping[str, tuple[str, ...]]:
    sections: dict[str, list[str]] = {}
    for line in (FOLDER / f"{language}.txt").read_text("utf-8").splitlines():
        if line.startswith("# "):
            current = sections.setdefault(line[2:], [])
        elif line:
            current.append(line)
    return {name: tuple(lines) for name, lines in sections.items()}


@cache
def _frames(language: str) -> tuple[str, ...]:
    if language == "code":
        return tuple((FOLDER / "code.frames").read_text("utf-8").replace("?\n{x}", "? {x}").splitlines())
    return _sections(language)[FRAMES]


def prompts(each: int, seed: int = 6) -> Iterator[Prompt]:
    """So many prompts of every family, the same from the same seed; half of them without a frame."""
    for family in families():
        chance = random.Random(f"{seed}/{family.name}")  # noqa: S311 - a corpus must be reproducible, not secret
        for _ in range(each):
            text = _filled(family.template, chance, family.language)
            frame = chance.choice(_frames(family.language)) if chance.random() < 0.5 else "{x}"  # noqa: PLR2004 - half
            yield Prompt(frame.replace("{x}", text), family.label, family.language, family.name)


def worded(each: int, seed: int = 6) -> Iterator[Prompt]:
    """Prompts made of single words of a class: said of somebody, or asked about in general, which is no class.

    They teach words; they are never measured on. As many are asked as said.
    """
    for language in LANGUAGES:
        lines = dict(line.split(": ", 1) for line in (FOLDER / f"{language}.words").read_text("utf-8").splitlines())
        ask, say = lines.pop("ask").split("|"), lines.pop("say").split("|")
        for label, listed in lines.items():
            words = listed.split(", ")
            for word in words:
                chance = random.Random(f"{seed}/{language}/{label}/{word}")  # noqa: S311 - as above
                for _ in range(each):
                    told = (
                        chance.choice(say).replace("{w2}", chance.choice(words)).replace("{w3}", chance.choice(words))
                    )
                    name = f"{language}/words/{label}"
                    yield Prompt(_filled(told.replace("{w}", word), chance, language), label, language, name)
                    yield Prompt(chance.choice(ask).replace("{w}", word), NONE, language, name)


def _filled(template: str, chance: random.Random, language: str) -> str:
    chosen = _CHOICE.sub(lambda found: chance.choice(found.group(1).split("|")), template)
    return _SLOT.sub(lambda found: _value(found.group(1), chance, language), chosen)


def _value(slot: str, chance: random.Random, language: str) -> str:
    if slot == "p":
        native = _NATIVE.get(language) if chance.random() < _NATIVE_SHARE else None
        return chance.choice(native) if native else f"{chance.choice(_GIVEN)} {chance.choice(_FAMILY)}"
    if slot == "c":
        return f"{chance.choice(_FIRMS)} {chance.choice(_FORMS)}"
    if slot == "d":
        return chance.choice((f"{chance.randint(1, 28)}/{chance.randint(1, 12)}/2026", f"2026-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}",
                              f"{chance.randint(1, 28)}.{chance.randint(1, 12)}."))  # fmt: skip
    if slot == "m":
        amount = chance.choice(
            (
                f"{chance.randint(2, 980)},{chance.randint(100, 999)}",
                f"{chance.randint(1, 90)}.{chance.randint(1, 9)}m",
                f"{chance.randint(100, 9000)}",
            )
        )
        return chance.choice(("${}", "€{}", "RM {}", "Rp {}", "S${}", "฿{}", "{} USD", "¥{}", "{}")).format(amount)
    if slot == "pct":
        return f"{chance.randint(1, 40)}%"
    return str(chance.randint(18, 91) if slot == "a" else chance.randint(2, 40))


_GIVEN = [
    "Siti",
    "Ahmad",
    "Budi",
    "Dewi",
    "Somchai",
    "Nok",
    "Linh",
    "Tuan",
    "Maria",
    "Jose",
    "Anna",
    "Jonas",
    "Claire",
    "Paolo",
    "Ines",
    "Sven",
    "Kasia",
    "Wei",
    "Yuki",
    "Kenji",
    "Aisha",
    "David",
    "Mei",
    "Ravi",
    "Priya",
    "Thabo",
    "Olga",
    "Marta",
    "Lucas",
    "Emma",
    "Noah",
    "Hana",
    "Arif",
    "Putri",
    "Juan",
    "Rosa",
    "Pierre",
    "Greta",
    "Tomasz",
    "Chen",
]
_FAMILY = [
    "Rahman",
    "Tan",
    "Santoso",
    "Wijaya",
    "Suksai",
    "Nguyen",
    "Tran",
    "Santos",
    "Reyes",
    "Schmidt",
    "Weber",
    "Martin",
    "Rossi",
    "Garcia",
    "Silva",
    "Jansen",
    "Kowalski",
    "Lee",
    "Wang",
    "Tanaka",
    "Sato",
    "Khan",
    "Smith",
    "Brown",
    "Patel",
    "Okafor",
    "Novak",
    "Lim",
    "Ng",
    "Pham",
    "Cruz",
    "Bauer",
    "Dubois",
    "Costa",
]
_FIRMS = [
    "Northfield",
    "Lumen",
    "Quaygate",
    "Sawit",
    "Meridian",
    "Harbour",
    "Kestrel",
    "Bluepine",
    "Orchid",
    "Tamarind",
    "Vantage",
    "Solstice",
    "Ironwood",
    "Pelangi",
]
_FORMS = ("Ltd", "Sdn Bhd", "PT", "GmbH", "SA", "Inc", "BV", "Co", "Pte Ltd")
_NATIVE_SHARE = 0.8
_NATIVE = {
    "zh": "王伟 李娜 张敏 刘洋 陈静 杨帆 赵磊 黄丽 周杰 吴芳".split(),  # noqa: SIM905 - the same
    "ja": "田中 佐藤 鈴木一郎 高橋 伊藤 渡辺 山本 中村 小林 加藤".split(),  # noqa: SIM905 - the same
    "th": "สมชาย สมหญิง วิชัย สุดา ประเสริฐ นภา กิตติ มาลี".split(),  # noqa: SIM905 - the same
}
