"""``tradepost web``, ``worker`` and ``watch``: one process each, any number of them on any number of machines."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from tradepost.cli import home
from tradepost.cli.database import collect
from tradepost.cli.up import hold_port


@click.command()
@home.with_data
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port of the pages."
)
@click.option(
    "--processes", default=2, show_default=True, type=click.IntRange(1, 64), help="Serving processes."
)
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64), help="Threads in each.")
def web(data: Path, host: str, port: int, processes: int, threads: int) -> None:
    """Serve the pages and the API."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    hold_port(host, port)
    with home.database(data):
        home.require_keys(data)
        _load_pages(data, threads)
        Granian(
            "tradepost.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=processes,
            blocking_threads=threads,
            respawn_failed_workers=True,
            workers_kill_timeout=20,
            log_level=LogLevels.warning,
        ).serve()


def _load_pages(data: Path, threads: int) -> None:
    """Load everything once: the serving processes are forked from this one and share its memory."""
    home.load()
    home.check_tables()
    collect(data)
    from django.urls import get_resolver

    import_module("tradepost.wsgi").application.threads = threads
    len(get_resolver().url_patterns)
    home.settle()


@click.command()
@home.with_data
@click.option(
    "--concurrency", default=4, show_default=True, type=click.IntRange(1, 64), help="Jobs at a time."
)
@click.option("--queue", "queues", multiple=True, help="Work on this queue only; may be repeated.")
def worker(data: Path, concurrency: int, queues: tuple[str, ...]) -> None:
    """Do background work: send, fetch, synchronise, remind."""
    with home.application(data):
        work = import_module("tradepost.jobs.worker")
        home.settle()
        work.run(queues, concurrency=concurrency)


@click.command()
@home.with_data
def watch(data: Path) -> None:
    """Hold a connection to every mailbox that announces new mail (IMAP IDLE)."""
    with home.application(data):
        watcher = import_module("tradepost.mail.watch")
        home.settle()
        watcher.main()


COMMANDS = [web, worker, watch]
