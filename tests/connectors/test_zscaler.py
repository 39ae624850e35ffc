"""Zscaler's web log in the forms feeds have: the customer's template names the fields, or their usual names do."""

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Ignored, Rejected
from connectors.records import natives
from connectors.zscaler import CONNECTOR, Config, parse
from schemas.observation import Kind

TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)


def all_of(record, **config):
    return list(parse(record, Config(**config)))


def one(record, **config):
    [seen] = all_of(record, **config)
    return seen


def fault(record, **config):
    with pytest.raises(Rejected) as caught:
        all_of(record, **config)
    return str(caught.value)


def event(**fields):
    return {"time": "Fri Nov 20 10:00:00 2026", "eurl": "claude.ai/chat", "action": "Allowed", **fields}


@pytest.mark.parametrize(
    ("form", "line"),
    [
        (r"%s{time}\t%s{tz}\t%s{cip}\t%s{login}\t%s{url}\t%s{action}", "{t}\tGMT\t{ip}\t{u}\t{h}/a?b\tAllowed"),
        (r'"%s{time}","%s{login}","%s{eurl}","%s{cip}"', '"{t}","{u}","{h}/a","{ip}"'),
        ("%d{epochtime}|%s{elogin}|%s{ehost}|%s{eurl}|%s{cip}", "1795168800|{u}|{h}|{h}/a|{ip}"),
        (r"%04d{yyyy}-%02d{mth}-%02d{dd} %02d{hh}:%02d{mm}:%02d{ss} u=%s{login} h=%s{ehost} p=%s{eurl} ip=%s{cip}",
         "2026-11-20 10:00:00 u={u} h={h} p={h}/a ip={ip}"),
        (r"%s{mon} %02d{dd} %02d{hh}:%02d{mm}:%02d{ss} %04d{yyyy};%s{cip};%s{login};%s{url}\n",
         "Nov 20 10:00:00 2026;{ip};{u};{h}/a"),
    ],
)  # fmt: skip
def test_a_template_says_which_value_is_which(form, line):
    text = line.format(t="Fri Nov 20 10:00:00 2026", u="alice@example.com", h="claude.ai", ip="192.0.2.7")
    seen = one(text.encode(), format=form)
    assert (seen.at, seen.host, seen.path, seen.actor.ip) == (TEN, "claude.ai", "/a", "192.0.2.7")
    assert seen.actor.email == "alice@example.com"
    assert "set `format`" in fault(b"something else", format=form)


def test_a_json_template_names_keys_of_ones_own():
    form = (
        r'\{ "sourcetype" : "zscalernss-web", "event" : \{"wann":"%d{yy}-%02d{mth}-%02d{dd} %02d{hh}:%02d{mm}:%02d{ss}"'
    )
    form += r',"wer":"%s{elogin}","wohin":"%s{eurl}","rauf":"%d{reqsize}"\}\}'
    record = {"wann": "2026-11-20 10:00:00", "wer": "alice%40example.com", "wohin": "claude.ai/", "rauf": 7}
    seen = one({"sourcetype": "zscalernss-web", "event": record}, format=form)
    assert (seen.at, seen.host, seen.actor.email, seen.bytes_out) == (TEN, "claude.ai", "alice@example.com", 7)


def test_a_template_without_a_field_is_refused():
    with pytest.raises(ValueError, match="no field like"):
        Config(format="time login url")


def test_json_in_a_line_behind_a_relay():
    line = b"<134>Nov 20 10:00:00 nss-1 " + json.dumps({"sourcetype": "zscalernss-web", "event": event()}).encode()
    assert one(line).host == "claude.ai"


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"time": "Fri Nov 20 18:00:00 2026", "tz": "Asia/Singapore"}, TEN),
        ({"time": "2026-11-20 10:00:00", "tz": "GMT"}, TEN),
        ({"time": "2026-11-20T12:00:00+02:00"}, TEN),
        ({"time": "nonsense", "epochtime": "1795168800"}, TEN),
    ],
)
def test_times(fields, at):
    assert one(event(**fields)).at == at


def test_the_feeds_zone():
    assert one(event(time="2026-11-20 18:00:00"), zone=8).at == TEN
    assert "time zone" in fault(event(tz="Nowhere/City"))
    assert "no year" in fault(event(time="Nov 20 10:00:00"))


def test_a_dlp_hit_is_a_fact_of_its_own_with_the_names_and_without_the_bytes():
    web, dlp = all_of(event(dlpeng="PCI", dlpdict="Cards|PCI", reqsize="9", recordid="7"))
    assert (web.kind, web.bytes_out, web.labels) == (Kind.WEB, 9, ())
    assert (dlp.kind, dlp.bytes_out, dlp.labels) == (Kind.DLP, None, ("PCI", "Cards"))
    assert web.id != dlp.id


def test_a_location_in_place_of_a_login_is_nobody():
    assert one(event(login="Site 1", location="Site%201", cip="192.0.2.7")).actor.id is None


@pytest.mark.parametrize(("told", "action"), [("Allowed", "allowed"), ("Blocked", "blocked"), ("Cautioned", "allowed")])
def test_actions(told, action):
    assert one(event(action=told)).action == action


def test_other_logs_are_counted_by_their_name():
    assert parse({"sourcetype": "zscalernss-tunnel", "event": {}}, Config()) == Ignored("tunnel log")
    assert parse({"sourcetype": "zscalernss-new", "event": {}}, Config()) == Ignored("another log of NSS")


def test_a_batch_of_cloud_nss_is_an_array_or_lines():
    records = [{"sourcetype": "zscalernss-web", "event": event()}] * 2
    for body in (json.dumps(records), "\n".join(map(json.dumps, records))):
        assert [found.record for found in natives(body.encode(), CONNECTOR)] == records


@pytest.mark.parametrize("line", [b"a=" * 40_000, b"\t" * 60_000, b'"' * 60_000, b"CEF:0|Zscaler|" + b" a=" * 30_000])
def test_hostile_lines_cost_no_time(line):
    begin = time.perf_counter()
    for config in (Config(), Config(format=r"%s{time}\t%s{login}%s{url}\t%s{cip}")):
        with pytest.raises(Rejected):
            parse(line, config)
            list(parse(line, config))
    list(natives(line, CONNECTOR))
    assert time.perf_counter() - begin < 1


@given(
    st.text(max_size=200) | st.dictionaries(st.sampled_from(["time", "eurl", "event", "login"]), st.text(max_size=9))
)
def test_any_record_is_read_ignored_or_rejected(given_):
    record = given_.encode("utf-8", "replace") if isinstance(given_, str) else given_
    assert 0 <= CONNECTOR.recognise(record) <= 1
    try:
        result = parse(record, Config())
        assert isinstance(result, Ignored) or all(seen.host for seen in result)
    except Rejected:
        return
