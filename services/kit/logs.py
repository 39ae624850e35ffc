"""Log lines: readable on a terminal, JSON elsewhere; always on stderr, with control characters escaped."""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from services.kit.settings import Settings


def configure(settings: Settings) -> None:
    """Sets up logging once for the process."""
    readable = settings.console_log if settings.console_log is not None else sys.stderr.isatty()
    last: Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if readable else structlog.processors.JSONRenderer()
    )
    level = logging.getLevelNamesMapping()[settings.log_level]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _escaped,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    plain = logging.StreamHandler(sys.stderr)
    plain.setFormatter(_Plain("%(name)s: %(message)s"))
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[plain])


def _escaped(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """What came from outside must not forge a line of ours."""
    return {name: _line(value, name) if isinstance(value, str) else value for name, value in event.items()}


def _line(value: str, name: str = "event") -> str:
    """One line, but for a traceback."""
    kept = "\n" if name in {"exception", "stack"} else ""
    return "".join(c if c.isprintable() or c in kept else c.encode("unicode_escape").decode() for c in value)


class _Plain(logging.Formatter):
    """Lines of libraries, held to the same."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name logging calls
        return _line(super().formatMessage(record))
