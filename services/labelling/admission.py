"""What of an imported list may be a layer below the catalog: not shared infrastructure, not whole companies. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from schemas import catalog_rules as rules
from schemas.hostlist import ListedHost
from services.labelling.hosts import suffixes
from services.labelling.index import CatalogIndex
from services.labelling.list_formats import Entry, Refused


class Admitted(NamedTuple):
    """The hosts taken over, each once, and every line that was not, with its reason."""

    hosts: tuple[ListedHost, ...]
    refused: tuple[Refused, ...]


def admitted(found: Iterable[Entry | Refused], index: CatalogIndex) -> Admitted:
    """Decides line by line, against the catalog alone (an index without lists)."""
    hosts: dict[str, ListedHost] = {}
    refused: list[Refused] = []
    shared = tuple(name for name, signal in index.hosts.items() if signal.shared)
    for one in found:
        if isinstance(one, Refused):
            refused.append(one)
            continue
        why = _why_not(one, index, shared)
        known = hosts.get(one.host)
        if why is None and known is not None and (known.match == "suffix" or one.match == "exact"):
            why = f"named in line {known.line} already"
        if why is not None:
            refused.append(Refused(one.line, one.host, why, one.file))
        else:
            hosts[one.host] = ListedHost(host=one.host, match=one.match, line=one.line, file=one.file)
    return Admitted(tuple(hosts.values()), tuple(refused))


def _why_not(one: Entry, index: CatalogIndex, shared: tuple[str, ...]) -> str | None:
    if rules.is_public_suffix(one.host):
        return "a public suffix: everybody's names end in it"
    if rules.is_wide(one.host):
        return "a company that is far more than AI"
    for suffix in suffixes(one.host):
        signal = index.hosts.get(suffix)
        if signal is None or (signal.exact and suffix != one.host):
            continue
        if signal.shared:
            return f"infrastructure many vendors share ({suffix})"
        return f"the catalog has it: {signal.named.verdict.value} {signal.named.tool or suffix}"
    below = next((name for name in shared if name.endswith(f".{one.host}")), None)
    return f"infrastructure many vendors share is below it ({below})" if below and one.match == "suffix" else None
