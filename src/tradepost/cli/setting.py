"""``tradepost setting``: read and store the settings that inherit system → company → user."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from tradepost.cli import home
from tradepost.cli.user import actor

BY = click.option("--by", "email", required=True, help="Address of the user who reads or sets.")
LEVELS = ["system", "organisation", "user"]


@click.group()
def setting() -> None:
    """Read and change settings of the system, a company or a user."""


@setting.command("list")
@home.with_data
@BY
def list_(data: Path, email: str) -> None:
    """List every setting as it holds for the user: key, value as JSON, level that set it, separated by tabs."""
    with home.application(data):
        from tradepost.accounts.settings import REGISTRY, resolve

        who = actor(email)
        values = resolve(REGISTRY.values(), who.organisation_id, who.user_id)
        for key, (value, level) in sorted(values.items()):
            click.echo(f"{key}\t{json.dumps(value, ensure_ascii=False)}\t{level or 'default'}")


@setting.command("set")
@home.with_data
@BY
@click.option("--level", type=click.Choice(LEVELS), default="organisation", show_default=True)
@click.argument("key")
@click.argument("value")
def set_(data: Path, email: str, level: str, key: str, value: str) -> None:
    """Store VALUE for KEY. VALUE is JSON, or plain text; "null" removes it, so that it is inherited again."""
    with home.application(data):
        from tradepost.accounts.settings import Level, put

        put(actor(email), {key: _parsed(value)}, Level(level))
    click.echo(f"{key} is set.", err=True)


COMMANDS = [setting]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
