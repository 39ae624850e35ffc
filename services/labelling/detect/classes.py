"""From identifiers to data classes: which kind stands for what (DESIGN §8.3).

| kinds | classes |
|---|---|
| card | pci, regulated |
| national identifiers, passport | pii, regulated |
| email, phone | pii, and confidential from three different ones on (one is a signature) |
| iban | financial, confidential |
| keys, tokens, passwords, connection strings, hashes | credentials, confidential |
"""

from collections.abc import Iterable, Iterator

from schemas.observation import ClassLabel
from services.labelling.detect.finding import ACTED_ON, Finding
from services.labelling.detect.shapes import KINDS

_NATIONAL = frozenset(
    ["us_ssn", "us_itin", "uk_nino", "sg_nric", "my_nric", "id_nik", "th_id", "vn_cccd", "ph_philsys", "ph_tin",
     "cn_resident_id", "es_dni", "it_codice_fiscale", "br_cpf", "pl_pesel", "passport"]
)  # fmt: skip
_CONTACT = frozenset({"email", "phone"})
_LIST = 3


def of_kind(kind: str) -> tuple[str, ...]:
    """The classes of one identifier of a kind. Raises KeyError for a kind that no detector finds."""
    return _CLASSES[kind]


def _of(kind: str) -> tuple[str, ...]:
    if kind == "card":
        return "pci", "regulated"
    if kind in _NATIONAL:
        return "pii", "regulated"
    if kind in _CONTACT:
        return ("pii",)
    return ("financial", "confidential") if kind == "iban" else ("credentials", "confidential")


_CLASSES = {kind: _of(kind) for kind in KINDS}


def classes(findings: Iterable[Finding]) -> list[ClassLabel]:
    """One entry a class, with the surest finding's confidence and how many there are, sorted by name."""
    seen: dict[str, tuple[float, dict[str, int]]] = {}
    for name, finding in _named(findings):
        best, counts = seen.get(name, (0.0, {}))
        counts[finding.kind] = counts.get(finding.kind, 0) + 1
        seen[name] = max(best, finding.confidence), counts
    return [
        ClassLabel(name, best, "found " + ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())))
        for name, (best, counts) in sorted(seen.items())
    ]


def _named(findings: Iterable[Finding]) -> Iterator[tuple[str, Finding]]:
    told = [one for one in findings if one.confidence >= ACTED_ON]
    contacts = [one for one in told if one.kind in _CONTACT]
    for one in told:
        for name in _CLASSES[one.kind]:
            yield name, one
    if len(contacts) >= _LIST:
        for one in contacts:
            yield "confidential", one
