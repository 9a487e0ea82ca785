"""``tradepost company``: register companies, list and change them."""

from __future__ import annotations

from pathlib import Path

import click

from tradepost.cli import home
from tradepost.cli.user import PASSWORD, actor, read_password


@click.group()
def company() -> None:
    """Register companies, list and change them."""


@company.command()
@home.with_data
@click.option("--company", "name_of_company", required=True, help="Name of the company.")
@click.option("--name", required=True, help="Name of the person, who becomes its Master Admin.")
@click.option("--email", required=True, help="Address to sign in with.")
@click.option("--time-zone", default="UTC", show_default=True, help="IANA time zone of the company.")
@click.option("--currency", default="USD", show_default=True, help="ISO 4217 code.")
@click.option(
    "--locale", default="en-US", show_default=True, help="How documents write words, dates and figures."
)
@PASSWORD
def register(
    data: Path,
    name_of_company: str,
    name: str,
    email: str,
    time_zone: str,
    currency: str,
    locale: str,
    password_stdin: bool,
) -> None:
    """Register a company with its Master Admin."""
    password = read_password(password_stdin)
    with home.application(data):
        from tradepost.accounts.services import register_company

        register_company(
            company=name_of_company,
            name=name,
            email=email,
            password=password,
            time_zone=time_zone,
            currency=currency,
            locale=locale,
        )
    click.echo(f"{name_of_company} is registered; {email} signs in as its Master Admin.", err=True)


@company.command("list")
@home.with_data
def list_(data: Path) -> None:
    """List companies: number, name, time zone, currency, Master Admin, separated by tabs."""
    with home.application(data):
        from tradepost.accounts.access import Role
        from tradepost.accounts.models import Membership

        masters = Membership.objects.filter(role=Role.MASTER_ADMIN, ended_at=None)
        for row in masters.select_related("organisation", "user").order_by("organisation_id"):
            firm = row.organisation
            click.echo(f"{firm.pk}\t{firm.name}\t{firm.time_zone}\t{firm.currency}\t{row.user.email}")


@company.command()
@home.with_data
@click.option("--by", "email", required=True, help="Address of the administrator who changes it.")
@click.option("--name", help="Another name.")
@click.option("--time-zone", help="Another IANA time zone.")
@click.option("--currency", help="Another ISO 4217 code.")
@click.option("--locale", help="Another locale of documents, such as de-AT.")
def change(data: Path, email: str, **given: str | None) -> None:
    """Change the company of an administrator; what is not named stays as it is."""
    with home.application(data):
        from tradepost.accounts.models import Organisation
        from tradepost.accounts.services import update_company

        who = actor(email)
        row = Organisation.objects.get(pk=who.organisation_id)
        saved = update_company(
            who, **{field: getattr(row, field) if value is None else value for field, value in given.items()}
        )
    click.echo(f"{saved.name} is saved.", err=True)


COMMANDS = [company]
