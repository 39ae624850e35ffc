"""Errors over HTTP: RFC 9457 problem documents (https://www.rfc-editor.org/rfc/rfc9457), a plain page in a browser.

Neither repeats what was sent nor shows a trace.
"""

from collections.abc import Sequence
from html import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from services.kit.errors import Conflict, Misconfigured, NotAllowed, NotFound, PenumbraError, Transient

STATUS: tuple[tuple[type[PenumbraError], int], ...] = (
    (NotAllowed, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Misconfigured, 422),
    (Transient, 503),
)
NO_PAGE = "There is no page at this address. It may have been moved, or what it was about is gone."
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} · Penumbra</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/static/app.css">
<link rel="icon" type="image/svg+xml" href="/static/mark.svg">
</head><body class="bare"><main class="card"><p class="brand">Penumbra</p><h1>{title}</h1>{body}</main></body></html>"""


def problem(status: int, detail: str, **more: Any) -> JSONResponse:
    """A problem document; `more` are further members, such as `errors`."""
    content = {"type": "about:blank", "title": phrase(status), "status": status, "detail": detail, **more}
    return JSONResponse(content, status_code=status, media_type="application/problem+json")


def phrase(status: int) -> str:
    """The status in words."""
    return HTTPStatus(status).phrase


def page(status: int, title: str, body: str) -> HTMLResponse:
    """A small page; `body` is HTML made here, never text from a request."""
    return HTMLResponse(PAGE.format(title=escape(title), body=body), status_code=status)


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks, and not for data."""
    path = request.url.path
    asks = "text/html" in request.headers.get("accept", "")
    return asks and not path.startswith(("/api/", "/v1/", "/services/")) and not path.endswith(".json")


def answer(request: Request, status: int, detail: str, **more: Any) -> Response:
    """The page or the problem document, as the caller wants it."""
    if wants_page(request):
        detail = NO_PAGE if detail == phrase(404) else detail
        return page(status, phrase(status), f'<p>{escape(detail)}</p><p><a href="/">Back to the overview</a></p>')
    return problem(status, detail, **more)


def install(app: FastAPI, unauthenticated: type[PenumbraError]) -> None:
    """Adds the handlers to an app."""

    async def nobody(request: Request, error: Exception) -> Response:
        if wants_page(request) and request.method == "GET":
            return RedirectResponse(_sign_in(request), 303)
        response = answer(request, 401, str(error))
        response.headers["WWW-Authenticate"] = 'Bearer realm="penumbra"'
        return response

    async def known(request: Request, error: Exception) -> Response:
        status = next((code for kind, code in STATUS if isinstance(error, kind)), 500)
        faults = list(error.faults) if isinstance(error, Misconfigured) else None
        response = answer(request, status, str(error), **({"errors": faults} if faults else {}))
        if isinstance(error, Transient) and error.retry_after is not None:
            response.headers["Retry-After"] = str(max(1, round(error.retry_after)))
        return response

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        response = answer(request, error.status_code, str(error.detail))
        response.headers.update(error.headers or {})
        return response

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return answer(request, 422, "the request can't be read as it is", errors=faults_of(error.errors()))

    app.add_exception_handler(unauthenticated, nobody)
    app.add_exception_handler(PenumbraError, known)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)


def _sign_in(request: Request) -> str:
    """The sign-in page; a provider brings people back to what they asked for, a one-time link doesn't know it."""
    if request.app.state.access.provider is None:
        return "/login"
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/login?{urlencode({'next': request.url.path + query})}"


def faults_of(errors: Sequence[Any]) -> list[dict[str, str]]:
    """Each fault's place and message; the offending input stays out."""
    return [{"place": ".".join(map(str, error["loc"])), "message": str(error["msg"])} for error in errors]
