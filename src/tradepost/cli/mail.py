"""``tradepost mail``: connect mailboxes, test and list them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from tradepost.cli import home
from tradepost.cli.user import actor, read_password
from tradepost.kit.errors import Invalid

BY = click.option("--by", "email", required=True, help="Address of the user who asks.")
NUMBER = click.argument("number", type=int)
ENCRYPTIONS = click.Choice(["tls", "starttls", "none"])
PASSWORD, SMTP_PASSWORD = "TRADEPOST_MAIL_PASSWORD", "TRADEPOST_SMTP_PASSWORD"


@click.group()
def mail() -> None:
    """Connect mailboxes, test and list them."""


@mail.command("list")
@home.with_data
@BY
def list_(data: Path, email: str) -> None:
    """List the user's mailboxes and the shared ones: number, name, address, owner, state, separated by tabs."""
    with home.application(data):
        from tradepost.mail.access import manageable

        for row in manageable(actor(email)):
            owner = row.owner.email if row.owner else "shared"
            click.echo(f"{row.pk}\t{row.name}\t{row.sender_email}\t{owner}\t{row.connection.health}")


def servers(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of both servers: ``--imap-host`` to ``--smtp-pin``."""
    for side in ("smtp", "imap"):
        what = side.upper()
        for option in (
            click.option(
                f"--{side}-tls-verify",
                type=click.Choice(["on", "off"]),
                default="on",
                show_default=True,
                help=f"'off' believes any certificate of the {what} server, and every page warns of it.",
            ),
            click.option(f"--{side}-pin", help=f"SHA-256 of a certificate of the {what} server to trust."),
            click.option(
                f"--{side}-username", help=f"Sign-in name at the {what} server. Default: the address."
            ),
            click.option(f"--{side}-encryption", type=ENCRYPTIONS, help=f"Encryption of the {what} server."),
            click.option(f"--{side}-port", type=click.IntRange(1, 65535), help=f"Port of the {what} server."),
            click.option(
                f"--{side}-host", help=f"Name of the {what} server. Default: what the address is known for."
            ),
        ):
            command = option(command)
    return command


@mail.command()
@home.with_data
@BY
@click.option("--address", required=True, help="Address of the mailbox.")
@click.option("--name", help="A name that its users can relate to. Default: the address.")
@click.option("--sender-name", default="", help="Name that recipients see.")
@click.option("--shared", is_flag=True, help="A mailbox without an owner, for those who are given access.")
@click.option(
    "--legacy", is_flag=True, help="An old set-up that is taken over: shown read-only until edited."
)
@servers
@click.option(
    "--test/--no-test", default=True, help="Test the connection first, and store nothing if it fails."
)
@click.option(
    "--password-stdin", is_flag=True, help=f"Read the password from standard input (or {PASSWORD})."
)
def connect(
    data: Path,
    email: str,
    address: str,
    name: str | None,
    sender_name: str,
    shared: bool,
    legacy: bool,
    test: bool,
    password_stdin: bool,
    **given: Any,
) -> None:
    """Connect a mailbox, which is read from then on. Prints its number.

    What is not given is proposed from the address. A password of its own for sending is read from
    TRADEPOST_SMTP_PASSWORD.
    """
    secrets = _secrets(password_stdin)
    with home.application(data):
        from tradepost.mail import accounts
        from tradepost.sync import registry

        who = actor(email)
        connector = registry.connector(accounts.CONNECTOR)
        config = _config(connector.propose(address), given)
        if test and not _walk(accounts.walk_connection(who, config=config, secrets=secrets)):
            raise Invalid("The mailbox was not connected.", cure="Mend what failed, or pass --no-test.")
        values = {
            "name": name or address,
            "sender_name": sender_name,
            "sender_email": address,
            "legacy": legacy,
        }
        values["preset"] = connector.preset_for(address)
        row = accounts.save_account(who, values, config=config, secrets=secrets, shared=shared)
        click.echo(row.pk)


@mail.command()
@home.with_data
@BY
@NUMBER
def test(data: Path, email: str, number: int) -> None:
    """Test the connection of mailbox NUMBER, step by step. Exit code 1 when a step fails."""
    with home.application(data):
        from tradepost.mail.accounts import walk_connection

        well = _walk(walk_connection(actor(email), account_id=number))
    sys.exit(0 if well else 1)


@mail.command()
@home.with_data
@BY
@NUMBER
def disconnect(data: Path, email: str, number: int) -> None:
    """Stop reading mailbox NUMBER and forget its password. What was logged stays."""
    with home.application(data):
        from tradepost.mail.accounts import disconnect

        row = disconnect(actor(email), number)
    click.echo(f"{row.name} is disconnected.", err=True)


COMMANDS = [mail]


def _secrets(password_stdin: bool) -> dict[str, str]:
    import os

    password = read_password(password_stdin, of="Password of the mailbox", new=False, variable=PASSWORD)
    sending = os.environ.get(SMTP_PASSWORD, "")
    return {"imap_password": password, **({"smtp_password": sending} if sending else {})}


def _config(proposed: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The proposal with what was given in its place. Another encryption brings its own port."""
    config = {key: dict(value) if isinstance(value, dict) else value for key, value in proposed.items()}
    for side in ("imap", "smtp"):
        server = config[side]
        if given[f"{side}_encryption"]:
            server["port"] = 0
        for part, option in (("host", "host"), ("port", "port"), ("encryption", "encryption"),
                             ("username", "username"), ("pinned", "pin"), ("tls_verify", "tls_verify")):  # fmt: skip
            server[part] = given[f"{side}_{option}"] or server[part]
    if given["smtp_username"]:
        config["match_imap_credentials"] = False
    return config


def _walk(steps: Iterable[Any]) -> bool:
    """Write each step as it is taken, and tell whether all went well."""
    well = True
    for one in steps:
        click.echo(f"{'ok    ' if one.ok else 'FAILED'}  {one.step:<12} {one.cause}".rstrip(), err=True)
        if not one.ok:
            well = False
            click.echo(f"        {'':<12} {one.cure}".rstrip(), err=True)
        if one.fingerprint:
            click.echo(f"        {'':<12} SHA-256 {one.fingerprint}", err=True)
    return well
