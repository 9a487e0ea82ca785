"""``tradepost calendar``: connect and sync calendars by script."""

from __future__ import annotations

from pathlib import Path

import click

from tradepost.cli import home
from tradepost.cli.user import PASSWORD, actor, read_password

BY = click.option("--by", "email", required=True, help="Address of the user whose calendar it is.")


@click.group()
def calendar() -> None:
    """Connect CalDAV calendars. 'tradepost sync' lists, previews and runs them."""


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


@calendar.command()
@home.with_data
@BY
@click.argument("account", type=int)
@click.argument("calendar_id")
@click.option("--direction", type=click.Choice(["both", "to_remote", "to_app"]), default="both")
@click.option("--interval", type=int, help="Seconds between two passes; 120, or 30 by Oro's rules.")
@click.option(
    "--preset", type=click.Choice(["safe", "oro"]), default="safe", help="The rules of docs/sync.md."
)
@click.option(
    "--set", "chosen", multiple=True, metavar="NAME=VALUE", help="One option over those of the preset."
)
def choose(
    data: Path,
    email: str,
    account: int,
    calendar_id: str,
    direction: str,
    interval: int | None,
    preset: str,
    chosen: tuple[str, ...],
) -> None:
    """Sync with the calendar CALENDAR_ID of ACCOUNT. It is stopped until 'tradepost calendar apply'."""
    with home.application(data):
        from tradepost.kit.errors import Missing
        from tradepost.pim import calendars

        who = actor(email)
        found = {one.id: one for one in calendars.available(who, account)}
        if calendar_id not in found:
            raise Missing(f"calendar “{calendar_id}” in this account")
        policy = {"preset": preset, "chosen": dict(one.partition("=")[::2] for one in chosen)}
        row = calendars.choose(
            who, account, found[calendar_id], direction=direction, interval=interval, chosen=policy
        )
        click.echo(row.pk)


@calendar.command()
@home.with_data
@BY
@click.argument("number", type=int)
def apply(data: Path, email: str, number: int) -> None:
    """Do what 'tradepost sync preview NUMBER' says, and go on to sync the calendar."""
    with home.application(data):
        from tradepost.pim import passes

        click.echo(str(passes.apply(actor(email), number).preview), err=True)


COMMANDS = [calendar]
