"""What becomes of a job that failed: when it is tried again, or that it is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from procrastinate.jobs import Job
from procrastinate.utils import utcnow

from tradepost.jobs.queue import Backoff
from tradepost.kit.errors import Invalid, Remote, Temper, Throttled

LATER, NEVER = Remote(temper=Temper.RETRYABLE), Remote(temper=Temper.PERMANENT)
ASKED = Remote(temper=Temper.RETRYABLE, retry_after=90)

# What went wrong, how often it had been tried before, and the seconds until the next try.
TABLE: list[tuple[BaseException, int, int | None]] = [
    (LATER, 0, 5),
    (LATER, 1, 10),
    (LATER, 6, 320),
    (LATER, 7, None),  # the eighth try was the last
    (LATER, 99, None),
    (OSError("a fault that nobody foresaw"), 0, 5),
    (OSError("a fault that nobody foresaw"), 7, None),
    (NEVER, 0, None),
    (Remote(temper=Temper.MISCONFIGURED), 0, None),
    (Invalid(), 0, None),
    (ASKED, 0, 90),
    (ASKED, 6, 90),
    (ASKED, 7, None),
    (Remote(temper=Temper.RETRYABLE, retry_after=0.2), 3, 1),
    (Remote(temper=Temper.RETRYABLE, retry_after=86_400), 0, 86_400),
    (Remote(temper=Temper.PERMANENT, retry_after=90), 0, None),
    (Throttled(30), 2, 30),
]


@pytest.mark.req("X3")
@pytest.mark.parametrize(("failure", "before", "seconds"), TABLE)
def test_when_a_job_is_tried_again(failure: BaseException, before: int, seconds: int | None) -> None:
    assert wait(Backoff(), failure, before) == seconds


@pytest.mark.parametrize(("before", "seconds"), [(9, 2560), (10, 3600), (38, 3600), (39, None)])
def test_many_tries_are_an_hour_apart_at_most(before: int, seconds: int | None) -> None:
    assert wait(Backoff(40), LATER, before) == seconds


def wait(backoff: Backoff, failure: BaseException, before: int) -> int | None:
    """Whole seconds from now to the next try."""
    job = Job(id=1, queue="default", lock=None, queueing_lock=None, task_name="any", attempts=before)
    now = utcnow()
    decision = backoff.get_retry_decision(exception=failure, job=job)
    if decision is None:
        return None
    assert decision.retry_at
    return round((decision.retry_at - now) / timedelta(seconds=1))
