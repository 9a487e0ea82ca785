"""``tradepost person``: what is kept about one contact, handed over or erased."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tradepost.cli import home
from tradepost.cli.exchange import new_file
from tradepost.cli.user import actor
from tradepost.kit.text import plural

if TYPE_CHECKING:
    from tradepost.exchange.erasing import Erasure

BY = click.option("--by", "admin", required=True, help="Address of the administrator who acts.")
CONTACT = click.argument("contact", type=int)


@click.group()
def person() -> None:
    """Export and erase what is kept about a person. CONTACT is the number in the address of its page."""


@person.command()
@home.with_data
@BY
@CONTACT
def show(data: Path, admin: str, contact: int) -> None:
    """Show what is kept about a contact, and what erasing it would do."""
    with home.application(data):
        from tradepost.exchange import erasing

        _tell(erasing.preview(actor(admin), contact))


@person.command()
@home.with_data
@BY
@CONTACT
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def export(data: Path, admin: str, contact: int, file: Path) -> None:
    """Write all that is kept about a contact into FILE, a ZIP."""
    with home.application(data):
        from tradepost.exchange.person import pack

        who = actor(admin)
        with new_file(file) as opened:
            counts = pack(who, contact, opened)
    click.echo(f"{plural(sum(counts.values()), 'entry', 'entries')} are in {file}.", err=True)


@person.command()
@home.with_data
@BY
@click.option("--confirm", required=True, help="The name of the contact, as its page shows it.")
@CONTACT
def erase(data: Path, admin: str, confirm: str, contact: int) -> None:
    """Erase a contact, for good: what is theirs alone is deleted, what the books need stays without them."""
    with home.application(data):
        from tradepost.exchange import erasing

        _tell(erasing.erase(actor(admin), contact, confirm))


def _tell(found: Erasure) -> None:
    for fate, counts in (("deleted", found.deleted), ("kept without the person", found.kept)):
        for name, count in counts.items():
            click.echo(f"{fate}\t{count}\t{name}")


COMMANDS = [person]
