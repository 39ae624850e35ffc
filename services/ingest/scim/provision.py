"""The way of a joiner, mover or leaver: decided, on the log, and only then kept and answered.

A User's row is locked while its person is appended, so that two requests about one person follow each other and the log
has them in that order. Cut off in between, nothing was answered: the provider sends again, and the same comes of it.
"""

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, date

import msgspec

from connectors.scim import ENTERPRISE
from schemas.topics import PERSON
from services.ingest import identifiers, protect
from services.ingest.intake import Origin, Taken
from services.ingest.publish import publish
from services.ingest.pushed import AGAIN_SECONDS, APPEND_SECONDS, Intakes
from services.ingest.scim import people
from services.ingest.scim.fault import ScimFault
from services.ingest.scim.resource import Resource
from services.ingest.scim.store import Kept, UserRow, Users
from services.kit.errors import PenumbraError, Transient
from services.kit.eventlog import Record

SOURCE = "scim"
AT_ONCE = 4
"""Each request in work holds a connection and takes another for the log: more would wait for each other."""
_TAKEN = "the userName is another's"


class Provisioning:
    """What the routes of one process share."""

    def __init__(self, intakes: Intakes) -> None:
        self._intakes, self.runtime = intakes, intakes.runtime
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def origin(self) -> Origin:
        """The source instance people are pushed to; made with the first request. Raises Conflict where it is paused."""
        return await self._intakes.origin(SOURCE)

    async def create(self, resource: Resource) -> UserRow:
        """A joiner; raises ScimFault (409 uniqueness) where the userName is known."""
        origin, now, key = await self.origin(), self.runtime.clock.now(), str(uuid.uuid4())
        async with self._turn, self.runtime.engine.begin() as connection:
            users = Users(connection, self.runtime.keys, origin.instance)
            kept = people.kept(resource, None, self._today())
            if not await users.add(key, kept, now):
                raise ScimFault(409, _TAKEN, "uniqueness")
            await self._tell(users, origin, None, kept)
        return UserRow(key, kept, now, now)

    async def change(self, key: str, change: Callable[[Resource], Resource]) -> UserRow:
        """A mover or a leaver: `change` gives the new resource. Raises ScimFault (404, 409 uniqueness)."""
        origin, now = await self.origin(), self.runtime.clock.now()
        async with self._turn, self.runtime.engine.begin() as connection:
            users = Users(connection, self.runtime.keys, origin.instance)
            row = await _known(users, key)
            kept = people.kept(change(row.kept.resource), row.kept, self._today())
            if not await users.save(key, kept, now):
                raise ScimFault(409, _TAKEN, "uniqueness")
            await self._tell(users, origin, row.kept, kept)
        return UserRow(key, kept, row.created_at, now)

    async def delete(self, key: str) -> None:
        """A DELETE: the person left, or is forgotten where the source is set to `on_delete = erase`."""
        origin = await self.origin()
        async with self._turn, self.runtime.engine.begin() as connection:
            users = Users(connection, self.runtime.keys, origin.instance)
            row = await _known(users, key)
            if getattr(origin.config, "on_delete", "leave") == "erase":
                await self._publish(origin, Taken(records=1, observed=1, published=1), erase=row.kept.key)
            else:
                await self._tell(users, origin, row.kept, people.leaver(row.kept, self._today()))
            await users.remove(key)

    def _today(self) -> date:
        return self.runtime.clock.now().astimezone(UTC).date()

    async def _tell(self, users: Users, origin: Origin, before: Kept | None, now: Kept) -> None:
        """Puts the person on the log, as a directory's row is."""
        clear = people.person(now, await _manager(users, now))
        try:
            made = protect.person(
                clear, self.runtime.keys, instance=origin.instance, observed_at=self.runtime.clock.now()
            )
        except (ValueError, msgspec.EncodeError) as fault:
            raise ScimFault(400, str(fault), "invalidValue") from None
        taken = Taken(records=1, observed=1, published=1)
        taken.add(PERSON.name, made.person.encode(), made)
        await self._publish(origin, taken, erase=people.replaced(before, now))

    async def _publish(self, origin: Origin, taken: Taken, *, erase: str | None) -> None:
        """Returns when the log has it; raises Transient where it does not take it now."""
        if erase is not None and (plain := identifiers.normalised("employee_id", erase)):
            pseudonym = self.runtime.keys.identifier("employee_id", plain).hmac
            taken.appended.setdefault(PERSON.name, []).append(Record(pseudonym.encode(), None))
        try:
            async with asyncio.timeout(APPEND_SECONDS):
                await publish(self.runtime.log, taken)
        except TimeoutError:
            raise Transient("the log takes no people now", retry_after=AGAIN_SECONDS) from None
        except PenumbraError:
            raise
        except Exception as error:
            why = f"the log did not take the person ({type(error).__name__})"
            raise Transient(why, retry_after=AGAIN_SECONDS) from error
        self._intakes.count(origin.instance, taken)


async def _known(users: Users, key: str) -> UserRow:
    row = await users.get(key, lock=True)
    if row is None:
        raise ScimFault(404, "no such User")
    return row


async def _manager(users: Users, kept: Kept) -> str | None:
    """The manager's address or key, where their id is one of ours (RFC 7643 §4.3)."""
    told = kept.resource.get(ENTERPRISE, {}).get("manager", {}).get("value")
    row = await users.get(told) if told else None
    return people.read(row.kept.resource).email or row.kept.key if row is not None else None
