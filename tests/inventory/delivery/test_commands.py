import json

from services.inventory.delivery import outbox
from tests.commands import penumbra


async def test_an_endpoint_is_added_tested_rotated_listed_and_removed(stage, runtime, database_url, tmp_path):
    place = {
        "PENUMBRA_DATABASE_URL": database_url, "PENUMBRA_DATA": str(tmp_path),
        "PENUMBRA_ALLOW_PRIVATE": "127.0.0.0/8",
    }  # fmt: skip
    added = await penumbra("webhook", "add", stage.receiver.url, "--json", **place)
    assert added.code == 0, added.err
    endpoint = json.loads(added.out)
    stage.secrets[:] = [endpoint["secret"]]
    assert (await penumbra("webhook", "test", endpoint["id"], **place)).out.startswith("answered 204")
    assert [message["type"] for message in stage.receiver.store.received] == ["webhook.test"]
    rotated = await penumbra("webhook", "rotate", endpoint["id"], **place)
    stage.secrets[:] = [rotated.out.strip()]
    assert (await penumbra("webhook", "test", endpoint["id"], **place)).code == 0
    stage.receiver.answers.append(500)
    failed = await penumbra("webhook", "test", endpoint["id"], **place)
    assert (failed.code, failed.out) == (1, "")
    listed = await penumbra("webhook", "list", "--json", **place)
    assert endpoint["secret"] not in listed.out
    assert endpoint["id"] in [known["id"] for known in json.loads(listed.out)]
    await stage.put("a1", 1)
    narrow = ("--format", "cef", "--severity", "high", "--unit", "Sales", "--description", "the SIEM")
    assert (await penumbra("webhook", "change", endpoint["id"], *narrow, **place)).code == 0
    assert await outbox.relay(stage.house) == 1
    again = await penumbra("webhook", "replay", endpoint["id"], "--since", "2026-01-01", **place)
    assert (again.code, again.err.strip()) == (0, "1 deliveries are lined up")
    shown = json.loads((await penumbra("webhook", "show", endpoint["id"], "--json", **place)).out)
    assert (shown["endpoint"]["format"], shown["endpoint"]["units"]) == ("cef", ["Sales"])
    (delivery,) = shown["deliveries"]
    assert (delivery["state"], delivery["format"]) == ("waiting", "cef")
    refused = await penumbra("webhook", "replay", "--delivery", str(delivery["number"]), **place)
    assert (refused.code, "waits" in refused.err) == (2, True)
    assert (await penumbra("webhook", "disable", endpoint["id"], **place)).code == 0
    assert "Sales" in (await penumbra("webhook", "show", endpoint["id"], **place)).out
    assert (await penumbra("webhook", "remove", endpoint["id"], **place)).code == 0
    gone = await penumbra("webhook", "test", endpoint["id"], **place)
    assert (gone.code, "penumbra webhook list" in gone.err) == (2, True)
