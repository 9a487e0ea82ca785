"""Time: instants are aware and UTC; an all-day date is a ``date`` and never an instant."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


def now() -> datetime:
    """The present instant, UTC. The only place that asks the machine's clock; pure code takes it as an argument."""
    return datetime.now(UTC)


def local_date(at: datetime, zone: str) -> date:
    """The calendar date of an instant in an IANA ``zone``."""
    return at.astimezone(ZoneInfo(zone)).date()


@cache
def zones() -> frozenset[str]:
    """The names of all IANA zones. Python reads the whole folder of them each time that it is asked."""
    return frozenset(available_timezones())
