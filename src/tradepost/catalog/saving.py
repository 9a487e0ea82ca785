"""How a master record is saved: picked, filled, checked, stored and audited, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.accounts.choosing import refuse
from tradepost.accounts.tenancy import Owned, named
from tradepost.kit.errors import Invalid, unknown_fields
from tradepost.kit.words import gettext_noop

M = TypeVar("M", bound=Owned)

# Constraint of the database → the field that broke it, and the sentence.
_TAKEN = {
    "item_sku": ("sku", gettext_noop("Another item has the SKU {sku}.")),
    "variant_once": ("options", gettext_noop("Another variant has the same options.")),
    "category_once": ("name", gettext_noop("There is a category {name} in this place already.")),
    "barcode_once": ("barcodes", gettext_noop("A barcode belongs to another item already.")),
    "location_default_once": (
        "is_default",
        gettext_noop("Somebody else chose another default at this moment. Try again."),
    ),
    "location_name": ("name", gettext_noop("Another location has the name {name}.")),
    "bin_name": ("name", gettext_noop("Another bin of this location has the name {name}.")),
    "price_level_name": ("name", gettext_noop("Another price level has the name {name}.")),
    "price_list_name": ("name", gettext_noop("Another price list has the name {name}.")),
}


@contextmanager
def saving(values: Mapping[str, Any]) -> Iterator[None]:
    """One transaction; a constraint that refuses it is worded by the table above."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if name not in _TAKEN:
            raise
        field, words = _TAKEN[name]
        raise Invalid(fields={field: _(words).format(**{field: "", **values})}) from None


def opened(actor: Actor, model: type[M], pk: int | None, version: int | None) -> tuple[M, dict[str, Any]]:
    """A new row, or the one to change, locked; and what it says now."""
    if pk is None:
        return model(organisation_id=actor.organisation_id), {}
    row: Any = model._default_manager.pick_for_change(actor, pk, version)
    before = audit.snapshot(row)
    row.version += 1
    return row, before


def fill(
    row: Owned,
    values: Mapping[str, Any],
    allowed: Sequence[str],
    held: Mapping[str, Collection[int]] | None = None,
) -> None:
    """Set the named fields; ``Invalid`` says which are unknown or wrong, or name a row of another company or one that was
    put away. What the row names already stays, and so does what is ``held``, keys by the name of their field."""
    unknown = [k for k in values if k not in allowed]
    if unknown:
        raise unknown_fields(unknown, allowed)
    foreign = {f.name: f for f in row._meta.concrete_fields if isinstance(f, models.ForeignKey)}
    was = {f.attname: getattr(row, f.attname) for f in foreign.values()}
    for key, value in values.items():
        setattr(row, key, value.strip() if isinstance(value, str) else value)
    try:
        row.clean_fields(exclude={"search", *foreign})
    except ValidationError as error:
        raise Invalid(fields={k: " ".join(v) for k, v in error.message_dict.items()}) from None
    for name, field in foreign.items():
        key = f"{name}_id"
        if key not in values:
            continue
        if (pk := values[key]) is None:
            if not field.null:
                raise Invalid(fields={key: _("Choose a {kind}.").format(kind=named(field.related_model))})
        else:
            refuse(_ours(row, field, pk), key, {was[key], *(held or {}).get(key, ())})


def _ours(row: Owned, field: models.ForeignKey[Any, Any], pk: object) -> models.Model:
    rows = field.related_model._default_manager.filter(organisation_id=row.organisation_id)
    found = rows.filter(pk=pk).first() if isinstance(pk, int) else None
    if found is None:
        name = named(field.related_model)
        raise Invalid(fields={f"{field.name}_id": _("There is no such {name}.").format(name=name)})
    return found


def save_row(
    actor: Actor,
    model: type[M],
    values: Mapping[str, Any],
    allowed: Sequence[str],
    pk: int | None,
    version: int | None,
    check: Callable[[M], None] = lambda row: None,
) -> M:
    """Create a row, or change the named fields of one. The caller has asked for the permission."""
    with saving(values):
        row, before = opened(actor, model, pk, version)
        fill(row, values, allowed)
        check(row)
        row.save()
        audit.record(actor, f"{model._meta.model_name}.save", row, before)
    return row
