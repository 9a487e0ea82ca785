"""``tradepost key`` for API keys, ``tradepost seal`` for the keys that seal stored credentials."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tradepost.cli import home
from tradepost.cli.user import actor
from tradepost.kit.errors import Fault

if TYPE_CHECKING:
    from django.db.models import Model

BY = click.option("--user", "email", required=True, help="Address of the user whom the key acts for.")


@click.group()
def key() -> None:
    """Make, list and revoke API keys."""


@key.command()
@home.with_data
@BY
@click.option("--name", required=True, help="What the key is for.")
@click.option("--scope", "scopes", multiple=True, help="Narrow the key to this permission; may be repeated.")
@click.option(
    "--last-day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day on which the key is good, as 2027-12-31; otherwise until it is revoked.",
)
def create(data: Path, email: str, name: str, scopes: tuple[str, ...], last_day: datetime | None) -> None:
    """Make a key and print it, once."""
    with home.application(data):
        from tradepost.accounts.keys import create_api_key

        day = last_day and last_day.date()
        _, secret = create_api_key(actor(email), name=name, scopes=list(scopes), last_day=day)
    click.echo(secret)


@key.command("list")
@home.with_data
@BY
def list_(data: Path, email: str) -> None:
    """List the keys of the user's company: number, name, owner, state, separated by tabs."""
    with home.application(data):
        from tradepost.accounts.access import Permission
        from tradepost.accounts.keys import live_keys
        from tradepost.accounts.models import ApiKey

        who = actor(email)
        who.require(Permission.API_KEYS)
        live = set(ApiKey.objects.of(who).filter(live_keys()))
        for row in ApiKey.objects.of(who).select_related("user").order_by("id"):
            state = "active" if row in live else "revoked" if row.revoked_at else "expired"
            click.echo(f"{row.pk}\t{row.name}\t{row.user.email}\t{state}")


@key.command()
@home.with_data
@BY
@click.argument("number", type=int)
def revoke(data: Path, email: str, number: int) -> None:
    """Revoke the key NUMBER of the user's company."""
    with home.application(data):
        from tradepost.accounts.keys import revoke_api_key

        revoke_api_key(actor(email), number)
    click.echo(f"Key {number} is revoked.", err=True)


@click.group()
def seal() -> None:
    """Change the keys that seal stored credentials."""


@seal.command()
@home.with_data
def rotate(data: Path) -> None:
    """Put a new key in front of seal.keys: what is stored from now on is sealed with it, and all that was stays readable.

    Processes that run take it at once. Copy the file to the other machines, if there are any; then run
    'tradepost seal renew'.
    """
    from tradepost.wire.secrets import rotate_key_file

    if os.environ.get("TRADEPOST_SEAL_KEYS"):
        raise Fault(
            "The keys come from TRADEPOST_SEAL_KEYS.",
            cure="Put a new Fernet key in front there, restart, then run 'tradepost seal renew'.",
        )
    home.require_keys(data)
    try:
        rotate_key_file(data / home.SEAL_KEYS)
    except OSError as error:
        raise home.Unusable(error.strerror or str(error), folder=data) from None
    click.echo(
        "A new key is in front, and in use. Copy seal.keys to the other machines, if there are any, "
        "then run 'tradepost seal renew'.",
        err=True,
    )


@seal.command()
@home.with_data
def renew(data: Path) -> None:
    """Seal every stored credential with the newest key, in one transaction. Older keys can go afterwards."""
    with home.application(data):
        count = _renew_all()
    click.echo(
        f"{count} credentials are sealed with the newest key; the older lines can be removed.", err=True
    )


COMMANDS = [key, seal]


def sealed_rows(*, locked: bool = False) -> Iterator[tuple[Model, str]]:
    """Every row that holds something sealed, with the name of its field."""
    from django.apps import apps

    from tradepost.wire.secrets import SealedField

    for model in apps.get_models():
        for field in (f for f in model._meta.concrete_fields if isinstance(f, SealedField)):
            rows = model._default_manager.order_by("pk")
            for row in (rows.select_for_update() if locked else rows).iterator(chunk_size=200):
                if getattr(row, field.attname).text:
                    yield row, field.attname


def _renew_all() -> int:
    from django.db import transaction

    count = 0
    with transaction.atomic():
        for row, name in sealed_rows(locked=True):
            setattr(row, name, dict(getattr(row, name)))  # a plain mapping is sealed anew
            row.save(update_fields=[name])
            count += 1
    return count
