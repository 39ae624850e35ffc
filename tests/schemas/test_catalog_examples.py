"""Every example of every product is decided as written, and what must not be AI is not."""

import msgspec
import pytest

from schemas import vendor
from schemas.vendor import Example
from services.classifier.corpora.names import lines
from services.ingest import templates
from services.labelling.conflicts import look_alikes_as_ai, shared_as_ai
from services.labelling.examples import by_catalog, fault_of, observation, wrong_examples
from services.labelling.index import build
from services.labelling.match import label

USES = {"ai", "embedded"}
TELLING = {"ui", "api"}


@pytest.fixture(scope="module")
def vendors():
    return vendor.load()


@pytest.fixture(scope="module")
def index(vendors):
    return build(vendors)


def decided(target, index):
    return by_catalog(observation(target), index)


def test_examples_are_decided_as_written(vendors, index):
    assert [wrong for one in vendors for wrong in wrong_examples(one, index)] == []


def test_shared_infrastructure_and_look_alikes_are_never_ai(vendors, index):
    assert list(shared_as_ai(vendors, index)) == []
    assert list(look_alikes_as_ai(lines("lookalikes.txt"), index)) == []


def test_every_host_of_use_names_its_product(vendors, index):
    wrong = [
        (product.id, host.host, found.tool, found.verdict)
        for one in vendors
        for product in one.products
        for host in product.hosts
        if host.role in TELLING
        and (found := decided(f"https://{host.host}/", index))
        and (found.tool != product.id or found.verdict.value != ("embedded" if product.embedded else "ai"))
    ]
    assert wrong == []


def test_related_and_shared_hosts_are_no_use(vendors, index):
    for one in vendors:
        for host in (*one.hosts, *(host for product in one.products for host in product.hosts)):
            if host.role not in TELLING:
                found = decided(f"https://{host.host}/", index)
                assert found.verdict.value == ("none" if host.shared else "related"), host


@pytest.mark.parametrize(
    "host",
    [
        "baidu.com", "www.meta.com", "nvidia.com", "www.canva.com", "www.notion.so", "zapier.com", "salesforce.com",
        "www.microsoft.com", "www.google.com", "github.com", "o33249.ingest.sentry.io", "browser-intake-datadoghq.com",
        "api.statsig.com", "featuregates.org", "api-iam.intercom.io", "js.stripe.com", "app.launchdarkly.com",
        "cdn.segment.io", "challenges.cloudflare.com", "login.auth0.com", "client-api.arkoselabs.com", "algolia.net",
        "theresanaiforthat.com", "futuretools.io", "air.ai-lines.example", "notchatgpt.com", "chatgpt.com.evil.example",
    ],
)  # fmt: skip
def test_vendor_wide_shared_and_look_alike_hosts_are_not_ai(host, index):
    assert decided(f"https://{host}/", index).verdict.value == "none"


@pytest.mark.parametrize("name", ["Gong", "Grain", "Cursor", "Copilot", "Writer", "Notion", "Read", "Make", "Bolt"])
def test_a_common_word_alone_names_nothing(name, index):
    assert decided(f"app:{name}", index).verdict.value == "none"


@pytest.mark.parametrize(
    ("name", "publisher", "tool"),
    [
        ("Cursor", "Anysphere, Inc.", "cursor.ide"),
        ("Notion", "Notion Labs, Inc.", "notion.ai"),
        ("Copilot", "Microsoft Corporation", "microsoft.copilot"),
        ("Make", "Celonis", "make.automation"),
    ],
)
def test_a_common_word_with_its_publisher_names_the_product(name, publisher, tool, index):
    found = decided(f"app:{name}\t{publisher}", index)
    assert (found.tool, found.confidence) == (tool, 0.9)


def test_what_is_done_is_told_by_the_path(index):
    found = label(observation("https://chatgpt.com/backend-anon/conversation"), index)
    assert (found.action, found.account) == ("prompt", "anonymous")


@pytest.mark.parametrize("target", ["chatgpt.com", "ftp://x.example/", "event:none", "app"])
def test_a_target_of_no_known_form_is_a_fault(target, index):
    assert "not a target" in fault_of(Example(target=target, match=True), "acme.chat", index)


def test_an_example_that_is_wrong_says_what_came_out(index):
    fault = fault_of(Example(target="https://chatgpt.com/", match=False), "openai.chatgpt", index)
    assert fault == "should not name openai.chatgpt; came out as ai openai.chatgpt by host:chatgpt.com"
    fault = fault_of(Example(target="https://ab.chatgpt.com/", match=False, verdict="none"), "openai.chatgpt", index)
    assert fault == "should be none; came out as related openai.chatgpt by host:ab.chatgpt.com"


def test_a_path_says_the_same_after_ids_were_taken_out_of_it(vendors, index):
    for one in vendors:
        for product in one.products:
            for example in product.examples:
                seen = observation(example.target)
                if seen.path:
                    protected = msgspec.structs.replace(seen, path=templates.path(seen.path))
                    assert label(protected, index) == label(seen, index), example.target
