"""PAN-OS: lines of every width, quotes and cuts, what is ignored early, and the firewall's own clock."""

from datetime import UTC, datetime

import pytest

from connectors.base import Ignored, Rejected
from connectors.panos import Config, parse

HEAD = (
    "1,2026/11/20 18:00:01,007051000099001,{log},{subtype},2562,2026/11/20 18:00:01,192.0.2.7,203.0.113.9,,,{rule},"
    "example\\alice,,{app},vsys1,trust,untrust,ethernet1/2,ethernet1/1,to-siem,,41231,1,51234,443,0,0,0x0,tcp,allow"
)


def head(log="TRAFFIC", subtype="end", app="openai-chatgpt", rule="web-out"):
    return HEAD.format(log=log, subtype=subtype, app=app, rule=rule)


def one(line, **config):
    [observation] = parse(line.encode(), Config(**config))
    return observation


@pytest.mark.parametrize("width", [40, 72, 120])
def test_case_15_a_line_with_40_72_120_fields(width):
    cells = [*head().split(","), "24576", "20480", "4096", "40", "2026/11/20 17:59:49", "12", "any", "", "77", "0x0"]
    seen = one(",".join((cells + [""] * width)[:width]))
    assert (seen.app.name, seen.bytes_out, seen.bytes_in) == ("openai chatgpt", 20480, 4096)
    assert seen.id.startswith("panos:007051000099001-TRAFFIC-77-")
    request = [*head("THREAT", "url").split(","), '"claude.ai/new?q=1,2"', "(9999)", "artificial-intelligence"]
    seen = one(",".join((request + [""] * width)[:width]))
    assert (seen.host, seen.path, seen.labels) == ("claude.ai", "/new", ("artificial-intelligence",))


def test_a_line_cut_before_its_action_is_rejected_with_how_much_of_it_is_there():
    with pytest.raises(Rejected, match="20 fields, of which the first 31 are needed"):
        parse(",".join(head().split(",")[:20]).encode(), Config())


@pytest.mark.parametrize("quote", ['"web, out"', '"web ""out"", all"'])
def test_a_quoted_cell_before_the_url_moves_nothing(quote):
    seen = one(head("THREAT", "url", rule=quote) + ',"chatgpt.com/a,b",(9999),any,,,9,,,,,text/html,,,,,"Agent, 1"')
    assert (seen.host, seen.path, seen.content_type, seen.user_agent) == (
        "chatgpt.com",
        "/a,b",
        "text/html",
        "Agent, 1",
    )
    assert one(head(rule=quote) + ",3,1,2,4").bytes_out == 1


def test_a_quote_that_is_not_closed_swallows_the_rest_and_nothing_else():
    seen = one(head("THREAT", "url") + ',"chatgpt.com/a')
    assert (seen.host, seen.path) == ("chatgpt.com", "/a")


@pytest.mark.parametrize(
    ("app", "category", "told"),
    [("ssl", "any", "ignored"), ("ssl", "AI-code-assistant", "203.0.113.9"), ("dns-base", "any", "ignored")],
)
def test_a_session_without_a_named_application_counts_only_in_a_category_of_ai(app, category, told):
    parsed = parse(f"{head(app=app)},3,1,2,4,,12,{category},0,77".encode(), Config())
    assert parsed == Ignored("session that names no application") if told == "ignored" else next(parsed).host == told


def test_starts_count_where_they_are_asked_for():
    line = head(subtype="start") + ",3,1,2,4"
    assert parse(line.encode(), Config()) == Ignored("start of a session; its end is reported")
    assert one(line, starts=True).bytes_out == 1


def test_the_zone_is_the_lines_own_before_the_configured_one():
    line = head() + ",3,1,2,4"
    assert one(line, zone=8).at == datetime(2026, 11, 20, 10, 0, 1, tzinfo=UTC)
    assert one(line + ",,,2026-11-20T18:00:01.123-05:00,", zone=8).at == datetime(2026, 11, 20, 23, 0, 1, tzinfo=UTC)
