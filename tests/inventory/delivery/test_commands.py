import json

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
    assert (await penumbra("webhook", "remove", endpoint["id"], **place)).code == 0
    gone = await penumbra("webhook", "test", endpoint["id"], **place)
    assert (gone.code, "penumbra webhook list" in gone.err) == (2, True)
