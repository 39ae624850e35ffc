"""Nothing that names a person or quotes what they wrote leaves `protect`, whatever the record holds."""

import ipaddress
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.observation import Actor, App, Kind, Object, Observation, Solution
from schemas.person import Person
from services.ingest import identifiers, protect, templates
from services.ingest.ids import Occurrences, encoded
from services.kit import keys as kit_keys

KEYS = kit_keys.make()
AT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def protected(**fields: object) -> str:
    clear = Observation(source="test", kind=Kind.AUDIT, at=AT, **fields)  # type: ignore[arg-type]
    made = protect.observation(clear, KEYS, instance="i", arrived_at=AT)
    return encoded(made, Occurrences(), arrived_at=AT).decode()


LOCAL = st.text("abcdefghijklmnopqrstuvwxyz0123456789._-+", min_size=3, max_size=20).filter(
    lambda text: text[0].isalnum() and text[-1].isalnum()
)
EMAILS = st.builds("{}@{}.example.com".format, LOCAL, st.sampled_from(["mail", "corp"]))


@given(EMAILS, st.sampled_from(["{}", "to {} now", "/x/{}/y", "<{}>", "a,{};b", "user:{}"]), st.booleans())
def test_no_address_leaves(address: str, shape: str, encoded: bool) -> None:
    text = shape.format(quote(address) if encoded else address)
    out = protected(
        id=text, host=f"{address.partition('@')[0]}@example.com", path=text, method=text, action=text,
        actor=Actor(id=text, email=address, idp_id=text, employee_id=address, device=text, ip=text, unit=text),
        app=App(name=text, client_id=text, publisher=text), object=Object(type="app", id=text, name=text),
        solution=Solution(id=text, type="flow", name=text, environment=text, connectors=(text,), sharing=text,
            owner=Actor(id=text, email=address), makers=(Actor(id=address), Actor(email=address, idp_id=text)),
            touches=(text,), created_at=AT, last_run_at=AT),
        scopes=(text,), user_agent=text, content_type=text, labels=(text,), tenant=text, attributes={text: text},
    )  # fmt: skip
    assert address not in out
    assert quote(address) not in out


def test_an_owner_and_a_maker_are_told_by_one_identifier_each():
    made = Solution(
        id="flow:1", type="flow", owner=Actor(id="ana", email="ana@example.com"),
        makers=(Actor(email="ben@example.com"), Actor(id="BEN@example.com"), Actor(id="-")),
    )  # fmt: skip
    clear = Observation(source="s", kind=Kind.BUILD, at=AT, solution=made)
    found = protect.observation(clear, KEYS, instance="i", arrived_at=AT).solution
    assert found.owner == KEYS.identifier("email", "ana@example.com")
    assert found.makers == (KEYS.identifier("email", "ben@example.com"),)


@given(st.text("abcdefghijk ", min_size=4).filter(str.strip), st.sampled_from("?#;"))
def test_no_query_leaves(words: str, sign: str) -> None:
    secret = f"canary{words.strip()}"
    out = protected(
        host=f"example.com/{sign}{secret}", path=f"/search{sign}q={secret}",
        object=Object(type="file", id=f"https://example.com/{secret}", name=f"{secret}.docx"),
    )  # fmt: skip
    assert secret not in out
    assert "canary" not in out


@given(st.text())
def test_any_text_is_protected_or_refused_with_a_value_error(text: str) -> None:
    clear = Observation(source="s", kind=Kind.WEB, at=AT, id=text, host=text, path=text, actor=Actor(id=text, ip=text))
    made = protect.observation(clear, KEYS, instance="i", arrived_at=AT)
    assert encoded(made, Occurrences(), arrived_at=AT).startswith(b'{"id":"s:')


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/c/6750d2a1-9a3c-8003-a2c1-1f2e3d4c5b6a", "/c/*"),
        ("/backend-api/conversation", "/backend-api/conversation"),
        ("/v1/chat/completions?stream=1", "/v1/chat/completions"),
        ("/v1beta/models/gemini-1.5-pro:generateContent", "/v1beta/models/gemini-1.5-pro:generateContent"),
        ("/openai/deployments/gpt-4o-mini/chat", "/openai/deployments/gpt-4o-mini/chat"),
        ("/_layouts/15/copilot.aspx", "/_layouts/15/copilot.aspx"),
        ("/files/payroll-jane-roe.xlsx", "/files/*.xlsx"),
        ("/users/jroe/settings", "/users/*/settings"),
        ("/~jroe/", "/*/"),
        ("/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit", "/d/*/edit"),
        ("/inbox/jane.roe%40example.com", "/inbox/*"),
        ("/order/20261116", "/order/*"),
        ("/share/ab12cd34ef", "/share/*"),
        ("/notes/Quarterly%20results%20draft", "/notes/*"),
        ("/a;jsessionid=1/b", "/a"),
        ("", ""),
        ("/" + "/".join("abcdefghijklmnopq"), "/a/b/c/d/e/f/g/h/i/j/k/l/*"),
    ],
)
def test_path_becomes_a_template(path: str, template: str) -> None:
    assert templates.path(path) == template


@given(st.text())
def test_template_of_a_template_is_itself(text: str) -> None:
    once = templates.path(text)
    assert templates.path(once) == once


@pytest.mark.parametrize(
    ("kind", "value", "plain"),
    [
        ("email", " Jane.Roe@Example.COM ", "jane.roe@example.com"),
        ("email", "smtp:jane@example.com", "jane@example.com"),
        ("email", "not an address", None),
        ("login", "CORP\\JRoe", "jroe"),
        ("login", "-", None),
        ("ip", "::ffff:192.0.2.7", "192.0.2.7"),
        ("ip", "[2001:db8::0:1]:443", "2001:db8::1"),
        ("ip", "192.0.2.7:51234", "192.0.2.7"),
        ("ip", "fe80::1%eth0", "fe80::1"),
        ("ip", "not an address", None),
        ("employee_id", " E0042 ", "e0042"),
        ("device", "LAPTOP-7", "laptop-7"),
        ("idp_id", "unknown", None),
    ],
)
def test_identifier_is_normalised(kind: str, value: str, plain: str | None) -> None:
    assert identifiers.normalised(kind, value) == plain


def test_identifiers_are_ordered_by_trust_and_each_stands_once() -> None:
    actor = Actor(id="JROE@example.com", email="jroe@example.com", ip="192.0.2.1", device="d", employee_id="7")
    made = identifiers.protected(identifiers.of_actor(actor), KEYS)
    assert [one.kind for one in made] == ["email", "employee_id", "device", "ip"]
    assert made[0] == KEYS.identifier("email", "jroe@example.com")
    upper = identifiers.protected([("email", "JRoe@Example.com")], KEYS)
    assert upper == made[:1]


def test_names_of_things_stay_and_files_keep_their_ending() -> None:
    flow = protected(object=Object(type="Flow", id="6c9c", name="Summarise invoices"))
    assert "Summarise invoices" in flow
    assert "6c9c" in flow
    file = protected(object=Object(type="file", id="/sites/hr/pay.xlsx", name="pay of Jane.xlsx"))
    assert "Jane" not in file
    assert "/sites/hr" not in file
    assert '"*.xlsx"' in file


def test_person_is_sealed_under_the_pseudonym_of_the_employee_id() -> None:
    clear = Person(
        source="directory_csv", employee_id="E7", name="Jane Roe", email="Jane@example.com", unit="Finance",
        identifiers=(("login", "CORP\\jroe"), ("email", "jane@example.com")),
    )  # fmt: skip
    made = protect.person(clear, KEYS, instance="hr", observed_at=AT)
    assert made.person == KEYS.identifier("employee_id", "e7").hmac
    assert [one.kind for one in made.identifiers] == ["email", "employee_id", "login"]
    assert b"jane" not in msgspec.json.encode(made).lower()
    assert msgspec.json.decode(KEYS.open(made.sealed), type=Person) == clear
    with pytest.raises(ValueError, match="employee id"):
        protect.person(Person(source="d", employee_id=" "), KEYS, instance="hr", observed_at=AT)


def test_time_without_zone_is_refused() -> None:
    clear = Observation(source="s", kind=Kind.WEB, at=AT.replace(tzinfo=None))
    with pytest.raises(ValueError, match="zone"):
        protect.observation(clear, KEYS, instance="i", arrived_at=AT)


@given(st.lists(st.integers(0, 300).map(str) | st.sampled_from(["01", "٣", "", "1 "]), min_size=3, max_size=5))
def test_the_quick_way_of_a_dotted_address_agrees_with_the_slow(parts):
    text = ".".join(parts)
    try:
        expected = str(ipaddress.ip_address(text.strip()))
    except ValueError:
        expected = None
    assert identifiers.address(text) == expected
