"""How the worker reads its queue."""

from __future__ import annotations

import asyncio

import pytest
from django.db import connection

from tradepost.jobs.worker import connector

JOBS = """INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args)
    SELECT 'default', 'none', 0, '{}' FROM generate_series(1, 500)"""
READ = "SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'procrastinate_jobs'"


async def _fetched(worker: int, jobs: int) -> tuple[int, int]:
    """How many jobs were handed out, and how many rows were looked at one after the other for that."""
    queue, found = connector(), 0
    await queue.open_async()
    try:
        async with queue.pool.connection() as one:
            await one.set_autocommit(True)
            before = await (await one.execute(READ)).fetchone()
            for _ in range(jobs):
                row = await (
                    await one.execute("SELECT id FROM procrastinate_fetch_job_v2(NULL, %s)", [worker])
                ).fetchone()
                found += bool(row and row[0])
            await one.execute("SELECT pg_stat_force_next_flush()")
            after = await (await one.execute(READ)).fetchone()
    finally:
        await queue.close_async()
    assert before
    assert after
    return found, after[0] - before[0]


@pytest.mark.django_db(transaction=True)
def test_thousands_of_jobs_at_once_do_not_look_at_one_another() -> None:
    """Where PostgreSQL still takes the queue for empty, as it is most of the time."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("ANALYZE procrastinate_jobs")
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        (worker,) = cursor.fetchone()
        cursor.execute(JOBS)
    try:
        assert asyncio.run(_fetched(worker, 10)) == (10, 0)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")
            cursor.execute("DELETE FROM procrastinate_workers WHERE id = %s", [worker])
