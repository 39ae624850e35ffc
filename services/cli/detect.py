"""`penumbra detect`: identifiers and data classes of texts, a JSON line each; the text is never printed."""

import sys
from collections.abc import Iterator
from typing import BinaryIO

import typer

_TOLD = 10
_WRONG_USE = 2
LONGEST = 256 << 20
"""Bytes of one line that are read at most; a longer one is refused without being held."""


def register(root: typer.Typer) -> None:
    """Adds the command."""
    root.command("detect")(detect)


def detect(
    json: bool = typer.Option(False, "--json", help="JSON lines; it prints them without being asked, too."),  # noqa: ARG001 - as other commands have it
    engine: str = typer.Option("", "--engine", help="re2, hyperscan or plain; by default re2 where it is installed."),
) -> None:
    """Say of each {"id", "text"} of standard input what identifiers and data classes it holds, and where."""
    import msgspec

    from services.classifier.reading import Unread, answers
    from services.kit.errors import Misconfigured
    from services.labelling.reading import Reader

    try:
        reader = Reader(engine or None)
    except (ValueError, ImportError) as error:
        raise Misconfigured(f"--engine: {error}") from None
    out, encode = sys.stdout.buffer, msgspec.json.Encoder().encode
    at_once = sys.stdout.isatty()
    read = unread = 0
    for answer in answers(_lines(sys.stdin.buffer), reader):
        out.write(encode(answer) + b"\n")
        if at_once:
            out.flush()
        if isinstance(answer, Unread):
            unread += 1
            if unread <= _TOLD:
                typer.echo(f"line {answer.line}: {answer.error}", err=True)
        else:
            read += 1
    out.flush()
    _end(read, unread)


def _end(read: int, unread: int) -> None:
    if unread:
        typer.echo(f"{unread} of {read + unread} lines could not be read", err=True)
        if not read:
            typer.echo('standard input holds no lines like {"id": "1", "text": "…"}', err=True)
            raise typer.Exit(_WRONG_USE)


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """The lines, None for one that is longer than is read; its rest is passed over a piece at a time."""
    while line := stream.readline(LONGEST):
        if len(line) < LONGEST or line.endswith(b"\n"):
            yield line
            continue
        yield None
        while (rest := stream.readline(1 << 20)) and not rest.endswith(b"\n"):
            pass
