import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory.api import cursor
from services.kit.errors import Misconfigured

IDS = {"tools": "tool", "solutions": "solution", "alerts": "id", "registry": "id", "sources": "instance"}


@pytest.fixture
async def filled(operator, surface):
    from services.kit.control import sources

    for number in range(3):
        await operator.post(
            "/api/v1/registry", json={"id": f"R{number}", "name": "an entry", "tools": ["example.aria"]}
        )
        async with surface.engine.begin() as connection:
            await sources.add(connection, connector="squid", name=f"proxy-{number}", config={})
    return operator


@pytest.mark.parametrize(("path", "key"), IDS.items())
async def test_pages_of_one_hold_the_same_as_one_page(filled, path, key):
    whole = (await filled.get(f"/api/v1/{path}")).json()
    assert whole["next"] is None
    found, following = [], ""
    while following is not None:
        page = (await filled.get(f"/api/v1/{path}", params={"limit": 1, "cursor": following})).json()
        found += page["items"]
        following = page["next"]
    assert found == whole["items"]
    assert len({item[key] for item in found}) == len(found) >= 3


async def test_rows_that_come_and_go_neither_repeat_nor_skip_others(operator, estate):
    first = (await operator.get("/api/v1/tools", params={"limit": 3})).json()
    del estate.tool_items[1]
    rest = (await operator.get("/api/v1/tools", params={"cursor": first["next"]})).json()
    assert [item["name"] for item in first["items"] + rest["items"]] == [
        "Aria", "Bellow", "Cinder", "Dapple", "Ember", "Fathom",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 1001}, {"limit": "x"}, {"cursor": "no cursor"}, {"cursor": "e30"}]
)
async def test_what_can_t_be_asked_is_a_problem_document(operator, query):
    answer = await operator.get("/api/v1/tools", params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


async def test_a_standing_chooses(operator):
    items = (await operator.get("/api/v1/tools", params={"standing": "unregistered"})).json()["items"]
    assert [item["name"] for item in items] == ["Bellow", "Cinder"]
    assert (await operator.get("/api/v1/tools", params={"standing": "odd"})).status_code == 422


@given(st.text(max_size=60))
def test_a_key_survives_its_cursor(key):
    assert cursor.decode(cursor.encode(key), str) == key


@given(st.text(max_size=60))
def test_any_text_is_read_as_a_key_or_refused(text):
    try:
        key = cursor.decode(text, int)
    except Misconfigured:
        return
    assert key is None or isinstance(key, int)


async def test_a_tool_has_the_agreed_fields(operator):
    item = (await operator.get("/api/v1/tools/example.bellow")).json()
    assert item.keys() == {
        "tool", "name", "vendor", "verdict", "standing", "people", "events", "bytes_out", "first_seen", "last_seen",
        "data_classes", "units", "basis",
    }  # fmt: skip
    assert item["last_seen"].endswith("Z")


@pytest.mark.parametrize("path", ["tools/none", "solutions/none", "alerts/none", "people/none", "webhooks/none"])
async def test_what_isn_t_there_is_404(operator, path):
    assert (await operator.get(f"/api/v1/{path}")).status_code == 404


async def test_a_solution_s_id_may_hold_a_slash(operator):
    assert (await operator.get("/api/v1/solutions/power_automate_flow:1/a")).json()["name"] == "Flow 1"
