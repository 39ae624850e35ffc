from pathlib import Path

import pytest

from schemas.observation import App, Kind, Observation
from schemas.vendor import Host, Product, Vendor, read
from services.labelling.index import build
from services.labelling.match import label
from tests.labelling.test_match import AT

WORK = Host(host="work.example", account="enterprise", evidence="known")
PRODUCT = Product(id="work.chat", name="Work Chat", kind="assistant", hosts=(WORK,))
INDEX = build([Vendor(id="work", name="Work", products=(PRODUCT,)), read(Path(__file__).parent / "vendors/acme.toml")])
MICROSOFT = "9188040d-6c67-4c5b-b112-36a304b66dad"


def seen(source="netskope", kind=Kind.WEB, host="chat.acme-ai.example", **told):
    return label(Observation(source=source, kind=kind, at=AT, host=host, **told), INDEX)


@pytest.mark.parametrize(
    ("tenant", "account"),
    [
        ("unauthenticated", "anonymous"), ("public-link", "anonymous"), ("gmail.com", "personal"),
        (MICROSOFT.upper(), "personal"), ("acme-corp", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_tenant_tells_the_sort_of_account_where_its_name_does(tenant, account):
    found = seen(tenant=tenant)
    assert (found.tool, found.account) == ("acme.chat", account)
    assert (account is not None) == any(line.startswith("account: ") for line in found.basis)


def test_what_another_source_calls_so_is_no_placeholder():
    assert seen(source="slack_audit", tenant="unauthenticated").account is None


def test_an_audit_trail_of_a_tenant_is_an_organisations_and_only_of_what_the_event_names():
    told = {"source": "m365_management", "host": None, "tenant": "72f988bf"}
    assert seen(kind=Kind.AUDIT, action="AcmeInteraction", **told).account == "enterprise"
    assert seen(kind=Kind.AUDIT, app=App(name="Acme Chat"), **told).account is None
    assert seen(kind=Kind.AUDIT, action="AcmeInteraction", source="m365_management", host=None).account is None


def test_what_the_catalog_says_of_a_host_or_path_comes_first():
    assert seen(host="x.work.example", tenant="gmail.com").account == "enterprise"
    assert seen(host="work.example").account == "enterprise"
    assert seen(host="status.work.example").account is None
    assert seen(path="/anon/x", tenant="gmail.com").account == "anonymous"


def test_what_names_no_product_has_no_account():
    assert seen(host="mail.example", tenant="gmail.com").account is None
