"""The files pages need, by name: nothing else of the folder can be asked for."""

from functools import cache
from pathlib import Path

from fastapi import APIRouter, HTTPException
from starlette.responses import Response

router = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).parent / "assets"
TYPES = {"app.css": "text/css; charset=utf-8", "mark.svg": "image/svg+xml"}


@router.get("/static/{name}")
async def file(name: str) -> Response:
    """One of the files."""
    if name not in TYPES:
        raise HTTPException(404, "no such file")
    return Response(_content(name), media_type=TYPES[name])


@cache
def _content(name: str) -> bytes:
    return (FOLDER / name).read_bytes()
