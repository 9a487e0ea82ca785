"""What a person decides about mail: where a message belongs, and whether a mail went out (``sync.services.resolve``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import User
from tradepost.activities.records import Record
from tradepost.activities.services import around, check_records
from tradepost.jobs.models import NoticeLevel
from tradepost.jobs.queue import enqueue, task
from tradepost.jobs.services import notify
from tradepost.kit.errors import Fault, Invalid, Temper
from tradepost.kit.words import gettext_noop
from tradepost.mail import preferences, send
from tradepost.mail.accounts import open_mailbox
from tradepost.mail.asking import TRIAGE
from tradepost.mail.decide import Action, Decision
from tradepost.mail.directory import Files
from tradepost.mail.errors import Unreadable
from tradepost.mail.filing import forget_taken_back, prepare, store
from tradepost.mail.headers import envelope
from tradepost.mail.models import MailAccount, Outbox
from tradepost.mail.names import NO_ID, named
from tradepost.mail.outbox import TRIES
from tradepost.mail.ports import Mailbox
from tradepost.mail.receive import LARGEST
from tradepost.people.merging import survivors
from tradepost.sync.models import Review
from tradepost.sync.runs import Pass, hold


def resolve_triage(actor: Actor, review: Review, choice: str, answer: dict[str, Any]) -> None:
    """``file`` puts the message on ``answer["record"]``, by a job that reads it from the mailbox; ``ignore`` nothing."""
    if choice == "ignore":
        return
    actor.require(Permission.ACTIVITIES_EDIT)
    record = answer.get("record")
    if not isinstance(record, Record):
        raise Invalid(fields={"record": _("Choose the record that the message belongs to.")})
    check_records(actor, [record])
    task_of = {"review_id": review.pk, "kind": record.kind, "record_id": record.id, "user_id": actor.user_id}
    enqueue("mail.file", task_of, lock=f"stream:{review.stream_id}")


def resolve_flood(actor: Actor, review: Review, choice: str, answer: dict[str, Any]) -> None:
    """``keep_all`` puts every mail that waits on its sender's records, by a job; ``ignore_all`` leaves them where they are."""
    if choice == "ignore_all":
        return
    actor.require(Permission.ACTIVITIES_EDIT)
    task_of = {"review_id": review.pk, "user_id": actor.user_id}
    enqueue("mail.file_all", task_of, lock=f"stream:{review.stream_id}")


def resolve_doubt(actor: Actor, review: Review, choice: str, answer: dict[str, Any]) -> None:
    """``send`` sends the mail again; ``sent`` says that it went out."""
    row = Outbox.objects.of(actor).select_related("message").filter(pk=review.facts["outbox"]).first()
    if row is None:
        return  # deleted with its activity: nothing is left to decide
    (send.send_again if choice == "send" else send.mark_sent)(actor, row.message_id)


@task("mail.file", tries=TRIES)
def file(review_id: int, kind: str, record_id: int, user_id: int | None = None) -> None:
    """Read one message from its mailbox and file it where a person said. Stores it once, however often it runs."""
    review = Review.objects.get(pk=review_id)
    records = around(_standing(review, [Record(kind, record_id)]))
    _file(review, [review.facts], records, user_id)


@task("mail.file_all", tries=TRIES)
def file_all(review_id: int, user_id: int | None = None) -> None:
    """Read all messages of a question and file them on the records of their sender."""
    review = Review.objects.get(pk=review_id)
    records = [Record(one["kind"], one["id"]) for one in review.facts["candidates"]]
    _file(review, review.facts["messages"], _standing(review, records), user_id)


def _standing(review: Review, records: Sequence[Record]) -> list[Record]:
    """The records, or what they were merged into since they were named."""
    found = survivors(review.organisation_id, [(one.kind, one.id) for one in records])
    return list(dict.fromkeys(Record(*one) for one in found.values()))


def _file(
    review: Review, wanted: list[dict[str, Any]], records: Sequence[Record], user_id: int | None
) -> None:
    """Whatever stops it is told, and the question is open again: an answer is not kept of which nothing came."""
    if review.stream_id is None:
        return
    done = False
    try:
        with hold(review.stream_id, "review", user_id) as work:
            rows = MailAccount.objects.select_related("connection", "organisation")
            account = rows.get(connection_id=work.stream.connection_id)
            decision = _by_hand(account, records, user_id)
            with open_mailbox(account) as box:
                gone = [one for one in wanted if not _file_one(work, account, box, one, decision)]
            if gone:
                _gone(work, review, gone)
            done = True
    except Fault as fault:
        if fault.temper is Temper.RETRYABLE:
            raise
        _unfiled(review, fault.cause, fault.cure)
    else:
        if not done:  # what is paused stops before its first write
            _unfiled(
                review, gettext_noop("The mailbox is paused."), gettext_noop("Resume it and decide again.")
            )


def _file_one(
    work: Pass, account: MailAccount, box: Mailbox, wanted: dict[str, Any], decision: Decision
) -> bool:
    """Whether the message was still there to be stored."""
    folder = work.stream.remote_id
    nameless = not wanted["message_id"] or wanted["message_id"].endswith(NO_ID)
    uid = wanted["uid"] if nameless else box.find(folder, wanted["message_id"])
    pages = list(box.header_pages(folder, uid, uid)) if uid is not None else []
    one = next((named(envelope(row)) for page in pages for row in page.rows), None)
    if one is None:
        return False
    for row, raw in box.messages(folder, [one.uid], max_bytes=LARGEST):
        place = f"{pages[0].uidvalidity}/{one.uid}"
        if not (row.size or raw):
            work.fail(one.subject, Unreadable(), place)
            continue
        filed = prepare(account, one, decision, raw)
        with work.commit(), work.record(one.subject, place):
            forget_taken_back(account, one)  # a person wants it after all
            store(work, account, pages[0].uidvalidity, filed)
    return True


def _by_hand(account: MailAccount, records: Sequence[Record], user_id: int | None) -> Decision:
    chosen = preferences.of_company(account.organisation_id)
    who = User.objects.filter(pk=user_id or 0).first()
    return Decision(
        Action.NEW,
        gettext_noop("{name} filed it here.").format(name=who or "Somebody"),
        records=tuple(records),
        visibility=chosen.log_visibility,
        take_files=chosen.files is Files.ADD,
    )


def _gone(work: Pass, review: Review, gone: Sequence[dict[str, Any]]) -> None:
    """Messages were moved or deleted in the mailbox since they were asked about."""
    cure = gettext_noop("Move it back there and decide again.")
    why = gettext_noop("The message is no longer in the folder where it was seen.")
    with work.commit():
        for one in gone:
            title = one.get("subject") or review.title
            work.log("skip", title, reason=why, remote_id=one["message_id"], failed=True)
    _unfiled(review, why, cure, again=review.kind == TRIAGE)  # of a flood the rest was filed


def _unfiled(review: Review, why: str, cure: str, *, again: bool = True) -> None:
    notify(
        review.organisation_id,
        f"unfiled:{review.pk}",
        gettext_noop("“{title}” could not be filed").format(title=review.title),
        text=f"{why} {cure}",
        level=NoticeLevel.WARNING,
        user_id=review.resolved_by_id,
        link="/reviews/",
    )
    same = Review.objects.filter(organisation_id=review.organisation_id, kind=review.kind, key=review.key)
    if again and not same.filter(resolved_at=None).exists():
        Review.objects.filter(pk=review.pk).update(resolved_at=None, resolved_by=None, choice="")
