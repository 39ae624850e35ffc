"""Log lines: readable on a terminal, one JSON object a line elsewhere; always on stderr, control characters escaped.

Lines of libraries take the same way as ours, so that a collector of JSON meets nothing else.
"""

import logging
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from services.kit.settings import Settings

_KEPT = frozenset({"exception", "stack"})
"""What has lines of its own on a terminal."""


def configure(settings: Settings) -> None:
    """Sets up logging once for the process; `console_log` chooses readable lines or JSON, unset: by the terminal."""
    readable = settings.console_log if settings.console_log is not None else sys.stderr.isatty()
    level = logging.getLevelNamesMapping()[settings.log_level]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *_told(), _escaped, *_drawn(readable=readable)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    plain = logging.StreamHandler(sys.stderr)
    plain.setFormatter(formatter(readable=readable))
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[plain])


def formatter(*, readable: bool) -> logging.Formatter:
    """Draws a library's records as ours are drawn; `logger` is the library's name for itself."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_named, *_told()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _escaped, *_drawn(readable=readable)],
    )


def _told() -> list[Processor]:
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]


def _drawn(*, readable: bool) -> list[Processor]:
    if readable:
        return [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    return [structlog.processors.JSONRenderer(ensure_ascii=False)]


def _named(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    record = event.get("_record")
    if record is not None:
        event["logger"] = record.name
    return event


def _escaped(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """What came from outside must not forge a line of ours, nor move the reader's cursor."""
    return {_line(str(name)): _value(value, kept=name in _KEPT) for name, value in event.items()}


def _value(value: Any, *, kept: bool = False) -> Any:
    """Strings as one line each, also within lists and mappings; other values stay as they are."""
    if isinstance(value, str):
        return "\n".join(map(_line, value.split("\n"))) if kept else _line(value)
    if isinstance(value, Mapping):
        return {_line(str(name)): _value(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_value(each) for each in value]
    return value if isinstance(value, int | float | None) else _line(str(value))


def _line(text: str) -> str:
    """One line: whatever is not printable (control characters, line separators, marks of direction) is spelt out."""
    return text if text.isprintable() else "".join(c if c.isprintable() else _spelt(c) for c in text)


def _spelt(character: str) -> str:
    return character.encode("unicode_escape").decode()
