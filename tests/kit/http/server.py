"""A scripted HTTP/1.1 server on loopback: answers what the script says, then 200 `{}`; remembers what it saw."""

import asyncio
from dataclasses import dataclass, field
from typing import Self


@dataclass
class Seen:
    """One request as it came in."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """One scripted answer; `cut` sends half of the body and hangs up."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    cut: bool = False


class Server:
    """Runs while entered."""

    def __init__(self) -> None:
        self.script: list[Answer] = []
        self.seen: list[Seen] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = head[0].split(" ", 2)
            parted = [line.partition(":") for line in head[1:] if line]
            headers = {name.lower(): value.strip() for name, _, value in parted}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.seen.append(Seen(method, target, headers, body))
            answer = self.script.pop(0) if self.script else Answer()
            lines = [f"HTTP/1.1 {answer.status} X", f"content-length: {len(answer.body)}", "connection: close"]
            lines += [f"{name}: {value}" for name, value in answer.headers.items()]
            sent = answer.body[: len(answer.body) // 2] if answer.cut else answer.body
            writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + sent)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()
