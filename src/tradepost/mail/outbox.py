"""The outbox: a job hands each mail over, once, and files it in Sent.

A crash must not send twice. The job commits ``sending_since`` at the last moment before the message's bytes go out.
If it dies after that, nobody can know whether the server took the mail: then the Sent folder is asked for the
Message-ID; where it cannot answer, a person is asked, and nothing is sent by itself. So it is with a mail that waited when
a backup was made: ``tradepost restore`` leaves it in that doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tradepost.activities.models import DeliveryState, Message
from tradepost.jobs.models import NoticeLevel
from tradepost.jobs.queue import enqueue, periodic, task
from tradepost.jobs.services import notify
from tradepost.kit import clock
from tradepost.kit.errors import Fault, Temper
from tradepost.kit.words import gettext_noop
from tradepost.mail.accounts import open_mailbox, open_outgoing
from tradepost.mail.errors import AlreadySending, InDoubt
from tradepost.mail.models import Outbox
from tradepost.mail.types import FolderUse
from tradepost.sync.errors import Broke
from tradepost.sync.models import Review
from tradepost.wire import storage

TRY_FOR = timedelta(hours=24)
TRIES = 40  # at most an hour apart: more than fit into TRY_FOR
GIVE_UP_AFTER = timedelta(hours=36)
DOUBT = "mail.doubt"


def request_send(outbox_id: int, at: datetime | None = None) -> None:
    enqueue("mail.send", {"outbox_id": outbox_id}, lock=f"outbox:{outbox_id}", at=at)


@task("mail.send", tries=TRIES)
def send(outbox_id: int) -> None:
    """Hand one mail over, and file it in Sent. Runs again after any failure, and sends once."""
    rows = Outbox.objects.select_related("account__connection", "account__organisation", "message__activity")
    row = rows.filter(pk=outbox_id, gave_up_at=None).first()
    if row is None:
        return
    if row.accepted_at is None and row.sending_since is not None:
        _resolve_doubt(row)
    elif row.accepted_at is None:
        _hand_over(row)
    if row.accepted_at is not None and row.filed_at is None:
        _file_copy(row)


@periodic("mail.give_up", "*/10 * * * *")
def give_up(timestamp: int) -> None:
    """What no try could settle, a person is told: nothing stays queued for ever."""
    rows = Outbox.objects.filter(gave_up_at=None, created_at__lt=clock.now() - GIVE_UP_AFTER)
    rows = rows.select_related("message__activity").filter(Q(accepted_at=None) | Q(filed_at=None))
    for row in rows[:500]:
        if row.accepted_at is not None:
            _not_copied(row, Broke(_("the copying")))
        elif row.sending_since is not None:
            _ask(row)
        else:
            _failed(row, Broke(_("the sending")))


def _resolve_doubt(row: Outbox) -> None:
    """A former try died after its point of no return: the Sent folder may know, else a person is asked."""
    try:
        found = _find_in_sent(row)
    except Fault as fault:
        if fault.temper is Temper.RETRYABLE and not _late(row):
            raise
        found = False
    if found:
        settle_sent(row)
    else:
        _ask(row)


def settle_sent(row: Outbox) -> None:
    """The Sent folder, or a person, knows that the mail went out."""
    accept(row, row.recipients, {})
    _filed(row)


def seen_in_sent(row: Outbox) -> None:
    """A pass over the Sent folder met the mail: where nobody knew whether it went out, nothing is left to ask."""
    if row.accepted_at is None and row.sending_since is not None:
        settle_sent(row)
        asked = Review.objects.filter(organisation_id=row.organisation_id, kind=DOUBT, key=str(row.pk))
        asked.filter(resolved_at=None).update(resolved_at=clock.now(), choice="sent")
    else:
        _filed(row)


def _find_in_sent(row: Outbox) -> bool:
    folder = row.account.folders.get(FolderUse.SENT)
    if not folder:
        return False
    with open_mailbox(row.account) as box:
        return box.find(folder, row.message.message_id) is not None


def _late(row: Outbox) -> bool:
    return clock.now() - row.created_at > TRY_FOR


def _ask(row: Outbox) -> None:
    """Nobody can know whether the mail went out, so a person decides."""
    reason = gettext_noop(
        "The connection broke while the mail was handed over, and it is not in the Sent folder."
    )
    if not row.attempts:  # it was restored
        reason = gettext_noop(
            "The mail waited to go out when the backup was made that was restored, and it is not in the Sent folder."
        )
    with transaction.atomic():
        Message.objects.filter(pk=row.message_id).update(
            state=DeliveryState.FAILED,
            state_reason=" ".join((reason, gettext_noop("It may have been sent."))),
        )
        Outbox.objects.filter(pk=row.pk).update(gave_up_at=clock.now())
        Review.objects.get_or_create(
            organisation_id=row.organisation_id,
            kind=DOUBT,
            key=str(row.pk),
            resolved_at=None,
            defaults={
                "title": gettext_noop("Was “{subject}” sent?").format(subject=row.message.subject)[:300],
                "reason": reason,
                "owner_id": row.message.activity.owner_id,
                "facts": {"outbox": row.pk, "activity": row.message.activity_id},
                "options": ["send", "sent"],
            },
        )


def _hand_over(row: Outbox) -> None:
    passed = False

    def point_of_no_return() -> None:
        """Only the last runner may pass: whoever set ``sending_since`` before has died or is at it."""
        nonlocal passed
        mine = Outbox.objects.filter(pk=row.pk, sending_since=None, accepted_at=None)
        if not mine.update(sending_since=clock.now()):
            raise AlreadySending()
        passed = True

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
        _failed(row, fault, passed=passed)
        raise
    accept(row, list(sent.accepted), dict(sent.refused))


def _failed(row: Outbox, fault: Fault, *, passed: bool = False) -> None:
    """The server answered that it did not take the mail, so trying again is safe; unless another runner has ``passed`` the point
    of no return meanwhile: then it is his to say."""
    final = fault.temper is not Temper.RETRYABLE or _late(row)
    rows = Outbox.objects.filter(pk=row.pk)
    mine = rows if passed else rows.filter(sending_since=None)
    with transaction.atomic():
        if not mine.update(
            sending_since=None, last_error=str(fault), gave_up_at=clock.now() if final else None
        ):
            return
        state = DeliveryState.FAILED if final else DeliveryState.QUEUED
        Message.objects.filter(pk=row.message_id).update(state=state, state_reason=str(fault))
        if final:
            title = gettext_noop("“{subject}” was not sent").format(subject=row.message.subject)
            _tell(row, title, str(fault), NoticeLevel.ERROR)


def _tell(row: Outbox, title: str, text: str, level: NoticeLevel) -> None:
    notify(
        row.organisation_id,
        f"outbox:{row.pk}",
        title,
        text=text,
        level=level,
        user_id=row.message.activity.owner_id,
        link=f"/activities/{row.message.activity_id}/",
    )


def accept(row: Outbox, accepted: Sequence[str], refused: dict[str, str]) -> None:
    now = clock.now()
    words = "; ".join(f"{email}: {why}" for email, why in refused.items())
    with transaction.atomic():
        Outbox.objects.filter(pk=row.pk).update(accepted=list(accepted), accepted_at=now, last_error=words)
        state = DeliveryState.PARTLY if refused else DeliveryState.SENT
        unsettled = Message.objects.filter(pk=row.message_id).exclude(state=DeliveryState.BOUNCED)
        if unsettled.update(state=state, state_reason=words) and refused:
            title = gettext_noop("“{subject}” did not go to all of its recipients")
            _tell(row, title.format(subject=row.message.subject), words, NoticeLevel.WARNING)
    row.accepted_at = now


def _file_copy(row: Outbox) -> None:
    """A14: the mail appears in the user's Sent folder, once: by its Message-ID we see whether it is there already."""
    folder = row.account.folders.get(FolderUse.SENT)
    try:
        if row.account.copy_to_sent and folder:
            with open_mailbox(row.account) as box:
                if box.find(folder, row.message.message_id) is None:
                    box.append(folder, storage.read(row.raw_key), seen=True, at=row.message.at)
    except Fault as fault:
        if fault.temper is Temper.RETRYABLE and not _late(row):
            raise
        _not_copied(row, fault)
    else:
        _filed(row)


def _not_copied(row: Outbox, fault: Fault) -> None:
    title = gettext_noop("“{subject}” was sent, but not copied to the Sent folder")
    _tell(row, title.format(subject=row.message.subject), str(fault), NoticeLevel.WARNING)
    _filed(row)


def _filed(row: Outbox) -> None:
    row.filed_at = clock.now()
    Outbox.objects.filter(pk=row.pk).update(filed_at=row.filed_at)
