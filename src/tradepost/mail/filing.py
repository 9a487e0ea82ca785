"""From a decided message to its rows: ``prepare`` takes it apart and keeps its files, ``store`` writes the rows.

``prepare`` does the slow work and needs no transaction; what it leaves when nobody commits is a file that no row names,
which a job sweeps. ``store`` runs inside the pass's commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from tradepost.accounts.access import Actor
from tradepost.activities.models import Activity, ActivityKind, DeliveryState, Message, Visibility
from tradepost.activities.services import File, Kept, attach, keep_file, open_activity, put_on, touch
from tradepost.jobs.models import NoticeLevel
from tradepost.jobs.services import notify
from tradepost.kit import clock
from tradepost.kit.errors import Invalid
from tradepost.mail.asking import ask, plain
from tradepost.mail.bounce import Bounce, Outcome, read_bounce
from tradepost.mail.decide import Action, Decision
from tradepost.mail.headers import fold_id
from tradepost.mail.held import Held
from tradepost.mail.lookup import conversation_key, id_key, thread_key
from tradepost.mail.mime import take_apart
from tradepost.mail.models import MailAccount, Mark, Outbox
from tradepost.mail.plain import text_of_html
from tradepost.mail.sightings import sight
from tradepost.mail.types import Envelope, FolderUse
from tradepost.mail.unquote import unquote_html, unquote_text
from tradepost.sync.runs import Pass

SECOND, TICK = timedelta(seconds=1), timedelta(microseconds=1)
MAX_TEXT, MAX_HTML = 1_000_000, 2_000_000  # characters


@dataclass(frozen=True, slots=True)
class Filed:
    """A decided message, ready to be stored."""

    envelope: Envelope
    decision: Decision
    new: str = ""
    quoted: str = ""
    html: str = ""
    files: tuple[Kept, ...] = ()
    problems: tuple[str, ...] = ()
    bounce: Bounce | None = None


def prepare(account: MailAccount, envelope: Envelope, decision: Decision, raw: bytes) -> Filed:
    """Take a fetched message apart and keep its files. Never raises on what a message holds: it becomes a problem."""
    if decision.action is Action.BOUNCE:
        return Filed(envelope, decision, bounce=read_bounce(raw))
    body = take_apart(raw)
    problems = list(body.problems)
    if len(raw) < envelope.size:
        problems.append("The message is larger than tradepost reads; its end was left in the mailbox.")
    files: list[Kept] = []
    for part in body.parts if decision.take_files else ():
        try:
            kind, cid = _sayable(part.content_type)[:100], _sayable(part.content_id)
            file = File(_sayable(part.name), part.content, kind, cid, part.inline)
            files.append(keep_file(account.organisation_id, file))
        except Invalid as fault:
            problems.append(str(fault))
    if len(body.html) > MAX_HTML or len(body.text) > MAX_TEXT:
        problems.append("The text is longer than tradepost keeps; all of it is in the mailbox.")
    html = _sayable(body.html) if len(body.html) <= MAX_HTML else ""
    new, quoted = _words(_sayable(body.text[:MAX_TEXT]), html, _parent_text(decision))
    return Filed(envelope, decision, new, quoted, html, tuple(files), tuple(problems))


def _sayable(text: str) -> str:
    """Without what PostgreSQL cannot hold: NUL, and surrogates that an odd charset left behind."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _words(text: str, html: str, parent: str) -> tuple[str, str]:
    """What the person newly wrote, and the trail below it, as text. The HTML stays as it came."""
    if text.strip() or not html:
        words = unquote_text(text, parent)
        return words.new.strip(), words.quoted.strip()
    formatted = unquote_html(html, parent)
    return text_of_html(formatted.new).strip(), text_of_html(formatted.quoted).strip()


def _parent_text(decision: Decision) -> str:
    if decision.activity is None or decision.activity < 0:  # it answers one of its own page
        return ""
    sent = Message.objects.filter(activity_id=decision.activity, outgoing=True).order_by("-at")
    return sent.values_list("text", flat=True).first() or ""


def store(
    work: Pass, account: MailAccount, uidvalidity: int, filed: Filed, held: Held, *, news: bool = True
) -> Message | None:
    """Write one message's rows and log line. Called inside ``Pass.commit``, whose end settles ``held``.

    Returns the message as it is here now, if it is. An answer that is ``news`` rings at its owner's.
    """
    action = filed.decision.action
    if action is Action.DUPLICATE:
        return _duplicate(work, account, uidvalidity, filed)
    if action is Action.REVIEW:
        ask(work, account, filed.envelope, filed.decision)
        return None
    if action is Action.BOUNCE:
        _bounce(work, account, filed)
        return None
    try:
        with transaction.atomic():  # another mailbox may store the same message at this moment
            message = _message(work.actor, account, filed, held)
            _remember(work, account, uidvalidity, filed.envelope, message)
    except IntegrityError:
        here = Mark.objects.filter(organisation_id=account.organisation_id, key=_key(filed.envelope))
        if not here.exists():
            raise
        return _duplicate(work, account, uidvalidity, filed)
    held.move(message.activity_id, message.at)
    work.log(
        "append" if action is Action.APPEND else "create",
        filed.envelope.subject,
        reason=filed.decision.reason,
        kind="activity",
        record_id=message.activity_id,
        remote_id=filed.envelope.message_id,
        after={"message": message.pk},
    )
    if news:
        _tell(account, filed, message, held)
    return message


def _message(actor: Actor, account: MailAccount, filed: Filed, held: Held) -> Message:
    envelope, decision = filed.envelope, filed.decision
    at = _instant(filed, held)
    activity = _activity(actor, account, filed, at, held)
    outgoing = envelope.sender.email == account.sender_email.lower()
    message = Message.objects.create(
        organisation_id=account.organisation_id,
        activity=activity,
        outgoing=outgoing,
        message_id=fold_id(envelope.message_id)[:998],
        in_reply_to=envelope.in_reply_to[:998],
        references=list(envelope.references),
        sender=plain(envelope.sender),
        sender_email=envelope.sender.email[:254],
        to=[plain(a) for a in envelope.to],
        cc=[plain(a) for a in envelope.cc],
        subject=envelope.subject[:998],
        at=at,
        text=filed.new,
        quoted=filed.quoted,
        html=filed.html,
        automatic=envelope.automatic,
        state=DeliveryState.SENT if outgoing else DeliveryState.RECEIVED,
        reason=decision.reason,
        matched_by=decision.matched_by,
        problems=list(filed.problems),
        account_ref=str(account.pk),
    )
    attach(held.get(decision.files_to) if decision.files_to is not None else activity, filed.files, message)
    return message


def _instant(filed: Filed, held: Held) -> datetime:
    """When it arrived. The mailbox counts whole seconds: an answer still comes after what it answers."""
    at = filed.envelope.received or filed.envelope.date or clock.now()
    if filed.decision.activity is None:
        return at
    answered = held.at(filed.decision.activity)
    return answered + TICK if at < answered < at + SECOND else at


def _activity(actor: Actor, account: MailAccount, filed: Filed, at: datetime, held: Held) -> Activity:
    envelope, decision = filed.envelope, filed.decision
    if decision.action is Action.APPEND and decision.activity is not None:
        return held.get(decision.activity)
    shared = account.owner_id is None
    activity = open_activity(
        actor,
        ActivityKind.EMAIL,
        [],
        subject=envelope.subject or "(no subject)",
        at=at,
        visibility=Visibility.ALL if shared else Visibility(decision.visibility.value),
        owner_id=account.owner_id,
        parent_id=decision.activity,
    )
    put_on(activity, decision.records)
    held.add(activity)
    return activity


def _remember(
    work: Pass, account: MailAccount, uidvalidity: int, envelope: Envelope, message: Message
) -> None:
    """The marks and the place of a message. The Message-ID is unique in the company: an IntegrityError says "here"."""
    organisation_id = account.organisation_id
    Mark.objects.create(organisation_id=organisation_id, key=_key(envelope), message=message)
    keys = [thread_key(account.pk, envelope.thread)] if envelope.thread else []
    keys += [conversation_key(envelope.conversation)] if envelope.conversation else []
    _mark(message, *keys)
    sight(work.stream, account, uidvalidity, envelope.uid, message, new=True)


def forget_taken_back(account: MailAccount, envelope: Envelope) -> None:
    Mark.objects.filter(organisation_id=account.organisation_id, key=_key(envelope), message=None).delete()


def _key(envelope: Envelope) -> str:
    return id_key(fold_id(envelope.message_id))


def _duplicate(work: Pass, account: MailAccount, uidvalidity: int, filed: Filed) -> Message | None:
    """The message is here already: learn its place, and the Message-ID that the provider gave our own mail."""
    envelope = filed.envelope
    here = Mark.objects.filter(organisation_id=account.organisation_id)
    known = here.filter(key=_key(envelope)).select_related("message").first()
    message = known.message if known else _ours(account, envelope)
    work.counts["known"] += 1
    if message is None:
        return None
    if known is None:
        _mark(message, _key(envelope))
    sight(work.stream, account, uidvalidity, envelope.uid, message)
    if message.outgoing and work.stream.remote_id == account.folders.get(FolderUse.SENT):
        Outbox.objects.filter(message=message, filed_at=None).update(filed_at=clock.now())
    return message


def _ours(account: MailAccount, envelope: Envelope) -> Message | None:
    if not envelope.hop:
        return None
    ours = Message.objects.filter(organisation_id=account.organisation_id, outgoing=True)
    return ours.filter(message_id__startswith=f"{envelope.hop}@").first()


def _mark(message: Message, *keys: str) -> None:
    Mark.objects.bulk_create(
        [Mark(organisation_id=message.organisation_id, key=key, message=message) for key in keys],
        ignore_conflicts=True,
    )


def _bounce(work: Pass, account: MailAccount, filed: Filed) -> None:
    """A delivery report moves the state of the mail it is about; a report on somebody else's mail is left alone."""
    report = filed.bounce
    ids = [i for i in (report.message_id if report else "", *filed.envelope.references) if i]
    keys = [id_key(fold_id(i)) for i in ids]
    marks = Mark.objects.filter(organisation_id=account.organisation_id, key__in=keys)
    mark = marks.filter(message__outgoing=True).select_related("message__activity").first()
    message = mark.message if mark else None
    if report is None or message is None or report.outcome not in (Outcome.FAILED, Outcome.DELAYED):
        work.counts["ignored"] += 1
        return
    words = _words_of(report)
    if report.outcome is Outcome.FAILED:
        Message.objects.filter(pk=message.pk).update(state=DeliveryState.BOUNCED, state_reason=words)
        touch(message.activity, filed.envelope.received or clock.now())
        notify(
            account.organisation_id,
            f"bounce:{message.pk}",
            f"“{message.subject}” could not be delivered",
            text=words,
            level=NoticeLevel.WARNING,
            user_id=message.activity.owner_id,
            link=f"/activities/{message.activity_id}/",
        )
    _mark(message, _key(filed.envelope))  # the report is known when it is seen again
    work.log(
        "bounce" if report.outcome is Outcome.FAILED else "delay",
        filed.envelope.subject,
        reason=words,
        kind="activity",
        record_id=message.activity_id,
        remote_id=filed.envelope.message_id,
    )


def _words_of(report: Bounce) -> str:
    """The server's own words about the first recipient it failed."""
    worst = next(r for r in report.recipients if r.outcome is report.outcome)
    said = worst.diagnostic or worst.status or "not delivered"
    return _sayable(f"{worst.recipient or 'The receiving server'}: {said}")


def _tell(account: MailAccount, filed: Filed, message: Message, held: Held) -> None:
    """A reply is news for who wrote the mail it answers."""
    if message.outgoing or filed.decision.activity is None or filed.envelope.automatic:
        return
    owner = held.get(filed.decision.activity).owner_id
    name = filed.envelope.sender.name or filed.envelope.sender.email
    notify(
        account.organisation_id,
        f"reply:{message.activity_id}",
        f"{name} answered: {message.subject}",
        user_id=owner,
        link=f"/activities/{message.activity_id}/",
    )
