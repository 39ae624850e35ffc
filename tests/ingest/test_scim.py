"""`/scim/v2` through the real gate, log and database, as Entra and Okta use it."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from connectors.base import discover
from schemas.person import Person, ProtectedPerson
from schemas.topics import PERSON
from services.ingest.pushed import Intakes
from services.ingest.scim.provision import Provisioning
from services.ingest.scim.routes import router
from services.kit import access
from services.kit.access import Tokens
from services.kit.control import sources
from services.kit.eventlog import Record
from services.kit.runtime import Runtime
from tests.ingest.conftest import Read

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
OPS = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ANA = {
    "schemas": [CORE, ENTERPRISE], "externalId": "7c1d0000-0000-4000-8000-000000000001",
    "userName": "Ana.Quintero@example.com", "active": True, "displayName": "Ana Quintero", "password": "hunter2-canary",
    "emails": [{"primary": True, "type": "work", "value": "Ana.Quintero@example.com"}],
    "name": {"givenName": "Ana", "familyName": "Quintero"},
    ENTERPRISE: {"employeeNumber": "701", "department": "Finance"},
}  # fmt: skip


@pytest.fixture
def intakes(logged: Runtime) -> Intakes:
    return Intakes(logged, {"scim": discover()["scim"]})


@pytest.fixture
async def client(logged: Runtime, intakes: Intakes) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    access.install(app, logged)
    app.include_router(router(Provisioning(intakes)))
    _, token = await Tokens(logged.engine, logged.clock).create("idp", ("people:write",), timedelta(days=1), "test")
    headers = {"authorization": f"Bearer {token}", "content-type": "application/scim+json"}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8481/scim/v2", headers=headers
    ) as made:
        yield made


def ops(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [OPS], "Operations": list(operations)}


async def people(logged: Runtime, read: Read) -> list[Person]:
    """Everybody on the log, opened; erasures are left out."""
    found: list[Person] = []
    for record in await read(PERSON.name):
        if record.value is None:
            continue
        sealed = msgspec.json.decode(record.value, type=ProtectedPerson)
        found.append(msgspec.json.decode(logged.keys.open(sealed.sealed), type=Person))
    return found


async def test_a_joiner_is_on_the_log_when_answered(client: httpx.AsyncClient, logged: Runtime, read: Read) -> None:
    answer = await client.post("/Users", json=ANA)
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/scim+json"
    made = answer.json()
    assert answer.headers["location"] == made["meta"]["location"]
    assert made["meta"]["location"] == f"http://127.0.0.1:8481/scim/v2/Users/{made['id']}"
    assert made["schemas"] == [CORE, ENTERPRISE]
    assert "password" not in made
    [record] = await read(PERSON.name)
    sealed = msgspec.json.decode(record.value or b"", type=ProtectedPerson)
    assert (sealed.instance, sealed.unit, sealed.active) == ("scim", "Finance", True)
    assert sealed.person == logged.keys.identifier("employee_id", "701").hmac
    assert {each.kind for each in sealed.identifiers} == {"email", "employee_id", "idp_id"}
    async with logged.engine.connect() as connection:
        stored = (await connection.execute(text("select scim_user::text from control.scim_user"))).scalar_one()
    assert not any(word in stored.lower() for word in ("quintero", "finance", "hunter2", "701"))


async def test_entra_s_way_of_a_leaver(client: httpx.AsyncClient, logged: Runtime, read: Read) -> None:
    """Asks for a name nobody has, then for Ana's; switches her off with a capitalised op and a text for a boolean."""
    nobody = await client.get("/Users", params={"filter": 'userName eq "0e2c-test"'})
    assert (nobody.status_code, nobody.json()["totalResults"], nobody.json()["Resources"]) == (200, 0, [])
    key = (await client.post("/Users", json={**ANA, "active": "True"})).json()["id"]
    found = await client.get("/Users", params={"filter": 'userName eq "ana.quintero@EXAMPLE.com"'})
    assert [each["id"] for each in found.json()["Resources"]] == [key]
    answer = await client.patch(f"/Users/{key}", json=ops({"op": "Replace", "path": "active", "value": "False"}))
    assert (answer.status_code, answer.json()["active"]) == (200, False)
    joined, left = await people(logged, read)
    assert (joined.active, joined.left_on, left.active, str(left.left_on)) == (True, None, False, "2026-11-16")
    logged.clock.advance(timedelta(hours=13))  # type: ignore[attr-defined] # the tests' own clock
    await client.patch(f"/Users/{key}", json=ops({"op": "Add", "path": "title", "value": "x"}))
    await client.patch(f"/Users/{key}", json=ops({"op": "replace", "value": {"active": True}}))
    *_, still, back = await people(logged, read)
    assert (str(still.left_on), back.active, back.left_on) == ("2026-11-16", True, None)


async def test_okta_s_way_of_a_mover_and_a_leaver(client: httpx.AsyncClient, logged: Runtime, read: Read) -> None:
    key = (await client.post("/Users", json=ANA)).json()["id"]
    without = {name: value for name, value in ANA.items() if name != "active"}
    moved = await client.put(
        f"/Users/{key}", json={**without, ENTERPRISE: {"employeeNumber": 701, "department": "Legal"}}
    )
    assert (moved.status_code, moved.json()["active"], moved.json()[ENTERPRISE]["department"]) == (200, True, "Legal")
    assert (await client.get(f"/Users/{key}")).json()[ENTERPRISE]["employeeNumber"] == "701"
    await client.patch(f"/Users/{key}", json=ops({"op": "replace", "value": {"active": False}}))
    assert [(each.unit, each.active) for each in await people(logged, read)] == [
        ("Finance", True), ("Legal", True), ("Legal", False),
    ]  # fmt: skip


async def test_a_delete_is_a_leaver_whose_account_is_gone(
    client: httpx.AsyncClient, logged: Runtime, read: Read
) -> None:
    key = (await client.post("/Users", json=ANA)).json()["id"]
    gone = await client.delete(f"/Users/{key}")
    assert (gone.status_code, gone.content) == (204, b"")
    *_, left = await people(logged, read)
    assert (left.employee_id, left.active, str(left.left_on)) == ("701", False, "2026-11-16")
    for answer in (await client.get(f"/Users/{key}"), await client.delete(f"/Users/{key}")):
        assert answer.status_code == 404
        assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert (await client.post("/Users", json=ANA)).status_code == 201


async def test_a_delete_forgets_where_it_is_set_so(client: httpx.AsyncClient, logged: Runtime, read: Read) -> None:
    async with logged.engine.begin() as connection:
        await sources.add(connection, connector="scim", name="scim", config={"on_delete": "erase"})
    key = (await client.post("/Users", json=ANA)).json()["id"]
    await client.delete(f"/Users/{key}")
    tombstone = (await read(PERSON.name))[-1]
    assert (tombstone.key.decode(), tombstone.value) == (logged.keys.identifier("employee_id", "701").hmac, None)


async def test_a_new_name_and_a_late_employee_number_split_nobody(
    client: httpx.AsyncClient, logged: Runtime, read: Read
) -> None:
    bare = {"schemas": [CORE], "userName": "ana@example.com"}
    key = (await client.post("/Users", json=bare)).json()["id"]
    await client.put(f"/Users/{key}", json={**bare, "userName": "ana.li@example.com"})
    await client.patch(f"/Users/{key}", json=ops({"op": "add", "path": f"{ENTERPRISE}:employeeNumber", "value": "701"}))
    found = await people(logged, read)
    assert [each.employee_id for each in found if each.employee_id != "701"] == ["ana@example.com"] * 2
    [numbered] = [each for each in found if each.employee_id == "701"]
    assert {("email", "ana@example.com"), ("email", "ana.li@example.com")} <= set(numbered.identifiers)
    erased = [record.key.decode() for record in await read(PERSON.name) if record.value is None]
    assert erased == [logged.keys.identifier("employee_id", "ana@example.com").hmac]


async def test_a_manager_is_found_by_the_id_they_have_here(
    client: httpx.AsyncClient, logged: Runtime, read: Read
) -> None:
    boss = (await client.post("/Users", json={"schemas": [CORE], "userName": "bo@example.com"})).json()["id"]
    await client.post("/Users", json={**ANA, ENTERPRISE: {"employeeNumber": "701", "manager": {"value": boss}}})
    assert {each.manager for each in await people(logged, read) if each and each.employee_id == "701"} == {
        "bo@example.com"
    }


async def test_lists_have_pages_and_filters(client: httpx.AsyncClient) -> None:
    for number in range(5):
        mail = f"p{number}@example.com"
        sent = {"userName": f"p{number}", "externalId": f"X{number}", "emails": [{"value": mail, "type": "work"}]}
        assert (await client.post("/Users", json=sent)).status_code == 201
    page = (await client.get("/Users", params={"startIndex": 2, "count": 2})).json()
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (5, 2, 2)
    assert [each["userName"] for each in page["Resources"]] == ["p1", "p2"]
    assert (await client.get("/Users", params={"count": 0})).json()["Resources"] == []
    for asked in ('externalId eq "X3"', 'emails.value eq "P3@example.com"', f'{CORE}:userName eq "P3"',
                  'emails[type eq "work"].value eq "p3@example.com"'):  # fmt: skip
        found = (await client.get("/Users", params={"filter": asked, "attributes": "userName"})).json()
        assert [each["userName"] for each in found["Resources"]] == ["p3"], asked
        assert found["Resources"][0].keys() == {"schemas", "id", "userName"}
    assert (await client.get("/Users", params={"filter": 'externalId eq "x3"'})).json()["totalResults"] == 0
    left_out = (await client.get("/Users", params={"excludedAttributes": "emails,meta", "count": 1})).json()
    assert not {"emails", "meta"} & left_out["Resources"][0].keys()


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "kind"),
    [
        ("POST", "/Users", b"{", 400, "invalidSyntax"),
        ("POST", "/Users", b"[]", 400, "invalidSyntax"),
        ("POST", "/Users", b'{"displayName":"x"}', 400, "invalidValue"),
        ("POST", "/Users", b'{"userName":"x","active":"perhaps"}', 400, "invalidValue"),
        ("POST", "/Users", b'{"userName":"' + b"x" * 300 + b'"}', 400, "invalidValue"),
        ("POST", "/Users", b" " * (1 << 20) + b"{}", 413, None),
        ("GET", "/Users?filter=userName%20co%20%22a%22", None, 400, "invalidFilter"),
        ("GET", "/Users?filter=title%20eq%20%22a%22", None, 400, "invalidFilter"),
        ("GET", "/Users?startIndex=one", None, 400, "invalidValue"),
        ("PATCH", "/Users/none", b'{"Operations":[{"op":"add","path":"title","value":"x"}]}', 404, None),
        ("POST", "/Groups", b"{}", 501, None),
        ("GET", "/Groups/x", None, 404, None),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_told_in_the_standard_s_words(
    client: httpx.AsyncClient, method: str, path: str, sent: bytes | None, status: int, kind: str | None
) -> None:
    answer = await client.request(method, path, content=sent)
    told = answer.json()
    assert (answer.status_code, told["status"], told.get("scimType")) == (status, str(status), kind)


async def test_a_user_name_is_one_person_s(client: httpx.AsyncClient) -> None:
    await client.post("/Users", json=ANA)
    again = await client.post("/Users", json={**ANA, "userName": "ANA.quintero@example.com"})
    assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")
    other = (await client.post("/Users", json={"userName": "bo@example.com"})).json()["id"]
    taken = await client.put(f"/Users/{other}", json={"userName": "ana.quintero@example.com"})
    assert (taken.status_code, taken.json()["scimType"]) == (409, "uniqueness")
    assert (await client.get(f"/Users/{other}")).json()["userName"] == "bo@example.com"


async def test_a_log_that_takes_nothing_is_no_success_and_nothing_is_kept(
    client: httpx.AsyncClient, logged: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(topic: str, records: Sequence[Record]) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(logged.log, "append", away)
        answer = await client.post("/Users", json=ANA)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
    assert (await client.get("/Users")).json()["totalResults"] == 0
    assert (await client.post("/Users", json=ANA)).status_code == 201


async def test_a_paused_source_is_asked_again_later(client: httpx.AsyncClient, logged: Runtime) -> None:
    async with logged.engine.begin() as connection:
        await sources.add(connection, connector="scim", name="scim", config={}, paused=True)
    answer = await client.post("/Users", json=ANA)
    assert (answer.status_code, answer.json()["status"]) == (503, "503")


async def test_who_may_push(client: httpx.AsyncClient, logged: Runtime) -> None:
    tokens = Tokens(logged.engine, logged.clock)
    _, other = await tokens.create("x", ("push:write", "people:read"), timedelta(days=1), "test")
    assert (await client.get("/Users", headers={"authorization": f"Bearer {other}"})).status_code == 403
    nobody = await client.get("/Users", headers={"authorization": "Bearer no"})
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, 'Bearer realm="penumbra"')


async def test_the_endpoint_says_what_it_is(client: httpx.AsyncClient) -> None:
    config = (await client.get("/ServiceProviderConfig")).json()
    assert (config["patch"], config["bulk"]["supported"]) == ({"supported": True}, False)
    types = (await client.get("/ResourceTypes")).json()
    assert [each["id"] for each in types["Resources"]] == ["User", "Group"]
    assert (await client.get("/ResourceTypes/User")).json()["endpoint"] == "/Users"
    schemas = (await client.get("/Schemas")).json()
    assert schemas["totalResults"] == 3
    assert (await client.get(f"/Schemas/{CORE}")).json()["id"] == CORE
    assert (await client.get("/Schemas/urn:none")).status_code == 404
    assert (await client.get("/Groups", params={"filter": 'displayName eq "x"'})).json()["totalResults"] == 0


async def test_counts_reach_the_source(client: httpx.AsyncClient, intakes: Intakes, logged: Runtime) -> None:
    await client.post("/Users", json=ANA)
    await intakes.save_counts()
    async with logged.engine.connect() as connection:
        row = await sources.get(connection, "scim", logged.clock.now())
    assert (row.connector, row.records, row.observed, row.state) == ("scim", 1, 1, "healthy")
