"""From a hit to what it may be: checks, the words around it, examples; then one finding for each place.

A hit with its own word beats a bare check digit: one NIK in ten passes Luhn. Of two kinds with a word of their own the
one whose word is nearer wins.
"""

from collections.abc import Iterable
from typing import NamedTuple

from services.labelling.detect import words
from services.labelling.detect.finding import EXAMPLE, Finding, Fit, Rule, Shape

_FAR = 1000
_NO, _WRONG = Fit.NO, Fit.WRONG  # looked up once: a member of an enumeration costs more than the comparison
_named: dict[str, frozenset[str]] = {}


class Candidate(NamedTuple):
    """What a hit may be; `sure` is the confidence it is compared by, `distance` to its own word, `_FAR` without."""

    sure: float
    distance: int
    start: int
    end: int
    rule: Rule
    example: bool
    basis: str


def candidates(text: str, shape: Shape, start: int, end: int) -> list[Candidate]:
    """What the characters from `start` to `end` may be by the shape's rules; the likeliest only."""
    if shape.edges is not None:
        moved = shape.edges(text, start, end)
        if moved is None:
            return []
        start, end = moved
    value = text[start:end]
    around: tuple[str, str] = ("", "")
    heard: dict[str, int | None] | None = None
    best: Candidate | None = None
    for rule in shape.rules if shape.choose is None else shape.choose(value):
        fit = rule.check(value)
        if fit is _NO or (fit is _WRONG and not rule.failed):
            continue
        if rule.words and heard is None:
            around = words.around(text, start, end)
            heard = {name: words.nearest(name, *around) for name in words.present(*around) & _lists(shape)}
        distance = heard.get(rule.words) if heard else None
        sure, basis = _weighed(rule, fit, distance, around[0] if value.isdigit() else "")
        if sure:
            one = Candidate(sure, _FAR if distance is None else distance, start, end, rule, rule.example(value), basis)
            best = one if best is None else _likelier(one, best)
    return [] if best is None else [best]


def _lists(shape: Shape) -> frozenset[str]:
    """The lists of words of a shape, remembered by its name: hashing its rules would cost more than using them."""
    lists = _named.get(shape.name)
    if lists is None:
        lists = _named[shape.name] = frozenset(rule.words for rule in shape.rules)
    return lists


def _likelier(one: Candidate, other: Candidate) -> Candidate:
    if _nearer(one, other):
        return one
    return other if _nearer(other, one) or one.sure <= other.sure else one


def _nearer(one: Candidate, other: Candidate) -> bool:
    """Whether both have a word of their own and the first one's is nearer, by more than a space."""
    both = one.distance < _FAR and other.distance < _FAR and one.rule.kind != other.rule.kind
    return both and min(one.sure, other.sure) > EXAMPLE and one.distance + 1 < other.distance


def _weighed(rule: Rule, fit: Fit, distance: int | None, before: str) -> tuple[float, str]:
    """The confidence, 0 for none, and what it rests on. `before` is given for bare digits only."""
    if fit is _WRONG:
        beside = distance is not None and distance <= words.BESIDE
        return (rule.failed, f"{rule.basis}: does not fit, but its own word stands beside it") if beside else (0, "")
    if distance is not None and rule.said:
        return rule.said, f"{rule.basis}; its own word nearby"
    if rule.alone and not (before and words.names_another_number(before)):
        return rule.alone, rule.basis
    return 0, ""


def settled(found: Iterable[Candidate]) -> list[Finding]:
    """One finding for each place: the surest, then the longest; in the order of the text."""
    taken: list[Candidate] = []
    for one in sorted(found, key=lambda each: (-each.sure, each.start - each.end, each.start, each.rule.kind)):
        if all(one.end <= other.start or one.start >= other.end for other in taken):
            taken.append(one)
    taken.sort(key=lambda each: each.start)
    return [_finding(each) for each in taken]


def _finding(one: Candidate) -> Finding:
    if one.example:
        return Finding(one.rule.kind, one.start, one.end, EXAMPLE, "a placeholder or a published example")
    return Finding(one.rule.kind, one.start, one.end, one.sure, one.basis)
