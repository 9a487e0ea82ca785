"""Verbs on customers, vendors, contacts, leads, opportunities, cases and jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Unpack, cast

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.accounts.choosing import archived_already, in_trash_already
from tradepost.custom.marking import mark
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid
from tradepost.kit.words import counted, gettext
from tradepost.people import saving
from tradepost.people.following import relations
from tradepost.people.kinds import Shape, shape_of
from tradepost.people.models import Case, Contact, Customer, Kept, Lead, Opportunity, Project, Vendor
from tradepost.people.saving import ADDRESS_FIELDS, Email, Lists
from tradepost.wire.orm import in_turn

__all__ = [
    "ADDRESS_FIELDS",
    "Email",
    "Lists",
    "archive",
    "save",
    "save_case",
    "save_contact",
    "save_customer",
    "save_lead",
    "save_opportunity",
    "save_project",
    "save_vendor",
    "trash",
]

TRIES = 5  # to give out a number that several ask for at once


def save(
    actor: Actor,
    kind: str,
    values: Mapping[str, Any],
    *,
    pk: int | None = None,
    version: int | None = None,
    **beside: Unpack[Lists],
) -> Kept:
    """Create a record of a kind, or change the named fields of the one with ``pk``. Lists, where given, replace all.

    Raises ``Refused``, ``Missing``, ``Stale``, and ``Invalid`` with the fields that are wrong.
    """
    shape = shape_of(kind)
    actor.require(shape.edit)
    saving.refer(actor, shape.model, values)
    if beside.get("emails") is not None:
        beside["emails"] = saving.checked(beside["emails"] or ())
    tries = TRIES if pk is None and not values.get("number") else 1
    while True:
        numbered = _numbered(actor, shape, values) if pk is None else values
        try:
            return _saved(actor, shape, numbered, pk, version, beside)
        except IntegrityError:  # of a number that is given out here: somebody else took it meanwhile
            tries -= 1
            if not tries:
                number = numbered.get("number")
                raise Invalid(
                    fields={
                        "number": _("Another {kind} has the number {number}.").format(
                            kind=gettext(kind), number=number
                        )
                    }
                ) from None


def _numbered(actor: Actor, shape: Shape, values: Mapping[str, Any]) -> Mapping[str, Any]:
    if not shape.prefix or values.get("number"):
        return values
    return {**values, "number": saving.next_number(actor, shape.model, shape.prefix)}


def _saved(
    actor: Actor,
    shape: Shape,
    values: Mapping[str, Any],
    pk: int | None,
    version: int | None,
    beside: Lists,
) -> Kept:
    with transaction.atomic():
        if values.get("parent_id"):  # before any row: two may hang each other under one another at once
            in_turn("customer.parent", actor.organisation_id)
        row: Kept = _opened(actor, shape, pk, version)
        before = audit.snapshot(row) if pk else {}
        _set(actor, shape, row, values, beside)
        row.save()
        saving.put_beside(actor, row, beside)
        audit.record(actor, f"{shape.key}.save", row, before)
    return row


def _set(actor: Actor, shape: Shape, row: Any, values: Mapping[str, Any], beside: Lists) -> None:
    """The columns as they are to be: what was given, what may be given, and what follows of it."""
    was = saving.columns(row) if row.pk else {}
    values = mark(actor, row, values, new=not row.pk)
    saving.fill(row, values, shape.fields)
    emails = beside.get("emails")
    if hasattr(row, "email_words") and emails is not None:
        row.email_words = " ".join(one.email for one in emails)
    saving.check_guarded(actor, row, was, shape)
    saving.check_parent(row)
    saving.check_level(row, was)
    saving.derive(row, was, shape, values)
    row.version += 1 if row.pk else 0


def _opened(actor: Actor, shape: Shape, pk: int | None, version: int | None) -> Any:
    """A new row, or the one with this key, locked."""
    if pk is None:
        return shape.model(organisation_id=actor.organisation_id)
    return shape.model.objects.pick_for_change(actor, pk, version)


def save_customer(
    actor: Actor, values: Mapping[str, Any], *, customer_id: int | None = None, **beside: Any
) -> Customer:
    """:func:`save` of a customer, with ``emails``, ``phones`` and ``addresses``."""
    return cast(Customer, save(actor, "customer", values, pk=customer_id, **beside))


def save_vendor(
    actor: Actor, values: Mapping[str, Any], *, vendor_id: int | None = None, **beside: Any
) -> Vendor:
    """:func:`save` of a vendor, with ``emails``, ``phones`` and ``addresses``."""
    return cast(Vendor, save(actor, "vendor", values, pk=vendor_id, **beside))


def save_contact(
    actor: Actor, values: Mapping[str, Any], *, contact_id: int | None = None, **beside: Any
) -> Contact:
    """:func:`save` of a contact, with the lists of a customer and ``customer_ids`` and ``vendor_ids``."""
    return cast(Contact, save(actor, "contact", values, pk=contact_id, **beside))


def save_lead(actor: Actor, values: Mapping[str, Any], *, lead_id: int | None = None, **beside: Any) -> Lead:
    """:func:`save` of a lead, with ``emails``, ``phones`` and ``addresses``."""
    return cast(Lead, save(actor, "lead", values, pk=lead_id, **beside))


def save_opportunity(
    actor: Actor,
    values: Mapping[str, Any],
    *,
    opportunity_id: int | None = None,
    version: int | None = None,
) -> Opportunity:
    """:func:`save` of an opportunity. See ``changes.opportunity`` for what a new stage brings."""
    return cast(Opportunity, save(actor, "opportunity", values, pk=opportunity_id, version=version))


def save_case(
    actor: Actor, values: Mapping[str, Any], *, case_id: int | None = None, version: int | None = None
) -> Case:
    """:func:`save` of a case."""
    return cast(Case, save(actor, "case", values, pk=case_id, version=version))


def save_project(
    actor: Actor, values: Mapping[str, Any], *, project_id: int | None = None, version: int | None = None
) -> Project:
    """:func:`save` of a job."""
    return cast(Project, save(actor, "project", values, pk=project_id, version=version))


def archive(actor: Actor, row: Kept, *, undo: bool = False) -> None:
    """Put a record away, or take it back: it leaves lists and completions, its history stays."""
    _shelve(actor, row, "archived_at", "archive", archived_already, undo)


def trash(actor: Actor, row: Kept, *, undo: bool = False) -> None:
    """Throw a record into the trash, or restore it. What other rooms name, such as a document, cannot be thrown away."""
    if not undo and (names := named_by(row)):
        raise Conflict(
            _("{row} stands on {names}.").format(row=row, names=", ".join(names)),
            cure=_("Archive it, or merge it into another one."),
        )
    if undo and (since := saving.merge_of(actor.organisation_id, str(row._meta.model_name), row.pk)):
        kept = type(row).objects.pick(actor, since.kept_id)
        raise Conflict(
            _("{row} was merged into {kept}.").format(row=row, kept=kept),
            cure=_("Take the merge back on that page."),
        )
    _shelve(actor, row, "trashed_at", "trash", in_trash_already, undo)


def named_by(row: Kept) -> list[str]:
    """What of other rooms points at a record, as ``"3 documents"``."""
    found = []
    for relation in relations(type(row)):
        model = relation.related_model
        if model._meta.app_label != row._meta.app_label:
            count = model.objects.filter(**{relation.field.attname: row.pk}).count()
            names = str(model._meta.verbose_name), str(model._meta.verbose_name_plural)
            found += [counted(count, *names)] if count else []
    return found


def _shelve(
    actor: Actor, row: Kept, column: str, verb: str, already: Callable[[Any, bool], Conflict], undo: bool
) -> None:
    actor.require(shape_of(str(row._meta.model_name)).edit)
    with transaction.atomic():
        locked = type(row).objects.pick_for_change(actor, row.pk)
        if (getattr(locked, column) is None) == undo:
            raise already(locked, undo)
        before = audit.snapshot(locked)
        setattr(locked, column, None if undo else clock.now())
        locked.version += 1
        locked.save(update_fields=[column, "version", "updated_at"])
        audit.record(actor, f"{locked._meta.model_name}.{'restore' if undo else verb}", locked, before)
