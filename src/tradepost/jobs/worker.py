"""The worker process: Procrastinate, and an end that says what happened."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector
from psycopg import AsyncConnection

from tradepost.kit.errors import Fault
from tradepost.kit.words import gettext_noop
from tradepost.wire.outage import outage

PATIENCE = 5.0  # seconds to wait for a connection, also for the last word of a worker that lost its database


class Stopped(Fault):
    """The worker ended without being told. Its jobs are given to the next one."""

    code = "worker-stopped"
    exit_code = 1
    cause_text = gettext_noop(
        "The worker has lost its database, or a part of it failed as the lines before say."
    )
    cure_text = gettext_noop(
        "Start it again, as a supervisor does: it goes on where it was. If it stays so, see that "
        "PostgreSQL runs."
    )


def run(queues: Sequence[str] = (), *, concurrency: int = 4) -> None:
    """Work until SIGINT or SIGTERM, then let jobs end for 20 s. Raises ``Stopped`` when it ends otherwise."""
    try:
        told = asyncio.run(_run(queues, concurrency))
    except Exception as error:
        if outage(error) is None:
            raise
        told = False
    if not told:
        raise Stopped()


def connector() -> PsycopgConnector:
    """By which the worker reads its queue."""
    return PsycopgConnector(kwargs=connector_params(), timeout=PATIENCE, configure=_by_index)


async def _by_index(connection: AsyncConnection[Any]) -> None:
    """The queue is empty most of the time, and PostgreSQL plans accordingly: of thousands of jobs that come at once it would
    look, for each that it hands out, at every one beside every other, until it has counted them."""
    await connection.execute("SET enable_seqscan = off")
    await connection.commit()


async def _run(queues: Sequence[str], concurrency: int) -> bool:
    """Whether it ended because it was told to."""
    told = False

    def tell() -> None:
        nonlocal told
        told = True
        task.cancel()

    with app.replace_connector(connector()):
        async with app.open_async():
            task = asyncio.ensure_future(
                app.run_worker_async(
                    queues=list(queues) or None,  # type: ignore[arg-type]  # None: every queue
                    concurrency=concurrency,
                    shutdown_graceful_timeout=20,
                    update_heartbeat_interval=settings.JOB_STALLED_AFTER / 4,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                )
            )
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, tell)
            await asyncio.wait([task])
            if not task.cancelled() and (error := task.exception()) and not told:
                raise error
    return told
