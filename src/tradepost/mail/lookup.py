"""The bulk lookup behind the decision: one page's ``Wanted`` to a ``Directory``, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Count, Prefetch

from tradepost.accounts.models import Membership, Organisation
from tradepost.activities.models import Activity, Message
from tradepost.activities.records import Record
from tradepost.kit import clock
from tradepost.kit.text import fold_email
from tradepost.mail.directory import FLOOD_WINDOW, Contact, Directory, Origin, Preferences, Visibility, Wanted
from tradepost.mail.models import MailAccount, Mark
from tradepost.people.queries import people_by_email
from tradepost.sales.models import Document
from tradepost.sync import registry

ACTIVITY = "a"
"""The kind of record that our tokens name: the activity that a mail was sent from."""


def id_key(message_id: str) -> str:
    return f"id:{message_id}"[:1020]


def thread_key(account_id: int, thread: str) -> str:
    return f"thread:{account_id}:{thread}"


def conversation_key(conversation: str) -> str:
    return f"conversation:{conversation}"


def own_addresses(organisation_id: int) -> frozenset[str]:
    """Every address that is ours: of the mail accounts and of the users. It is never a contact's (pain 6)."""
    return frozenset[str]().union(*_by_owner(organisation_id).values())


def _by_owner(organisation_id: int) -> dict[int | None, frozenset[str]]:
    """Our addresses by whose they are; a shared mailbox is nobody's."""
    accounts = MailAccount.objects.filter(organisation_id=organisation_id)
    users = Membership.objects.filter(organisation_id=organisation_id).values_list("user_id", "user__email")
    found: dict[int | None, set[str]] = {}
    for owner, address in users:
        found.setdefault(owner, set()).add(address)
    for owner, address, config in accounts.values_list("owner_id", "sender_email", "connection__config"):
        login = str(config.get("imap", {}).get("username", ""))
        found.setdefault(owner, set()).update({address, login} if "@" in login else {address})
    return {owner: frozenset(map(fold_email, several)) for owner, several in found.items()}


def look_up(
    organisation: Organisation, account: MailAccount, wanted: Wanted, preferences: Preferences
) -> Directory:
    """Everything the decisions about a page may know."""
    lately = clock.now() - FLOOD_WINDOW
    marks, own = _marks(organisation.pk, account.pk, wanted), _by_owner(organisation.pk)
    taken_back = {key for key, activity in marks.items() if activity is None}
    activities = {pk for pk in marks.values() if pk} | {t.id for t in wanted.tokens if t.kind == ACTIVITY}
    origins = _origins(organisation.pk, activities, account.pk, own)
    by_key = {key: origins[activity] for key, activity in marks.items() if activity in origins}
    keys = {i: id_key(i) for i in wanted.message_ids}
    return Directory(
        key=bytes(organisation.token_key),
        ours=wanted.ours,
        seen=frozenset(i for i, key in keys.items() if key in by_key),
        taken_back=frozenset(i for i, key in keys.items() if key in taken_back),
        messages={i: by_key[key] for i, key in keys.items() if key in by_key},
        tokens={(ACTIVITY, pk): origin for pk, origin in origins.items()},
        activities=origins,
        threads={t: by_key[k] for t in wanted.threads if (k := thread_key(account.pk, t)) in by_key},
        conversations={c: by_key[k] for c in wanted.conversations if (k := conversation_key(c)) in by_key},
        numbers=_documents(organisation.pk, wanted.numbers),
        contacts=_contacts(organisation.pk, wanted.emails),
        own=frozenset[str]().union(*own.values()),
        internal=preferences.internal,
        rate=_rate(organisation.pk, wanted.emails, lately),
        lately=lately,
        awaited=frozenset(registry.hook("calendar.awaited")(organisation.pk, wanted.emails)),
    )


def _marks(organisation_id: int, account_id: int, wanted: Wanted) -> dict[str, int | None]:
    """The activities that known marks lead to; None for what was taken back."""
    keys = [id_key(i) for i in wanted.message_ids]
    keys += [thread_key(account_id, t) for t in wanted.threads]
    keys += [conversation_key(c) for c in wanted.conversations]
    rows = Mark.objects.filter(organisation_id=organisation_id, key__any=keys)
    return dict(rows.values_list("key", "message__activity_id"))


def _origins(
    organisation_id: int,
    activities: Iterable[int],
    account_id: int,
    own: Mapping[int | None, frozenset[str]],
) -> dict[int, Origin]:
    """Activities with their records and everybody who ever took part in them."""
    rows = Activity.objects.filter(organisation_id=organisation_id, pk__in=set(activities))
    taking_part = ("activity_id", "sender", "to", "cc", "bcc", "outgoing", "account_ref", "matched_by")
    rows = rows.prefetch_related(Prefetch("messages", Message.objects.only(*taking_part)), "links")
    found = {}
    for row in rows:
        messages = list(row.messages.all())
        people = {
            fold_email(str(a.get("email", "")))
            for m in messages
            for a in (m.sender, *m.to, *m.cc, *m.bcc)
            if a.get("email")
        }
        records = tuple(Record(x.record_kind, x.record_id) for x in row.links.all())
        found[row.pk] = Origin(
            activity=row.pk,
            records=records,
            participants=frozenset(people),
            customers=frozenset(r.id for r in records if r.kind == "customer"),
            vendors=frozenset(r.id for r in records if r.kind == "vendor"),
            account=account_id,
            ours=any(m.outgoing and m.account_ref and not m.matched_by for m in messages),
            visibility=Visibility(row.visibility),
            owner=row.owner_id,
            reaches=own.get(row.owner_id, frozenset()),
        )
    return found


def _documents(organisation_id: int, numbers: Iterable[str]) -> dict[str, Origin]:
    """Documents by number. Who belongs there is judged by the contacts of its customer or vendor."""
    rows = Document.objects.filter(organisation_id=organisation_id, number__in=set(numbers))
    found = {}
    for row in rows:
        party = Record("vendor", row.vendor_id) if row.vendor_id else Record("customer", row.customer_id or 0)
        records = [Record("document", row.pk), party]
        if row.contact_id:
            records.append(Record("contact", row.contact_id))
        found[row.number.upper()] = Origin(
            None,
            tuple(records),
            customers=frozenset({row.customer_id} if row.customer_id else ()),
            vendors=frozenset({row.vendor_id} if row.vendor_id else ()),
        )
    return found


def _contacts(organisation_id: int, emails: Iterable[str]) -> dict[str, tuple[Contact, ...]]:
    people = people_by_email(organisation_id, emails)
    return {
        email: tuple(
            Contact(p.contact_id or 0, *map(frozenset, (p.customer_ids, p.vendor_ids, p.lead_ids)))
            for p in several
        )
        for email, several in people.items()
    }


def _rate(organisation_id: int, emails: Iterable[str], lately: datetime) -> dict[str, int]:
    """How many messages of each sender were stored since then."""
    recent = Message.objects.filter(
        organisation_id=organisation_id,
        sender_email__any=set(emails),
        outgoing=False,
        at__gte=lately,
    )
    counted = recent.order_by().values("sender_email").annotate(n=Count("pk"))
    return {row["sender_email"]: row["n"] for row in counted}
