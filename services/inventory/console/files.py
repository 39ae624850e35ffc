"""The files pages need, by name: nothing else of the folder can be asked for."""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import APIRouter, HTTPException
from starlette.responses import Response

router = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).parent / "assets"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@router.get("/static/{name}")
async def file(name: str) -> Response:
    """One of the files."""
    if name not in _contents():
        raise HTTPException(404, "no such file")
    return Response(_contents()[name], media_type=TYPES[Path(name).suffix])


@cache
def style() -> str:
    """A short digest of all files, so that a new style sheet is never mixed with an old page."""
    return hashlib.sha256(b"".join(_contents().values())).hexdigest()[:10]


@cache
def _contents() -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in sorted(FOLDER.iterdir()) if each.suffix in TYPES}
