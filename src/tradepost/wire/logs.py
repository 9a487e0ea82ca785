"""Logs on standard error: one line an event, for people (``text``) or for machines (``json``).

What libraries write by ``logging`` and what we write by structlog comes out alike, with time, level and logger. A value
under a name that speaks of a secret is never written.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured

FORMATS = ("text", "json")
_SECRET = re.compile(r"password|secret|token|authori[sz]ation|cookie|api_?key", re.IGNORECASE)
HIDDEN = "[not written]"


def hide(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog: put ``HIDDEN`` in the place of what must not be read in a log."""
    for name in event:
        if _SECRET.search(name):
            event[name] = HIDDEN
    return event


def settings(form: str) -> dict[str, Any]:
    """Configure structlog, and answer what ``logging.config.dictConfig`` needs for the same lines.

    Raises ImproperlyConfigured for a form that is not one of ``FORMATS``.
    """
    if form not in FORMATS:
        raise ImproperlyConfigured(f"TRADEPOST_LOG is “{form}”. Write one of: {', '.join(FORMATS)}.")
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    last = _machine() if form == "json" else _person()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            }
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "lines", "filters": ["ground"]}
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "filters": _FILTERS,
        "loggers": {
            "tradepost": {"level": "INFO"},
            "django.request": {"filters": ["raised"]},
            "django.security.DisallowedHost": {"filters": ["stranger"]},
            "django.security.csrf": {"filters": ["forged"]},
            **_QUIET,
        },
    }


_FILTERS = {
    "raised": {"()": lambda: _raised},
    "ground": {"()": lambda: _brief},
    "stranger": {"()": lambda: _by_another_name},
    "forged": {"()": lambda: _without_query},
}

# Of a lost database its pool would write a line a try; what stands on it says so once.
_QUIET = {"psycopg.pool": {"level": "ERROR"}}


def _raised(record: logging.LogRecord) -> bool:
    """A 4xx or 503 that was answered on purpose is no event; what a view did not catch is one."""
    return bool(record.exc_info)


def _by_another_name(record: logging.LogRecord) -> bool:
    """Whoever scans the internet asks by any name: a line each, in our words, and no traceback."""
    host = record.request.META.get("HTTP_HOST", "") if hasattr(record, "request") else ""
    record.msg, record.args = "asked for as %.100r, which is none of TRADEPOST_HOSTS", (host,)
    record.exc_info = record.exc_text = None
    return True


def _without_query(record: logging.LogRecord) -> bool:
    """Where a form came from is said with its reason; what stood behind the path there may be anybody's secret."""
    record.msg, record.args = re.sub(r"[?#].*(?= does not match)", "", record.getMessage()), ()
    return True


def _brief(record: logging.LogRecord) -> bool:
    """A lost database or a full disk is told in a sentence: where a program was then helps nobody."""
    from tradepost.wire.outage import outage  # needs Django, whose settings are made of this

    if record.exc_info and (fault := outage(record.exc_info[1])):
        record.msg, record.args = f"{record.getMessage().splitlines()[0]}: {fault.cause}", ()
        record.exc_info = record.exc_text = None
    return True


def _machine() -> list[Any]:
    """Tracebacks without the values of variables, which may be anybody's password."""
    frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [
        structlog.processors.ExceptionRenderer(frames),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def _person() -> list[Any]:
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
