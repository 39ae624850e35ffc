"""Syslog over real sockets, from real senders where the machine has them, to a real log."""

import asyncio
import contextlib
import shutil
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from schemas.topics import DEAD_LETTER, OBSERVATION
from services.ingest.pushed import Intakes
from services.ingest.syslog import serving
from services.ingest.syslog.feed import DROPPED, Feed, Queue
from services.ingest.syslog.listener import Listener, Places, kernel_drops
from services.ingest.syslog.routes import routes
from services.kit.control import sources
from services.kit.errors import Misconfigured, Transient
from services.kit.settings import Settings
from tests.ingest.test_collect import LINE

HOST = "127.0.0.1"
FRAMED = f"<13>Nov 16 10:00:00 gw app[1]: {LINE}"
Serve = Callable[..., contextlib.AbstractAsyncContextManager[Listener]]


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    begin = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(begin).not_valid_after(begin + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    certificates, keys = folder / "cert.pem", folder / "key.pem"
    certificates.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    keys.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificates, keys


@pytest.fixture
def serve(intakes: Intakes) -> Serve:
    """Sockets and feed on free ports, all messages to the source `lines`."""

    @asynccontextmanager
    async def serving_on(routed: str = "*=lines", queue: Queue | None = None, **places) -> AsyncIterator[Listener]:
        held, ended = Queue() if queue is None else queue, asyncio.Event()
        listener = Listener(Places(**places), held)
        feed = Feed(intakes, routes(routed.split(",")), held)
        async with asyncio.TaskGroup() as group, listener.open():
            group.create_task(feed.work(ended))
            yield listener
            ended.set()

    return serving_on


async def until(intakes: Intakes, records: int, source: str = "lines") -> None:
    """Waits until a source has counted so many records."""
    async with asyncio.timeout(10):
        while getattr(intakes.counts.get(source), "records", 0) < records:  # noqa: ASYNC110 - another task counts
            await asyncio.sleep(0.01)


async def sent(port: int, data: bytes, context: ssl.SSLContext | None = None) -> None:
    """Sends as a stream."""
    host = "localhost" if context else None
    _, writer = await asyncio.open_connection(HOST, port, ssl=context, server_hostname=host)
    writer.write(data)
    await writer.drain()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command)
    assert await process.wait() == 0


async def logged_by(name: str, port: int) -> None:
    """`logger` of util-linux, else the bytes that it would send."""
    said = {"udp": ("-d",), "tcp": ("-T",), "counted": ("-T", "--octet-count"), "old": ("-d", "--rfc3164")}[name]
    program = shutil.which("logger")
    if program is not None:
        await run(program, "-n", HOST, "-P", str(port), *said, "-t", "app", LINE)
        return
    message = f"<13>1 2026-11-16T10:00:00.000001+00:00 gw app - - - {LINE}".encode()
    if name in {"udp", "old"}:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=(HOST, port)
        )
        transport.sendto(message if name == "udp" else FRAMED.encode())
        transport.close()
    else:
        await sent(port, b"%d %b" % (len(message), message) if name == "counted" else message + b"\n")


@pytest.mark.parametrize("way", ["udp", "tcp", "counted", "old"])
async def test_what_logger_sends_is_on_the_log(serve: Serve, intakes, read, way: str) -> None:
    transport = "udp" if way in {"udp", "old"} else "tcp"
    async with serve(**{transport: f"{HOST}:0"}) as listener:
        await logged_by(way, listener.ports[transport])
        await until(intakes, 1)
    (record,) = await read(OBSERVATION.name)
    assert msgspec.json.decode(record.value)["host"] == LINE.split()[2]


CONFIGURED = """
global(workDirectory="{folder}" defaultNetstreamDriverCAFile="{certificate}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{folder}/log")
action(type="omfwd" target="{host}" port="{port}" protocol="tcp" TCP_Framing="octet-counted" {tls})
"""
SPEAKS_TLS = any(Path("/usr/lib").glob("**/rsyslog/lmnsd_ossl.so"))
UNDER_TLS = (
    'StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"'
)


@asynccontextmanager
async def rsyslog(folder: Path, port: int, certificates: Path | None) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """A relay that forwards what is written to its socket; where the machine has none, a stream of its bytes."""
    program, logger = shutil.which("rsyslogd"), shutil.which("logger")
    if program is None or logger is None or (certificates and not SPEAKS_TLS):
        context = ssl.create_default_context(cafile=str(certificates)) if certificates else None

        async def bytes_of_it() -> None:
            await sent(port, b"%d %b" % (len(FRAMED), FRAMED.encode()), context)

        yield bytes_of_it
        return
    given = {"folder": folder, "host": HOST, "port": port, "certificate": certificates or ""}
    configured = CONFIGURED.format(**given, tls=UNDER_TLS if certificates else "")
    (folder / "rsyslog.conf").write_text(configured)
    process = await asyncio.create_subprocess_exec(
        program, "-n", "-f", str(folder / "rsyslog.conf"), "-i", str(folder / "pid")
    )
    async with asyncio.timeout(10):
        while not (folder / "log").exists():  # noqa: ASYNC110 - rsyslog tells nobody
            await asyncio.sleep(0.02)

    async def logged() -> None:
        await run(logger, "-u", str(folder / "log"), "-t", "app", LINE)

    yield logged
    process.terminate()
    await process.wait()


@pytest.mark.parametrize("under_tls", [False, True])
async def test_what_rsyslog_forwards_is_on_the_log(
    serve: Serve, intakes, read, tmp_path: Path, under_tls: bool
) -> None:
    certificates, keys = certificate(tmp_path)
    settings = Settings(syslog_tls=f"{HOST}:0", syslog_cert_file=certificates, syslog_key_file=keys, _env_file=None)
    context = serving.places(settings).tls
    places = {"tls_at": f"{HOST}:0", "tls": context} if under_tls else {"tcp": f"{HOST}:0"}
    async with serve(**places) as listener:
        port = listener.ports["tls" if under_tls else "tcp"]
        async with rsyslog(tmp_path, port, certificates if under_tls else None) as logged:
            await logged()
            await logged()
            await until(intakes, 2)
    made = [msgspec.json.decode(record.value)["id"] for record in await read(OBSERVATION.name)]
    assert len(set(made)) == 2


async def test_one_port_takes_both_framings_and_each_message_its_way(serve: Serve, intakes, read, add) -> None:
    for name in ("one", "two"):
        await add(name, every=None)
    other = FRAMED.replace("app[1]", "squid")
    stream = f"{FRAMED}\n{len(other)} {other}{FRAMED}\n<13>Nov 16 10:00:00 gw app[1]: broken\n".encode()
    async with serve("squid=two,*@127.0.0.0/8=one", tcp=f"{HOST}:0") as listener:
        await sent(listener.ports["tcp"], stream)
        await until(intakes, 3, "one")
        await until(intakes, 1, "two")
    made = [msgspec.json.decode(record.value)["instance"] for record in await read(OBSERVATION.name)]
    assert sorted(made) == ["one", "one", "two"]
    (letter,) = await read(DEAD_LETTER.name)
    assert msgspec.json.decode(letter.value)["origin"] == "one"


async def test_streams_wait_while_the_log_takes_nothing_and_datagrams_are_dropped_and_counted(
    serve: Serve, intakes, read, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, append, away = intakes.runtime.log, intakes.runtime.log.append, True

    async def held(topic, records) -> None:
        if away:
            raise Transient("not now", retry_after=0.01)
        await append(topic, records)

    monkeypatch.setattr(log, "append", held)
    dropped = DROPPED.labels("the log takes nothing")
    before, count = dropped._value.get(), 3000
    async with serve(queue=Queue(largest=20_000), tcp=f"{HOST}:0", udp=f"{HOST}:0") as listener:
        sending = asyncio.create_task(sent(listener.ports["tcp"], f"{FRAMED}\n".encode() * count))
        async with asyncio.timeout(10):
            while dropped._value.get() == before:
                await logged_by("old", listener.ports["udp"])
        assert "lines" not in intakes.counts
        away = False
        await sending
        await until(intakes, count)
    assert len(await read(OBSERVATION.name)) >= count


async def test_who_is_not_among_the_senders_is_not_heard(serve: Serve, intakes, read) -> None:
    dropped = DROPPED.labels("sender is not allowed")
    before = dropped._value.get()
    settings = Settings(syslog_senders="192.0.2.0/24", _env_file=None)
    async with serve(tcp=f"{HOST}:0", udp=f"{HOST}:0", senders=serving.places(settings).senders) as listener:
        await sent(listener.ports["tcp"], FRAMED.encode())
        await logged_by("old", listener.ports["udp"])
        async with asyncio.timeout(5):
            while dropped._value.get() < before + 2:  # noqa: ASYNC110 - another task counts
                await asyncio.sleep(0.01)
    assert intakes.counts == {}


async def test_what_no_source_takes_is_counted(serve: Serve, intakes, add, logged) -> None:
    await add("resting", every=None)
    async with logged.engine.begin() as connection:
        await sources.pause(connection, "resting")
    reasons = ("no route", "source resting takes none", "source unknown takes none")
    before = [DROPPED.labels(why)._value.get() for why in reasons]
    async with serve("a=resting,b=unknown", tcp=f"{HOST}:0") as listener:
        told = [FRAMED.replace("app[1]", name) for name in ("c", "a", "b")]
        await sent(listener.ports["tcp"], "\n".join(told).encode())
        async with asyncio.timeout(5):
            while [DROPPED.labels(why)._value.get() for why in reasons] != [one + 1 for one in before]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_a_line_of_ten_megabytes_is_a_dead_letter_and_the_next_one_is_read(serve: Serve, intakes, read) -> None:
    async with serve(tcp=f"{HOST}:0") as listener:
        await sent(listener.ports["tcp"], b"<13>" + b"x" * 10_000_000 + b"\n" + FRAMED.encode())
        await until(intakes, 2)
    assert (intakes.counts["lines"].observed, intakes.counts["lines"].rejected) == (1, 1)
    (letter,) = await read(DEAD_LETTER.name)
    assert "longer than" in msgspec.json.decode(letter.value)["reason"]
    assert len(letter.value) < 20_000


async def test_many_tiny_connections_leave_nothing_behind(serve: Serve, intakes) -> None:
    async with serve(tcp=f"{HOST}:0") as listener:
        port = listener.ports["tcp"]
        for _ in range(4):
            await asyncio.gather(*(sent(port, b"" if number % 2 else FRAMED.encode()) for number in range(100)))
        await until(intakes, 200)
        async with asyncio.timeout(5):
            while listener._streams:  # noqa: ASYNC110 - the streams end by themselves
                await asyncio.sleep(0.01)


async def test_it_is_off_until_set_and_wrong_settings_stop_the_start(intakes) -> None:
    assert serving.loop(intakes) is None
    for settings in (
        Settings(syslog_tcp=f"{HOST}:0", syslog_routes="squid", _env_file=None),
        Settings(syslog_tls=f"{HOST}:0", syslog_routes="*=squid", syslog_cert_file="/none", _env_file=None),
    ):
        with pytest.raises(Misconfigured, match="PENUMBRA_SYSLOG"):
            serving.loop(Intakes(replace(intakes.runtime, settings=settings), {}))


def test_the_kernel_s_drops_are_found_by_the_socket(tmp_path: Path) -> None:
    table = tmp_path / "udp"
    table.write_text(
        "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n"  # noqa: E501 - as the kernel writes it
        "  42: 0100007F:15A2 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 12345 2 0000 17\n"
    )
    assert kernel_drops(12345, [tmp_path / "missing", table]) == 17
    assert kernel_drops(1, [table]) is None
