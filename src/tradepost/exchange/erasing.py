"""Erase a person (GDPR article 17): what is theirs alone is deleted; what the books need stays, without them.

1. The contact, those merged into it and the leads that it was are deleted, with their addresses and numbers.
2. What stands on a document is commercial correspondence: it stays, and the person's names, addresses and numbers in it are
   blackened. Files on it stay as they came. So does what others than this person took part in.
3. Every other activity of theirs is deleted, with its messages and files.
4. Documents, opportunities, cases and jobs stay and name them no more; what a document says on paper is not rewritten.
5. The audit trail keeps who did what and when, and forgets what it said about them.
6. Every other column that can hold words about a person is searched for them (``sweeping.SWEPT``); what stays, and why, stands there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import AuditEntry
from tradepost.activities.models import Activity, Attachment, Link, Message
from tradepost.exchange.models import ImportRow
from tradepost.exchange.person import NAMES, Person, activities, find, on
from tradepost.exchange.sweeping import rewrite, sweep
from tradepost.kit.errors import Invalid
from tradepost.kit.words import counted, gettext_noop
from tradepost.people.models import Contact, Lead, Merge, Phone

NOBODY, NO_ADDRESS = "Erased person", "erased@erased.invalid"  # RFC 6761: no such host, ever


@dataclass(frozen=True, slots=True)
class Erasure:
    """How many of what would go or went, and how many stay without the person; by the plural of their kind."""

    name: str
    deleted: dict[str, int]
    kept: dict[str, int]


def preview(actor: Actor, contact_id: int) -> Erasure:
    """What :func:`erase` would do."""
    return _plan(actor, find(actor, contact_id))


def erase(actor: Actor, contact_id: int, confirm: str) -> Erasure:
    """Erase a person, for good: there is no Undo. ``confirm`` is their name as it stands on their page; ``Invalid`` if it is
    another."""
    actor.require(Permission.COMPANY_SETTINGS)
    actor.require(Permission.PEOPLE_EDIT)
    with transaction.atomic():
        Contact.objects.pick_for_change(actor, contact_id)
        person = find(actor, contact_id)
        if confirm.strip() != str(person.contact):
            sentence = _("Type {name} to confirm.").format(name=person.contact)
            raise Invalid(fields={"confirm": sentence})
        plan = _plan(actor, person)
        names, numbers = _known(actor, person)
        black = blackener(names, person.emails, numbers)
        ours = activities(actor, person)
        ids = list(ours.filter(_shared(person)).values_list("pk", flat=True))
        gone = list(ours.exclude(pk__in=ids).values_list("pk", flat=True))
        _blacken(actor, ids, black)
        _forget(actor, person, gone, black)
        Activity.objects.of(actor).filter(pk__in=gone).delete()
        Link.objects.of(actor).filter(person.records).delete()
        Contact.objects.of(actor).filter(pk__in=person.contacts).delete()
        Lead.objects.of(actor).filter(pk__in=person.leads).delete()
        sweep(actor.organisation_id, person.emails, [*whole(names), *numbers], black)
        told = {"contact": contact_id, "deleted": plan.deleted, "kept": plan.kept}
        audit.record(actor, "contact.erase", None, {}, told)
    return plan


def _shared(person: Person) -> Q:
    """What stands on a document, or on others who are people too."""
    others = Q(record_kind="document") | (Q(record_kind__in=("contact", "lead")) & ~person.records)
    return Q(Exists(Link.objects.filter(others, activity=OuterRef("pk"))))


def _plan(actor: Actor, person: Person) -> Erasure:
    ours = activities(actor, person)
    stays = Activity.objects.filter(pk__in=ours.order_by().values("pk")).filter(_shared(person))
    goes = Activity.objects.filter(pk__in=ours.order_by().values("pk")).exclude(pk__in=stays.values("pk"))
    deleted: dict[Any, int] = {
        Contact: len(person.contacts),
        Lead: len(person.leads),
        Activity: goes.count(),
        Message: Message.objects.filter(activity__in=goes).count(),
        Attachment: Attachment.objects.filter(activity__in=goes).count(),
    }
    kept: dict[Any, int] = {Activity: stays.count()}
    for model in NAMES:
        kept[model] = model._default_manager.of(actor).filter(contact__in=person.contacts).count()
    kept[AuditEntry] = AuditEntry.objects.of(actor).filter(on(person, "kind")).count()
    return Erasure(str(person.contact), _named(deleted), _named(kept))


def _named(counts: dict[Any, int]) -> dict[str, int]:
    return {_words(model)[1]: n for model, n in counts.items() if n}


def _words(model: Any) -> tuple[str, str]:
    if model is AuditEntry:
        return gettext_noop("entry of the audit trail"), gettext_noop("entries of the audit trail")
    return str(model._meta.verbose_name), str(model._meta.verbose_name_plural)


def said(counts: dict[str, int]) -> list[str]:
    """The counts of an :class:`Erasure` for people: ``1 contact``, ``3 messages``."""
    known = (Contact, Lead, Activity, Message, Attachment, AuditEntry, *NAMES)
    ones = {many: one for one, many in map(_words, known)}
    return [counted(n, ones[many], many) for many, n in counts.items()]


# -- what stays --------------------------------------------------------------------------------------------------


def _known(actor: Actor, person: Person) -> tuple[set[str], set[str]]:
    """Names and numbers by which the person is known."""
    names, numbers = set(), set()
    for model, ids in ((Contact, person.contacts), (Lead, person.leads)):
        rows = model._default_manager.of(actor).filter(pk__in=ids)
        for first, last, phone in rows.values_list("first_name", "last_name", "phone"):
            names |= {f"{first} {last}".strip(), f"{last}, {first}", first, last}
            numbers.add(phone)
    held = Phone.objects.of(actor).filter(Q(contact__in=person.contacts) | Q(lead__in=person.leads))
    return names, numbers | set(held.values_list("number", flat=True))


def blackener(names: set[str], emails: tuple[str, ...], numbers: set[str]) -> Callable[[str], str]:
    """Pure: what puts :data:`NOBODY` in the place of the person's names and numbers in a text, and another address in the place
    of theirs. Names count as whole words, whole ones in any case. Parts of names with fewer than three letters stay: they are
    words of their own."""
    addresses = [re.escape(email) for email in sorted(emails, key=len, reverse=True)]
    longest = [name for name in sorted(names, key=len, reverse=True) if len(name.strip(" ,")) > 2]
    words = [rf"\b{re.escape(name)}\b" for name in longest]
    words += [re.escape(number) for number in sorted(numbers, key=len, reverse=True) if len(number) > 4]
    by_address = re.compile("|".join(addresses) or r"(?!)", re.IGNORECASE)
    by_name = re.compile(
        "|".join(rf"\b{re.escape(name)}\b" for name in whole(names)) or r"(?!)", re.IGNORECASE
    )
    by_word = re.compile("|".join(words) or r"(?!)")
    return lambda text: by_word.sub(NOBODY, by_name.sub(NOBODY, by_address.sub(NO_ADDRESS, text)))


def whole(names: set[str]) -> list[str]:
    """Those that name one person: of two words at least, the longest first. Pure."""
    return sorted((name for name in names if len(name.strip(" ,").split()) > 1), key=len, reverse=True)


_SAID = (
    *("subject", "text", "quoted", "html", "state_reason", "reason", "sender_email"),
    *("sender", "to", "cc", "bcc", "reply_to", "problems"),
)


def _blacken(actor: Actor, ids: list[int], black: Callable[[str], str]) -> None:
    rewrite(Activity.objects.of(actor).filter(pk__in=ids), ("subject", "text"), black)
    rewrite(Message.objects.of(actor).filter(activity__in=ids), _SAID, black)


def _forget(actor: Actor, person: Person, gone: list[int], black: Callable[[str], str]) -> None:
    """What says elsewhere what they were called."""
    forgotten = on(person, "kind") | Q(kind="activity", record_id__in=gone)
    entries = AuditEntry.objects.of(actor).filter(forgotten)
    entries.update(label=NOBODY, before={}, after={})
    kinds = {"contact": person.contacts, "lead": person.leads}
    for kind, ids in kinds.items():
        Merge.objects.of(actor).filter(kind=kind, gone_id__in=ids).update(gone_name=NOBODY, filled={})
        Merge.objects.of(actor).filter(kind=kind, kept_id__in=ids).update(gone_name=NOBODY, filled={})
        rows = ImportRow.objects.of(actor).filter(run__kind=kind, record_id__in=ids)
        rows.update(label=NOBODY, key="", before={}, cause="")
