"""A file sealed with a passphrase: read and written as a stream, in any order when read, and any change is noticed.

Layout: MAGIC, a salt, then chunks of 64 KiB, each AES-256-GCM with its number and whether it is the last one in the
nonce, so that none can be moved, left out or cut off (the STREAM construction, https://eprint.iacr.org/2015/189). The
key is scrypt of the passphrase (N = 2^17, r = 8, p = 1: OWASP's figures for scrypt,
https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html).
"""

import io
import os
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from services.kit.errors import Misconfigured

MAGIC = b"penumbra sealed 1\n"
SALT, TAG, CHUNK = 16, 16, 64 * 1024
HEAD = len(MAGIC) + SALT
SHORTEST = 12
UNREADABLE = "it can't be opened: the passphrase is another, or the file was changed or cut off"


def is_sealed(file: IO[bytes]) -> bool:
    """Whether a file begins as a sealed one; it is left at its beginning."""
    file.seek(0)
    begins = file.read(len(MAGIC))
    file.seek(0)
    return begins == MAGIC


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=2**17, r=8, p=1).derive(passphrase.encode()))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class Writer(io.RawIOBase):
    """Seals what is written to it into `file`; `close` writes the last chunk and leaves `file` open."""

    def __init__(self, file: IO[bytes], passphrase: str) -> None:
        if len(passphrase) < SHORTEST:
            raise Misconfigured(f"--passphrase: {SHORTEST} characters at least, so that it can't be guessed")
        salt = os.urandom(SALT)
        self._cipher, self._file = _cipher(passphrase, salt), file
        self._held, self._number = bytearray(), 0
        file.write(MAGIC + salt)

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        given = bytes(data)  # type: ignore[call-overload] # any buffer, as RawIOBase takes it
        self._held += given
        while len(self._held) > CHUNK:
            self._seal(bytes(self._held[:CHUNK]), last=False)
            del self._held[:CHUNK]
        return len(given)

    def close(self) -> None:
        if not self.closed:
            self._seal(bytes(self._held), last=True)
        super().close()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), chunk, MAGIC))
        self._number += 1


class Reader(io.RawIOBase):
    """What a sealed file holds; raises Misconfigured where the passphrase does not fit or anything was changed."""

    def __init__(self, file: IO[bytes], passphrase: str) -> None:
        size = file.seek(0, io.SEEK_END)
        if size < HEAD + TAG:
            raise Misconfigured(UNREADABLE)
        file.seek(len(MAGIC))
        self._cipher, self._file = _cipher(passphrase, file.read(SALT)), file
        whole, rest = divmod(size - HEAD, CHUNK + TAG)
        self._chunks = whole + bool(rest)
        self._size = size - HEAD - self._chunks * TAG
        if 0 < rest < TAG:
            raise Misconfigured(UNREADABLE)
        self._at, self._opened, self._clear = 0, -1, b""
        self._open(self._chunks - 1)  # the last one says whether all of it is here, and the passphrase is right

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: object) -> int:
        into = memoryview(buffer)  # type: ignore[arg-type] # any buffer, as RawIOBase gives it
        if self._at >= self._size:
            return 0
        number, offset = divmod(self._at, CHUNK)
        self._open(number)
        part = self._clear[offset : offset + len(into)]
        into[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _open(self, number: int) -> None:
        if number == self._opened:
            return
        self._file.seek(HEAD + number * (CHUNK + TAG))
        sealed = self._file.read(CHUNK + TAG)
        try:
            self._clear = self._cipher.decrypt(_nonce(number, last=number == self._chunks - 1), sealed, MAGIC)
        except InvalidTag:
            raise Misconfigured(UNREADABLE) from None
        self._opened = number
