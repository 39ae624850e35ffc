import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas import vendor
from schemas.observation import App, Kind, Observation
from schemas.vendor import CatalogFault
from services.labelling import catalog
from services.labelling.match import label

VENDORS = Path(__file__).parent / "vendors"
LIST = """name = "one"
file = "one.txt"
format = "plain"
imported = 2026-11-21
hosts = [{ host = "new.example", line = 1 }]
"""


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A shipped catalog of one file, so that these tests don't read the whole real one."""
    folder = tmp_path / "shipped"
    shutil.copytree(VENDORS, folder)
    monkeypatch.setattr(vendor, "CATALOG", folder)
    return folder


def settled(cache):
    """As if it had been kept a while after the files changed: what is kept in that moment is not trusted."""
    for kept in cache.iterdir():
        later = kept.stat().st_mtime_ns + 10**9
        os.utime(kept, ns=(later, later))


def test_what_was_kept_is_what_would_be_compiled_and_is_taken(shipped, tmp_path, monkeypatch):
    cache, own = tmp_path / "cache", tmp_path / "own"
    (own / "lists").mkdir(parents=True)
    (own / "lists" / "one.toml").write_text(LIST)
    fresh = catalog.open_catalog((own,), cache=cache)
    assert fresh == catalog.compiled((own,))
    assert "new.example" in fresh.hosts
    settled(cache)
    monkeypatch.setattr(catalog, "compiled", None)
    assert catalog.open_catalog((own,), cache=cache) == fresh


def test_what_was_kept_as_a_file_changed_is_not_trusted(shipped, tmp_path):
    cache = tmp_path / "cache"
    for name in ("Acme Al", "Acme BI"):  # of one length, in one moment
        (shipped / "acme.toml").write_text(f'id = "acme"\nname = "{name}"\n')
        assert catalog.vendors((), cache)[0].name == name


@pytest.mark.parametrize("change", ["shipped", "own", "list", "new", "gone"])
def test_a_changed_folder_is_read_again(shipped, tmp_path, change):
    cache, own = tmp_path / "cache", tmp_path / "own"
    (own / "lists").mkdir(parents=True)
    (own / "lists" / "one.toml").write_text(LIST)
    (own / "mine.toml").write_text('id = "mine"\nname = "Mine"\n')
    before = catalog.open_catalog((own,), cache=cache)
    settled(cache)
    if change == "shipped":
        (shipped / "acme.toml").write_text('id = "acme"\nname = "Another"\n')
    elif change == "own":
        (own / "mine.toml").write_text('id = "mine"\nname = "Mine 2"\n')
    elif change == "list":
        (own / "lists" / "one.toml").write_text(LIST.replace("new", "newer"))
    elif change == "new":
        (own / "more.toml").write_text('id = "more"\nname = "More"\n')
    else:
        (own / "mine.toml").unlink()
    assert catalog.open_catalog((own,), cache=cache).version != before.version


def test_old_copies_go(shipped, tmp_path):
    cache = tmp_path / "cache"
    for number in range(7):
        (shipped / "acme.toml").write_text(f'id = "acme"\nname = "Acme AI {number:0{number + 1}}"\n')
        catalog.open_catalog(cache=cache)
    assert len(list(cache.glob("index-*"))) == len(list(cache.glob("vendors-*"))) == 4


def test_a_damaged_copy_is_replaced(shipped, tmp_path):
    cache = tmp_path / "cache"
    fresh = catalog.open_catalog(cache=cache)
    settled(cache)
    for kept in cache.iterdir():
        kept.write_bytes(b"\xc1 damaged")
    settled(cache)
    assert catalog.open_catalog(cache=cache) == fresh
    assert all(kept.read_bytes() != b"\xc1 damaged" for kept in cache.iterdir())


def test_without_a_place_to_keep_it_the_catalog_is_read_all_the_same(shipped, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    assert catalog.vendors((), blocked / "cache") == catalog.vendors((), None) == vendor.load()
    assert catalog.open_catalog(cache=blocked / "cache") == catalog.compiled()


def test_an_organisations_folder_outranks_the_shipped_vendor(shipped, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "acme.toml").write_text('id = "acme"\nname = "Ours"\n')
    assert [v.name for v in catalog.vendors((own,), tmp_path / "cache")] == ["Ours"]


def test_a_fault_names_the_file_and_the_field(shipped, tmp_path):
    (shipped / "bad.toml").write_text('id = "bad"\nname = 7\n')
    with pytest.raises(CatalogFault, match=r"bad\.toml.*name"):
        catalog.open_catalog(cache=tmp_path / "cache")


@pytest.mark.parametrize(
    ("app", "action", "verdict", "key"),
    [
        (App(name="ChatGPT", client_id="AIApp.SaaS.ChatGPT"), "AIAppInteraction", "ai", None),
        (App(name="Unheard Of", client_id="AIApp.SaaS.Unheard Of"), "AIAppInteraction", "suspected", "app:unheard of"),
        (App(name="Unheard Of", client_id="AIApp.SaaS.Unheard Of"), "Prompted", "suspected", "app:unheard of"),
        (App(client_id="0c0c0c0c-aaaa-4bbb"), "ConnectedAIAppInteraction", "suspected", "client:0c0c0c0c-aaaa-4bbb"),
        (App(client_id="0c0c0c0c-aaaa-4bbb"), "Consent to application.", "none", None),
    ],
)
def test_microsofts_word_that_an_application_is_ai_is_never_thrown_away(app, action, verdict, key):
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    record = Observation(source="m365_management", kind=Kind.AUDIT, at=at, app=app, action=action)
    found = label(record, catalog.open_catalog())
    assert (found.verdict, found.key) == (verdict, key or found.key)
