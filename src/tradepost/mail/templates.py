"""E-mail templates: kept by the company, filled in with the record that a mail is sent from (A13, B16).

What a template may name::

    {{ document.number }} {{ document.total }} {{ document.date }} {{ document.po_number }}
    {{ customer.name }} {{ contact.first_name }} {{ contact.last_name }} {{ sender.name }} {{ company.name }}
    {% for line in document.lines %}{{ line.quantity }} × {{ line.description }}{% endfor %}
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation, User
from tradepost.activities.records import Record
from tradepost.activities.services import RECORD_MODELS, check_records
from tradepost.custom.models import Marked
from tradepost.kit import clock
from tradepost.kit.errors import Invalid, unknown_fields
from tradepost.kit.figures import format_money, format_number
from tradepost.kit.liquid import render
from tradepost.kit.money import Money
from tradepost.mail.models import Template
from tradepost.people.models import Contact, Customer, Vendor
from tradepost.sales.models import Document
from tradepost.wire.orm import in_turn

FIELDS = ("name", "subject", "html", "kind", "usual")

_SAMPLE: dict[str, Any] = {
    "company": {"name": ""},
    "sender": {"name": "", "email": ""},
    "customer": {"name": "", "number": "", "tags": [], "custom": {}},
    "vendor": {"name": "", "number": "", "tags": [], "custom": {}},
    "contact": {"first_name": "", "last_name": "", "name": "", "tags": [], "custom": {}},
    "document": {
        "number": "",
        "kind": "",
        "date": "",
        "promised": "",
        "po_number": "",
        "total": "",
        "lines": [],
        "tags": [],
        "custom": {},
    },
}


def templates(actor: Actor, kind: str = "") -> QuerySet[Template]:
    """The company's templates, those for a kind of document and those for anything."""
    actor.require(Permission.MAIL_SEND)
    rows = Template.objects.of(actor).filter(archived_at=None).order_by("name")
    return rows.filter(Q(kind="") | Q(kind=kind)) if kind else rows


def usual_template(actor: Actor, kind: str) -> Template | None:
    """The one that is sent unasked with a kind of document: the usual one of its own, else the only one."""
    own = list(templates(actor).filter(kind=kind).order_by("-usual", "name")[:2]) if kind else []
    return own[0] if len(own) == 1 or (own and own[0].usual) else None


def save_template(
    actor: Actor, values: dict[str, Any], *, template_id: int | None = None, version: int | None = None
) -> Template:
    """Create a template or change one. It is tried on empty data first, so that a mistake shows here and not at sending."""
    actor.require(Permission.COMPANY_SETTINGS)
    if unknown := values.keys() - set(FIELDS):
        raise unknown_fields(unknown, FIELDS)
    try:
        with transaction.atomic():
            if template_id is None:
                row, before = Template(organisation_id=actor.organisation_id), {}
            else:
                row = Template.objects.pick_for_change(actor, template_id, version)
                before = audit.snapshot(row)
                row.version += 1
            for key, value in values.items():
                setattr(row, key, value.strip() if isinstance(value, str) else value)
            if not row.name:
                raise Invalid(fields={"name": _("Give the template a name.")})
            if row.usual and not row.kind:
                raise Invalid(fields={"usual": _("Choose the kind of document that it is for.")})
            render(row.subject, _SAMPLE, field="subject")
            render(row.html, _SAMPLE, html=True, field="html")
            _alone(actor, row)
            row.save()
            audit.record(actor, "template.save", row, before)
    except IntegrityError:
        raise Invalid(
            fields={"name": _("Another template is named “{name}”.").format(name=values.get("name"))}
        ) from None
    return row


def _alone(actor: Actor, row: Template) -> None:
    """Where a template is the usual one of its kind, no other is."""
    if not row.usual or row.archived_at:
        return
    in_turn("template.usual", actor.organisation_id)
    for other in _usual(actor, row.kind).exclude(pk=row.pk).select_for_update():
        before = audit.snapshot(other)
        other.usual, other.version = False, other.version + 1
        other.save(update_fields=["usual", "version", "updated_at"])
        audit.record(actor, "template.save", other, before)


def _usual(actor: Actor, kind: str) -> QuerySet[Template]:
    return Template.objects.of(actor).filter(kind=kind, usual=True, archived_at=None)


def archive_template(actor: Actor, template_id: int, *, undo: bool = False) -> Template:
    """Take a template out of the choice, or bring it back; by then another may be the usual one."""
    actor.require(Permission.COMPANY_SETTINGS)
    with transaction.atomic():
        row = Template.objects.pick_for_change(actor, template_id)
        before = audit.snapshot(row)
        row.archived_at = None if undo else clock.now()
        row.version += 1
        if undo and row.usual:
            row.usual = not _usual(actor, row.kind).exists()
        row.save(update_fields=["archived_at", "usual", "version", "updated_at"])
        audit.record(actor, "template.restore" if undo else "template.archive", row, before)
    return row


def fill_in(actor: Actor, template_id: int, record: Record | None) -> tuple[str, str]:
    """Subject and HTML of a template for a record."""
    row = templates(actor).filter(pk=template_id).first() or Template.objects.pick(actor, template_id)
    data = _data(actor, record)
    return (
        " ".join(render(row.subject, data, field="subject").split()),
        render(row.html, data, html=True, field="html"),
    )


def _data(actor: Actor, record: Record | None) -> dict[str, Any]:
    """Plain values only: a template never holds a row of the database."""
    user = User.objects.filter(pk=actor.user_id or 0).first()
    data = {
        **_SAMPLE,
        "company": {"name": Organisation.objects.get(pk=actor.organisation_id).name},
        "sender": {"name": str(user or ""), "email": user.email if user else ""},
    }
    if record is None:
        return data
    check_records(actor, [record])
    row = RECORD_MODELS[record.kind].objects.get(pk=record.id)
    named = {kind: row if record.kind == kind else getattr(row, kind, None) for kind in _PARTY}
    shown = {kind: _PARTY[kind](party) for kind, party in named.items() if party is not None}
    return {**data, **shown, **({"document": _document(row)} if isinstance(row, Document) else {})}


def _marks(row: Marked) -> dict[str, Any]:
    """``{{ document.custom.web_order }}``, ``{% for tag in customer.tags %}``."""
    return {"tags": list(row.tags), "custom": dict(row.custom)}


def _contact(row: Contact) -> dict[str, Any]:
    return {"first_name": row.first_name, "last_name": row.last_name, "name": str(row), **_marks(row)}


def _company(row: Customer | Vendor) -> dict[str, Any]:
    return {"name": row.name, "number": row.number, **_marks(row)}


_PARTY: dict[str, Callable[[Any], dict[str, Any]]] = {
    "customer": _company,
    "vendor": _company,
    "contact": _contact,
}


def _document(row: Document) -> dict[str, Any]:
    """With figures as its paper has them: in the language of its customer or vendor, else as the company writes."""
    tag = row.party.language or row.organisation.locale
    return {
        "number": row.number,
        "kind": row.get_kind_display(),
        "date": row.date.isoformat(),
        "promised": row.promised.isoformat() if row.promised else "",
        "po_number": row.po_number,
        "total": format_money(Money(row.total, row.currency), tag),
        "lines": [
            {
                "sku": line.sku,
                "description": line.description,
                "quantity": format_number(line.quantity, tag),
                "amount": format_money(Money(line.amount, row.currency), tag),
            }
            for line in row.lines.all()
        ],
        **_marks(row),
    }
