"""What the browser's house holds: the inventory's sample usage, and one of each thing that a page is about."""

import io
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import quote

import msgspec
from sqlalchemy import text

from schemas.deadletter import DeadLetter
from schemas.usage import Verdict
from services.inventory import importing
from services.inventory.api.estate import Decision
from services.inventory.delivery.endpoints import Endpoints
from services.inventory.domain.corrections import Correcting
from services.inventory.estate import PostgresEstate
from services.inventory.registry_store import Author
from services.kit.deadletters import INSERT
from services.kit.runtime import Runtime
from tests.inventory.filled import fill

SOLUTION = "power_automate_flow:6c9c"
LETTER = "okta:a.1"
REGISTRY = "id,name,tools,owner\nR90,Heron Notes,example.heron,owner@example.com\n,Nameless,example.heron,\n"
DELIVERY = text("""
    with made as (
        insert into inventory.delivery
            (webhook, message, alert, revision, type, body, state, next_at, created_at, attempts, reason)
        values (:webhook, 'evt_1', :alert, 1, 'alert.opened', '{}', 'dead', :at, :at, 1, 'answered 500 for three days')
        returning number)
    insert into inventory.delivery_attempt (delivery, attempt, at, status, milliseconds)
    select number, 1, :at, 500, 41 from made returning delivery""")


async def stock(runtime: Runtime) -> Mapping[str, list[str]]:
    """Fills the database; of each route with parts in its path, paths of what is there. Every page route needs one."""
    estate = await fill(runtime)
    alerts = {alert.grain: alert.id for alert in await estate.alerts(100)}
    bellow = alerts["tool:example.bellow|Sales"]
    endpoint, number = await _delivered(runtime, bellow)
    draft = await _drafted(runtime)
    await _letters(runtime)
    dapple = alerts["tool:example.dapple|Legal"]
    bulk = await _decided(estate, dapple)
    solution = quote(SOLUTION, safe="")
    return {
        "/alerts": ["/alerts?state=all", f"/alerts?bulk={bulk}", "/alerts?text=nothing+like+it"],
        "/alerts/{alert}": [f"/alerts/{bellow}", f"/alerts/{dapple}"],
        "/deadletters": ["/deadletters?state=dropped"],
        "/deadletters/{letter}": [f"/deadletters/{LETTER}"],
        "/registry": ["/registry?q=nothing"],
        "/registry/import": ["/registry/import?taken=3&rejected=1"],
        "/registry/import/{draft}": [f"/registry/import/{draft}"],
        "/registry/new": [f"/registry/new?alert={bellow}"],
        "/registry/{entry:path}": ["/registry/R2"],
        "/registry/{entry:path}/edit": ["/registry/R2/edit"],
        "/solutions/{solution:path}": [f"/solutions/{solution}"],
        "/sources/new": ["/sources/new?connector=okta", "/sources/new?connector=csv"],
        "/sources/{name}/edit": ["/sources/okta/edit"],
        "/sources/{name}": ["/sources/okta", "/sources/proxy-hq"],
        "/tools": ["/tools?standing=unregistered"],
        "/tools/{tool}": ["/tools/example.bellow"],
        "/webhooks/{endpoint}": [f"/webhooks/{endpoint}"],
        "/webhooks/{endpoint}/deliveries/{number}": [f"/webhooks/{endpoint}/deliveries/{number}"],
    }


async def _delivered(runtime: Runtime, alert: str) -> tuple[str, int]:
    """An endpoint, and the number of a delivery that was given up."""
    endpoint, _ = await Endpoints(runtime).add("https://siem.example.com/penumbra", "ines", "the SIEM")
    given = {"webhook": endpoint.id, "alert": alert, "at": runtime.clock.now()}
    async with runtime.engine.begin() as connection:
        return endpoint.id, (await connection.execute(DELIVERY, given)).scalar_one()


async def _drafted(runtime: Runtime) -> str:
    """An import that waits to be taken, with a row that can't be read."""
    async with runtime.engine.begin() as connection:
        file, by = io.BytesIO(REGISTRY.encode()), Author("ines", runtime.clock.now())
        return await importing.read(connection, file, "tools.csv", by)


async def _letters(runtime: Runtime) -> None:
    """Two records that could not be read, sealed."""
    now, sealed = runtime.clock.now(), runtime.keys.seal(b"violet-heron-canary")
    letters = [
        DeadLetter(id=f"okta:a.{n}", origin="okta", position=f"page 4#{n}", reason="published: not a time",
                   first_failed_at=now - timedelta(minutes=n), sealed=sealed)
        for n in (1, 2)
    ]  # fmt: skip
    async with runtime.engine.begin() as connection:
        await connection.execute(INSERT, [msgspec.structs.asdict(letter) for letter in letters])


async def _decided(estate: PostgresEstate, alert: str) -> str:
    """A decision over many, and a correction of a label nothing here was seen by."""
    said = Correcting(keys=("host:wiki.example.com",), verdict=Verdict.NONE)
    await estate.desk.correct(said, "noor.example", "our own wiki")
    given = Decision("assign", "the contract is hers", "noor.example", assignee="ines.example")
    return (await estate.desk.decide_all({alert: None, "al_gone": None}, given)).id
