"""Send Email: the verb writes activity, message and outbox in one transaction; ``mail.outbox`` hands the mail over."""

from __future__ import annotations

import secrets as random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.activities.models import Activity, ActivityKind, DeliveryState, Message
from tradepost.activities.queries import visible
from tradepost.activities.records import Record
from tradepost.activities.services import File, attach, check_records, keep_file, open_activity, touch
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, Missing
from tradepost.kit.words import gettext_noop
from tradepost.mail import tokens
from tradepost.mail.access import reachable
from tradepost.mail.accounts import refuse_idle
from tradepost.mail.compose import Draft, Parent, Stamp, compose
from tradepost.mail.lookup import ACTIVITY, conversation_key, id_key
from tradepost.mail.models import MailAccount, Mark, Outbox
from tradepost.mail.outbox import request_send, settle_sent
from tradepost.mail.plain import text_of_html
from tradepost.mail.recipients import recipients
from tradepost.mail.types import Address, Part
from tradepost.sales.sights import seen, unseen
from tradepost.wire import storage

MAX_RECIPIENTS = 5000


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person wrote. ``to``, ``cc`` and ``bcc`` are as typed: ``Renata <r@x.example>, bob@y.example``."""

    account_id: int
    to: str
    subject: str
    html: str = ""
    text: str = ""
    cc: str = ""
    bcc: str = ""
    files: tuple[File, ...] = ()
    records: tuple[Record, ...] = ()
    reply_to: int | None = None  # the Message that is answered
    tags: dict[str, str] = field(default_factory=dict)
    calendar: str = ""  # an iTIP object (RFC 6047) beside the words


def send_invitation(
    actor: Actor, account_id: int, write: Callable[[str, str], str], **letter: Any
) -> tuple[Message, str]:
    """Send a meeting; ``write`` makes the iTIP object from the sender's address and name. The message, and that address.
    ``letter``: as ``Letter``."""
    account = reachable(actor).filter(pk=account_id).first()
    if account is None:
        raise Missing(_("mail account that you may use"))
    calendar = write(account.sender_email.lower(), account.sender_name)
    return send_email(actor, Letter(account_id, calendar=calendar, **letter)), account.sender_email.lower()


def send_email(actor: Actor, letter: Letter, *, wait: timedelta = timedelta(0)) -> Message:
    """Write the mail and queue it (A12–A14). Everything is checked before anything is written. It waits so long before it goes out:
    until then it can be taken back."""
    actor.require(Permission.MAIL_SEND)
    account = reachable(actor).filter(pk=letter.account_id).first()
    if account is None:
        raise Missing(_("mail account that you may use"))
    refuse_idle(account)
    people = _recipients(letter)
    if not letter.subject.strip() and not (letter.html or letter.text).strip():
        raise Invalid(fields={"subject": _("Write a subject or a text.")})
    check_records(actor, letter.records)
    parent = _parent(actor, letter.reply_to)
    kept = [keep_file(actor.organisation_id, file) for file in letter.files]
    with transaction.atomic():
        activity = _activity(actor, letter, parent)
        message = _message(activity, account, letter, people, parent)
        attach(activity, kept, message)
        raw = _raw(message, account, letter, parent)
        key, _digest = storage.keep(actor.organisation_id, raw)
        row = Outbox.objects.create(
            organisation_id=actor.organisation_id,
            account=account,
            message=message,
            raw_key=key,
            recipients=[a.email for group in people.values() for a in group],
        )
        touch(activity, message.at)
        documents = [one.id for one in letter.records if one.kind == "document"]
        seen(actor.organisation_id, documents, message_id=message.pk)
        audit.record(actor, "mail.send", activity, {}, {"to": message.to, "subject": message.subject})
        request_send(row.pk, clock.now() + wait if wait else None)
    return message


def _recipients(letter: Letter) -> dict[str, tuple[Address, ...]]:
    groups = {name: recipients(getattr(letter, name), name) for name in ("to", "cc", "bcc")}
    count = sum(len(g) for g in groups.values())
    if not count:
        raise Invalid(fields={"to": _("Enter at least one recipient.")})
    if count > MAX_RECIPIENTS:
        raise Invalid(
            fields={
                "to": _("A mail goes to {most} recipients at most. Send it in parts.").format(
                    most=MAX_RECIPIENTS
                )
            }
        )
    return groups


def _seen(actor: Actor) -> ScopedQuerySet[Message]:
    return Message.objects.of(actor).filter(activity__in=Activity.objects.of(actor).filter(visible(actor)))


def _parent(actor: Actor, message_id: int | None) -> Message | None:
    if message_id is None:
        return None
    message = _seen(actor).filter(pk=message_id).select_related("activity").first()
    if message is None:
        raise Missing(_("message to answer"))
    return message


def _activity(actor: Actor, letter: Letter, parent: Message | None) -> Activity:
    """A reply continues the activity of the mail it answers; anything else is an activity of its own."""
    if parent is not None:
        return Activity.objects.select_for_update().get(pk=parent.activity_id)
    return open_activity(
        actor, ActivityKind.EMAIL, letter.records, subject=letter.subject.strip() or "(no subject)"
    )


def _message(
    activity: Activity,
    account: MailAccount,
    letter: Letter,
    people: dict[str, tuple[Address, ...]],
    parent: Message | None,
) -> Message:
    organisation = Organisation.objects.get(pk=activity.organisation_id)
    key, domain, now = bytes(organisation.token_key), account.sender_email.rpartition("@")[2], clock.now()
    conversation, above = _conversation(key, activity), parent.thread_index if parent else ""
    message_id = tokens.new_message_id(ACTIVITY, activity.pk, key, domain, random.token_hex(8))
    references = [*(parent.references if parent else []), *([parent.message_id] if parent else [])]
    message = Message.objects.create(
        organisation_id=activity.organisation_id,
        activity=activity,
        outgoing=True,
        message_id=message_id,
        in_reply_to=parent.message_id if parent else "",
        references=references[-32:],
        sender={"email": account.sender_email, "name": account.sender_name},
        sender_email=account.sender_email,
        subject=letter.subject.strip()[:998],
        at=now,
        thread_index=tokens.thread_index(conversation, now, above),
        text=letter.text or text_of_html(letter.html),
        html=letter.html,
        state=DeliveryState.QUEUED,
        reason=gettext_noop("It was sent from here."),
        account_ref=str(account.pk),
        **{name: [{"email": a.email, "name": a.name} for a in group] for name, group in people.items()},
    )
    marks = [id_key(message_id), conversation_key(tokens.conversation_of(message.thread_index))]
    Mark.objects.bulk_create(
        [Mark(organisation_id=activity.organisation_id, key=mark, message=message) for mark in marks],
        ignore_conflicts=True,
    )
    return message


def _conversation(key: bytes, activity: Activity) -> bytes:
    return key + f"conversation:{activity.pk}".encode()


def _raw(message: Message, account: MailAccount, letter: Letter, parent: Message | None) -> bytes:
    key = bytes(account.organisation.token_key)
    to, cc, bcc = (tuple(Address(**a) for a in group) for group in (message.to, message.cc, message.bcc))
    draft = Draft(
        sender=Address(account.sender_email, account.sender_name),
        subject=message.subject,
        text=letter.text,
        html=letter.html,
        parts=tuple(Part(f.name, f.content_type, f.content, f.content_id, f.inline) for f in letter.files),
        to=to,
        cc=cc,
        bcc=bcc,
        calendar=letter.calendar,
        reply_to=None if letter.calendar else _reply_to(message, account, key),
    )
    stamp = Stamp(
        message_id=message.message_id,
        hop=message.message_id.partition("@")[0],
        at=message.at,
        conversation=_conversation(key, message.activity),
    )
    if parent is None:
        return compose(draft, stamp)
    return compose(draft, stamp, Parent(parent.message_id, tuple(parent.references), parent.thread_index))


LONGEST_LOCAL = 64  # RFC 5321 §4.5.3.1.1


def _reply_to(message: Message, account: MailAccount, key: bytes) -> Address | None:
    """Where answers come to if the account wants it: its own address with a token that names the activity."""
    if not account.reply_token:
        return None
    address = tokens.reply_address(account.sender_email, ACTIVITY, message.activity_id, key)
    fits = len(address.rpartition("@")[0]) <= LONGEST_LOCAL
    return Address(address, account.sender_name) if fits else None


def take_back(actor: Actor, message_id: int) -> None:
    """A mail that waits still goes to nobody, and its activity goes with it; documents that only it would have shown were not seen.
    ``Conflict`` once it is being handed over."""
    actor.require(Permission.MAIL_SEND)
    with transaction.atomic():
        message = _seen(actor).pick_for_change(actor, message_id, outgoing=True)
        waiting = Outbox.objects.select_for_update().filter(message=message, gave_up_at=None)
        if not waiting.filter(sending_since=None, accepted_at=None).exists():
            raise Conflict(_("The mail is on its way already."), cure=_("Write another one."))
        activity = message.activity
        audit.record(actor, "mail.take_back", activity, {"to": message.to, "subject": message.subject}, {})
        unseen(actor.organisation_id, message.pk)
        message.delete()
        if not activity.messages.exists():
            activity.delete()


def send_again(actor: Actor, message_id: int) -> None:
    """A person decides that a mail which failed, or may have been sent, goes out again."""
    actor.require(Permission.MAIL_SEND)
    with transaction.atomic():
        message = _seen(actor).pick_for_change(actor, message_id, outgoing=True)
        row = Outbox.objects.select_for_update().filter(message=message).first()
        if row is None or row.accepted_at is not None:
            raise Conflict(_("This mail was sent already."), cure=_("Write a new one."))
        if row.sending_since is not None and row.gave_up_at is None:  # nobody knows yet what becomes of it
            raise Conflict(_("The mail is on its way already."), cure=_("Write another one."))
        row.sending_since = row.gave_up_at = None
        row.created_at = clock.now()
        row.save(update_fields=["sending_since", "gave_up_at", "created_at"])
        message.state, message.state_reason = DeliveryState.QUEUED, ""
        message.save(update_fields=["state", "state_reason"])
        audit.record(actor, "mail.send_again", message.activity)
        request_send(row.pk)


def mark_sent(actor: Actor, message_id: int) -> None:
    """A person knows that a mail whose fate was in doubt went out."""
    actor.require(Permission.MAIL_SEND)
    with transaction.atomic():
        message = _seen(actor).pick_for_change(actor, message_id, outgoing=True)
        row = Outbox.objects.select_for_update().filter(message=message, accepted_at=None).first()
        if row is None:
            raise Conflict(_("This mail is known to be sent."), cure=_("Nothing is left to decide."))
        settle_sent(row)
        audit.record(actor, "mail.mark_sent", message.activity)
