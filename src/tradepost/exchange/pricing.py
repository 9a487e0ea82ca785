"""Prices of price lists and of vendors out of rows: one price a row, with what it replaced and what it set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.accounts.choosing import refuse
from tradepost.catalog.breaks import drop_price, put_price
from tradepost.catalog.details import Details
from tradepost.catalog.details import Vendor as Offer
from tradepost.catalog.models import ItemVendor, PriceBreak, PriceList
from tradepost.catalog.prices import Break, save_price_list
from tradepost.catalog.services import save_item
from tradepost.exchange import undo
from tradepost.exchange.models import ImportRow
from tradepost.exchange.names import chosen
from tradepost.exchange.rules import Record, differs
from tradepost.exchange.target import Outcome, Target, as_json, held
from tradepost.kit.errors import Conflict, Invalid

_HEAD = ("currency", "level_id", "starts", "ends")


class Prices(Target):
    """A price of a list from a quantity on. A list that is not here is made, with what its first row says of it; what
    later rows say of it has to agree."""

    model, kind, references = PriceBreak, "price", ("sku", "level")

    def __init__(self, actor: Actor) -> None:
        super().__init__(actor)
        self._heads: dict[
            str, dict[str, Any]
        ] = {}  # of lists that are new; a dry run takes each batch of them back

    def prepare(self, batch: Sequence[Record]) -> None:
        self.look_up(batch)
        names = {r.values["list"] for r in batch}
        rows = list(PriceList.objects.of(self.actor).filter(name__in=names))
        self._lists = {row.name: row for row in rows}
        breaks = PriceBreak.objects.of(self.actor).filter(list__in=rows)
        self._prices = {
            (one.list_id, one.item_id, one.quantity): one.price
            for one in breaks.filter(item__sku__in={r.values["sku"] for r in batch})
        }

    def save(self, record: Record) -> Outcome:
        values = self.values(record)
        head = {name: values[name] for name in _HEAD if name in values}
        if "currency" in head:
            head["currency"] = head["currency"].upper()
        item, quantity, price = values["sku_id"], values.get("quantity", Decimal(1)), values["price"]
        row = self._lists.get(values["list"])
        before: dict[str, Any] = {}
        if row is None:
            first = self._heads.setdefault(values["list"], head)
            row = save_price_list(self.actor, {"name": values["list"], **first})
            before["made"] = row.pk
        if row.archived_at:
            raise Conflict(
                _("The price list “{row}” lies in the trash.").format(row=row.name),
                cure=_("Restore it, or name another."),
            )
        if wrong := differs(held(row, head), head):
            raise Invalid(
                _words(row, next(iter(wrong))),
                cure=_("Give all its rows the same, or change the list on its page first."),
            )
        at = (row.pk, item, quantity)
        was, label = self._prices.get(at), f"{row.name} · {record.values['sku']}"
        if was == price:
            return Outcome("same", row.pk, None, label)
        put_price(self.actor, row.pk, Break(item, price, quantity))
        self._prices[at], self._lists[row.name] = price, row
        before |= {"at": [row.pk, item, str(quantity)], "was": as_json(was), "set": str(price)}
        return Outcome("create" if was is None else "update", row.pk, None, label, before)

    def take_back(self, row: ImportRow) -> None:
        list_id, item, quantity = row.before["at"]
        now = (
            PriceBreak.objects.of(self.actor).filter(list_id=list_id, item_id=item, quantity=quantity).first()
        )
        if now is None or now.price != Decimal(row.before["set"]):
            raise undo.changed() if now else undo.gone()
        if (was := row.before["was"]) is None:
            drop_price(self.actor, list_id, item, Decimal(quantity))
        else:
            put_price(self.actor, list_id, Break(item, Decimal(was), Decimal(quantity)))
        if made := row.before.get("made"):
            listed = PriceList.objects.pick_for_change(self.actor, made)
            if not listed.breaks.exists():
                undo.remove(self.actor, "pricelist", listed)


def _words(row: PriceList, name: str) -> str:
    """What a list says already, where a row says something else."""
    said = row.level if name == "level_id" else getattr(row, name)
    sentence = {
        "currency": _("The list “{list}” is in {said}."),
        "level_id": _("The list “{list}” is for {said}.")
        if said
        else _("The list “{list}” is for everyone."),
        "starts": _("The list “{list}” starts {said}.") if said else _("The list “{list}” starts on no day."),
        "ends": _("The list “{list}” ends {said}.") if said else _("The list “{list}” ends on no day."),
    }[name]
    return sentence.format(list=row.name, said=said)


class Offers(Target):
    """What a vendor sells an item for, and from a quantity on. The first vendor of an item stays the preferred one unless a row says so."""

    model, kind, references = ItemVendor, "offer", ("sku", "vendor")

    def prepare(self, batch: Sequence[Record]) -> None:
        self.look_up(batch)
        items = [row.pk for rows in self._named["sku"].values() for row in rows]
        self._offers: dict[int, list[Offer]] = {}
        for one in ItemVendor.objects.of(self.actor).filter(item_id__in=items).order_by("position"):
            self._offers.setdefault(one.item_id, []).append(_offer(one))

    def save(self, record: Record) -> Outcome:
        vendor = chosen(self._named["vendor"], record.values["vendor"], "vendor")
        values = self.values(record)
        item = values["sku_id"]
        offers = self._offers.setdefault(item, [])
        place = _place(offers, vendor.pk, vendor.name)
        if place is None:
            refuse(vendor, "vendor")
        was = offers[place] if place is not None else None
        held = was or Offer(vendor.name)
        wanted = replace(held, vendor=vendor.name, vendor_id=vendor.pk, **_figures(values, held.breaks))
        others = [one for one in offers if one is not was]
        first = values.get("preferred") == "yes" or (place == 0 and values.get("preferred") != "no")
        order = (
            [wanted, *others]
            if first or not others
            else [*others[:place], wanted, *others[place:]]
            if place
            else [*others, wanted]
        )
        label = f"{record.values['sku']} · {vendor.name}"
        if order == offers:
            return Outcome("same", item, None, label)
        saved = save_item(self.actor, {}, item_id=item, details=Details(vendors=order))
        self._offers[item] = order
        before = {
            "of": ["item", item],
            "vendor": vendor.pk,
            "was": _json(was),
            "place": place,
            "set": _json(wanted),
        }
        return Outcome("create" if was is None else "update", item, saved.version, label, before)

    def take_back(self, row: ImportRow) -> None:
        item = row.record_id or 0
        rows = ItemVendor.objects.of(self.actor).filter(item_id=item).order_by("position")
        offers = [_offer(one) for one in rows]
        now = next((one for one in offers if one.vendor_id == row.before["vendor"]), None)
        if now is None or _json(now) != row.before["set"]:
            raise undo.changed() if now else undo.gone()
        others = [one for one in offers if one is not now]
        if row.before["was"] is not None:
            others.insert(row.before["place"], _read(row.before["was"]))
        saved = save_item(self.actor, {}, item_id=item, details=Details(vendors=others))
        undo.found_again(self.actor, saved, row)


def _offer(row: ItemVendor) -> Offer:
    breaks = tuple((Decimal(n), Decimal(price)) for n, price in row.breaks)
    return Offer(
        row.vendor,
        row.price,
        row.currency,
        row.lead_days,
        row.quantity,
        row.vendor_sku,
        row.vendor_id,
        breaks,
    )


def _place(offers: Sequence[Offer], vendor_id: int, name: str) -> int | None:
    """Where the vendor stands: by its key, else by its name where no key is known."""
    for n, one in enumerate(offers):
        if one.vendor_id == vendor_id or (one.vendor_id is None and one.vendor.lower() == name.lower()):
            return n
    return None


def _figures(values: Mapping[str, Any], breaks: tuple[tuple[Decimal, Decimal], ...]) -> dict[str, Any]:
    """What the row says of the offer; with a quantity from which its price holds, that price is one of the ``breaks``."""
    given = {k: values[k] for k in ("vendor_sku", "price", "currency", "quantity") if k in values}
    if start := values.get("from"):
        if "price" not in given:
            raise Invalid(
                _("There is no price from that quantity on."), cure=_("Fill it in, or take the row out.")
            )
        given["breaks"] = tuple(sorted({**dict(breaks), start: given.pop("price")}.items()))
    if "currency" in given:
        given["currency"] = given["currency"].upper()
    if "lead_days" in values:
        days = values["lead_days"]
        if days != int(days) or not 0 <= days <= 3650:
            raise Invalid(
                _("A lead time is a whole number of days, at most 3650."), cure=_("Correct the cell.")
            )
        given["lead_days"] = int(days)
    return given


def _json(offer: Offer | None) -> dict[str, Any] | None:
    if offer is None:
        return None
    texts = {k: f"{v.normalize():f}" if isinstance(v, Decimal) else v for k, v in asdict(offer).items()}
    return {**texts, "breaks": [[f"{n:f}", f"{price:f}"] for n, price in offer.breaks]}


def _read(held: Mapping[str, Any]) -> Offer:
    figures = {k: Decimal(held[k]) for k in ("price", "quantity") if held[k] is not None}
    breaks = tuple((Decimal(n), Decimal(price)) for n, price in held.get("breaks", ()))
    return Offer(**{**held, **figures, "breaks": breaks})
