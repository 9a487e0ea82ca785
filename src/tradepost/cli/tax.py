"""``tradepost tax``: taxes with their rates by day, what is charged together, tax codes and regions, by script (C27–C31)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tradepost.cli import home
from tradepost.cli.user import actor
from tradepost.kit.errors import Invalid, Missing

if TYPE_CHECKING:
    from tradepost.accounts.access import Actor
    from tradepost.sales.models import ItemSalesTax, SalesTaxCode, TaxComponent, TaxRegion

BY = click.option("--by", "admin", required=True, help="Address of the administrator who acts.")
CODE = click.argument("code")
TAXES = click.argument("taxes", metavar="[TAX]...", nargs=-1)
DEFAULT = click.option(
    "--default/--no-default", "is_default", default=None, help="What documents begin with."
)
KINDS = click.argument("kind", type=click.Choice(["tax", "item", "code", "region"]))


@click.group()
def tax() -> None:
    """List, write down, archive and restore taxes, item sales taxes, sales tax codes and regions, each by its code."""


@tax.command("list")
@home.with_data
@BY
def list_(data: Path, admin: str) -> None:
    """List all: tax, item, code or region; its code; its rates by day or what it charges; default or archived, separated by tabs."""
    with home.application(data):
        from tradepost.accounts.access import Permission
        from tradepost.sales.models import ItemSalesTax, SalesTaxCode, TaxComponent, TaxRegion

        who = actor(admin)
        who.require(Permission.SALES_VIEW)
        for one in TaxComponent.objects.of(who).prefetch_related("rates").order_by("code"):
            rates = ", ".join(f"{rate.since} {rate.percent.normalize():f}" for rate in one.rates.all())
            _line("tax", one.code, rates, "archived" if one.archived_at else "")
        for item in ItemSalesTax.objects.of(who).prefetch_related("components").order_by("code"):
            _line("item", item.code, _charges(item), _state(item))
        for code in SalesTaxCode.objects.of(who).prefetch_related("components").order_by("code"):
            _line(
                "code", code.code, _charges(code) or ("taxable" if code.taxable else "exempt"), _state(code)
            )
        for region in TaxRegion.objects.of(who).select_related("item_tax").order_by("country", "state"):
            _line("region", str(region), region.item_tax.code, "")


def _line(*cells: str) -> None:
    click.echo("\t".join(cells))


def _charges(row: ItemSalesTax | SalesTaxCode) -> str:
    return " + ".join(sorted(one.code for one in row.components.all()))


def _state(row: ItemSalesTax | SalesTaxCode) -> str:
    return "archived" if row.archived_at else "default" if row.is_default else ""


def _saved(save: Callable[..., object]) -> Callable[..., None]:
    """The command by which an administrator saves a row, and which says so."""

    @home.with_data
    @BY
    @wraps(save)
    def command(data: Path, admin: str, **given: Any) -> None:
        with home.application(data):
            row = save(actor(admin), **given)
            click.echo(f"{row} is saved.", err=True)

    return command


@tax.command()
@_saved
@click.option("--name", help="Whose tax it is.")
@click.option("--compound/--plain", default=None, help="Charged on the net and the other taxes.")
@CODE
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("percent")
def rate(
    who: Actor, name: str | None, compound: bool | None, code: str, day: datetime, percent: str
) -> TaxComponent:
    """Charge PERCENT for tax CODE from DAY (2026-11-28) on; a code that is new is a new tax."""
    from tradepost.sales.models import TaxComponent
    from tradepost.sales.taxes import save_tax

    try:
        figure = Decimal(percent)
    except InvalidOperation:
        raise Invalid(f"“{percent}” is not a percentage.", cure="Write 6.625 for 6.625 %.") from None
    held = TaxComponent.objects.of(who).filter(code=code.strip()).first() or TaxComponent()
    return save_tax(
        who,
        code,
        {day.date(): figure},
        name=held.name if name is None else name,
        compound=held.compound if compound is None else compound,
    )


@tax.command()
@_saved
@DEFAULT
@CODE
@TAXES
def item(who: Actor, is_default: bool | None, code: str, taxes: tuple[str, ...]) -> ItemSalesTax:
    """Charge the TAXes together, by their codes, as item sales tax CODE."""
    from tradepost.sales.taxes import save_item_tax

    return save_item_tax(who, code, taxes, is_default=is_default)


@tax.command("code")
@_saved
@DEFAULT
@click.option("--taxable/--exempt", default=True, help="Whether tax is owed at all.")
@CODE
@TAXES
def code_(
    who: Actor, is_default: bool | None, taxable: bool, code: str, taxes: tuple[str, ...]
) -> SalesTaxCode:
    """Write down sales tax code CODE; with TAXes of its own where no item sales tax is used, such as VAT."""
    from tradepost.sales.taxes import save_tax_code

    return save_tax_code(who, code, taxable=taxable, component_codes=taxes, is_default=is_default)


@tax.command()
@_saved
@click.option("--state", default="", help="In any spelling; without one, the rest of the country.")
@click.argument("country")
@click.argument("item", metavar="ITEM")
def region(who: Actor, state: str, country: str, item: str) -> TaxRegion:
    """Charge item sales tax ITEM in a COUNTRY (US) or a state of it, instead of what was charged there."""
    from tradepost.sales.models import ItemSalesTax
    from tradepost.sales.taxes import save_region

    charged = _coded(who, ItemSalesTax, item)
    held = _region(who, f"{country} {state}")
    return save_region(who, country, state, charged.pk, pk=held.pk if held else None)


@tax.command()
@home.with_data
@BY
@KINDS
@CODE
def archive(data: Path, admin: str, kind: str, code: str) -> None:
    """Choose the tax, item or code CODE no more; of a region ("US CA") charge there what the default says."""
    _away(data, admin, kind, code, undo=False)


@tax.command()
@home.with_data
@BY
@KINDS
@CODE
def restore(data: Path, admin: str, kind: str, code: str) -> None:
    """Offer the archived tax, item or code CODE again."""
    _away(data, admin, kind, code, undo=True)


def _away(data: Path, admin: str, kind: str, code: str, *, undo: bool) -> None:
    with home.application(data):
        from tradepost.sales import taxes
        from tradepost.sales.models import ItemSalesTax, SalesTaxCode, TaxComponent

        who = actor(admin)
        if kind != "region":
            kept: dict[str, Any] = {"tax": TaxComponent, "item": ItemSalesTax, "code": SalesTaxCode}
            taxes.archive(who, kept[kind], _coded(who, kept[kind], code).pk, undo=undo)
        elif undo:
            raise Invalid(
                "A region that was removed is in the trash.", cure="Restore it there, or set it anew."
            )
        elif (row := _region(who, code)) is None:
            raise Missing(f"region “{code}”")
        else:
            taxes.remove_region(who, row.pk)
    click.echo(f"{code} is {'back' if undo else 'put away'}.", err=True)


def _coded(who: Actor, model: Any, code: str) -> Any:
    row = model.objects.of(who).filter(code=code.strip()).first()
    if row is None:
        raise Missing(f"{model._meta.verbose_name} “{code}”")
    return row


def _region(who: Actor, text: str) -> Any:
    """By its country and its state in any spelling: ``US Calif.``"""
    from tradepost.sales.models import TaxRegion
    from tradepost.sales.regions import region_key

    country, _space, state = text.strip().partition(" ")
    key = region_key(country.upper(), state.strip())
    return TaxRegion.objects.of(who).filter(country=country.upper(), key=key).first()


COMMANDS = [tax]
