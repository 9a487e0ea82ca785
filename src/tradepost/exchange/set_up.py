"""The set-up out of rows: categories, price levels, values of lists and exchange rates. Taxes are in ``taxing``."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from tradepost.catalog.categories import save_category, tree
from tradepost.catalog.models import Category, PriceLevel
from tradepost.catalog.prices import save_price_level, users_of
from tradepost.exchange import undo
from tradepost.exchange.models import Action, ImportRow
from tradepost.exchange.names import by_way, by_ways, chosen
from tradepost.exchange.rules import Record
from tradepost.exchange.target import Outcome, Target, as_json
from tradepost.kit.errors import Conflict, Invalid
from tradepost.sales import currencies, lists
from tradepost.sales.models import CustomStatus, ExchangeRate, ListEntry, Terms

Values = dict[str, Any]


class SetUp(Target):
    """Rows that are found by their names, and whose verb takes all that they say. Of rows of which one is the default
    (``is_default`` among the values), taking back gives that place back too. ``names``: the values that are found whichever
    case they are written in, and stay as they are."""

    names: tuple[str, ...] = ("name",)

    def prepare(self, batch: Sequence[Record]) -> None:
        self.look_up(batch)

    @abstractmethod
    def found(self, record: Record) -> Any:
        """The row that the record names, or None."""

    @abstractmethod
    def said(self, record: Record) -> Values:
        """What the record says, as the verb takes it. Raises ``Invalid``."""

    @abstractmethod
    def holds(self, row: Any) -> Values:
        """The same of a row that is there."""

    @abstractmethod
    def put(self, row: Any, values: Values) -> Any:
        """Change the row, or without one make it; returns it as it is then."""

    def beside(self, row: Any) -> Any:
        """The rows among which one is the default."""
        return type(row).objects.of(self.actor)

    def used_by(self, row: Any) -> bool:
        """Whether something stands on the row that the database does not protect."""
        return False

    def save(self, record: Record) -> Outcome:
        row, said = self.found(record), self.said(record)
        if row is not None and getattr(row, "archived_at", None):
            raise Conflict(
                _("“{name}” is put away.").format(name=row),
                cure=_("Take it back on its page, or take the row out."),
            )
        was = self.holds(row) if row is not None else {}
        wanted = was | said | {name: was[name] for name in self.names if name in was}
        if row is not None and wanted == was:
            return Outcome("same", row.pk, row.version, str(row))
        first = self._default_beside(row, wanted)
        saved = self.put(row, wanted)
        before = {"of": [saved._meta.model_name, saved.pk], "was": _texts(was), "default": first}
        return Outcome("update" if was else "create", saved.pk, saved.version, str(saved), before)

    def _default_beside(self, row: Any, wanted: Mapping[str, Any]) -> int | None:
        """The key of the default that gives way."""
        if not wanted.get("is_default"):
            return None
        pattern = row or self.blank(wanted)
        rows = self.beside(pattern).filter(is_default=True).exclude(pk=pattern.pk)
        key: int | None = rows.values_list("pk", flat=True).first()
        return key

    def blank(self, wanted: Mapping[str, Any]) -> Any:
        """A new row as far as it says which others stand beside it."""
        return self.model()

    def take_back(self, row: ImportRow) -> None:
        found = undo.unchanged(self.actor, self.model_of(row), row.record_id, row.version)
        beside = self.beside(found)
        if row.action != Action.CREATE:
            undo.found_again(self.actor, self.put(found, self.read(row.before["was"])), row)
        elif self.used_by(found):
            raise undo.hung_on(_("Archive it on its page."))
        else:
            undo.remove(self.actor, self.kind, found)
        if (first := row.before.get("default")) and not beside.filter(is_default=True).exists():
            beside.filter(pk=first).update(is_default=True)

    def model_of(self, row: ImportRow) -> Any:
        """The table in which the record of the row stands."""
        return self.model

    def read(self, was: Mapping[str, Any]) -> Values:
        """What was kept of a row, as the verb takes it."""
        return dict(was)


def _texts(values: Mapping[str, Any]) -> Values:
    return {name: as_json(value) for name, value in values.items()}


def said_yes(values: Mapping[str, Any], *names: str) -> dict[str, bool]:
    """The columns among ``names`` that are filled in, as yes or no."""
    return {name: values[name] == "yes" for name in names if name in values}


# --- of the catalogue -----------------------------------------------------------------------------------------------


class Categories(SetUp):
    """A place in the tree: what stands where it is named is the same, and is not moved."""

    model, kind = Category, "category"

    def prepare(self, batch: Sequence[Record]) -> None:
        branches = tree(self.actor)
        self._ways = {branch.row.pk: branch.path for branch in branches}
        self._rows = {(branch.row.parent_id, branch.row.name.lower()): branch.row for branch in branches}
        self._categories = by_ways((branch.row, branch.path) for branch in branches)

    def _above(self, record: Record) -> Category | None:
        above: Category | None = chosen(self._categories, by_way(record.values.get("within", "")), "category")
        return above

    def found(self, record: Record) -> Category | None:
        above = self._above(record)
        return self._rows.get((above.pk if above else None, record.values["name"].lower()))

    def said(self, record: Record) -> Values:
        above = self._above(record)
        return {"name": record.values["name"], "parent_id": above.pk if above else None}

    def holds(self, row: Category) -> Values:
        return {"name": row.name, "parent_id": row.parent_id}

    def save(self, record: Record) -> Outcome:
        if row := self.found(record):
            return Outcome("same", row.pk, row.version, str(row))
        done = super().save(record)
        made = Category.objects.pick(self.actor, done.record_id)
        above = self._ways.get(made.parent_id or 0)
        self._ways[made.pk] = f"{above} › {made.name}" if above else made.name
        self._rows[made.parent_id, made.name.lower()] = made
        self._categories = by_ways((row, self._ways[row.pk]) for row in self._rows.values())
        return done

    def put(self, row: Category | None, values: Values) -> Category:
        return save_category(self.actor, values, category_id=row.pk if row else None)


class PriceLevels(SetUp):
    model, kind = PriceLevel, "price_level"

    def found(self, record: Record) -> PriceLevel | None:
        return PriceLevel.objects.of(self.actor).filter(name__iexact=record.values["name"]).first()

    def said(self, record: Record) -> Values:
        name = {"name": record.values["name"]}
        return name | {k: record.values[k] for k in ("percent",) if k in record.values}

    def holds(self, row: PriceLevel) -> Values:
        return {"name": row.name, "percent": row.percent}

    def read(self, was: Mapping[str, Any]) -> Values:
        return {**was, "percent": Decimal(was["percent"])}

    def put(self, row: PriceLevel | None, values: Values) -> PriceLevel:
        return save_price_level(self.actor, values, level_id=row.pk if row else None)

    def used_by(self, row: PriceLevel) -> bool:
        return bool(users_of(row))


# --- lists ----------------------------------------------------------------------------------------------------------


class ListValues(SetUp):
    """Values of every list that is set up; new ones stand behind those that are there."""

    model, kind, references = ListEntry, "list_value", ("sku",)

    def found(self, record: Record) -> Any:
        rows = lists.entries(self.actor, record.values["list"])
        return rows.filter(name__iexact=record.values["name"]).first()

    def said(self, record: Record) -> Values:
        values = self.values(record) | said_yes(record.values, "is_default")
        if "days" in values:
            if values["days"] % 1:
                raise Invalid(_("Days are a whole number."), cure=_("Correct the cell."))
            values["days"] = int(values["days"])
        if "sku_id" in values:
            values["item_id"] = values.pop("sku_id")
        return values

    def holds(self, row: Any) -> Values:
        key = lists.key_of(row)
        names = ("name", "is_default", *lists.LISTS[key].fields)
        return {"list": key} | {name: getattr(row, name) for name in names}

    def blank(self, wanted: Mapping[str, Any]) -> Any:
        found = lists.LISTS[wanted["list"]]
        return found.model(**found.facts)

    def beside(self, row: Any) -> Any:
        return lists.entries(self.actor, lists.key_of(row))

    def put(self, row: Any, values: Values) -> Any:
        its = {name: value for name, value in values.items() if name != "list"}
        return lists.save(self.actor, values["list"], its, pk=row.pk if row else None)

    def used_by(self, row: Any) -> bool:
        return bool(lists.used(self.actor, lists.key_of(row))[row.name])

    def model_of(self, row: ImportRow) -> Any:
        tables = {model._meta.model_name: model for model in (ListEntry, Terms, CustomStatus)}
        return tables[row.before["of"][0]]


# --- exchange rates -------------------------------------------------------------------------------------------------


class Rates(Target):
    """A rate of a day. None has a version: it is taken back where it still is what the row set. Documents that waited for it
    keep it."""

    model, kind = ExchangeRate, "exchange_rate"

    def prepare(self, batch: Sequence[Record]) -> None:
        days = {r.values["day"] for r in batch}
        rows = ExchangeRate.objects.of(self.actor).filter(day__in=days)
        self._rates = {(row.currency, row.day): row for row in rows}

    def save(self, record: Record) -> Outcome:
        currency, day, rate = record.values["currency"].upper(), record.values["day"], record.values["rate"]
        row = self._rates.get((currency, day))
        was = row.rate if row else None
        if row is not None and was == rate:
            return Outcome("same", row.pk, None, str(row))
        saved = currencies.save_rate(self.actor, currency, day, rate)
        before = {"was": as_json(was), "set": str(rate)}
        return Outcome("create" if row is None else "update", saved.pk, None, str(saved), before)

    def take_back(self, row: ImportRow) -> None:
        now = ExchangeRate.objects.of(self.actor).filter(pk=row.record_id or 0).first()
        if now is None or now.rate != Decimal(row.before["set"]):
            raise undo.changed() if now else undo.gone()
        if (was := row.before["was"]) is None:
            currencies.remove_rate(self.actor, now.pk)
        else:
            currencies.save_rate(self.actor, now.currency, now.day, Decimal(was))


TARGETS: Mapping[str, type[Target]] = {
    "category": Categories,
    "price_level": PriceLevels,
    "list_value": ListValues,
    "exchange_rate": Rates,
}
