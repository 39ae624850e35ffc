"""Answers of the API: views as JSON by msgspec, so that one struct is the schema, the API and the page's twin."""

from typing import Any

import msgspec
from starlette.responses import Response

_encode = msgspec.json.Encoder(decimal_format="number").encode


def encode(value: Any) -> bytes:
    """A view as JSON; times in UTC with `Z`."""
    return _encode(value)


def answer(value: Any, status: int = 200) -> Response:
    """A view as an HTTP answer."""
    return Response(encode(value), status_code=status, media_type="application/json")
