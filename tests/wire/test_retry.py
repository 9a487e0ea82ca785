"""When to try again, and how fast to ask: decisions, without a clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrate_limiter import Rate

from tradepost.kit.errors import Remote, Temper
from tradepost.wire.limits import HostLimits
from tradepost.wire.retry import Patience, parse_retry_after, wait_before_next

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sat, 21 Nov 2026 12:01:30 GMT", 90.0),
        ("Saturday, 21-Nov-26 12:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 13:00:10 +0100", 10.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        ("9" * 400, 86_400.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Sat, 99 Nov 2026 12:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds


@given(st.text())
def test_any_retry_after_is_read_or_passed_over(value: str) -> None:
    seconds = parse_retry_after(value, NOW)
    assert seconds is None or seconds >= 0


P = Patience(attempts=4, first=1.0, longest=8.0)


@pytest.mark.parametrize(
    ("attempt", "temper", "after", "repeatable", "wait"),
    [
        (1, Temper.RETRYABLE, None, True, 0.5),
        (2, Temper.RETRYABLE, None, True, 1.0),
        (3, Temper.RETRYABLE, None, True, 2.0),
        (4, Temper.RETRYABLE, None, True, None),  # the last attempt
        (1, Temper.RETRYABLE, None, False, None),  # may have been carried out
        (1, Temper.PERMANENT, None, True, None),
        (1, Temper.MISCONFIGURED, None, True, None),
        (1, Temper.RETRYABLE, 7.0, True, 7.0),  # the remote's word
        (1, Temper.RETRYABLE, 0.0, True, 0.0),
        (1, Temper.RETRYABLE, 9.0, True, None),  # longer than a worker may sleep
    ],
)
def test_wait_before_next(
    attempt: int, temper: Temper, after: float | None, repeatable: bool, wait: float | None
) -> None:
    fault = Remote("no", temper=temper, retry_after=after)
    assert wait_before_next(P, attempt, fault, repeatable=repeatable, chance=0.0) == wait


@given(st.integers(1, 99), st.floats(0, 1, exclude_max=True))
def test_waits_are_spread_over_the_upper_half_and_bounded(attempt: int, chance: float) -> None:
    patience = Patience(attempts=100, first=0.5, longest=30.0)
    wait = wait_before_next(
        patience, attempt, Remote("no", temper=Temper.RETRYABLE), repeatable=True, chance=chance
    )
    assert wait is not None
    assert min(30.0, 0.5 * 2.0 ** (attempt - 1)) / 2 <= wait <= 30.0


def test_a_hosts_limit_holds_in_every_window() -> None:
    clock = [0]
    limits = HostLimits(
        [Rate(3, 1000)],
        now=lambda: clock[0],
        sleep=lambda seconds: clock.__setitem__(0, clock[0] + round(seconds * 1000)),
    )
    went: list[int] = []
    for _ in range(20):
        limits.wait("a.test")
        went.append(clock[0])
        clock[0] += 40
    assert went[:3] == [0, 40, 80]
    assert all(late - early >= 1000 for early, late in zip(went, went[3:], strict=False))
    assert clock[0] < 20_000 / 3 + 1000

    before = clock[0]
    limits.wait("b.test")  # another host has its own
    assert clock[0] == before


def test_without_rates_nothing_waits() -> None:
    HostLimits(sleep=lambda _: pytest.fail("slept")).wait("a.test")
