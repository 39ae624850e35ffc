from datetime import UTC, datetime

import pytest

from schemas.observation import App, Kind, Observation
from schemas.usage import LabelOverride, Verdict
from schemas.vendor import AppName, Product, Vendor
from services.labelling import programs
from services.labelling.index import build
from services.labelling.match import label

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DESKTOP = Product(
    id="acme.desktop", name="Acme Desktop", kind="assistant", processes=("Acme", "Acme.exe"),
    bundles=("com.acme.Chat",), extensions=("chrome:abcdefghijklmnopabcdefghijklmnop", "vscode:Acme.chat"),
    ports=(11999, 8080), descriptors=("ACME *CHAT SUBSCR", "ACME"),
)  # fmt: skip
COMMAND = Product(
    id="acme.command", name="Acme Command", kind="coding", processes=("acme",), packages=("npm:@acme/cmd",)
)
RIVER = Product(
    id="river.chat", name="River", kind="assistant",
    apps=(AppName(name="River", common_word=True), AppName(name="River Chat")),
)  # fmt: skip
INDEX = build(
    [
        Vendor(id="acme", name="Acme", domains=("acme.example",), products=(DESKTOP, COMMAND)),
        Vendor(id="river", name="River", domains=("river.example",), products=(RIVER,)),
    ]
)


def answer(client_id, overrides=None):
    seen = Observation(source="osquery", kind=Kind.ENDPOINT, at=AT, app=App(client_id=client_id))
    found = label(seen, INDEX, overrides or {})
    return found.verdict.value, found.tool, found.key


@pytest.mark.parametrize(
    ("client_id", "tool"),
    [
        ("process:Acme", "acme.desktop"),
        ("process:acme", "acme.command"),
        ("process:ACME.EXE", "acme.desktop"),
        ("bundle:com.acme.chat", "acme.desktop"),
        ("chrome:ABCDEFGHIJKLMNOPabcdefghijklmnop", "acme.desktop"),
        ("vscode:acme.Chat", "acme.desktop"),
        ("npm:@acme/cmd", "acme.command"),
        ("card:ACME *CHAT SUBSCR ACME.COM CA", "acme.desktop"),
        ("card:ACME, INC.", "acme.desktop"),
    ],
)
def test_a_program_is_known_by_what_its_device_or_card_calls_it(client_id, tool):
    assert answer(client_id)[:2] == ("ai", tool)


@pytest.mark.parametrize(
    "client_id", ["process:Acme Reader", "bundle:com.acme.chat.helper", "card:ACMESTORE", "card:THE ACME", "port:8080"]
)
def test_what_only_resembles_it_is_nothing(client_id):
    assert answer(client_id)[:2] == ("none", None)


def test_a_port_alone_is_a_suspicion_without_a_tool():
    assert answer("port:11999") == ("suspected", None, "client:port:11999")


def test_card_lines_of_one_product_share_the_key_of_the_catalogs_text():
    keys = {answer(f"card:ACME *CHAT SUBSCR {city}")[2] for city in ("CA", "DUBLIN", "SINGAPORE 0123")}
    assert keys == {"client:card:acme chat subscr"}


def test_a_correction_holds_at_the_beginning_of_a_card_line():
    key = "client:card:other shop"
    given = LabelOverride(key=key, verdict=Verdict.AI, tool="acme.command", author="a", reason="seen", at=AT)
    assert answer("card:OTHER SHOP LONDON", {key: given}) == ("ai", "acme.command", key)


@pytest.mark.parametrize("text", ["OPENAI *CHATGPT", "openai  chatgpt", "OpenAI/ChatGPT."])
def test_signs_between_words_do_not_matter(text):
    assert programs.words(text) == "openai chatgpt"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("River Chat", ("ai", "river.chat", "client:merchant:river chat")),
        ("RIVER CHAT, INC.", ("ai", "river.chat", "client:merchant:river chat")),
        ("RIVER.EXAMPLE OSLO", ("ai", "river.chat", "client:card:river.example")),
        ("RIVER", ("suspected", None, "client:merchant:river")),
    ],
)
def test_a_card_line_that_is_a_name_or_begins_with_a_domain_is_known(text, said):
    assert answer(f"card:{text}") == said


@pytest.mark.parametrize("text", ["RIVER BOATS", "RIVER CHAT CAFE", "ACME.EXAMPLE", "THE RIVER"])
def test_a_name_within_a_card_line_says_nothing(text):
    assert answer(f"card:{text}")[:2] == ("none", None)
