"""CEF held against a reader written from the specification: whatever stands in an alert, the line reads back."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from services.inventory.formats import event
from services.inventory.formats.cef import header_text, render, value_text
from tests.inventory.formats.alerts import CLAUDE, SOURCE, alerts, changed, nasty

KEY = re.compile(r"(?:^| )([A-Za-z][A-Za-z0-9]*)=")
KNOWN = {
    "rt", "start", "end", "externalId", "cat", "act", "reason", "msg", "destinationServiceName", "out",
    *(f"cs{n}{end}" for n in range(1, 7) for end in ("", "Label")),
    *(f"cn{n}{end}" for n in range(1, 4) for end in ("", "Label")),
}  # fmt: skip


def read(line: str) -> tuple[list[str], dict[str, str]]:
    """The seven parts of the header and the pairs of the extension."""
    parts, now, at = [], "", 0
    while len(parts) < 7:
        sign = line[at]
        if sign == "\\":
            assert line[at + 1] in "\\|"
            now, at = now + line[at + 1], at + 2
        elif sign == "|":
            parts, now, at = [*parts, now], "", at + 1
        else:
            now, at = now + sign, at + 1
    rest = line[at:]
    starts = list(KEY.finditer(rest))
    values = {}
    for number, found in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(rest)
        values[found[1]] = plain(rest[found.end() : end])
    return parts, values


def plain(text: str) -> str:
    assert re.fullmatch(r"(?:[^\\=]|\\[\\=nr])*", text), text
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "r": "\r"}.get(found[1], found[1]), text)


def said(text: str) -> str:
    """What survives of a text: line breaks as one kind, other controls as spaces."""
    lines = re.sub(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", "\n", text)
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", " ", lines)


@settings(max_examples=300, deadline=None)
@given(alerts())
def test_any_alert_reads_back(alert):
    line = render(event(alert))
    assert len(line.splitlines()) == 1
    parts, values = read(line)
    assert parts[0] == "CEF:0"
    assert 0 <= int(parts[6]) <= 10
    assert values.keys() <= KNOWN
    for key, text in {"msg": alert.title, "reason": alert.reason, "cs1": alert.tool, "cs2": alert.unit}.items():
        assert values.get(key, "") == said(text or "")
    assert values["externalId"] == alert.id


@given(nasty)
def test_a_value_holds_no_bare_equals_sign_and_no_line_break(text):
    assert plain(value_text(text)) == said(text)[:1023]
    assert not re.search(r"[\x00-\x1f]", value_text(text))


@given(nasty)
def test_a_header_escapes_pipes_and_backslashes_and_nothing_else(text):
    made = header_text(text)
    assert not re.search(r"[\x00-\x1f]", made)
    assert re.fullmatch(r"(?:[^\\|]|\\[\\|])*", made)
    assert made.count("=") == text.count("=")


@given(st.text(st.sampled_from("\\=|\n"), min_size=1020, max_size=1030))
def test_what_is_too_long_is_cut_between_signs(text):
    assert len(plain(value_text(text))) <= 1023


def test_every_custom_key_has_its_label():
    _, values = read(render(event(CLAUDE)))
    custom = {key for key in values if re.fullmatch(r"c[sn]\d", key)}
    assert {f"{key}Label" for key in custom} <= values.keys()
    assert values["cs5"] == "a; b=c|d"


def test_names_stay_the_same_and_times_are_milliseconds():
    parts, values = read(render(event(CLAUDE)))
    assert parts == ["CEF:0", "Penumbra", "Penumbra", "1", "tool.unregistered", "AI tool unregistered", "8"]
    assert values["rt"] == str(int(CLAUDE.changed_at.timestamp()) * 1000)
    assert "cn1" not in read(render(event(SOURCE)))[1]


def test_an_instruction_inside_a_title_stays_a_value():
    _, values = read(render(event(changed(CLAUDE, title="x act=blocked cs1=other"))))
    assert (values["msg"], values["cs1"]) == ("x act=blocked cs1=other", "anthropic.claude")
    assert "act" not in values
