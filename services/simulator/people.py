"""Who works there: people who join, move and leave, their devices and addresses, and the directory that lists them."""

import csv
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import NamedTuple, TextIO

from services.simulator.company import DOMAIN, UNITS
from services.simulator.world import World

_FIRST_NAMES = (
    "Adira Bayu Citra Daniyal Elok Farhan Gita Hana Imran Jasmin Kamal Laila Mira Nadim Oriana Pranee Qistina Rafi"
    " Sari Thuy Umar Vina Wira Xuan Yusof Zara Anton Bea Carlo Dalisay Emil Felisa Gerald Hiwa Isko Joaquim Kiet"
    " Linh Minh Noor"
)
_LAST_NAMES = (
    "Abellard Bintaro Calvesto Dharmavi Estepona Fajarin Gunadharm Halimsyah Iskanderi Jatmikoro Kusumavat Lagmanza"
    " Mirandova Nakornchai Ombredan Pandikar Quitovera Rahmatin Salvatier Tanakorin Ubaldovic Vantharam Wibisonar"
    " Xavieron Yamtoriah Zulkaran Ardentov Brackwill Corvandt Delmontar"
)
_FIRST, _LAST = _FIRST_NAMES.split(), _LAST_NAMES.split()
_SPACE = uuid.UUID("5b0f6a52-44a5-4c7a-9d54-3f2f0d6a0001")
LEFT, JOINED, MOVED = 0.05, 0.04, 0.03


class Person(NamedTuple):
    """One of the staff. `unit` is the one the directory names now; `moved_on` the day they came from `unit_before`."""

    number: int
    employee_id: str
    name: str
    login: str
    email: str
    unit: str
    unit_before: str | None
    moved_on: date | None
    joined_on: date
    left_on: date | None
    device: str
    ip: str
    entra_id: str
    okta_id: str
    branch: bool

    def present(self, day: date) -> bool:
        """Whether they work there that day; the last working day counts."""
        return self.joined_on <= day and (self.left_on is None or day <= self.left_on)


class Stranger(NamedTuple):
    """Somebody the directory doesn't know: a login (contractors), or an address alone (`login` None: guests)."""

    login: str | None
    ip: str
    branch: bool


@lru_cache(4)
def staff(world: World) -> tuple[Person, ...]:
    """Everybody who works or worked there. At least two each joined, moved and left within the period."""
    rng = world.rng("staff")
    order = list(range(world.people))
    rng.shuffle(order)
    changes = dict(_changes(world, order))
    taken: dict[str, int] = {}
    return tuple(_person(world, rng, index, changes.get(index, ""), taken) for index in range(world.people))


@lru_cache(4)
def strangers(world: World) -> tuple[Stranger, ...]:
    """Contractors with a login and guests with an address only; each counts as a person of its own."""
    contractors = max(3, world.people // 60)
    guests = max(2, world.people // 100)
    return (
        *(Stranger(f"ext-{k:04d}", f"10.99.{k // 250}.{k % 250 + 1}", bool(k % 2)) for k in range(contractors)),
        *(Stranger(None, f"10.98.{k // 250}.{k % 250 + 1}", branch=False) for k in range(guests)),
    )


def _changes(world: World, order: list[int]) -> Iterator[tuple[int, str]]:
    """Which people left long ago, left or joined within the period, or moved, by index."""
    place = iter(order)
    for change, share in (("left before", LEFT), ("left", 0.01), ("joined", JOINED), ("moved", MOVED)):
        for _ in range(max(2, int(world.people * share))):
            yield next(place), change


def _person(world: World, rng: Random, index: int, change: str, taken: dict[str, int]) -> Person:
    first, last = rng.choice(_FIRST), rng.choice(_LAST)
    login = _login(first, last, taken)
    unit, other = _units(rng)
    joined, left, moved = _days(world, rng, change)
    return Person(
        number=index, employee_id=f"K{index + 1:06d}", name=f"{first} {last}", login=login, email=f"{login}@{DOMAIN}",
        unit=unit, unit_before=other if moved else None, moved_on=moved, joined_on=joined, left_on=left,
        device=f"KH-{index:05X}", ip=f"10.{20 + index // 62500}.{index // 250 % 250}.{index % 250 + 1}",
        entra_id=str(uuid.uuid5(_SPACE, f"{world.seed}/{index}")),
        okta_id=f"00u{uuid.uuid5(_SPACE, f'okta/{world.seed}/{index}').hex[:17]}",
        branch=rng.random() < 0.35,  # noqa: PLR2004 - the share of people behind the branch's proxy
    )  # fmt: skip


def _login(first: str, last: str, taken: dict[str, int]) -> str:
    stem = f"{first[0]}{last}".lower()
    taken[stem] = taken.get(stem, 0) + 1
    return stem if taken[stem] == 1 else f"{stem}{taken[stem]}"


def _units(rng: Random) -> tuple[str, str]:
    """The unit they are in and another one they may have come from."""
    names = [unit.name for unit in UNITS]
    weights = tuple(accumulate(unit.share for unit in UNITS))
    unit, other = rng.choices(names, cum_weights=weights, k=2)
    return unit, other if other != unit else names[(names.index(unit) + 1) % len(names)]


def _days(world: World, rng: Random, change: str) -> tuple[date, date | None, date | None]:
    """Joined, left and moved; changes within the period fall on its middle days."""
    first, last = world.since.date(), world.until.date()
    joined = first - timedelta(days=rng.randint(60, 3000))
    middle = first + timedelta(days=max(1, (last - first).days // 2))
    before = first - timedelta(days=rng.randint(5, 50))
    if change == "left before":
        return joined, before, None
    if change == "left":
        return joined, middle, None
    if change == "joined":
        return middle, None, None
    return joined, None, middle if change == "moved" else None


@lru_cache(4)
def stayers(world: World) -> tuple[Person, ...]:
    """Those present from the first day to the last: owners and builders are taken from them."""
    first, last = world.since.date(), world.until.date()
    return tuple(p for p in staff(world) if p.present(first) and p.left_on is None and p.joined_on < last)


@lru_cache(4)
def gone(world: World) -> tuple[Person, ...]:
    """Those who left before the period began."""
    return tuple(p for p in staff(world) if p.left_on is not None and p.left_on < world.since.date())


def active(world: World, person: Person) -> bool:
    """Whether the directory says so at the world's `now`."""
    return person.left_on is None or person.left_on >= world.now.date()


@lru_cache(4)
def addresses(world: World) -> frozenset[str]:
    """The e-mail addresses of all who are active at the world's `now`."""
    return frozenset(person.email for person in staff(world) if active(world, person))


DIRECTORY = (
    "employee_id", "name", "email", "login", "unit", "manager", "joined_on", "left_on", "active", "device", "idp_ids",
)  # fmt: skip


def write_directory(world: World, file: TextIO) -> int:
    """The directory at the world's `now` as CSV; gives the number of rows. The manager is an e-mail address."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(DIRECTORY)
    managers: dict[str, str] = {}
    everybody = staff(world)
    for person in stayers(world):
        managers.setdefault(person.unit, person.email)
    for p in everybody:
        left = p.left_on.isoformat() if p.left_on else ""
        known = "true" if active(world, p) else "false"
        ids = f"{p.entra_id};{p.okta_id}"
        manager = managers.get(p.unit, "")
        rows.writerow(
            (p.employee_id, p.name, p.email, p.login, p.unit, manager, p.joined_on, left, known, p.device, ids)
        )
    return len(everybody)
