"""How many hosts a core labels in a second: remembered ones, ones never seen, beside a bare dictionary look-up.

Seconds are those of the process on its core, in turns of one and the other, so that a busy machine meets all alike.
The hosts are a company's as far as that can be made up: a twentieth below the catalog's own hosts, the rest names of
two to five labels below the ordinary domains of the training corpora; what is asked cold was not asked before.
"""

import random
import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

from services.classifier.corpora.names import lines
from services.labelling.catalog import cache_folder, open_catalog
from services.labelling.index import CatalogIndex
from services.labelling.labeller import Labeller
from tests.bench.measure import say

HOSTS = 100_000
DISTINCT = 5_000
TURNS = 5
CATALOG_EVERY = 20
ORDINARY = ("ordinary_web.txt", "ordinary_business.txt", "ordinary_mail.txt")
LABELS = (
    "www",
    "mail",
    "edge",
    "shop",
    "portal",
    "media",
    "intra",
    "crm",
    "eu-west",
    "files",
    "a",
    "news",
    "cdn",
    "img",
    "login",
    "sso",
    "app",
    "api",
    "static",
    "assets",
    "m",
    "s3",
    "cloud",
    "vpn",
    "test",
    "docs",
)


def run(hosts: int = HOSTS, turns: int = TURNS) -> dict[str, Any]:
    """Hosts a second, warm and cold, of the labels and of a bare look-up, and milliseconds to open the kept index.

    All by the medians of the turns.
    """
    index = open_catalog(cache=cache_folder())  # compiled and kept, where it was not yet
    opened = [_ask(lambda _: open_catalog(cache=cache_folder()), ("",)) for _ in range(turns)]
    names = made(hosts, index)
    few = (names[:DISTINCT] * (hosts // DISTINCT + 1))[:hosts]
    known = dict.fromkeys(names, True)
    labeller = Labeller(index)
    _ask(labeller.of_host, few)
    taken: dict[str, list[float]] = {"warm": [], "cold": [], "bare_warm": [], "bare_cold": []}
    for turn in range(turns):
        taken["warm"].append(_ask(labeller.of_host, few))
        taken["bare_warm"].append(_ask(known.get, few))
        taken["cold"].append(_ask(Labeller(index).of_host, names))
        taken["bare_cold"].append(_ask(known.get, names))
        say(f"turn {turn + 1} of {turns}: " + ", ".join(f"{name} {hosts / s[-1]:,.0f}/s" for name, s in taken.items()))
    speed = {name: hosts / statistics.median(seconds) for name, seconds in taken.items()}
    return {
        "open_ms": round(statistics.median(opened) * 1000),
        **{f"{name}_per_second": round(value) for name, value in speed.items()},
        "warm_ratio": round(speed["warm"] / speed["bare_warm"], 3),
        "cold_ratio": round(speed["cold"] / speed["bare_cold"], 3), "hosts": hosts, "products": len(index.tools),
    }  # fmt: skip


def made(count: int, index: CatalogIndex, seed: int = 7) -> list[str]:
    """Distinct hosts, in an order that a seed decides."""
    chance = random.Random(seed)
    catalog = list(index.hosts)
    domains = [domain for file in ORDINARY for domain in lines(file)]
    found: dict[str, None] = {}
    while len(found) < count:
        if len(found) % CATALOG_EVERY == 0:
            found[f"{_word(chance)}.{chance.choice(catalog)}"] = None
        else:
            above = [chance.choice(LABELS) for _ in range(chance.randrange(3))]
            found[".".join((f"{_word(chance)}{chance.randrange(100)}", *above, chance.choice(domains)))] = None
    return list(found)


def _word(chance: random.Random) -> str:
    return "".join(chance.choices("bcdfghklmnprstvw", k=3)) + "".join(chance.choices("aeouy", k=2)) + "lan"


def _ask(look: Callable[[str], object], hosts: Iterable[str]) -> float:
    """The process's own seconds for asking each host once."""
    began = time.process_time()
    for host in hosts:
        look(host)
    return time.process_time() - began
