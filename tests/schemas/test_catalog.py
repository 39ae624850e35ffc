"""The rules of the catalog: the shipped files keep them, and each planted fault is found where it is."""

import re
from datetime import date
from pathlib import Path

import msgspec
import pytest

from schemas import vendor as catalog
from schemas.catalog_check import Filed, check, read_all
from schemas.catalog_rules import is_public_suffix, pattern_faults
from schemas.catalog_stats import stats
from schemas.vendor import (
    AppName,
    AuditEvent,
    Example,
    Fact,
    Host,
    OAuthClient,
    PathRule,
    Product,
    UserAgent,
    Vendor,
)

TODAY = date(2026, 11, 21)
AGREED = re.findall(
    r"\S+",
    """
openai.chatgpt openai.api anthropic.claude anthropic.api google.gemini google.gemini-workspace google.gemini-api
google.notebooklm google.ai-studio google.vertex-ai microsoft.copilot microsoft.copilot-m365 microsoft.copilot-studio
microsoft.power-automate microsoft.power-apps microsoft.azure-openai github.copilot perplexity.ai mistral.le-chat
mistral.api deepseek.chat deepseek.api xai.grok meta.ai cohere.api huggingface.hub groq.api together.api replicate.api
openrouter.api cursor.ide codeium.windsurf tabnine.assistant replit.ai v0.app lovable.app bolt.new midjourney.image
stability.ai runway.video elevenlabs.voice heygen.video synthesia.video suno.music otter.ai fireflies.ai fathom.notes
read.ai granola.notes grammarly.assistant quillbot.writing deepl.translate jasper.writing copyai.writing notion.ai
zapier.ai make.automation character.ai poe.chat glean.search gamma.app canva.magic slack.ai zoom.ai-companion
salesforce.agentforce moonshot.kimi alibaba.qwen zhipu.chatglm bytedance.doubao aws.bedrock
""",
)
EMBEDDED = {"google.gemini-workspace", "notion.ai", "canva.magic", "slack.ai", "zoom.ai-companion"}

GOOD_HOST = Host(host="chat.acme.example", evidence="known")
BOTH_WAYS = (
    Example(target="https://chat.acme.example/", match=True),
    Example(target="https://chat.acme.example.evil.example/", match=False),
)


def product(**changes):
    whole = {"id": "acme.chat", "name": "Acme Chat", "kind": "assistant", "hosts": (GOOD_HOST,), "examples": BOTH_WAYS}
    return Product(**(whole | changes))


def faults(*products, hosts=(), file="acme.toml", others=()):
    filed = [*others, Filed(file, Vendor(id="acme", name="Acme", hosts=hosts, products=products))]
    return [str(fault) for fault in check(filed, TODAY)]


@pytest.fixture(scope="module")
def shipped():
    filed, unreadable = read_all()
    assert not unreadable
    return filed


def test_the_shipped_catalog_has_no_fault(shipped):
    assert [str(fault) for fault in check(shipped, TODAY)] == []


def test_the_shipped_catalog_names_every_agreed_product(shipped):
    found = {p.id: p for one in shipped for p in one.vendor.products}
    assert [name for name in AGREED if name not in found] == []
    assert {name for name in AGREED if found[name].embedded} == EMBEDDED
    assert len(shipped) >= 60


def test_the_order_of_files_and_loading_agree(shipped):
    assert tuple(one.vendor for one in shipped) == catalog.load()


def test_a_good_product_has_no_fault():
    assert faults(product()) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"id": "other.chat"}, "acme.toml: other.chat: a product id is acme.<name>"),
        ({"id": "acme.Chat"}, "acme.toml: acme.Chat: a product id is acme.<name>"),
        ({"kind": "chatty"}, "acme.chat: kind 'chatty' is none of"),
        ({"embedded": True}, "an embedded feature names its parent"),
        ({"parent": "Suite"}, "an embedded feature names its parent"),
        ({"hosts": (), "apps": (AppName(name="Chat", common_word=True),)}, "nothing would ever match it"),
        ({"hosts": (Host(host="com", evidence="known"),)}, "a host is written in lower case"),
        ({"hosts": (Host(host="co.uk", evidence="known"),)}, "host co.uk: it is a public suffix"),
        ({"hosts": (Host(host="*.acme.example", evidence="known"),)}, "a host is written in lower case"),
        ({"hosts": (Host(host="https://acme.example", evidence="known"),)}, "a host is written in lower case"),
        ({"hosts": (Host(host="acme.example/chat", evidence="known"),)}, "a host is written in lower case"),
        ({"hosts": (Host(host="Acme.example", evidence="known"),)}, "a host is written in lower case"),
        ({"hosts": (Host(host="google.com", evidence="known"),)}, "host google.com: it is far more than AI"),
        ({"hosts": (Host(host="api.example.com", evidence="vendor-doc"),)}, "evidence vendor-doc needs its source"),
        ({"hosts": (Host(host="api.example.com", evidence="public-text"),)}, "evidence public-text needs its source"),
        ({"hosts": (Host(host="api.example.com", evidence="known", source="a page"),)}, "a source is an https address"),
        ({"hosts": (Host(host="s.example.com", evidence="known", shared=True),)}, "shared infrastructure is never use"),
        ({"paths": (PathRule(host="notion.so", path="^/", evidence="known"),)}, "takes every path of a host"),
        ({"paths": (PathRule(host="acme.example", path="/chat", evidence="known"),)}, "path expression starts with"),
        ({"paths": (PathRule(host="acme.example", path="^/(chat", evidence="known"),)}, "not an expression"),
        ({"paths": (PathRule(host="acme.example", path="^/(?!x)y", evidence="known"),)}, "RE2 has no look-around"),
        ({"paths": (PathRule(host="com.sg", path="^/chat", evidence="known"),)}, "on com.sg: it is a public suffix"),
        ({"user_agents": (UserAgent(pattern=r"(a)\1"),)}, "user agent (a)\\1: RE2 has no look-around"),
        ({"user_agents": (UserAgent(pattern="x", evidence="vendor-doc"),)}, "evidence vendor-doc needs its source"),
        ({"oauth": (OAuthClient(idp="entra", client_id="1", evidence="vendor-doc"),)}, "client 1: evidence vendor-doc"),
        ({"events": (AuditEvent(source="okta", event="*", evidence="known"),)}, "every event of a source is no AI"),
        ({"events": (AuditEvent(source="okta", event="a*b", evidence="known"),)}, "* stands at the end only"),
        ({"facts": (Fact(name="sso", value="yes", source="heard", as_of=TODAY),)}, "a source is an https address"),
        (
            {"facts": (Fact(name="sso", value="yes", source="https://acme.example", as_of=date(2027, 1, 1)),)},
            "fact sso: as_of 2027-01-01 lies ahead",
        ),
        ({"examples": BOTH_WAYS[:1]}, "no example that does not match"),
        ({"examples": BOTH_WAYS[1:]}, "no example that matches"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(changes, expected):
    found = faults(product(**changes))
    assert len(found) == 1, found
    assert expected in found[0]
    assert found[0].startswith("acme.toml: ")


def test_a_product_id_given_twice_is_found():
    other = Host(host="api.acme.example", evidence="known")
    assert faults(product(), product(hosts=(other,))) == [
        "acme.toml: acme.chat: product id acme.chat is claimed by acme.chat too"
    ]


@pytest.mark.parametrize(
    "claim",
    [
        {"hosts": (GOOD_HOST,)},
        {"apps": (AppName(name="ACME chat"),)},
        {"oauth": (OAuthClient(idp="entra", client_id="AA-1", evidence="known"),)},
        {"paths": (PathRule(host="acme.example", path="^/chat", evidence="known"),)},
    ],
)
def test_what_two_products_claim_is_found_in_the_second_file(claim):
    nothing = {"hosts": (), "apps": ()}
    lower = msgspec.convert(
        msgspec.to_builtins(claim) | {"id": "zeta.chat", "name": "Z", "kind": "assistant"}, Product, strict=False
    )
    zeta = Vendor(id="zeta", name="Z", products=(msgspec.structs.replace(lower, examples=BOTH_WAYS),))
    found = faults(product(**(nothing | claim)), others=[Filed("zeta.toml", zeta)])
    assert len(found) == 1
    assert re.fullmatch(r"acme\.toml: acme\.chat: .+ is claimed by zeta\.chat too", found[0])


def test_shared_infrastructure_may_stand_in_many_files():
    shared = Host(host="intake.shared.example", role="telemetry", shared=True, evidence="known")
    other = Filed("zeta.toml", Vendor(id="zeta", name="Z", hosts=(shared,)))
    assert faults(product(hosts=(GOOD_HOST, shared)), hosts=(shared,), others=[other]) == []


def test_a_host_of_use_without_a_product_is_found():
    found = faults(product(), hosts=(Host(host="acme.example", evidence="known"),))
    assert found == ["acme.toml: vendor host acme.example: role ui is use: a host of use belongs to a product"]


def test_a_file_named_otherwise_is_found():
    assert faults(product(), file="acne.toml") == ["acne.toml: vendor: the file is named after its vendor: acme.toml"]


def test_a_file_that_cannot_be_read_is_a_fault_and_the_others_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(catalog, "CATALOG", tmp_path)
    (tmp_path / "acme.toml").write_text('id = "acme"\nname = "Acme"\nhostz = []\n')
    (tmp_path / "zeta.toml").write_text('id = "zeta"\nname = "Zeta"\n')
    filed, unreadable = read_all()
    assert [one.vendor.id for one in filed] == ["zeta"]
    assert [(Path(f.file).name, f.place) for f in unreadable] == [("acme.toml", "file")]
    assert "hostz" in unreadable[0].message


@pytest.mark.parametrize(
    "pattern", [r"^/a[^/]+/x", r"^/v1(beta)?/", r"\bX/\d", r"^/[+*?]+$", r"^/\(?x", "^(/u/[^/]+)?/y", r"^/[\]]+"]
)
def test_expressions_both_engines_read_alike_are_accepted(pattern):
    assert list(pattern_faults(pattern, anchored=pattern.startswith("^"))) == []


@pytest.mark.parametrize(
    "pattern", ["(?<=a)b", "(?<!a)b", "(?=a)", "(?>a)", "a++", "a*+", "(?P<n>a)(?P=n)", r"a\Z", "a{1,2000}"]
)
def test_expressions_re2_refuses_are_found(pattern):
    assert len(list(pattern_faults(pattern, anchored=False))) == 1


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("ai", True),
        ("com.my", True),
        ("openai.com", False),
        ("hf.space", False),
        ("copilot.cloud.microsoft", False),
    ],
)
def test_public_suffixes(host, is_one):
    assert is_public_suffix(host) is is_one


def test_stats_count_what_is_there():
    fact = Fact(name="sso", value="yes", source="https://acme.example", as_of=TODAY)
    related = Host(host="acme.example", role="company", evidence="vendor-doc", source="https://acme.example")
    told = stats([Vendor(id="acme", name="Acme", hosts=(related,), products=(product(facts=(fact,)),))])
    assert (told["vendors"], told["products"], told["hosts"], told["examples"]) == (1, 1, 2, 2)
    assert told["hosts_by_evidence"] == {"known": 1, "vendor-doc": 1}
    assert told["hosts_by_role"] == {"company": 1, "ui": 1}
    assert told["signals"]["hosts"] == 1
    assert told["facts"] == [
        {"tool": "acme.chat", "name": "sso", "value": "yes", "source": "https://acme.example", "as_of": "2026-11-21"}
    ]
