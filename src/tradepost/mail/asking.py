"""Questions about mail that arrived, for a person: where a message belongs, and what becomes of a flood of one sender.

Only the header is kept with a question; the mail itself stays in the mailbox. ``mail.reviews`` acts on the answers.
"""

from __future__ import annotations

from typing import Any

from tradepost.activities.records import Record
from tradepost.kit import clock
from tradepost.kit.words import gettext_noop
from tradepost.mail.decide import Decision
from tradepost.mail.headers import fold_id
from tradepost.mail.models import MailAccount
from tradepost.mail.types import Address, Envelope
from tradepost.sync.models import Review
from tradepost.sync.runs import Pass

WAITING = gettext_noop("{n} mails of {who} wait")
TRIAGE, FLOOD = "mail.triage", "mail.flood"
LISTED = 1000  # messages of one question; what comes beyond stays in the mailbox until it is answered


def ask(work: Pass, account: MailAccount, envelope: Envelope, decision: Decision) -> None:
    """Ask about a message once, however often it is read. Called inside the pass's commit."""
    if asked(account, envelope):
        work.counts["known"] += 1
        return
    work.log("review", envelope.subject, reason=decision.reason, remote_id=envelope.message_id)
    if decision.flood:
        _ask_of_flood(work, account, envelope, decision)
    else:
        _ask_of_one(work, account, envelope, decision)


def asked(account: MailAccount, envelope: Envelope) -> bool:
    """Whether somebody was asked about this message before."""
    here = Review.objects.filter(organisation_id=account.organisation_id)
    one = [{"message_id": envelope.message_id}]
    return (
        here.filter(kind=TRIAGE, key=fold_id(envelope.message_id)[:300]).exists()
        or here.filter(kind=FLOOD, key=_of_sender(account, envelope), facts__messages__contains=one).exists()
    )


def _ask_of_one(work: Pass, account: MailAccount, envelope: Envelope, decision: Decision) -> None:
    Review.objects.create(
        organisation_id=account.organisation_id,
        kind=TRIAGE,
        key=fold_id(envelope.message_id)[:300],
        stream=work.stream,
        run=work.run,
        title=_subject(envelope)[:300],
        reason=decision.reason,
        owner_id=account.owner_id,
        facts={**_facts(account, envelope, decision.candidates), **_message(envelope)},
        options=["file", "ignore"],
    )


def _ask_of_flood(work: Pass, account: MailAccount, envelope: Envelope, decision: Decision) -> None:
    """One question for all mails that a sender has waiting: the open one takes in whatever comes."""
    review, _made = Review.objects.select_for_update().get_or_create(
        organisation_id=account.organisation_id,
        kind=FLOOD,
        key=_of_sender(account, envelope),
        resolved_at=None,
        defaults={
            "stream": work.stream,
            "run": work.run,
            "reason": decision.reason,
            "owner_id": account.owner_id,
            "facts": {**_facts(account, envelope, decision.candidates), "messages": []},
            "options": ["keep_all", "ignore_all"],
        },
    )
    messages = review.facts["messages"]
    if len(messages) < LISTED:
        messages.append({**_message(envelope), "subject": _subject(envelope)})
    who = envelope.sender.name or envelope.sender.email
    review.title = WAITING.format(n=len(messages), who=who)[:300]
    review.save(update_fields=["facts", "title"])


def _of_sender(account: MailAccount, envelope: Envelope) -> str:
    return f"{account.pk}:{envelope.sender.email}"[:300]


def _subject(envelope: Envelope) -> str:
    return envelope.subject or gettext_noop("(no subject)")


def _facts(account: MailAccount, envelope: Envelope, candidates: tuple[Record, ...]) -> dict[str, Any]:
    return {
        "account": account.pk,
        "from": plain(envelope.sender),
        "to": [plain(a) for a in envelope.to],
        "candidates": [{"kind": r.kind, "id": r.id} for r in candidates],
    }


def _message(envelope: Envelope) -> dict[str, Any]:
    """By what the message is found again in its mailbox."""
    at = envelope.received or envelope.date or clock.now()
    return {"uid": envelope.uid, "message_id": envelope.message_id, "at": at.isoformat()}


def plain(address: Address) -> dict[str, str]:
    return {"email": address.email, "name": address.name}
