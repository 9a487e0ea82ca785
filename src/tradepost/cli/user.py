"""``tradepost user``: people, for those who set things up by script."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tradepost.cli import home
from tradepost.kit.errors import Fault

if TYPE_CHECKING:
    from tradepost.accounts.access import Actor

ROLES = ["admin", "sales", "warehouse", "bookkeeper", "read_only"]
PASSWORD = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input instead of asking."
)


class NoUser(Fault):
    """No active member of a company has this address."""

    code = "no-user"
    cause_text = "No active user has the address {email}."
    cure_text = "See 'tradepost user list'."


@click.group()
def user() -> None:
    """Add people, list them, set passwords."""


@user.command()
@home.with_data
@click.option("--by", "admin", required=True, help="Address of the administrator who adds.")
@click.option("--name", required=True, help="Name of the person.")
@click.option("--email", required=True, help="Address to sign in with.")
@click.option("--role", type=click.Choice(ROLES), default="sales", show_default=True)
@PASSWORD
def add(data: Path, admin: str, name: str, email: str, role: str, password_stdin: bool) -> None:
    """Add a person to the company of an administrator."""
    password = read_password(password_stdin)
    with home.application(data):
        from django.db import transaction

        from tradepost.accounts.access import Role
        from tradepost.accounts.services import accept_invitation, invite

        with transaction.atomic():
            _, secret = invite(actor(admin), email=email, role=Role(role))
            accept_invitation(secret, name=name, password=password)
    click.echo(f"{email} is added.", err=True)


@user.command("list")
@home.with_data
def list_(data: Path) -> None:
    """List people: address, role, company, separated by tabs."""
    with home.application(data):
        from tradepost.accounts.models import Membership

        rows = Membership.objects.filter(ended_at=None).select_related("user", "organisation")
        for row in rows.order_by("organisation_id", "id"):
            click.echo(f"{row.user.email}\t{row.role}\t{row.organisation.name}")


@user.command()
@home.with_data
@click.argument("email")
@PASSWORD
def password(data: Path, email: str, password_stdin: bool) -> None:
    """Set a new password for EMAIL, who is signed out everywhere."""
    secret = read_password(password_stdin)
    with home.application(data):
        from tradepost.accounts.services import set_password

        set_password(email, secret)
    click.echo(f"The password of {email} is changed.", err=True)


@user.command("sign-out")
@home.with_data
@click.argument("email")
def sign_out(data: Path, email: str) -> None:
    """End every session of EMAIL. API keys stay: see 'tradepost key'."""
    with home.application(data):
        from tradepost.accounts.services import sign_out_everywhere

        sign_out_everywhere(actor(email))
    click.echo(f"{email} is signed out everywhere.", err=True)


COMMANDS = [user]


def actor(email: str) -> Actor:
    """Who acts: the member with this address, by the face ``cli``. Raises ``NoUser``."""
    from tradepost.accounts.models import User
    from tradepost.accounts.services import actor_for
    from tradepost.kit.text import fold_email

    found = User.objects.filter(email=fold_email(email)).first()
    if found is None or (who := actor_for(found, via="cli")) is None:
        raise NoUser(email=email)
    return who


def read_password(from_stdin: bool, *, of: str = "Password", new: bool = True, variable: str = "") -> str:
    """A password: from standard input, from a variable of the environment, or asked for; never an argument."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if variable and (given := os.environ.get(variable)):
        return given
    if not sys.stdin.isatty():
        cure = "Pass it with --password-stdin" + (f" or in {variable}." if variable else ".")
        raise Fault("There is no terminal to ask for the password.", cure=cure)
    return str(click.prompt(of, hide_input=True, confirmation_prompt=new))
