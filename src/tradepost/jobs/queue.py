"""The queue, behind a small facade on Procrastinate.

A task is a function of keyword arguments that may run twice: every task is idempotent. ``enqueue`` belongs inside the
transaction of the verb that causes the work, so that a rolled-back verb leaves no job behind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any

from django.db import close_old_connections, transaction
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job as QueuedJob

from tradepost.kit import clock
from tradepost.kit.errors import Fault, Temper

Task = Callable[..., None]


class Backoff(BaseRetryStrategy):
    """Retry what may pass by itself: 5 s doubling to an hour, ``tries`` in all; Retry-After is obeyed where given.

    A ``Fault`` that is permanent or misconfigured is not retried: its task has told a person already.
    """

    def __init__(self, tries: int = 8) -> None:
        self.tries = tries

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        if job.attempts + 1 >= self.tries or (  # ``attempts`` leaves out the one that failed just now
            isinstance(exception, Fault) and exception.temper is not Temper.RETRYABLE
        ):
            return None
        wait = getattr(exception, "retry_after", None) or min(5 * 2**job.attempts, 3600)
        return RetryDecision(retry_in={"seconds": max(1, int(wait))})


def task(name: str, *, tries: int = 8, queue: str = "default") -> Callable[[Task], Task]:
    """Register a function as a task. Its name is stable: it stands in rows of the queue.

    A task that is enqueued with ``single`` has one try: the queue cannot put it back while another one waits.
    """

    def decorate(function: Task) -> Task:
        retry = Backoff(tries) if tries > 1 else False
        return app.task(name=name, queue=queue, retry=retry, pass_context=False)(
            _on_live_connections(function)
        )

    return decorate


def periodic(name: str, cron: str, *, queue: str = "default") -> Callable[[Callable[[int], None]], Task]:
    """Register a function of ``timestamp`` (seconds since 1970) that runs by a cron line, once for all workers,
    and never beside itself."""

    def decorate(function: Callable[[int], None]) -> Task:
        run = _on_live_connections(function)
        return app.periodic(cron=cron)(
            app.task(name=name, queue=queue, lock=name, queueing_lock=name, pass_context=False)(run)
        )

    return decorate


def _on_live_connections(function: Task) -> Task:
    """A worker's threads live long: as a request does, each job drops a connection that the database has ended."""

    @wraps(function)
    def run(*args: Any, **arguments: Any) -> None:
        _drop_dead_connections()
        try:
            function(*args, **arguments)
        finally:
            _drop_dead_connections()

    return run


def _drop_dead_connections() -> None:
    if (
        not transaction.get_connection().in_atomic_block
    ):  # called as a function, within somebody's transaction
        close_old_connections()


def enqueue(
    name: str,
    arguments: Mapping[str, Any],
    *,
    lock: str | None = None,
    single: str | None = None,
    at: datetime | None = None,
) -> int | None:
    """Put a task into the queue; the job's id, or None where ``single`` says that one is waiting already.

    ``lock``: jobs with the same lock run one after another. ``single``: at most one job with it waits.
    """
    options: dict[str, Any] = {"lock": lock, "queueing_lock": single}
    if at is not None and at > clock.now():
        options["schedule_at"] = at
    try:
        with transaction.atomic():  # a savepoint: a refused job must not spoil the caller's transaction
            return app.configure_task(name, **options).defer(**arguments)
    except AlreadyEnqueued:
        return None
