"""From a hit to what it may be: checks, the words around it, examples; then one finding for each place.

A hit with its own word beats a bare check digit: one NIK in ten passes Luhn. Of two kinds with a word of their own the
one whose word is nearer wins.
"""

from collections.abc import Sequence
from typing import NamedTuple

from services.labelling.detect import words
from services.labelling.detect.finding import EXAMPLE, Finding, Fit, Rule, Shape
from services.labelling.detect.words import Around

_FAR = 1000
_NO, _WRONG = Fit.NO, Fit.WRONG  # looked up once: a member of an enumeration costs more than the comparison


class Candidate(NamedTuple):
    """What a hit may be; `sure` is the confidence it is compared by, `distance` to its own word, `_FAR` without."""

    sure: float
    distance: int
    start: int
    end: int
    rule: Rule
    example: bool
    basis: str


def candidate(text: str, shape: Shape, start: int, end: int) -> Candidate | None:
    """What the characters from `start` to `end` may be by the shape's rules; the likeliest only.

    The check of the first rule comes first, being the cheapest: most hits never need the words around them. Once
    those are known, a rule that is nothing without its own word needs no check where there is none.
    """
    if shape.edges is not None:
        moved = shape.edges(text, start, end)
        if moved is None:
            return None
        start, end = moved
    value = text[start:end]
    around: Around | None = None
    best: Candidate | None = None
    for rule in shape.rules if shape.choose is None else shape.choose(value):
        distance = None
        if around is not None and rule.words:
            distance = words.nearest(rule.words, around)
            if distance is None and not rule.alone:
                continue
        fit = rule.check(value)
        if fit is _NO or (fit is _WRONG and not rule.failed):
            continue
        if around is None and rule.words:
            around = words.around(text, start, end)
            distance = words.nearest(rule.words, around)
        sure, basis = _weighed(rule, fit, distance, around if value.isdigit() else None)
        if sure:
            one = Candidate(sure, _FAR if distance is None else distance, start, end, rule, rule.example(value), basis)
            best = one if best is None else _likelier(one, best)
    return best


def _likelier(one: Candidate, other: Candidate) -> Candidate:
    if _nearer(one, other):
        return one
    return other if _nearer(other, one) or one.sure <= other.sure else one


def _nearer(one: Candidate, other: Candidate) -> bool:
    """Whether both have a word of their own and the first one's is nearer, by more than a space."""
    both = one.distance < _FAR and other.distance < _FAR and one.rule.kind != other.rule.kind
    return both and min(one.sure, other.sure) > EXAMPLE and one.distance + 1 < other.distance


def _weighed(rule: Rule, fit: Fit, distance: int | None, around: Around | None) -> tuple[float, str]:
    """The confidence, 0 for none, and what it rests on. `around` is given for bare digits only."""
    if fit is _WRONG:
        beside = distance is not None and distance <= words.BESIDE
        return (rule.failed, f"{rule.basis}: does not fit, but its own word stands beside it") if beside else (0, "")
    if distance is not None and rule.said:
        return rule.said, f"{rule.basis}; its own word nearby"
    if rule.alone and not (around is not None and words.names_another_number(around)):
        return rule.alone, rule.basis
    return 0, ""


def settled(found: Sequence[Candidate]) -> list[Finding]:
    """One finding for each place: the surest, then the longest; in the order of the text."""
    if len(found) == 1:
        return [_finding(found[0])]
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
