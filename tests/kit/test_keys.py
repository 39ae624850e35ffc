"""Keys: made once, readable by their owner only, the same for whoever starts together, and another stops the start."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.app import opened
from services.kit import keys as kit_keys
from services.kit.errors import Misconfigured
from services.kit.settings import Settings


def test_keys_are_made_once_for_their_owner_only(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = {each.fingerprint for each in pool.map(lambda _: kit_keys.load(None, tmp_path / "new"), range(8))}
    assert len(made) == 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["keys.json"]
    assert stat.S_IMODE((tmp_path / "new" / "keys.json").stat().st_mode) == 0o600


def test_a_pseudonym_depends_on_kind_value_and_key():
    one, other = kit_keys.make(), kit_keys.make()
    found = {
        (keys is one, kind, value): keys.identifier(kind, value).hmac
        for keys in (one, other) for kind in ("email", "login") for value in ("a", "b")
    }  # fmt: skip
    assert len(set(found.values())) == len(found) == 8
    assert one.identifier("email", "a") == one.identifier("email", "a")


def test_only_the_keys_that_sealed_open():
    one, other = kit_keys.make(), kit_keys.make()
    assert one.open(one.seal(b"text")) == b"text"
    with pytest.raises(Misconfigured, match="PENUMBRA_KEYS"):
        other.open(one.seal(b"text"))


@pytest.mark.parametrize("spoil", [
    lambda _: "", lambda _: "[]", lambda fields: json.dumps({**fields, "seal": "short"}),
    lambda fields: json.dumps({**fields, "pseudonym": "@@"}), lambda fields: json.dumps({**fields, "pseudonym": ""}),
    lambda fields: json.dumps({"id": fields["id"]}),
])  # fmt: skip
def test_a_damaged_file_is_refused_and_not_replaced(tmp_path, spoil):
    path = tmp_path / "keys.json"
    path.write_text(spoil(json.loads(kit_keys.dump(kit_keys.make()))))
    before = path.read_text()
    with pytest.raises(Misconfigured, match="restore it"):
        kit_keys.load(None, tmp_path)
    assert path.read_text() == before


def test_keys_of_the_environment(tmp_path, monkeypatch):
    made = kit_keys.make()
    monkeypatch.setenv("PNB_KEYS", kit_keys.dump(made))
    assert kit_keys.load("env:PNB_KEYS", tmp_path) == made
    for wrong in ("env:PNB_NONE", "vault:x", "file:"):
        with pytest.raises(Misconfigured):
            kit_keys.load(wrong, tmp_path)


async def test_other_keys_than_the_databases_stop_the_start(database_url, tmp_path):
    def settings(folder):
        return Settings(_env_file=None, data=tmp_path / folder, database_url=database_url)

    for _ in range(2):
        async with opened(settings("one"), database_url) as runtime:
            first = runtime.keys.fingerprint
    with pytest.raises(Misconfigured, match=first):
        async with opened(settings("two"), database_url):
            pass


async def test_keys_are_not_made_in_a_wrong_place_once_the_database_has_some(database_url, tmp_path):
    def settings(place):
        return Settings(_env_file=None, data=tmp_path, database_url=database_url, keys=f"file:{tmp_path / place}")

    async with opened(settings("right/keys.json"), database_url) as runtime:
        first = runtime.keys.fingerprint
    with pytest.raises(Misconfigured, match=f"PENUMBRA_KEYS: .*wrong.* is not there.*{first}.*restore"):
        async with opened(settings("wrong/keys.json"), database_url):
            pass
    assert not (tmp_path / "wrong").exists()


async def test_a_log_that_does_not_answer_names_its_setting(database_url, tmp_path):
    settings = Settings(_env_file=None, data=tmp_path, database_url=database_url, log_url="kafka://127.0.0.1:9")
    with pytest.raises(
        Misconfigured, match=r"PENUMBRA_LOG_URL: kafka://127\.0\.0\.1:9 does not answer \(Kafka.*\); see"
    ):
        async with opened(settings, database_url):
            pass
