"""``tradepost calendar``: connect and sync calendars by script."""

from __future__ import annotations

from pathlib import Path

import click

from tradepost.cli import home
from tradepost.cli.user import PASSWORD, actor, read_password

BY = click.option("--user", "email", required=True, help="Address of the user whose calendar it is.")


@click.group()
def calendar() -> None:
    """Connect CalDAV calendars, preview and sync them."""


@calendar.command()
@home.with_data
@BY
@click.option("--url", required=True, help="Address of the calendar server.")
@click.option("--username", default="", help="Name to sign in with there.")
@click.option("--pin", "pinned", default="", help="SHA-256 of a certificate that no authority signed.")
@PASSWORD
def connect(data: Path, email: str, url: str, username: str, pinned: str, password_stdin: bool) -> None:
    """Connect an account and list its calendars: account number, id, name, separated by tabs."""
    password = read_password(password_stdin)
    with home.application(data):
        from tradepost.pim.calendars import connect as verb

        config = {"url": url, "username": username, "pinned": pinned}
        row, found = verb(actor(email), config=config, secrets={"password": password})
        for one in found:
            click.echo(f"{row.pk}\t{one.id}\t{one.label}")


@calendar.command("list")
@home.with_data
@BY
def list_(data: Path, email: str) -> None:
    """List the user's calendars: number, account, name, state, separated by tabs."""
    with home.application(data):
        from tradepost.pim.queries import own_streams

        for row in own_streams(actor(email)):
            state = row.health if row.enabled else "stopped"
            click.echo(f"{row.pk}\t{row.connection.label}\t{row.label}\t{state}")


@calendar.command()
@home.with_data
@BY
@click.argument("account", type=int)
@click.argument("calendar_id")
@click.option("--direction", type=click.Choice(["both", "to_remote", "to_app"]), default="both")
@click.option("--interval", default=120, show_default=True, help="Seconds between two passes.")
def choose(data: Path, email: str, account: int, calendar_id: str, direction: str, interval: int) -> None:
    """Sync with the calendar CALENDAR_ID of ACCOUNT. It is stopped until 'tradepost calendar apply'."""
    with home.application(data):
        from tradepost.kit.errors import Missing
        from tradepost.pim import calendars

        who = actor(email)
        found = {one.id: one for one in calendars.available(who, account)}
        if calendar_id not in found:
            raise Missing(f"calendar “{calendar_id}” in this account")
        row = calendars.choose(who, account, found[calendar_id], direction=direction, interval=interval)
        click.echo(row.pk)


@calendar.command()
@home.with_data
@BY
@click.argument("number", type=int)
def preview(data: Path, email: str, number: int) -> None:
    """Say what a pass over calendar NUMBER would do, and write nothing: what, title, reason, separated by tabs."""
    with home.application(data):
        from tradepost.pim import passes
        from tradepost.pim.preview import lines

        planned = passes.preview(actor(email), number)
        for line in lines(planned.plan, planned.titles, planned.problems):
            click.echo(f"{line.what}\t{line.title}\t{line.reason}")
        click.echo(str(planned.plan.preview), err=True)


@calendar.command()
@home.with_data
@BY
@click.argument("number", type=int)
def apply(data: Path, email: str, number: int) -> None:
    """Do what the preview of calendar NUMBER says, and go on to sync it."""
    with home.application(data):
        from tradepost.pim import passes

        click.echo(str(passes.apply(actor(email), number).preview), err=True)


COMMANDS = [calendar]
