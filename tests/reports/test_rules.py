"""Periods as people name them, and the days on which a report is mailed."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from tradepost.kit.errors import Invalid
from tradepost.reports.rules import Query, due, resumed_on, upcoming, window

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("period", "start", "expected"),
    [
        ("month", 1, (date(2026, 11, 1), date(2026, 11, 30))),
        ("last_month", 1, (date(2026, 10, 1), date(2026, 10, 31))),
        ("quarter", 1, (date(2026, 10, 1), date(2026, 12, 31))),
        ("quarter", 2, (date(2026, 11, 1), date(2027, 1, 31))),
        ("year", 1, (date(2026, 1, 1), date(2026, 12, 31))),
        ("year", 7, (date(2026, 7, 1), date(2027, 6, 30))),
        ("year", 12, (date(2025, 12, 1), date(2026, 11, 30))),
        ("last_year", 7, (date(2025, 7, 1), date(2026, 6, 30))),
        ("30_days", 1, (date(2026, 10, 24), DAY)),
        ("all", 1, (None, None)),
    ],
)
def test_periods(period: str, start: int, expected: tuple[date | None, date | None]) -> None:
    assert window(Query("sales", period=period), DAY, start) == expected


@pytest.mark.parametrize(
    "query", [Query("sales", period="x"), Query("sales", (), "days", DAY, date(2026, 1, 1))]
)
def test_a_period_that_cannot_be_is_refused(query: Query) -> None:
    with pytest.raises(Invalid):
        window(query, DAY)


def test_a_query_is_kept_whole() -> None:
    query = Query("sales", ("rep", "month"), "days", date(2026, 1, 1), DAY, {"customer_id": 3}, "-total")
    assert Query.of("sales", query.as_json()) == query


SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)


@pytest.mark.req("B23")
@pytest.mark.parametrize(
    ("rhythm", "posted", "now", "expected"),
    [
        ("", None, datetime(2026, 11, 23, 8), False),
        ("daily", None, datetime(2026, 11, 22, 6, 59), False),
        ("daily", None, datetime(2026, 11, 22, 7), True),
        ("daily", SUNDAY, datetime(2026, 11, 22, 23), False),
        ("daily", SUNDAY, datetime(2026, 11, 23, 7), True),
        ("weekly", None, datetime(2026, 11, 22, 8), False),
        ("weekly", None, datetime(2026, 11, 23, 8), True),
        ("weekly", MONDAY, datetime(2026, 11, 29, 8), False),
        ("weekly", date(2026, 11, 16), datetime(2026, 11, 25, 3), True),  # the server was off on Monday
        ("monthly", date(2026, 11, 1), datetime(2026, 12, 1, 6), False),
        ("monthly", date(2026, 11, 1), datetime(2026, 12, 1, 7), True),
        ("monthly", None, datetime(2026, 11, 22, 8), False),
    ],
)
def test_when_a_report_is_mailed(rhythm: str, posted: date | None, now: datetime, expected: bool) -> None:
    assert due(rhythm, 7, posted, now) is expected


NEW_YORK = ZoneInfo(
    "America/New_York"
)  # the clocks leave out 2:00 on March 14, 2027 and have 1:00 twice on November 7


@pytest.mark.req("B23")
@pytest.mark.parametrize(
    ("rhythm", "hour", "posted", "now", "expected"),
    [
        ("", 7, None, datetime(2026, 11, 22, 8), None),
        ("daily", 7, SUNDAY, datetime(2026, 11, 22, 8), "2026-11-23T07:00:00-05:00"),
        ("daily", 7, None, datetime(2026, 11, 22, 6), "2026-11-22T07:00:00-05:00"),
        ("daily", 7, None, datetime(2026, 11, 22, 8), "2026-11-22T08:00:00-05:00"),  # due
        ("weekly", 7, None, datetime(2026, 11, 24, 8), "2026-11-30T07:00:00-05:00"),
        ("weekly", 7, MONDAY, datetime(2026, 11, 23, 6), "2026-11-30T07:00:00-05:00"),
        ("monthly", 0, date(2026, 12, 1), datetime(2026, 12, 1, 0), "2027-01-01T00:00:00-05:00"),
        ("daily", 7, date(2027, 3, 13), datetime(2027, 3, 13, 8), "2027-03-14T07:00:00-04:00"),
        ("daily", 2, date(2027, 3, 13), datetime(2027, 3, 13, 8), "2027-03-14T03:00:00-04:00"),
        ("daily", 1, date(2027, 11, 6), datetime(2027, 11, 6, 8), "2027-11-07T01:00:00-04:00"),
        ("daily", 1, date(2027, 11, 7), datetime(2027, 11, 7, 1, 30, fold=1), "2027-11-08T01:00:00-05:00"),
    ],
)
def test_when_it_is_mailed_next(
    rhythm: str, hour: int, posted: date | None, now: datetime, expected: str | None
) -> None:
    found = upcoming(rhythm, hour, posted, now.replace(tzinfo=NEW_YORK))
    assert (found.isoformat() if found else None) == expected


@pytest.mark.parametrize(("now", "expected"), [(6, False), (8, False)])
def test_a_pause_makes_up_for_nothing(now: int, expected: bool) -> None:
    moment = datetime(2026, 11, 23, now)
    assert due("daily", 7, resumed_on(7, moment), moment) is expected
    later = moment.replace(hour=9)
    assert due("daily", 7, resumed_on(7, moment), later) is (now < 7)
