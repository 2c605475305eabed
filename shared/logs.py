"""Structured logs on standard output, one JSON object a line. What may be personal is refused here, not trusted."""

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import structlog

log: structlog.stdlib.BoundLogger = structlog.get_logger("sila")
ALLOWED = (int, float, bool, datetime, date, UUID, StrEnum, type(None))
WORD = re.compile(r"^[A-Za-z0-9_/][\w.,:/ +*{}\[\]<>()'=-]{0,199}$", re.ASCII)
DIGITS = re.compile(r"(?<![0-9a-f-])\d{9,}(?![0-9a-f-])")


_strict = False


class PersonalInLog(TypeError):
    """Somebody tried to log a value that could be a name, a number or free text."""


def refuse_personal(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Let through numbers, times, ids and plain words; refuse other letters than Latin and long runs of digits.

    Raises PersonalInLog in tests; elsewhere the value is left out, since a log line must never break what it tells of.
    """
    for name, value in event.items():
        if is_plain(value):
            continue
        if _strict:
            raise PersonalInLog(f"log field {name!r} is not a number, a time, an id or a plain word")
        event[name] = "left out"
    return event


def is_plain(value: object) -> bool:
    """Whether a value can be logged: it is neither a name, nor a number of somebody's, nor free text."""
    if isinstance(value, str):
        return bool(WORD.match(value)) and not DIGITS.search(value)
    return isinstance(value, ALLOWED)


def _strip(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of an exception, keep its type and where it was raised: its text may print values."""
    error = event.pop("exc_info", None)
    if error:
        error = sys.exc_info()[1] if error is True else error[1] if isinstance(error, tuple) else error
        frames = error.__traceback__ if error else None
        while frames and frames.tb_next:
            frames = frames.tb_next
        event["error"] = type(error).__name__
        if frames:
            event["where"] = f"{frames.tb_frame.f_code.co_filename.rpartition('/')[2]}:{frames.tb_lineno}"
    return event


class _OnlyWhere(logging.Formatter):
    """Library records: the logger and level, no arguments, which print what they like."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        known = {"event": "library", "logger": record.name, "level": record.levelname.lower(), "error": error}
        return json.dumps(known)


def configure_logs(process: str, level: str = "INFO", *, strict: bool = False) -> None:
    """Send this process's logs to standard output, each line naming the process. `strict` is for tests."""
    global _strict
    _strict = strict
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_OnlyWhere())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _strip,
            refuse_personal,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(process=process)
