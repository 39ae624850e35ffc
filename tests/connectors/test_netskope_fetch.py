"""Netskope's export from a scripted vendor: the server keeps the place; no crash or lost answer skips a batch."""

from datetime import UTC, datetime

import msgspec
import pytest

from connectors.netskope import CONNECTOR, Config, pull

BASE = "https://acme.goskope.com/api/v2/events/dataexport"
PAGES, DLP = f"{BASE}/events/page", f"{BASE}/alerts/dlp"
BEGIN = str(int(datetime(2026, 11, 20, 6, tzinfo=UTC).timestamp()))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()


def settings(*streams, **more):
    return Config(tenant="acme", token="env:VENDOR_SECRET", streams=streams or ("page",), **more)


def batch(*ids, url=PAGES, wait=0, upto=NOW - 60):
    records = [{"_id": one, "timestamp": NOW - 60} for one in ids]
    return ("GET", url, 200, {}, {"ok": 1, "result": records, "wait_time": wait, "timestamp_hwm": upto})


def status(number, url=PAGES):
    return ("GET", url, number, {}, b"")


def seen(pages):
    return [record["_id"] for page in pages for record in page.records]


def operations(ctx):
    return [(params["operation"], params["index"]) for _, _, params, _, _ in ctx.http.asked]


async def run(vendor, script, config=None, **given):
    ctx = vendor.Context(config or settings(), script, **given)
    pages, trouble = await vendor.run(CONNECTOR, ctx)
    assert ctx.http.script == []
    return ctx, pages, trouble


async def test_the_recorded_exchange(vendor):
    """A first run begins at a time and goes on to an empty batch; the next goes on from where the server stands."""
    ctx, pages, trouble = await run(vendor, [batch("a", "b"), batch("c"), batch()])
    assert trouble is None
    assert seen(pages) == ["a", "b", "c"]
    assert operations(ctx) == [(BEGIN, "penumbra-page"), ("next", "penumbra-page"), ("next", "penumbra-page")]
    assert {token for *_, token in ctx.http.asked} == {vendor.SECRET}
    ctx, pages, _ = await run(vendor, [batch("d"), status(204)], cursor=pages[-1].cursor)
    assert seen(pages) == ["d"]
    assert operations(ctx) == [("next", "penumbra-page")] * 2


async def test_killed_between_asking_and_publishing_it_asks_for_the_same_batch_again(vendor):
    """Wherever a run ends, the last cursor that was saved brings back what is not on the log."""
    _, pages, _ = await run(vendor, [batch("a"), batch("b"), batch()])
    for saved in range(len(pages)):
        published = seen(pages[: saved + 1])
        asked = msgspec.json.decode(pages[saved].cursor)["page"].get("asked")
        again = {"next": ["resend"], BEGIN: [BEGIN]}.get(asked, [])
        rest = [one for one in ("a", "b") if one not in published]
        script = [batch(*rest[:1])] if again else []
        ctx, later, _ = await run(vendor, [*script, *([batch(rest[-1])] if rest[len(script) :] else []), batch()],
                                  cursor=pages[saved].cursor)  # fmt: skip
        assert [operation for operation, _ in operations(ctx)][: len(again)] == again
        assert sorted({*published, *seen(later)}) == ["a", "b"]


async def test_what_moves_the_index_is_never_sent_twice(vendor):
    ctx, pages, trouble = await run(vendor, [batch("a"), ("GET", PAGES, 200, {}, vendor.Passing())])
    assert isinstance(trouble, vendor.Passing)
    assert ctx.http.moved == [True, True]
    ctx, again, _ = await run(vendor, [batch("b"), batch()], cursor=pages[-1].cursor)
    assert operations(ctx)[0][0] == "resend"
    assert ctx.http.moved == [False, True]
    assert seen(again) == ["b"]


async def test_a_batch_sent_again_gets_the_name_it_had(vendor):
    _, first, _ = await run(vendor, [batch("a", "b"), batch()])
    _, again, _ = await run(vendor, [batch("a", "b"), batch()], cursor=first[0].cursor)
    assert [page.name for page in first if page.records] == [page.name for page in again if page.records]


@pytest.mark.parametrize("end", [batch("z", wait=30), batch("z", upto=NOW)])
async def test_a_stream_that_has_caught_up_ends_the_run(vendor, end):
    _, pages, trouble = await run(vendor, [end])
    assert (seen(pages), trouble) == (["z"], None)


async def test_a_short_wait_is_waited(vendor, monkeypatch):
    naps = []

    async def nap(seconds):
        naps.append(seconds)

    monkeypatch.setattr(pull.asyncio, "sleep", nap)
    await run(vendor, [batch("a", wait=2), batch("b"), batch()])
    assert naps == [2, 0]


async def test_streams_stand_by_themselves_and_one_without_permission_hinders_no_other(vendor):
    script = [status(403, DLP), batch("a"), batch()]
    _, pages, trouble = await run(vendor, script, settings("dlp", "page"))
    assert trouble.state == "no_permission"
    assert "/api/v2/events/dataexport/alerts/dlp" in str(trouble)
    assert seen(pages) == ["a"]
    ctx, *_ = await run(vendor, [batch("d", url=DLP), batch(url=DLP), batch()], settings("dlp", "page"),
                        cursor=pages[-1].cursor)  # fmt: skip
    assert operations(ctx) == [(BEGIN, "penumbra-dlp"), ("next", "penumbra-dlp"), ("next", "penumbra-page")]


async def test_a_back_fill_has_an_index_of_its_own_and_stops_at_its_end(vendor):
    until = datetime(2026, 11, 20, 8, tzinfo=UTC)
    inside = {"_id": "in", "timestamp": until.timestamp() - 1}
    outside = {"_id": "out", "timestamp": until.timestamp()}
    body = {"ok": 1, "result": [inside, outside], "wait_time": 0, "timestamp_hwm": until.timestamp()}
    ctx, pages, _ = await run(vendor, [("GET", PAGES, 200, {}, body)], until=until)
    assert operations(ctx) == [(BEGIN, f"penumbra-page-{BEGIN}-{int(until.timestamp())}")]
    assert seen(pages) == ["in"]


async def test_a_trial_asks_every_stream_and_leaves_the_live_index_alone(vendor):
    config = settings("dlp", "page")
    ctx, pages, trouble = await run(vendor, [batch("d", url=DLP), batch("p")], config, trial=True)
    assert (seen(pages), pages[0].cursor, trouble) == (["d", "p"], None, None)
    assert {index for _, index in operations(ctx)} == {"penumbra-dlp-trial", "penumbra-page-trial"}
    _, pages, trouble = await run(vendor, [batch("d", url=DLP), status(403)], config, trial=True)
    assert (pages, trouble.state) == ([], "no_permission")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (status(401), "failing"),
        (status(403), "no_permission"),
        (status(404), "failing"),
        (("GET", PAGES, 200, {}, {"ok": 0, "result": []}), "failing"),
        (("GET", PAGES, 200, {}, {"error": "words of the vendor"}), "failing"),
        (("GET", PAGES, 200, {}, ["x"]), "failing"),
    ],
)
async def test_troubles_are_told_apart(vendor, answer, state):
    _, _, trouble = await run(vendor, [answer])
    assert trouble.state == state
    assert "words of the vendor" not in str(trouble)
    assert vendor.SECRET not in str(trouble)


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ({"tenant": "acme"}, "https://acme.goskope.com"),
        ({"tenant": "acme.eu.goskope.com"}, "https://acme.eu.goskope.com"),
        ({"tenant": "acme", "base_url": "http://127.0.0.1:9/n/"}, "http://127.0.0.1:9/n"),
    ],
)
async def test_addresses(vendor, given, host):
    config = Config(token="env:VENDOR_SECRET", streams=("alert",), **given)
    await run(vendor, [batch(url=f"{host}/api/v2/events/dataexport/events/alert")], config)


def test_unknown_streams_are_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"transactions not known; there are application, page"):
        settings("transactions")
