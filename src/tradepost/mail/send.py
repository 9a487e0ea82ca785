"""Send Email: the verb writes activity, message and outbox in one transaction; a job hands the mail over.

A crash must not send twice. The job commits ``sending_since`` at the last moment before the message's bytes go out.
If it dies after that, nobody can know whether the server took the mail: then the Sent folder is asked for the
Message-ID; where it cannot answer, a person is asked, and nothing is sent by itself.
"""

from __future__ import annotations

import secrets as random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.activities import storage
from tradepost.activities.models import Activity, ActivityKind, DeliveryState, Message
from tradepost.activities.queries import visible
from tradepost.activities.records import Record
from tradepost.activities.services import File, attach, check_records, keep_file, open_activity, touch
from tradepost.jobs.models import NoticeLevel
from tradepost.jobs.queue import enqueue, task
from tradepost.jobs.services import notify
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Fault, Invalid, Missing, Temper
from tradepost.mail import tokens
from tradepost.mail.accounts import open_mailbox, open_outgoing, reachable
from tradepost.mail.compose import Draft, Parent, Stamp, compose
from tradepost.mail.errors import AlreadySending, InDoubt, NotConnected
from tradepost.mail.lookup import ACTIVITY, conversation_key, id_key
from tradepost.mail.models import MailAccount, Mark, Outbox
from tradepost.mail.plain import text_of_html
from tradepost.mail.recipients import recipients
from tradepost.mail.types import Address, FolderUse, Part
from tradepost.sync.models import Health, Review

MAX_RECIPIENTS = 5000
GIVE_UP_AFTER = timedelta(hours=24)


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


def send_email(actor: Actor, letter: Letter) -> Message:
    """Write the mail and queue it (A12–A14). Everything is checked before anything is written."""
    actor.require(Permission.MAIL_SEND)
    account = reachable(actor).filter(pk=letter.account_id).first()
    if account is None:
        raise Missing("mail account that you may use")
    if account.connection.health == Health.OFF or not account.connection.secrets:
        raise NotConnected(account=account.name)
    people = _recipients(letter)
    if not letter.subject.strip() and not (letter.html or letter.text).strip():
        raise Invalid(fields={"subject": "Write a subject or a text."})
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
        audit.record(actor, "mail.send", activity, {}, {"to": message.to, "subject": message.subject})
        enqueue("mail.send", {"outbox_id": row.pk}, lock=f"outbox:{row.pk}")
    return message


def _recipients(letter: Letter) -> dict[str, tuple[Address, ...]]:
    groups = {name: recipients(getattr(letter, name), name) for name in ("to", "cc", "bcc")}
    count = sum(len(g) for g in groups.values())
    if not count:
        raise Invalid(fields={"to": "Enter at least one recipient."})
    if count > MAX_RECIPIENTS:
        raise Invalid(fields={"to": f"A mail goes to {MAX_RECIPIENTS} recipients at most. Send it in parts."})
    return groups


def _parent(actor: Actor, message_id: int | None) -> Message | None:
    if message_id is None:
        return None
    rows = Message.objects.of(actor).filter(activity__in=Activity.objects.of(actor).filter(visible(actor)))
    message = rows.filter(pk=message_id).select_related("activity").first()
    if message is None:
        raise Missing("message to answer")
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
    key, domain = bytes(organisation.token_key), account.sender_email.rpartition("@")[2]
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
        at=clock.now(),
        text=letter.text or text_of_html(letter.html),
        html=letter.html,
        state=DeliveryState.QUEUED,
        reason="It was sent from here.",
        account_ref=str(account.pk),
        **{name: [{"email": a.email, "name": a.name} for a in group] for name, group in people.items()},
    )
    marks = [id_key(message_id), conversation_key(tokens.conversation_id(_conversation(key, activity)))]
    Mark.objects.bulk_create(
        [Mark(organisation_id=activity.organisation_id, key=mark, message=message) for mark in marks],
        ignore_conflicts=True,
    )
    return message


def _conversation(key: bytes, activity: Activity) -> bytes:
    return key + f"conversation:{activity.pk}".encode()


def _raw(message: Message, account: MailAccount, letter: Letter, parent: Message | None) -> bytes:
    organisation = account.organisation
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
    )
    stamp = Stamp(
        message_id=message.message_id,
        hop=message.message_id.partition("@")[0],
        at=message.at,
        conversation=_conversation(bytes(organisation.token_key), message.activity),
    )
    return compose(draft, stamp, Parent(parent.message_id, tuple(parent.references)) if parent else None)


# -- the job -----------------------------------------------------------------------------------------------------


@task("mail.send", tries=12)
def send(outbox_id: int) -> None:
    """Hand one mail over, and file it in Sent. Runs again after any failure, and sends once."""
    row = Outbox.objects.select_related(
        "account__connection", "account__organisation", "message__activity"
    ).get(pk=outbox_id)
    if row.gave_up_at is not None:
        return
    if row.accepted_at is None and (row.sending_since is None or _resolve_doubt(row)):
        _hand_over(row)
    if row.accepted_at is not None and row.filed_at is None:
        _file_copy(row)


def _resolve_doubt(row: Outbox) -> bool:
    """A former try died after its point of no return. True: it was surely not sent, so send it now."""
    found = _find_in_sent(row)
    if found:
        _accept(row, row.recipients, {})
        Outbox.objects.filter(pk=row.pk).update(filed_at=clock.now())
        row.filed_at = clock.now()
        return False
    _ask(row)
    return False


def _find_in_sent(row: Outbox) -> bool:
    folder = row.account.folders.get(FolderUse.SENT)
    if not folder:
        return False
    with open_mailbox(row.account) as box:
        return box.find(folder, row.message.message_id) is not None


def _ask(row: Outbox) -> None:
    """Nobody can know whether the mail went out, so a person decides."""
    with transaction.atomic():
        Message.objects.filter(pk=row.message_id).update(
            state=DeliveryState.FAILED,
            state_reason="The connection broke while the mail was handed over; it may have been sent.",
        )
        Outbox.objects.filter(pk=row.pk).update(gave_up_at=clock.now())
        Review.objects.get_or_create(
            organisation_id=row.organisation_id,
            kind="mail.doubt",
            key=str(row.pk),
            resolved_at=None,
            defaults={
                "title": f"Was “{row.message.subject}” sent?"[:300],
                "reason": "The connection broke while the mail was handed over, and it is not in the Sent folder.",
                "owner_id": row.message.activity.owner_id,
                "facts": {"outbox": row.pk, "activity": row.message.activity_id},
                "options": ["send", "sent"],
            },
        )


def _hand_over(row: Outbox) -> None:
    def point_of_no_return() -> None:
        """Only the last runner may pass: whoever set ``sending_since`` before has died or is at it."""
        mine = Outbox.objects.filter(pk=row.pk, sending_since=None, accepted_at=None)
        if not mine.update(sending_since=clock.now()):
            raise AlreadySending()

    Outbox.objects.filter(pk=row.pk).update(attempts=row.attempts + 1)
    raw = storage.read(row.raw_key)
    try:
        outgoing = open_outgoing(row.account)
        sent = outgoing.send(row.account.sender_email, row.recipients, raw, before_data=point_of_no_return)
    except AlreadySending:
        return
    except InDoubt:
        raise  # the next try resolves the doubt
    except Fault as fault:
        _failed(row, fault)
        raise
    _accept(row, list(sent.accepted), dict(sent.refused))


def _failed(row: Outbox, fault: Fault) -> None:
    """The server answered that it did not take the mail, so trying again is safe."""
    late = clock.now() - row.created_at > GIVE_UP_AFTER
    final = fault.temper is not Temper.RETRYABLE or late
    with transaction.atomic():
        Outbox.objects.filter(pk=row.pk).update(
            sending_since=None, last_error=str(fault), gave_up_at=clock.now() if final else None
        )
        state = DeliveryState.FAILED if final else DeliveryState.QUEUED
        Message.objects.filter(pk=row.message_id).update(state=state, state_reason=str(fault))
        if final:
            notify(
                row.organisation_id,
                f"unsent:{row.pk}",
                f"“{row.message.subject}” was not sent",
                text=str(fault),
                level=NoticeLevel.ERROR,
                user_id=row.message.activity.owner_id,
                link=f"/activities/{row.message.activity_id}/",
            )


def _accept(row: Outbox, accepted: Sequence[str], refused: dict[str, str]) -> None:
    now = clock.now()
    words = "; ".join(f"{email}: {why}" for email, why in refused.items())
    with transaction.atomic():
        Outbox.objects.filter(pk=row.pk).update(accepted=list(accepted), accepted_at=now, last_error=words)
        state = DeliveryState.PARTLY if refused else DeliveryState.SENT
        unsettled = Message.objects.filter(pk=row.message_id).exclude(state=DeliveryState.BOUNCED)
        unsettled.update(state=state, state_reason=words)
    row.accepted_at = now


def _file_copy(row: Outbox) -> None:
    """A14: the mail appears in the user's Sent folder, once: by its Message-ID we see whether it is there already."""
    folder = row.account.folders.get(FolderUse.SENT)
    if not row.account.copy_to_sent or not folder:
        Outbox.objects.filter(pk=row.pk).update(filed_at=clock.now())
        return
    with open_mailbox(row.account) as box:
        if box.find(folder, row.message.message_id) is None:
            box.append(folder, storage.read(row.raw_key), seen=True, at=row.message.at)
    Outbox.objects.filter(pk=row.pk).update(filed_at=clock.now())


def send_again(actor: Actor, message_id: int) -> None:
    """A person decides that a mail which failed, or may have been sent, goes out again."""
    actor.require(Permission.MAIL_SEND)
    with transaction.atomic():
        message = Message.objects.pick_for_change(actor, message_id, outgoing=True)
        row = Outbox.objects.select_for_update().filter(message=message).first()
        if row is None or row.accepted_at is not None:
            raise Conflict("This mail was sent already.", cure="Write a new one.")
        row.sending_since = row.gave_up_at = None
        row.created_at = clock.now()
        row.save(update_fields=["sending_since", "gave_up_at", "created_at"])
        message.state, message.state_reason = DeliveryState.QUEUED, ""
        message.save(update_fields=["state", "state_reason"])
        audit.record(actor, "mail.send_again", message.activity)
        enqueue("mail.send", {"outbox_id": row.pk}, lock=f"outbox:{row.pk}")


def mark_sent(actor: Actor, message_id: int) -> None:
    """A person knows that a mail whose fate was in doubt went out."""
    actor.require(Permission.MAIL_SEND)
    with transaction.atomic():
        message = Message.objects.pick_for_change(actor, message_id, outgoing=True)
        row = Outbox.objects.select_for_update().filter(message=message, accepted_at=None).first()
        if row is None:
            raise Conflict("This mail is known to be sent.", cure="Nothing is left to decide.")
        _accept(row, row.recipients, {})
        Outbox.objects.filter(pk=row.pk).update(filed_at=clock.now())
        audit.record(actor, "mail.mark_sent", message.activity)
