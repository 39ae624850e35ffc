"""Faults planned request by request: the n-th request to a path is answered otherwise, or comes after something."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

Next = Callable[[Request], Awaitable[Response]]
Made = Callable[[], Response]


class Mischief:
    """Counts requests by the part of the path that was named in a plan. `asked` are all paths with their queries."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._plans: list[tuple[str, int, Made]] = []
        self._counts: dict[str, int] = {}

    def at(self, path: str, number: int, made: Made) -> None:
        """The request with that number (from 1, since now) whose path ends so gets this answer."""
        self._plans.append((path, self._counts.get(path, 0) + number, made))
        self._counts.setdefault(path, 0)

    async def __call__(self, request: Request, call_next: Next) -> Response:
        """As middleware: one of the planned answers, else what the vendor says."""
        self.asked.append(f"{request.url.path}?{request.url.query}")
        found: Made | None = None
        for path in self._counts:
            if request.url.path.endswith(path):
                self._counts[path] += 1
                planned = (plan for plan in self._plans if plan[:2] == (path, self._counts[path]))
                found = next((made for _, _, made in planned), found)
        return found() if found is not None else await call_next(request)


def refusal(status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> Made:
    """An answer with this status, JSON body and headers."""
    return lambda: JSONResponse({} if body is None else body, status, headers)


def page() -> Response:
    """A proxy's sign-in page, with 200."""
    return HTMLResponse("<!doctype html><html><title>Sign in</title></html>")
