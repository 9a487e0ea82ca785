"""The lists of a company's set-up: terms, methods, classes, types, channels, units, reasons, custom statuses. A new list is an entry of
:data:`LISTS`; its pages, API and trail follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Max
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.choosing import choose
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.catalog.models import Item, ItemType
from tradepost.kit import clock
from tradepost.kit.errors import Invalid, Missing
from tradepost.people.models import Customer
from tradepost.sales.models import CustomStatus, ListEntry, Terms
from tradepost.sales.state_table import MACHINES

FIELDS = ("name", "position", "is_default")
Entry = ListEntry | Terms | CustomStatus


@dataclass(frozen=True, slots=True)
class SetUpList:
    """A list. ``fields`` beside :data:`FIELDS`; ``uses``: the columns that hold its names, as ``(model, column)``;
    ``facts`` are what all its rows have in common. ``kind``: of documents, whose custom statuses it has."""

    key: str
    title: Any
    one: Any
    uses: tuple[tuple[str, str], ...]
    fields: tuple[str, ...] = ()
    model: Any = ListEntry
    kind: str = ""

    @property
    def facts(self) -> dict[str, str]:
        if self.kind:
            return {"kind": self.kind}
        return {"list": self.key} if self.model is ListEntry else {}


_TERMS = (("sales.Document", "terms"), ("people.Customer", "terms"), ("people.Vendor", "terms"))
_UNITS = (("catalog.Item", "unit"), ("sales.Line", "unit"))
_CLASS = (
    ("sales.Document", "class_name"),
    ("people.Customer", "class_name"),
    ("people.Vendor", "class_name"),
)
_REASON = (("people.Opportunity", "close_reason"),)
_ALL = (
    SetUpList(
        "terms",
        pgettext_lazy("several", "Terms"),
        gettext_lazy("terms"),
        _TERMS,
        fields=("type", "days"),
        model=Terms,
    ),
    SetUpList(
        "payment-methods",
        gettext_lazy("Payment methods"),
        gettext_lazy("payment method"),
        (("sales.Document", "method"),),
    ),
    SetUpList(
        "shipping-methods",
        gettext_lazy("Shipping methods"),
        gettext_lazy("shipping method"),
        (("sales.Document", "carrier"),),
        fields=("carrier", "item_id"),
    ),
    SetUpList("classes", gettext_lazy("Classes"), gettext_lazy("class"), _CLASS),
    SetUpList(
        "customer-types",
        gettext_lazy("Customer types"),
        gettext_lazy("customer type"),
        (("people.Customer", "type"),),
    ),
    SetUpList(
        "sales-channels",
        gettext_lazy("Sales channels"),
        gettext_lazy("sales channel"),
        (("sales.Document", "channel"),),
    ),
    SetUpList("units", gettext_lazy("Units"), gettext_lazy("unit"), _UNITS),
    SetUpList("reasons-won", gettext_lazy("Reasons won"), gettext_lazy("reason"), _REASON),
    SetUpList("reasons-lost", gettext_lazy("Reasons lost"), gettext_lazy("reason"), _REASON),
)
_STATUS = (("sales.Document", "custom_status__name"),)
_STATUSES = (
    SetUpList(
        f"statuses-{kind}",
        format_lazy(gettext_lazy("Statuses: {kind}"), kind=machine.label),
        gettext_lazy("status"),
        _STATUS,
        fields=("colour",),
        model=CustomStatus,
        kind=kind.value,
    )
    for kind, machine in MACHINES.items()
)
LISTS: Mapping[str, SetUpList] = {one.key: one for one in (*_ALL, *_STATUSES)}


def list_of(key: str) -> SetUpList:
    """Raises ``Missing`` for a list that there is not."""
    if key not in LISTS:
        raise Missing(_("list “{key}”").format(key=key))
    return LISTS[key]


def key_of(row: Entry) -> str:
    """The list that a value stands in."""
    if isinstance(row, ListEntry):
        return row.list
    return f"statuses-{row.kind}" if isinstance(row, CustomStatus) else "terms"


def entries(actor: Actor, key: str) -> ScopedQuerySet[Any]:
    """The values of a list in their order, archived ones too."""
    found = list_of(key)
    rows: ScopedQuerySet[Any] = found.model.objects.of(actor)
    return rows.filter(**found.facts).order_by("position", "name")


def classes(actor: Actor, most: int = 200) -> list[str]:
    """What documents can be told apart by: the classes of the list, put away or not, then what customers were given besides."""
    names = list(entries(actor, "classes").values_list("name", flat=True))
    typed = (
        Customer.objects.of(actor)
        .exclude(class_name="")
        .order_by("class_name")
        .values_list("class_name", flat=True)
    )
    return list(dict.fromkeys([*names, *typed.distinct()[:most]]))


def offered(actor: Actor, keys: Iterable[str]) -> dict[str, list[Entry]]:
    """What forms offer, by list; two queries at most, however many lists."""
    found: dict[str, list[Entry]] = {list_of(key).key: [] for key in keys}
    plain = [key for key in found if LISTS[key].model is ListEntry]
    rows = ListEntry.objects.of(actor).filter(list__in=plain, archived_at=None) if plain else ()
    for row in sorted(rows, key=lambda one: (one.position, one.name)):
        found[row.list].append(row)
    for key in found.keys() - plain:
        found[key] = list(entries(actor, key).filter(archived_at=None))
    return found


def used(actor: Actor, key: str) -> Counter[str]:
    """How many records name each value."""
    names = list(entries(actor, key).values_list("name", flat=True))
    found: Counter[str] = Counter()
    for model, column in list_of(key).uses:
        rows = apps.get_model(model)._base_manager.filter(  # a draft in the trash names its values too
            organisation_id=actor.organisation_id, **{f"{column}__in": names}
        )
        if kind := list_of(key).kind:
            rows = rows.filter(kind=kind)
        found.update(dict(rows.order_by().values_list(column).annotate(Count("pk"))))
    return found


def save(
    actor: Actor, key: str, values: Mapping[str, Any], *, pk: int | None = None, version: int | None = None
) -> Entry:
    """Create or change a value. What was chosen under another name before stays as it is; one default takes over from
    another."""
    actor.require(Permission.COMPANY_SETTINGS)
    found = list_of(key)
    if unknown := [name for name in values if name not in (*FIELDS, *found.fields)]:
        raise Invalid(fields={name: _("There is no field “{name}”.").format(name=name) for name in unknown})
    with transaction.atomic():
        row = _row(actor, found, pk, version)
        _check_item(actor, row, values.get("item_id"))
        before = audit.snapshot(row) if row.pk else {}
        for name, value in values.items():
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        _keep(row)
        if row.is_default:
            entries(actor, key).filter(is_default=True).exclude(pk=row.pk).update(is_default=False)
        audit.record(actor, f"{row._meta.model_name}.save", row, before)
    return row


def _row(actor: Actor, found: SetUpList, pk: int | None, version: int | None) -> Entry:
    if pk is not None:
        kept: Entry = entries(actor, found.key).pick_for_change(actor, pk, version)
        kept.version += 1
        return kept
    last = entries(actor, found.key).aggregate(last=Max("position"))["last"] or 0
    row: Entry = found.model(organisation_id=actor.organisation_id, position=last + 1, **found.facts)
    return row


def _keep(row: Entry) -> None:
    try:
        row.clean_fields(exclude=["organisation", "item"])
    except ValidationError as error:
        raise Invalid(fields={k: " ".join(v) for k, v in error.message_dict.items()}) from None
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Invalid(fields={"name": _("“{row}” is in this list already.").format(row=row.name)}) from None


def _check_item(actor: Actor, row: Entry, item_id: int | None) -> None:
    if item_id is None:
        return
    item = choose(actor, Item, item_id, "item_id", {getattr(row, "item_id", None)})
    if item.type != ItemType.OTHER_CHARGE:
        raise Invalid(fields={"item_id": _("Freight is charged as an item of the type Other charge.")})


def remove(actor: Actor, key: str, pk: int) -> bool:
    """Delete a value that nothing names; archive one that is in use. Returns whether it was deleted."""
    actor.require(Permission.COMPANY_SETTINGS)
    with transaction.atomic():
        row: Entry = entries(actor, key).pick_for_change(actor, pk)
        before = audit.snapshot(row)
        if gone := not used(actor, key)[row.name]:
            audit.record(actor, f"{row._meta.model_name}.delete", row, before, {})
            row.delete()
        else:
            _archived(actor, row, before, archived=True)
    return gone


def restore(actor: Actor, key: str, pk: int) -> Entry:
    """Offer an archived value again."""
    actor.require(Permission.COMPANY_SETTINGS)
    with transaction.atomic():
        row: Entry = entries(actor, key).pick_for_change(actor, pk)
        _archived(actor, row, audit.snapshot(row), archived=False)
    return row


def _archived(actor: Actor, row: Entry, before: dict[str, Any], *, archived: bool) -> None:
    row.archived_at = clock.now() if archived else None
    row.is_default = row.is_default and not archived
    row.version += 1
    row.save()
    audit.record(actor, f"{row._meta.model_name}.{'archive' if archived else 'restore'}", row, before)
