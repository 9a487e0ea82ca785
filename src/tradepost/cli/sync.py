"""``tradepost sync``: connections and what runs over them: list, run, preview, status, log, pause and resume."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tradepost.cli import home
from tradepost.cli.user import actor

BY = click.option("--by", "email", required=True, help="Address of the user who asks.")
NUMBER = click.argument("number", type=int)


@click.group()
def sync() -> None:
    """See connections and their streams, sync them, look into what was done."""


@sync.command("list")
@home.with_data
@BY
def list_(data: Path, email: str) -> None:
    """List connections and, below each, its streams: number, kind, label, state, last success, separated by tabs."""
    with home.application(data):
        from tradepost.sync.services import connections

        for row in connections(actor(email)).prefetch_related("streams"):
            click.echo(_line("connection", row.pk, row.connector, row.label, row.health, row.last_success_at))
            for one in sorted(row.streams.all(), key=lambda one: one.pk):
                state = one.health if one.enabled else "stopped"
                click.echo(_line("stream", one.pk, one.kind, str(one), state, one.last_success_at))


@sync.command()
@home.with_data
@BY
def status(data: Path, email: str) -> None:
    """Say how every connection is, with cause and cure. Exit code 1 when one needs attention or is silent."""
    with home.application(data):
        from tradepost.sync.models import Health
        from tradepost.sync.services import connections
        from tradepost.sync.silence import CURE

        rows = list(connections(actor(email)))
        for row in rows:
            click.echo(f"{row.get_health_display():<16} {row.pk:>5}  {row.label}")
            for words in filter(None, (row.reason, row.cure)):
                click.echo(f"{'':<23} {words}")
            if row.silent:
                click.echo(
                    f"{'':<23} It has not been read since {row.last_success_at or 'it was set up'}. {CURE}"
                )
    sys.exit(1 if any(row.health == Health.BROKEN or row.silent for row in rows) else 0)


@sync.command()
@home.with_data
@BY
@click.option("--queue", is_flag=True, help="Leave it to a worker, and do not wait for it.")
@NUMBER
def run(data: Path, email: str, queue: bool, number: int) -> None:
    """Sync connection NUMBER now, and say what became of each stream. Exit code 1 when one failed."""
    with home.application(data):
        from tradepost.sync import services

        who, failed = actor(email), False
        if queue:
            count = services.sync_now(who, number)
            click.echo(f"{count} streams are asked for.", err=True)
            return
        for stream, fault in services.sync_here(who, number):
            click.echo(_line(stream.pk, str(stream), "failed" if fault else "done", fault or ""))
            failed = failed or fault is not None
    sys.exit(1 if failed else 0)


@sync.command()
@home.with_data
@BY
@NUMBER
def preview(data: Path, email: str, number: int) -> None:
    """List what a pass of stream NUMBER would do: action, record, why, and on which records, separated by tabs. Nothing is
    written."""
    with home.application(data):
        from tradepost.sync.services import preview

        for one in preview(actor(email), number):
            on = " ".join(f"{kind}:{pk}" for kind, pk in one.on)
            click.echo(_line(one.action, one.label, one.reason, on))


@sync.command()
@home.with_data
@BY
@click.option("--connection", "connection_id", type=int, help="Runs of this connection only.")
@click.option("--failed", is_flag=True, help="Only the records that went wrong.")
@click.option("--records", is_flag=True, help="Below each run what it did to every record, and why.")
@click.option("--last", default=20, show_default=True, type=click.IntRange(1, 10_000), help="So many runs.")
def log(data: Path, email: str, connection_id: int | None, failed: bool, records: bool, last: int) -> None:
    """List runs, the newest first: number, stream, state, start, what was done, separated by tabs."""
    with home.application(data):
        from tradepost.sync.services import connections, runs

        who = actor(email)
        rows = runs(who).order_by("-started_at")
        if connection_id is not None:
            rows = rows.filter(stream__connection_id=connections(who).pick(who, connection_id).pk)
        for row in rows[:last]:
            done = ", ".join(f"{n} {what}" for what, n in sorted(row.counts.items()) if n)
            words = f"{row.reason} {row.cure}".strip()
            click.echo(_line(row.pk, str(row.stream), row.state, row.started_at, done, words))
            if records or failed:
                for item in row.items.filter(**({"failed": True} if failed else {})).order_by("pk"):
                    click.echo(
                        _line("", item.pk, item.action, item.label, f"{item.reason} {item.cure}".strip())
                    )


@sync.command()
@home.with_data
@BY
@NUMBER
def pause(data: Path, email: str, number: int) -> None:
    """Stop connection NUMBER until it is resumed; it goes on where it stopped."""
    with home.application(data):
        from tradepost.sync import services

        row = services.pause(actor(email), number)
    click.echo(f"{row.label} is paused.", err=True)


@sync.command()
@home.with_data
@BY
@NUMBER
def resume(data: Path, email: str, number: int) -> None:
    """Go on with connection NUMBER where it stopped."""
    with home.application(data):
        from tradepost.sync import services

        row = services.resume(actor(email), number)
    click.echo(f"{row.label} goes on.", err=True)


@sync.command()
@home.with_data
@BY
@NUMBER
def undo(data: Path, email: str, number: int) -> None:
    """Take back what run NUMBER did, within 30 days. What somebody changed since stays."""
    with home.application(data):
        from tradepost.sync import services

        row = services.undo(actor(email), number)
        done = "is taken back" if row.state == "undone" else "is being taken back by a worker"
    click.echo(f"Run {row.pk} {done}.", err=True)


COMMANDS = [sync]


def _line(*cells: object) -> str:
    """Cells separated by tabs; instants in ISO 8601, nothing as an empty cell."""
    from datetime import datetime

    texts = (
        cell.isoformat(timespec="seconds") if isinstance(cell, datetime) else str(cell or "")
        for cell in cells
    )
    return "\t".join(" ".join(text.split()) for text in texts).rstrip("\t")
