"""Which source instance gets what comes by HEC: routes by token, sourcetype and source."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.control import sources
from services.kit.errors import Conflict, Misconfigured, NotFound

LONGEST = 200
_ALL = text("""
    select id, instance, token, sourcetype, source, created_at from control.hec_route order by id""")
_ADD = text("""
    insert into control.hec_route (instance, token, sourcetype, source)
    values (:instance, :token, :sourcetype, :source) returning id""")
_REMOVE = text("delete from control.hec_route where id = :id")


@dataclass(frozen=True)
class HecRoute:
    """What matches goes to `instance`; a part that is None matches anything. `token` is a token's id."""

    id: int
    instance: str
    token: str | None
    sourcetype: str | None
    source: str | None
    created_at: datetime | None = None

    def matches(self, token: str, sourcetype: str | None, source: str | None) -> bool:
        """Whether an event that came with these is meant."""
        pairs = ((self.token, token), (self.sourcetype, sourcetype), (self.source, source))
        return all(wanted is None or wanted == given for wanted, given in pairs)

    @property
    def exactness(self) -> tuple[int, bool, bool]:
        """More parts are more exact; of as many, the sourcetype first, then the source, then the token."""
        parts = sum(part is not None for part in (self.token, self.sourcetype, self.source))
        return parts, self.sourcetype is not None, self.source is not None


def chosen(routes: Iterable[HecRoute], token: str, sourcetype: str | None, source: str | None) -> str | None:
    """The instance of the most exact route that matches, None where none does. Pure."""
    matching = [route for route in routes if route.matches(token, sourcetype, source)]
    return max(matching, key=lambda route: route.exactness).instance if matching else None


async def add(
    connection: AsyncConnection, name: str, *, token: str | None = None, sourcetype: str | None = None,
    source: str | None = None,
) -> HecRoute:  # fmt: skip
    """Adds a route to an instance by its id or name; raises Misconfigured, NotFound, Conflict where it is taken."""
    parts = {"token": token, "sourcetype": sourcetype, "source": source}
    if not any(parts.values()):
        raise Misconfigured("give a sourcetype, a source or a token; else everything would go to one source")
    faults = [
        f"{part}: at most {LONGEST} characters" for part, given in parts.items() if given and len(given) > LONGEST
    ]
    if faults:
        raise Misconfigured(*faults)
    instance = (await sources.get(connection, name)).id
    try:
        async with connection.begin_nested():
            number = (await connection.execute(_ADD, {"instance": instance, **parts})).scalar_one()
    except IntegrityError:
        raise Conflict("there is a route for just that; `penumbra hec list` shows it, remove it first") from None
    return HecRoute(number, instance, token, sourcetype, source)


async def list_all(connection: AsyncConnection) -> list[HecRoute]:
    """Every route, oldest first."""
    return [HecRoute(*row) for row in await connection.execute(_ALL)]


async def remove(connection: AsyncConnection, number: int) -> None:
    """Forgets a route; raises NotFound."""
    if (await connection.execute(_REMOVE, {"id": number})).rowcount == 0:
        raise NotFound(f"hec route {number}: there is none; `penumbra hec list` shows all")
