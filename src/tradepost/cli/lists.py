"""``tradepost lists``, ``rate`` and ``numbering``: the lists, exchange rates and numbers of a company, by script."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import IO, Any

import click

from tradepost.cli import home
from tradepost.cli.user import actor
from tradepost.kit.errors import Invalid
from tradepost.kit.money import exponent

BY = click.option("--by", "admin", required=True, help="Address of the administrator who acts.")
KEY = click.argument("key", metavar="LIST")
NUMBER = click.argument("number", type=int)
FACTS = (
    click.option("--days", type=click.IntRange(min=0), help="Of terms: days until an invoice is due."),
    click.option("--type", "kind", help="Of terms: receivable or cash."),
    click.option("--carrier", help="Of shipping methods: who carries it."),
    click.option("--colour", help="Of statuses: one of the colours of the pages, such as blue or red."),
    click.option("--position", type=int, help="Where it stands in the list."),
    click.option("--default/--no-default", "is_default", default=None, help="What new records begin with."),
)


def _with_facts(command: Any) -> Any:
    for option in reversed(FACTS):
        command = option(command)
    return command


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """What was named on the command line, by the names of the verb."""
    return {"type" if k == "kind" else k: v for k, v in values.items() if v is not None}


@click.group()
def lists() -> None:
    """List, add, change, archive and restore the values of the company's lists.

    LIST is terms, payment-methods, shipping-methods, classes, customer-types, sales-channels, units, reasons-won, reasons-lost, or
    statuses- and a kind of document.
    """


@lists.command("show")
@home.with_data
@BY
@KEY
def show_list(data: Path, admin: str, key: str) -> None:
    """Show a list in its order: number, name, further facts, “default” or “archived”, separated by tabs."""
    with home.application(data):
        from tradepost.sales.lists import entries, list_of

        fields = list_of(key).fields
        for row in entries(actor(admin), key):
            facts = [str(value) if (value := getattr(row, name)) is not None else "" for name in fields]
            state = "archived" if row.archived_at else "default" if row.is_default else ""
            click.echo("\t".join([str(row.pk), row.name, *facts, state]))


@lists.command("add")
@home.with_data
@BY
@_with_facts
@KEY
@click.argument("name")
def add_value(data: Path, admin: str, key: str, name: str, **facts: Any) -> None:
    """Add NAME to a list, and print its number."""
    with home.application(data):
        from tradepost.sales.lists import save

        row = save(actor(admin), key, {"name": name, **_given(facts)})
    click.echo(row.pk)


@lists.command("change")
@home.with_data
@BY
@_with_facts
@click.option("--name", help="Another name; what was chosen under the old one keeps it.")
@KEY
@NUMBER
def change_value(data: Path, admin: str, key: str, number: int, **facts: Any) -> None:
    """Change value NUMBER of a list."""
    with home.application(data):
        from tradepost.sales.lists import save

        row = save(actor(admin), key, _given(facts), pk=number)
    click.echo(f"{row.name} is saved.", err=True)


@lists.command("remove")
@home.with_data
@BY
@KEY
@NUMBER
def remove_value(data: Path, admin: str, key: str, number: int) -> None:
    """Delete value NUMBER of a list, or archive it where records name it."""
    with home.application(data):
        from tradepost.sales.lists import remove

        gone = remove(actor(admin), key, number)
    click.echo("It is deleted." if gone else "It is archived: records name it.", err=True)


@lists.command("restore")
@home.with_data
@BY
@KEY
@NUMBER
def restore_value(data: Path, admin: str, key: str, number: int) -> None:
    """Offer archived value NUMBER of a list again."""
    with home.application(data):
        from tradepost.sales.lists import restore

        row = restore(actor(admin), key, number)
    click.echo(f"{row.name} is back.", err=True)


@click.group()
def rate() -> None:
    """List, set and import exchange rates: what one unit of a currency is in the company's, from a day on."""


@rate.command("list")
@home.with_data
@BY
@click.option("--currency", help="Of this currency alone.")
def list_rates(data: Path, admin: str, currency: str | None) -> None:
    """List the rates, the newest first: currency, day, rate, separated by tabs."""
    if currency:
        exponent(currency.upper())  # refuses what is no code
    with home.application(data):
        from tradepost.sales.models import ExchangeRate

        rows = ExchangeRate.objects.of(actor(admin)).order_by("currency", "-day")
        for row in rows.filter(currency=currency.upper()) if currency else rows:
            click.echo(f"{row.currency}\t{row.day.isoformat()}\t{row.rate.normalize():f}")


@rate.command("set")
@home.with_data
@BY
@click.argument("currency")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("value", metavar="RATE")
def set_rate(data: Path, admin: str, currency: str, day: datetime, value: str) -> None:
    """Set the RATE of a CURRENCY from DAY (2026-11-28) on."""
    try:
        figure = Decimal(value)
    except InvalidOperation:
        raise Invalid(f"“{value}” is not a rate.", cure="Write for example 1.0825.") from None
    with home.application(data):
        from tradepost.sales.currencies import save_rate

        row = save_rate(actor(admin), currency, day.date(), figure)
    click.echo(f"{row} is saved.", err=True)


@rate.command("import")
@home.with_data
@BY
@click.argument("file", type=click.File(encoding="utf-8-sig", errors="replace"))
def import_rates(data: Path, admin: str, file: IO[str]) -> None:
    """Take rates from FILE (- is the standard input): currency, day, rate in a line. Exit code 2: some lines were wrong."""
    with home.application(data):
        from tradepost.sales.currencies import take_rates

        kept, wrong = take_rates(actor(admin), file.read())
    click.echo(f"{kept} rates are saved.", err=True)
    if wrong:
        raise Invalid("\n".join(wrong), cure="Correct these lines and import them again.")


@click.group()
def numbering() -> None:
    """Show and change how the documents of each kind are numbered."""


@numbering.command("show")
@home.with_data
@BY
def show_numbering(data: Path, admin: str) -> None:
    """Show each kind of document with its pattern and its next numbers, separated by tabs."""
    with home.application(data):
        from tradepost.sales.numbers import series

        for one in series(actor(admin)):
            click.echo(f"{one.kind.value}\t{one.pattern}\t{', '.join(one.upcoming)}")


@numbering.command("set")
@home.with_data
@BY
@click.option("--next", "first", type=click.IntRange(min=1), help="The number to go on with.")
@click.argument("kind")
@click.argument("pattern")
def set_numbering(data: Path, admin: str, first: int | None, kind: str, pattern: str) -> None:
    """Number documents of KIND (such as invoice) by PATTERN (such as INV-{yyyy}-{n:05}), and print the next number."""
    with home.application(data):
        from tradepost.sales.models import Kind
        from tradepost.sales.numbers import set_pattern

        if kind not in list(Kind):
            known = ", ".join(Kind)
            raise Invalid(f"There is no kind of document “{kind}”.", cure=f"Choose from: {known}.")
        click.echo(set_pattern(actor(admin), Kind(kind), pattern, first))


COMMANDS = [lists, rate, numbering]
