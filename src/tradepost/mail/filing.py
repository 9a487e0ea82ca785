"""From a decided message to its rows: ``prepare`` takes it apart and keeps its files, a ``Batch`` writes the rows.

``prepare`` does the slow work and needs no transaction; what it leaves when nobody commits is a file that no row names,
which a job sweeps. A batch is written inside the pass's commit. ``store`` is a batch of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from tradepost.accounts.access import Actor
from tradepost.activities.models import Activity, ActivityKind, DeliveryState, Message, Visibility
from tradepost.activities.services import File, Kept, attach, keep_file, open_activity, put_on, touch
from tradepost.jobs.models import NoticeLevel
from tradepost.jobs.services import notify
from tradepost.kit import clock
from tradepost.kit.errors import Invalid
from tradepost.kit.words import gettext_noop
from tradepost.mail import tokens
from tradepost.mail.asking import ask, plain
from tradepost.mail.bounce import Bounce, Outcome, read_bounce
from tradepost.mail.decide import Action, Decision
from tradepost.mail.headers import fold_id
from tradepost.mail.held import Held
from tradepost.mail.lookup import conversation_key, id_key, thread_key
from tradepost.mail.mime import take_apart
from tradepost.mail.models import MailAccount, Mark, Outbox
from tradepost.mail.outbox import seen_in_sent
from tradepost.mail.plain import text_of_html
from tradepost.mail.sightings import sight
from tradepost.mail.types import Address, Envelope, FolderUse
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
    reply_to: tuple[Address, ...] = ()
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
    return Filed(envelope, decision, new, quoted, html, tuple(files), tuple(problems), body.reply_to)


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


@dataclass(slots=True)
class Batch:
    """The messages of one commit. Their rows are written together, in a third of the time that they take
    singly. Used inside ``Pass.commit``.

    The Message-ID is unique in the company: where another mailbox stored one of them at this moment, ``write`` raises an
    IntegrityError for all. An answer that is ``news`` rings at its owner's.
    """

    work: Pass
    account: MailAccount
    uidvalidity: int
    held: Held
    news: bool = True
    _new: list[tuple[Filed, Message]] = field(default_factory=list)

    def add(self, filed: Filed) -> int | None:
        """The activity that the message is on, if it is on one."""
        action = filed.decision.action
        if action in (Action.NEW, Action.APPEND):
            message = _message(self.work.actor, self.account, filed, self.held)
            self.held.move(message.activity_id, message.at)
            self._new.append((filed, message))
            return message.activity_id
        self.write()  # it may be about one of them
        if action is Action.DUPLICATE:
            return _duplicate(self.work, self.account, self.uidvalidity, filed)
        if action is Action.REVIEW:
            ask(self.work, self.account, filed.envelope, filed.decision)
        elif action is Action.BOUNCE:
            _bounce(self.work, self.account, filed)
        return None

    def write(self) -> None:
        """Write the rows of all messages that were added, and their log lines."""
        new, self._new = self._new, []
        if not new:
            return
        self.held.settle()
        Message.objects.bulk_create([message for _filed, message in new])
        for filed, message in new:
            to = filed.decision.files_to
            attach(message.activity if to is None else self.held.get(to), filed.files, message)
        _remember(self.account, new)
        sight(self.work.stream, self.account, self.uidvalidity, {f.envelope.uid: m for f, m in new}, new=True)
        for filed, message in new:
            _log(self.work, filed, message)
        if self.news:
            _tell(self.account, new, self.held)


def store(
    work: Pass, account: MailAccount, uidvalidity: int, filed: Filed, *, news: bool = True
) -> int | None:
    """Write one message. Returns the activity that it is on now, if it is on one. Called inside ``Pass.commit``."""
    try:
        with transaction.atomic():  # another mailbox may store the same message at this moment
            batch = Batch(work, account, uidvalidity, Held(account.organisation_id), news)
            activity = batch.add(filed)
            batch.write()
            return activity
    except IntegrityError:
        here = Mark.objects.filter(organisation_id=account.organisation_id, key=_key(filed.envelope))
        if not here.exists():
            raise
        return _duplicate(work, account, uidvalidity, filed)


def _log(work: Pass, filed: Filed, message: Message) -> None:
    work.log(
        "append" if filed.decision.action is Action.APPEND else "create",
        filed.envelope.subject,
        reason=filed.decision.reason,
        kind="activity",
        record_id=message.activity_id,
        remote_id=filed.envelope.message_id,
        after={"message": message.pk},
    )


def _message(actor: Actor, account: MailAccount, filed: Filed, held: Held) -> Message:
    envelope, decision = filed.envelope, filed.decision
    at = _instant(filed, held)
    activity = _activity(actor, account, filed, at, held)
    outgoing = envelope.sender.email == account.sender_email.lower()
    return Message(
        organisation_id=account.organisation_id,
        activity=activity,
        outgoing=outgoing,
        message_id=envelope.message_id[:998],
        in_reply_to=envelope.in_reply_to[:998],
        references=list(envelope.references[::-1]),  # the oldest first, as answers go on from them
        sender=plain(envelope.sender),
        sender_email=envelope.sender.email[:254],
        to=[plain(a) for a in envelope.to],
        cc=[plain(a) for a in envelope.cc],
        bcc=[plain(a) for a in envelope.bcc],
        reply_to=[plain(a) for a in filed.reply_to],
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
        thread_index=tokens.kept_index(envelope.thread_index) if envelope.conversation else "",
    )


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


def _remember(account: MailAccount, new: Sequence[tuple[Filed, Message]]) -> None:
    """The marks of messages. Of Message-IDs each must be new: an IntegrityError says that one is here."""
    ids = [
        Mark(organisation_id=account.organisation_id, key=_key(filed.envelope), message=message)
        for filed, message in new
    ]
    Mark.objects.bulk_create(ids)
    _mark(mark for filed, message in new for mark in _threads(account, filed.envelope, message))


def _threads(account: MailAccount, envelope: Envelope, message: Message) -> Iterator[tuple[Message, str]]:
    if envelope.thread:
        yield message, thread_key(account.pk, envelope.thread)
    if envelope.conversation:
        yield message, conversation_key(envelope.conversation)


def forget_taken_back(account: MailAccount, envelope: Envelope) -> None:
    Mark.objects.filter(organisation_id=account.organisation_id, key=_key(envelope), message=None).delete()


def _key(envelope: Envelope) -> str:
    return id_key(fold_id(envelope.message_id))


def _duplicate(work: Pass, account: MailAccount, uidvalidity: int, filed: Filed) -> int | None:
    """The message is here already: learn its place, and the Message-ID and thread that the provider gave our own mail."""
    envelope = filed.envelope
    here = Mark.objects.filter(organisation_id=account.organisation_id)
    known = here.filter(key=_key(envelope)).select_related("message").first()
    message = known.message if known else _ours(account, envelope)
    work.counts["known"] += 1
    if message is None:
        return None
    if known is None:
        _mark([(message, _key(envelope))])
    _mark(_threads(account, envelope, message))
    sight(work.stream, account, uidvalidity, {envelope.uid: message})
    if message.outgoing and work.stream.remote_id == account.folders.get(FolderUse.SENT):
        for row in Outbox.objects.filter(message=message, filed_at=None):
            seen_in_sent(row)
    return message.activity_id


def _ours(account: MailAccount, envelope: Envelope) -> Message | None:
    if not envelope.hop:
        return None
    ours = Message.objects.filter(organisation_id=account.organisation_id, outgoing=True)
    return ours.filter(message_id__startswith=f"{envelope.hop}@").first()


def _mark(keys: Iterable[tuple[Message, str]]) -> None:
    rows = [Mark(organisation_id=m.organisation_id, key=key, message=m) for m, key in keys]
    Mark.objects.bulk_create(rows, ignore_conflicts=True)


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
            gettext_noop("“{subject}” could not be delivered").format(subject=message.subject),
            text=words,
            level=NoticeLevel.WARNING,
            user_id=message.activity.owner_id,
            link=f"/activities/{message.activity_id}/",
        )
    _mark([(message, _key(filed.envelope))])  # the report is known when it is seen again
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


def _tell(account: MailAccount, new: Sequence[tuple[Filed, Message]], held: Held) -> None:
    """Replies are news for who wrote the mail that they answer: one notice for all on an activity."""
    replies: dict[int, list[tuple[Filed, Message]]] = {}
    for filed, message in new:
        if not message.outgoing and filed.decision.activity is not None and not filed.envelope.automatic:
            replies.setdefault(message.activity_id, []).append((filed, message))
    for activity, several in replies.items():
        filed, message = several[-1]
        name = filed.envelope.sender.name or filed.envelope.sender.email
        notify(
            account.organisation_id,
            f"reply:{activity}",
            gettext_noop("{name} answered: {subject}").format(name=name, subject=message.subject),
            user_id=held.get(filed.decision.activity or 0).owner_id,
            link=f"/activities/{activity}/",
            count=len(several),
        )
