"""A sealed file opens with its passphrase only, reads from anywhere, and notices every change."""

import hashlib
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit.backup import sealed
from services.kit.errors import Misconfigured

PHRASE = "a long enough phrase"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """The same file with a key that is found at once: scrypt takes half a second on purpose."""
    monkeypatch.setattr(
        sealed,
        "_cipher",
        lambda phrase, salt: sealed.AESGCM(hashlib.blake2b(phrase.encode() + salt, digest_size=32).digest()),
    )


def sealing(content: bytes, parts: int = 1000, phrase: str = PHRASE) -> io.BytesIO:
    file = io.BytesIO()
    with sealed.Writer(file, phrase) as writer:
        for start in range(0, len(content), parts):
            writer.write(content[start : start + parts])
    return file


@pytest.mark.parametrize("size", [0, 1, sealed.CHUNK - 1, sealed.CHUNK, sealed.CHUNK + 1, 3 * sealed.CHUNK])
def test_what_was_sealed_is_read_again(size):
    content = bytes(number % 251 for number in range(size))
    file = sealing(content, 70_000)
    assert sealed.is_sealed(file)
    assert size < 64 or content[:64] not in file.getvalue()
    reader = io.BufferedReader(sealed.Reader(file, PHRASE))
    assert reader.read() == content
    for at in (0, size // 2, max(0, size - 5), size, size + 9):
        reader.seek(at)
        assert reader.read(7) == content[at : at + 7]
    assert reader.seek(-1, io.SEEK_END) == max(0, size - 1)


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_change_is_noticed(data):
    content = b"0123456789" * (sealed.CHUNK // 5)
    whole = bytearray(sealing(content, 50_000).getvalue())
    at = data.draw(st.integers(len(sealed.MAGIC), len(whole) - 1))
    kind = data.draw(st.sampled_from(["flip", "cut", "swap"]))
    if kind == "flip":
        whole[at] ^= 1
    elif kind == "cut":
        del whole[at:]
    else:
        size = sealed.CHUNK + sealed.TAG
        head, first, second = whole[: sealed.HEAD], whole[sealed.HEAD :][:size], whole[sealed.HEAD + size :]
        whole = head + second + first
    with pytest.raises(Misconfigured):
        sealed.Reader(io.BytesIO(whole), PHRASE).read()


def test_another_passphrase_opens_nothing():
    with pytest.raises(Misconfigured, match="passphrase"):
        sealed.Reader(sealing(b"x"), "another long phrase!")
    with pytest.raises(Misconfigured, match="12 characters"):
        sealed.Writer(io.BytesIO(), "short")


def test_what_is_not_sealed_is_told_apart():
    assert not sealed.is_sealed(io.BytesIO(b"PK\3\4"))
    assert not sealed.is_sealed(io.BytesIO(b""))
