"""What hosts of imported lists say where nothing better does: one list is a reason to look, two that agree a suspicion.

No product is named. Public lists name shared infrastructure, directories and whole companies as AI, and hold typing
errors; one covers on average 30 % of another. So one alone is *review*, and two that agree are *suspected*. Pure.
"""

from collections.abc import Callable, Iterable, Iterator

from schemas.hostlist import HostList, ListedHost
from schemas.usage import Verdict
from services.labelling.signals import HostSignal, Named

ONE, SEVERAL = 0.6, 0.85
"""Confidence that a host is AI which one list names, or several: judged, below the catalog's own 0.9; not measured."""
_TOLD = 3


def signals(lists: Iterable[HostList], named: Callable[[str], bool]) -> Iterator[tuple[str, HostSignal]]:
    """The hosts of the lists that the catalog does not name, neither themselves nor a suffix of theirs."""
    found: dict[str, list[tuple[HostList, ListedHost]]] = {}
    for one in lists:
        for host in one.hosts:
            if not named(host.host):
                found.setdefault(host.host, []).append((one, host))
    for name, told in found.items():
        yield name, _signal(name, told)


def _signal(name: str, told: list[tuple[HostList, ListedHost]]) -> HostSignal:
    lists = {one.name: (one, host) for one, host in told}
    several = len(lists) > 1
    basis = tuple(
        f"host {name} of the list {one.name} ({one.format}, {host.file or one.file}, line {host.line}, "
        f"imported {one.imported.isoformat()})"
        for one, host in list(lists.values())[:_TOLD]
    )
    verdict, confidence = (Verdict.SUSPECTED, SEVERAL) if several else (Verdict.REVIEW, ONE)
    exact = all(host.match == "exact" for _, host in told)
    return HostSignal(Named(None, verdict, confidence, (*basis, "a list of others: lower trust")), exact, False, True)
