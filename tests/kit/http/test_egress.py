"""What may be called, and that the address called is the address checked."""

import ipaddress
import socket
from pathlib import Path

import httpx
import pytest

from services.kit import egress
from services.kit.errors import Misconfigured
from services.kit.settings import Settings
from tests.kit.http.server import Answer, Server

REFUSED = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "192.0.0.8",
    "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "2002:7f00:1::", "2001:db8::1", "2001::1", "3fff::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1",
    "fec0::1", "ff02::1", "100::1",
)  # fmt: skip
ODD_FORMS = ("0x7f000001", "2130706433", "0177.0.0.1", "127.1", "localhost", "[::1]", "[::ffff:127.0.0.1]")


@pytest.mark.parametrize("text", REFUSED)
def test_special_address_is_refused(text: str) -> None:
    assert not egress.allowed(ipaddress.ip_address(text), 443, ())


@pytest.mark.parametrize("text", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_public_address_is_allowed_on_web_and_high_ports(text: str) -> None:
    address = ipaddress.ip_address(text)
    assert egress.allowed(address, 443, ())
    assert egress.allowed(address, 8443, ())
    assert not egress.allowed(address, 25, ())


def test_named_network_is_allowed_also_in_mapped_form() -> None:
    private = egress.networks(("10.1.0.0/16",))
    assert egress.allowed(ipaddress.ip_address("10.1.2.3"), 25, private)
    assert egress.allowed(ipaddress.ip_address("::ffff:10.1.2.3"), 443, private)
    assert not egress.allowed(ipaddress.ip_address("10.2.0.1"), 443, private)


def test_every_bad_network_is_named() -> None:
    with pytest.raises(Misconfigured) as caught:
        egress.networks(("10.0.0.0/8", "nonsense", "10.0.0.0/99"))
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize("host", ODD_FORMS)
async def test_no_odd_form_reaches_loopback(host: str, server: Server, tmp_path: Path) -> None:
    async with egress.client(Settings(data=tmp_path, _env_file=None)) as client:
        with pytest.raises((egress.EgressRefused, httpx.InvalidURL)):
            await client.get(f"http://{host}:{server.port}/")
    assert server.seen == []


async def test_connects_to_checked_address_with_the_original_host(server: Server, settings: Settings) -> None:
    async with egress.client(settings) as client:
        answer = await client.get(f"http://localhost:{server.port}/x")
    assert answer.status_code == 200
    assert server.seen[0].headers["host"] == f"localhost:{server.port}"


async def test_name_is_resolved_once_for_a_connection(
    server: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers with a good address first and a bad one later can't be used: there is no second question."""
    asked = []

    async def rebinding(host: str, port: int) -> list[egress.Address]:
        asked.append(host)
        return [ipaddress.ip_address("127.0.0.1" if len(asked) == 1 else "169.254.169.254")]

    monkeypatch.setattr(egress, "resolve", rebinding)
    async with egress.client(settings) as client:
        assert (await client.get(f"http://rebind.example.com:{server.port}/")).status_code == 200
    assert asked == ["rebind.example.com"]


async def test_redirects_are_not_followed(server: Server, settings: Settings) -> None:
    server.script = [Answer(302, {"location": "http://169.254.169.254/latest"})]
    async with egress.client(settings) as client:
        assert (await client.get(f"http://127.0.0.1:{server.port}/")).status_code == 302


async def test_with_a_proxy_the_proxy_decides(server: Server, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, egress_proxy=f"http://127.0.0.1:{server.port}", _env_file=None)
    async with egress.client(settings) as client:
        answer = await client.get("http://inside.example.com/a")
    assert answer.status_code == 200
    assert server.seen[0].target == "http://inside.example.com/a"


async def test_unknown_host_is_a_connect_error(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    async with egress.client(settings) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("http://nowhere.invalid/")


def test_unreadable_ca_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="PENUMBRA_CA_FILE"):
        egress.client(Settings(data=tmp_path, ca_file=tmp_path / "missing.pem", _env_file=None))
