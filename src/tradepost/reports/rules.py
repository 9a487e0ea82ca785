"""What a report is made of, the periods that people name, and when a report is to be mailed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tradepost.kit.errors import Invalid

Text = str | Promise


class Shape(StrEnum):
    """How a value is shown. ``MONEY`` is in the row's currency."""

    TEXT = "text"
    DAY = "day"
    MONTH = "month"
    COUNT = "count"
    QUANTITY = "quantity"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Dimension:
    """What rows are grouped by: ``of`` is a column or an expression of the database, or makes one of the actor and the rows."""

    key: str
    label: Text
    of: Any
    shape: Shape = Shape.TEXT


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of a group: ``of`` is an aggregate."""

    key: str
    label: Text
    of: Any
    shape: Shape = Shape.MONEY


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a report. ``filters``: customer_id, owner_id, channel, item_id. ``sort`` is the key of a column,
    with ``-`` before it descending; empty: as grouped. ``currency``: ``company`` for all in the company's, empty for each
    in its own."""

    report: str
    group: tuple[str, ...] = ()
    period: str = "year"
    first: date | None = None
    last: date | None = None
    filters: Mapping[str, Any] = field(default_factory=dict)
    sort: str = ""
    currency: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "group": list(self.group),
            "period": self.period,
            "first": self.first.isoformat() if self.first else None,
            "last": self.last.isoformat() if self.last else None,
            "filters": dict(self.filters),
            "sort": self.sort,
            "currency": self.currency,
        }

    @classmethod
    def of(cls, report: str, held: Mapping[str, Any]) -> Query:
        """The inverse of :meth:`as_json`."""
        days = {n: date.fromisoformat(held[n]) if held.get(n) else None for n in ("first", "last")}
        return cls(
            report,
            tuple(held.get("group", ())),
            held.get("period", "year"),
            filters=held.get("filters", {}),
            sort=held.get("sort", ""),
            currency=held.get("currency", ""),
            **days,
        )


PERIODS: Mapping[str, Text] = {
    "all": _("All time"),
    "month": _("This month"),
    "last_month": _("Last month"),
    "quarter": _("This quarter"),
    "year": _("This fiscal year"),
    "last_year": _("Last fiscal year"),
    "30_days": _("Last 30 days"),
    "days": _("From … to …"),
}


def window(query: Query, today: date, fiscal_start: int = 1) -> tuple[date | None, date | None]:
    """First and last day of the period; None is open. ``fiscal_start`` is the month in which the fiscal year begins."""
    if query.period not in PERIODS:
        raise Invalid(
            fields={
                "period": gettext("“{period}” is not one of: {known}.").format(
                    period=query.period, known=", ".join(PERIODS)
                )
            }
        )
    if query.period == "days":
        if query.first and query.last and query.first > query.last:
            raise Invalid(fields={"first": gettext("The first day lies after the last.")})
        return query.first, query.last
    if query.period == "all":
        return None, None
    if query.period == "30_days":
        return today - timedelta(days=29), today
    month = today.replace(day=1)
    if query.period == "month":
        return month, _end(month, 1)
    if query.period == "last_month":
        return _months(month, -1), month - timedelta(days=1)
    since = (month.month - fiscal_start) % 12
    if query.period == "quarter":
        start = _months(month, -(since % 3))
        return start, _end(start, 3)
    start = _months(month, -since - (12 if query.period == "last_year" else 0))
    return start, _end(start, 12)


def _months(first: date, count: int) -> date:
    place = first.year * 12 + first.month - 1 + count
    return date(place // 12, place % 12 + 1, 1)


def _end(first: date, months: int) -> date:
    return _months(first, months) - timedelta(days=1)


def due(rhythm: str, hour: int, posted_on: date | None, now: datetime) -> bool:
    """Whether a report is to be mailed at ``now``, the company's own time. One that was missed while the server was off
    is mailed when it is back, once."""
    day, turn = now.date(), _turn(rhythm, now.date())
    if turn is None or (turn == day and now.hour < hour):
        return False
    return (posted_on is None and turn == day) or (posted_on is not None and posted_on < turn)


def _turn(rhythm: str, day: date) -> date | None:
    """The day of the rhythm that is ``day``, else the last one before it; None: the rhythm has no days."""
    if rhythm == "weekly":
        return day - timedelta(days=day.weekday())
    return {"daily": day, "monthly": day.replace(day=1)}.get(rhythm)


def upcoming(rhythm: str, hour: int, posted_on: date | None, now: datetime) -> datetime | None:
    """When a report is mailed next, in the zone of ``now``, the company's own time: ``now`` where it is due. An hour that
    the clocks leave out is the one after it."""
    if due(rhythm, hour, posted_on, now):
        return now
    for day in (now.date() + timedelta(days=ahead) for ahead in range(32)):
        at = datetime.combine(day, time(hour), now.tzinfo).astimezone(UTC)
        if _turn(rhythm, day) == day and at > now and posted_on != day:
            return at.astimezone(now.tzinfo)
    return None


def resumed_on(hour: int, now: datetime) -> date:
    """What ``posted_on`` is after a pause: what was missed meanwhile is not made up for."""
    return now.date() if now.hour >= hour else now.date() - timedelta(days=1)
