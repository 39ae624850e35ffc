import pytest

from schemas.observation import Kind, Observation
from schemas.usage import LabelOverride, Verdict
from schemas.vendor import Host, PathRule, Product, Vendor
from services.labelling.index import build
from services.labelling.match import label
from services.labelling.subdomains import CONVENTIONS, conventional
from tests.labelling.test_match import AT

HOSTS = (
    Host(host="acme.example", evidence="known"),
    Host(host="mail.acme.example", evidence="known"),
    Host(host="tenants.example", role="api", subdomains="use", evidence="known"),
)
PATHS = (PathRule(host="acme.example", path="^/api/", action="prompt", evidence="known"),)
INDEX = build(
    [
        Vendor(
            id="acme", name="Acme",
            products=(Product(id="acme.chat", name="Acme Chat", kind="assistant", hosts=HOSTS, paths=PATHS),),
        )
    ]
)  # fmt: skip


def answer(host, path="/", overrides=None):
    return label(Observation(source="squid", kind=Kind.WEB, at=AT, host=host, path=path), INDEX, overrides or {})


@pytest.mark.parametrize("name", [name for sort in CONVENTIONS for name in sort.names.split() if name != "mail"])
def test_a_conventional_name_below_a_product_is_related_and_says_why(name):
    found = answer(f"{name}.acme.example", "/api/x")
    assert (found.verdict, found.tool, found.key) == (Verdict.RELATED, "acme.chat", f"host:{name}.acme.example")
    assert f"sub-domain {name} of host acme.example" in found.basis[0]


def test_no_name_stands_in_two_conventions():
    names = [name for sort in CONVENTIONS for name in sort.names.split()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("below", "name"),
    [
        ("status", "status"), ("eu.status", "status"), ("status.eu", "status.eu"), ("cdn3", "cdn3"),
        ("auth-prod", "auth-prod"), ("api-docs", "api-docs"), ("help-center", "help-center"),
        ("static-cdn.eu", "static-cdn.eu"), ("api.status", "status"), ("docs.api", "docs.api"),
    ],
)  # fmt: skip
def test_numbered_composed_and_nested_names_count(below, name):
    found = conventional(below)
    assert found is not None
    assert found[0] == name


@pytest.mark.parametrize(
    "below",
    [
        "api", "app", "chat", "platform", "console", "studio", "playground", "www", "eu", "mcp", "my", "id", "go",
        "ios.chat", "helpful", "documents", "status-report-bot", "mail-assistant", "statusx", "api.developer", "x", "-",
    ],
)  # fmt: skip
def test_what_may_be_use_stays_use(below):
    assert conventional(below) is None
    assert answer(f"{below}.acme.example").verdict is Verdict.AI


@pytest.mark.parametrize("host", ["mail.acme.example", "x.mail.acme.example", "status.tenants.example"])
def test_an_entry_of_the_catalog_and_its_switch_outrank_the_convention(host):
    assert answer(host).verdict is Verdict.AI


def test_an_analyst_decides_at_the_names_own_key():
    key = "host:status.acme.example"
    done = LabelOverride(key=key, verdict=Verdict.AI, tool="acme.chat", author="a", reason="r", at=AT)
    assert answer("eu.status.acme.example", overrides={key: done}).verdict is Verdict.AI
