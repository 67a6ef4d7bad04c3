"""Logs: one JSON object a line on standard error. A failure is told by its type and where it happened, never by its words, which may
quote a transcript or a token."""

import logging
import sys
import traceback

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

_DEEPEST = 12
"""Frames of a failure that are logged, innermost last; beyond these stand only the server's and the framework's."""


def configure() -> None:
    """Sends the logs of this process, ours and the libraries', through one formatter. Libraries speak from WARNING on."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _where_it_failed, structlog.processors.JSONRenderer()],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.raiseExceptions = False  # a line that cannot be formatted would be printed with its arguments


def _where_it_failed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replaces exception info by `error` and `where`."""
    info = event.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else sys.exc_info()[1] if info else None
    if error is not None:
        frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST:]
        event["error"] = f"{type(error).__module__}.{type(error).__qualname__}"
        event["where"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    event.pop("stack_info", None)
    return event
