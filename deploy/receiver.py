"""An example receiver of Penumbra's webhooks: verifies, takes each message once, keeps it, answers 204.

    python -m deploy.receiver --secrets FILE [--port 9000] [--store received.jsonl]

`--secrets` names a file with one `whsec_…` a line, read again for each request, so that a rotation needs no restart.
What your own receiver should copy: verify the raw body before reading it; answer 2xx only once the message is safely
kept; treat a `webhook-id` seen before as done; answer anything unexpected with 4xx or 5xx, and it comes again. A
replay comes under the id the message had. Bodies are JSON in most formats and one line of text in CEF and LEEF.
"""

import argparse
import json
import os
import sys
import threading
from binascii import Error as NoBase64
from collections import deque
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from standardwebhooks import Webhook, WebhookVerificationError

LARGEST = 1024 * 1024


class Store:
    """What was received, once each; on disk too where a path is given, so that a restart knows what it has."""

    def __init__(self, path: Path | None = None) -> None:
        self.received: list[dict[str, Any]] = []
        self.repeats = 0
        self._ids: set[str] = set()
        self._lock = threading.Lock()
        self._file = None
        if path is not None:
            if path.exists():
                for line in path.read_text().splitlines():
                    self._remember(json.loads(line))
            self._file = path.open("a")

    def take(self, message: dict[str, Any]) -> None:
        """Keeps a message, unless its id is known; returns when it would survive a loss of power."""
        with self._lock:
            if message["id"] in self._ids:
                self.repeats += 1
                return
            if self._file is not None:
                self._file.write(json.dumps(message) + "\n")
                self._file.flush()
                os.fsync(self._file.fileno())
            self._remember(message)

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()

    def _remember(self, message: dict[str, Any]) -> None:
        self._ids.add(message["id"])
        self.received.append(message)


def verified(body: bytes, headers: dict[str, str], secrets: Sequence[str]) -> dict[str, Any] | None:
    """The message as kept, None where no secret verifies it; the library raises three kinds of error for bad input."""
    for secret in secrets:
        try:
            Webhook(secret).verify(body, headers, json_parse=False)
        except (WebhookVerificationError, ValueError, NoBase64):
            continue
        return {"id": headers["webhook-id"], **_read(body.decode(), headers.get("content-type", ""))}
    return None


def _read(body: str, content_type: str) -> dict[str, Any]:
    """The body, decoded where it is JSON, and its type where it says one; raises nothing for a body that is not."""
    if "json" not in content_type:
        return {"type": None, "body": body}
    try:
        content = json.loads(body)
    except json.JSONDecodeError:
        return {"type": None, "body": body}
    return {"type": content.get("type") if isinstance(content, dict) else None, "body": content}


class Receiver:
    """The receiver on a loopback port of its own thread. `answers` holds statuses to give instead, for rehearsals.

    An entry of `answers` is a status, or a status with headers.
    """

    def __init__(self, secrets: Callable[[], Sequence[str]], store: Store | None = None, port: int = 0) -> None:
        self.store = store or Store()
        self.secrets = secrets
        self.answers: deque[int | tuple[int, dict[str, str]]] = deque()
        self.refused = 0
        self.requests: list[dict[str, str]] = []
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The address to add as an endpoint."""
        return f"http://127.0.0.1:{self._server.server_port}/penumbra"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.store.close()

    def answer(self, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
        """Status and headers of the answer to a request."""
        self.requests.append(headers)
        if self.answers:
            rehearsed = self.answers.popleft()
            return rehearsed if isinstance(rehearsed, tuple) else (rehearsed, {})
        message = verified(body, headers, self.secrets())
        if message is None:
            self.refused += 1
            return 401, {}
        self.store.take(message)
        return 204, {}


class _Server(ThreadingHTTPServer):
    """A server that doesn't draw a trace of a sender that went away in the middle: the message comes again."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tells of any other error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            if not 0 < length <= LARGEST:
                self.close_connection = True
                self._finish(413, {})
                return
            body = self.rfile.read(length)
            self._finish(*receiver.answer(body, {name.lower(): value for name, value in self.headers.items()}))

        def do_GET(self) -> None:
            body = json.dumps({"received": len(receiver.store.received), "repeats": receiver.store.repeats}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _finish(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:  # noqa: PLR2004 - 204 has no body and no length
                self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing: one line a request would drown what the example prints."""

    return Handler


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the receiver until it is stopped; says on standard output where it listens."""
    parser = argparse.ArgumentParser(prog="python -m deploy.receiver", description="Receives Penumbra's webhooks.")
    parser.add_argument("--secrets", type=Path, required=True, help="file with one whsec_… a line")
    parser.add_argument("--port", type=int, default=0, help="port on loopback; 0 takes a free one")
    parser.add_argument("--store", type=Path, help="JSONL file to keep what is received")
    given = parser.parse_args(arguments)

    def secrets() -> list[str]:
        return [line for line in given.secrets.read_text().split() if line] if given.secrets.exists() else []

    with Receiver(secrets, Store(given.store), given.port) as receiver:
        sys.stdout.write(f"ready {receiver.url}\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.stderr.write(f"{len(receiver.store.received)} received, {receiver.store.repeats} repeats\n")


if __name__ == "__main__":
    main()
