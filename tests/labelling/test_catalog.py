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


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A shipped catalog of one file, so that these tests don't read the whole real one."""
    folder = tmp_path / "shipped"
    shutil.copytree(VENDORS, folder)
    monkeypatch.setattr(vendor, "CATALOG", folder)
    return folder


def test_what_was_kept_is_what_would_be_read(shipped, tmp_path):
    cache = tmp_path / "cache"
    fresh = catalog.vendors((), cache)
    assert len(list(cache.glob("*.msgpack"))) == 1
    assert catalog.vendors((), cache) == fresh == vendor.load()
    assert catalog.open_catalog(cache=cache).version == catalog.build(fresh).version


def test_a_changed_file_is_read_again_and_old_copies_go(shipped, tmp_path):
    cache = tmp_path / "cache"
    for number in range(7):
        text = (VENDORS / "acme.toml").read_text().replace('"Acme AI"', f'"Acme AI {number}"')
        (shipped / "acme.toml").write_text(text)
        assert catalog.vendors((), cache)[0].name == f"Acme AI {number}"
    assert len(list(cache.iterdir())) == 4


def test_a_damaged_copy_is_replaced(shipped, tmp_path):
    cache = tmp_path / "cache"
    fresh = catalog.vendors((), cache)
    (kept,) = cache.iterdir()
    kept.write_bytes(b"\xc1 damaged")
    assert catalog.vendors((), cache) == fresh
    assert kept.read_bytes() != b"\xc1 damaged"


def test_without_a_place_to_keep_it_the_catalog_is_read_all_the_same(shipped, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    assert catalog.vendors((), blocked / "cache") == catalog.vendors((), None) == vendor.load()


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
