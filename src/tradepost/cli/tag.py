"""``tradepost tag``: the tags of a company, renamed and merged on every record that has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tradepost.cli import home
from tradepost.cli.user import actor

BY = click.option("--by", "admin", required=True, help="Address of the administrator who acts.")
COLOUR = click.option("--colour", help="One of the colours of the pages, such as blue or red.")
NUMBER = click.argument("number", type=int)


@click.group()
def tag() -> None:
    """List, add, rename, merge and remove tags."""


@tag.command("list")
@home.with_data
@BY
def list_(data: Path, admin: str) -> None:
    """List tags: number, name, colour, how many records have it, separated by tabs."""
    with home.application(data):
        from tradepost.custom.queries import tags
        from tradepost.custom.services import tag_counts

        who = actor(admin)
        rows = list(tags(who))
        counts = tag_counts(who, [row.name for row in rows])
        for row in rows:
            click.echo(f"{row.pk}\t{row.name}\t{row.colour}\t{counts[row.name]}")


@tag.command()
@home.with_data
@BY
@click.option("--name", required=True, help="Name of the new tag.")
@COLOUR
def add(data: Path, admin: str, name: str, colour: str | None) -> None:
    """Add a tag, and print its number."""
    with home.application(data):
        from tradepost.custom.services import save_tag

        row = save_tag(actor(admin), _given(name=name, colour=colour))
    click.echo(row.pk)


@tag.command()
@home.with_data
@BY
@click.option("--name", help="Another name, on every record.")
@COLOUR
@NUMBER
def change(data: Path, admin: str, name: str | None, colour: str | None, number: int) -> None:
    """Rename or recolour tag NUMBER."""
    with home.application(data):
        from tradepost.custom.services import save_tag

        row = save_tag(actor(admin), _given(name=name, colour=colour), tag_id=number)
    click.echo(f"{row.name} is saved.", err=True)


@tag.command()
@home.with_data
@BY
@click.argument("kept", type=int)
@click.argument("gone", type=int)
def merge(data: Path, admin: str, kept: int, gone: int) -> None:
    """Put tag KEPT on every record that has GONE, delete GONE, and print the number that takes it back."""
    with home.application(data):
        from tradepost.custom.services import merge_tags

        row = merge_tags(actor(admin), kept, gone)
    click.echo(row.pk)


@tag.command()
@home.with_data
@BY
@NUMBER
def unmerge(data: Path, admin: str, number: int) -> None:
    """Take merge NUMBER back."""
    with home.application(data):
        from tradepost.custom.services import undo_merge

        row = undo_merge(actor(admin), number)
    click.echo(f"{row.name} is back.", err=True)


@tag.command()
@home.with_data
@BY
@NUMBER
def remove(data: Path, admin: str, number: int) -> None:
    """Take tag NUMBER off every record, and delete it."""
    with home.application(data):
        from tradepost.custom.services import remove_tag

        remove_tag(actor(admin), number)
    click.echo(f"Tag {number} is removed.", err=True)


COMMANDS = [tag]


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
