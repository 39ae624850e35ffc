"""The HTTP server of a process: alive, ready or why not, measured; and where it may listen."""

import asyncio
import socket

import httpx
import pytest

from services.kit import meters  # noqa: F401 - each process has them
from services.kit.errors import Misconfigured
from services.kit.runtime import Service
from services.kit.settings import Settings
from services.kit.web import application, listen, serve


async def asked(app, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        return await client.get(path)


async def nothing() -> None:
    return None


async def test_a_fit_process_is_alive_ready_and_measured(runtime):
    app = application(runtime, [Service("s", checks={"well": nothing})])
    assert (await asked(app, "/healthz")).json() == {"status": "alive"}
    ready = await asked(app, "/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "faults": {}})
    assert "penumbra_consumed_records" in (await asked(app, "/metrics")).text


async def test_every_unfit_part_is_named_even_where_a_check_breaks(runtime):
    async def late() -> str:
        return "20 h behind"

    async def breaks() -> None:
        raise ZeroDivisionError

    app = application(runtime, [Service("s", checks={"lag": late, "other": breaks, "well": nothing})])
    app.state.faults["s: loop"] = "stopped for good"
    answer = await asked(app, "/readyz")
    assert answer.status_code == 503
    assert answer.json()["faults"] == {
        "s: loop": "stopped for good", "s: lag": "20 h behind", "s: other": "the check failed (ZeroDivisionError)",
    }  # fmt: skip
    assert (await asked(app, "/healthz")).status_code == 200


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "127.0.0.1:http", "127.0.0.1:99999"])
def test_an_open_interface_or_a_wrong_port_is_refused(address):
    with pytest.raises(Misconfigured, match="PENUMBRA_LISTEN"):
        listen(Settings(_env_file=None, listen=address), ["inventory"])


def test_a_taken_port_is_said_to_be_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Misconfigured, match="choose another port"):
            listen(Settings(_env_file=None, listen=f"127.0.0.1:{taken.getsockname()[1]}"), ["ingest"])


async def test_a_caller_between_the_ready_line_and_the_server_waits_and_is_answered(runtime):
    bound, address = listen(Settings(_env_file=None, listen="127.0.0.1:0"), ["ingest"])
    async with httpx.AsyncClient(base_url=address) as client:
        early = asyncio.create_task(client.get("/healthz"))
        await asyncio.sleep(0.1)
        stop = asyncio.Event()
        serving = asyncio.create_task(serve(application(runtime, []), bound, stop))
        assert (await asyncio.wait_for(early, 10)).json() == {"status": "alive"}
    stop.set()
    await asyncio.wait_for(serving, 10)


async def test_cut_off_it_lets_go_of_its_socket(runtime):
    bound, address = listen(runtime.settings.model_copy(update={"listen": "127.0.0.1:0"}), ["inventory"])
    with bound:
        serving = asyncio.create_task(serve(application(runtime, []), bound, asyncio.Event()))
        async with httpx.AsyncClient(base_url=address) as client:
            await client.get("/healthz")
        serving.cancel()
        await asyncio.wait({serving})
        assert serving.cancelled()
        assert bound.fileno() == -1
