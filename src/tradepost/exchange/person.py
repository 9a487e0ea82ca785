"""All that is kept about one contact, found wherever it stands, and as one archive to hand over (GDPR articles 15 and 20).

The archive is what the actor may see: notes that colleagues keep to themselves and the audit trail come with their permissions.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import AuditEntry
from tradepost.activities.models import Activity, Attachment, Link
from tradepost.activities.queries import visible
from tradepost.exchange.export import file_name
from tradepost.kit import clock
from tradepost.people.models import (
    Address,
    Belonging,
    Case,
    Contact,
    EmailAddress,
    Lead,
    Merge,
    Opportunity,
    Phone,
    Project,
)
from tradepost.sales.models import Document
from tradepost.wire import storage

NAMES = (Document, Opportunity, Case, Project)  # what names a contact and is no part of it


@dataclass(frozen=True, slots=True)
class Person:
    """A contact with the ones that were merged into it and the leads that it was. ``emails`` are all of them, folded."""

    contact: Contact
    contacts: tuple[int, ...]
    leads: tuple[int, ...]
    emails: tuple[str, ...]

    @property
    def records(self) -> Q:
        """Of links and audit entries with ``record_kind`` or ``kind``: those on this person. See :func:`on`."""
        return on(self, "record_kind")


def on(person: Person, column: str) -> Q:
    """Rows that name a record by ``column`` and ``record_id``, and name this person."""
    ours = Q(**{column: "contact", "record_id__in": person.contacts})
    return ours | Q(**{column: "lead", "record_id__in": person.leads})


def find(actor: Actor, contact_id: int) -> Person:
    """Raises ``Missing``. A contact that lies in the trash is found too."""
    actor.require(Permission.PEOPLE_VIEW)
    contact = Contact.objects.pick(actor, contact_id)
    known, fresh = {contact.pk}, {contact.pk}
    merges = Merge.objects.of(actor).filter(kind="contact", undone_at=None)
    while fresh:
        fresh = set(merges.filter(kept_id__in=fresh).values_list("gone_id", flat=True)) - known
        known |= fresh
    leads = Lead.objects.of(actor).filter(contact__in=known)
    emails = {
        email
        for model in (Contact.objects.of(actor).filter(pk__in=known), leads)
        for email in model.values_list("emails__email", flat=True)
        if email
    }
    return Person(
        contact, tuple(sorted(known)), tuple(leads.values_list("pk", flat=True)), tuple(sorted(emails))
    )


def activities(actor: Actor, person: Person) -> models.QuerySet[Activity]:
    """What stands on the person, and every e-mail to or from their addresses."""
    found = Q(Exists(Link.objects.filter(person.records, activity=OuterRef("pk"))))
    written = Q(messages__sender_email__in=person.emails)
    for email in person.emails:
        for side in ("to", "cc", "bcc", "reply_to"):
            written |= Q(**{f"messages__{side}__contains": [{"email": email}]})
    with_mail = Activity.objects.of(actor).filter(written).values("pk") if person.emails else []
    return Activity.objects.of(actor).filter(found | Q(pk__in=with_mail)).order_by("at", "pk")


def pack(actor: Actor, contact_id: int, file: IO[bytes]) -> dict[str, int]:
    """Write the archive into ``file``: ``person.json``, ``activities.jsonl`` with a line an activity and its messages, and the
    attachments in ``files/``. Returns how many there are of what."""
    actor.require(Permission.EXPORT)
    person = find(actor, contact_id)
    about = dict(_about(actor, person))
    counts = {name: len(rows) for name, rows in about.items() if rows}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("person.json", json.dumps(about, ensure_ascii=False, indent=1))
        if actor.may(Permission.ACTIVITIES_VIEW):
            shown = activities(actor, person).filter(visible(actor))
            with zipped.open("activities.jsonl", "w", force_zip64=True) as part:
                for line in _told(shown):
                    part.write(line)
                    counts["activities"] = counts.get("activities", 0) + 1
            counts["files"] = _put_files(zipped, shown)
    audit.record(actor, "contact.pack", person.contact, {}, {"counts": counts})
    return counts


def _about(actor: Actor, person: Person) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    contacts, leads = Q(contact__in=person.contacts), Q(lead__in=person.leads)
    yield "exported", [{"at": clock.now().isoformat(), "name": str(person.contact)}]
    yield "contacts", _rows(Contact.objects.of(actor).filter(pk__in=person.contacts))
    yield "leads", _rows(Lead.objects.of(actor).filter(pk__in=person.leads))
    yield "emails", _rows(EmailAddress.objects.of(actor).filter(contacts | leads))
    yield "phones", _rows(Phone.objects.of(actor).filter(contacts | leads))
    yield "addresses", _rows(Address.objects.of(actor).filter(contacts | leads))
    places = Belonging.objects.of(actor).filter(contacts).select_related("customer", "vendor")
    yield "companies", [{"name": str(one.customer or one.vendor), "main": one.main} for one in places]
    for model in NAMES:
        if model is not Document or actor.may(Permission.SALES_VIEW):
            rows = model._default_manager.of(actor).filter(contacts)
            yield str(model._meta.verbose_name_plural), _rows(rows)
    if actor.may(Permission.AUDIT_VIEW):
        yield "audit trail", _rows(AuditEntry.objects.of(actor).filter(on(person, "kind")))


def _rows(rows: models.QuerySet[Any]) -> list[dict[str, Any]]:
    return [audit.snapshot(row) for row in rows.order_by("pk")]


def _told(rows: models.QuerySet[Activity]) -> Iterator[bytes]:
    for row in rows.prefetch_related("messages", "attachments").iterator(chunk_size=200):
        told = audit.snapshot(row) | {
            "messages": [audit.snapshot(one) for one in row.messages.all()],
            "files": [f"files/{file_name(one.sha256, one.name)}" for one in row.attachments.all()],
        }
        yield (json.dumps(told, ensure_ascii=False) + "\n").encode()


def _put_files(zipped: zipfile.ZipFile, rows: models.QuerySet[Activity]) -> int:
    """Each file once; one that is gone from the storage is left out."""
    count = 0
    files = Attachment.objects.filter(activity__in=rows.order_by().values("pk")).order_by("key", "name")
    for key, digest, name in files.distinct("key", "name").values_list("key", "sha256", "name"):
        try:
            source = storage.fetch(key)
        except FileNotFoundError:
            continue
        with source, zipped.open(f"files/{file_name(digest, name)}", "w", force_zip64=True) as part:
            shutil.copyfileobj(source, part)
        count += 1
    return count
