"""Where a message belongs: one pure function from its header and the directory to a decision.

In this order: already here → left out (draft, internal, never-log) → a delivery report → an answer, by its
marks (In-Reply-To, References newest first, reply address, provider's thread, Outlook's conversation,
document number in the subject) → mail with a contact (A9) → nothing of ours, and nothing is kept of it.

A Message-ID of ours cannot be guessed, so it is believed whoever sends it. All weaker marks count only where
somebody in the message belongs to the record they lead to; else a person is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from tradepost.activities.records import Record
from tradepost.kit.words import gettext_noop as _
from tradepost.mail import tokens
from tradepost.mail.bounce import Bounce
from tradepost.mail.directory import (
    Account,
    Contact,
    ContactMail,
    Directory,
    Files,
    FilesGoTo,
    Origin,
    Preferences,
    Response,
    Visibility,
)
from tradepost.mail.headers import fold_id
from tradepost.mail.types import Envelope, FolderUse


class Action(StrEnum):
    """What to do with a message."""

    APPEND = "append"  # to the activity it answers
    NEW = "new"  # an activity of its own on ``records``
    IGNORE = "ignore"  # keep nothing
    REVIEW = "review"  # a person decides among ``candidates``
    BOUNCE = "bounce"  # a delivery report: fetch it, read it with ``mail.bounce``, then ``place_bounce``
    DUPLICATE = "duplicate"  # already here; learn its Message-ID where the provider rewrote it


class Mark(StrEnum):
    """By what a message was matched."""

    NONE = ""
    HOP = "hop"
    MESSAGE_ID = "message-id"
    REFERENCE = "reference"
    REPLY_ADDRESS = "reply-address"
    THREAD = "provider-thread"
    CONVERSATION = "outlook-conversation"
    SUBJECT = "subject"
    CONTACT = "contact"
    BOUNCE = "bounce"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and ``reason``: one sentence for the person who asks "why is this here?".

    ``activity`` is the one to append to or, with NEW, the one it answers. ``files_to`` is the activity that
    takes the files where it is not the message's own. ``state`` marks what a program wrote (``auto-reply``,
    ``bounce``): it is shown as a state of the activity. Nothing may
    answer by itself where ``may_answer`` is false. ``flood``: it is held back with others of its sender, and a person
    decides about all of them at once.
    """

    action: Action
    reason: str
    matched_by: Mark = Mark.NONE
    activity: int | None = None
    records: tuple[Record, ...] = ()
    visibility: Visibility = Visibility.OWNER
    take_files: bool = False
    files_to: int | None = None
    state: str = ""
    may_answer: bool = False
    candidates: tuple[Record, ...] = ()
    flood: bool = False


@dataclass(frozen=True, slots=True)
class _Message:
    """An envelope with what follows from the directory: who in it is not us, and which way it went."""

    envelope: Envelope
    outsiders: tuple[str, ...]
    outgoing: bool
    account: Account

    @property
    def parties(self) -> tuple[str, ...]:
        """Whose mail it is: the sender of incoming, the outside recipients of outgoing mail."""
        return self.outsiders if self.outgoing else (self.envelope.sender.email,)


def decide(envelope: Envelope, directory: Directory, preferences: Preferences, account: Account) -> Decision:
    """The one decision about one message."""
    known = _already_here(envelope, directory, account)
    if known:
        return known
    message = _read(envelope, directory, account)
    left_out = _left_out(message, preferences)
    if left_out:
        return left_out
    if envelope.report and not message.outgoing:
        return _report(message, directory)
    matches = _matches(message, directory)
    for mark, origin in matches:
        if doubt := _doubt(mark, origin, message, directory):
            return doubt
        return _guarded(
            _answer(mark, origin, message, directory, preferences), message, directory, preferences
        )
    return _guarded(_contact_mail(message, directory, preferences), message, directory, preferences)


def place_bounce(bounce: Bounce, directory: Directory) -> Decision:
    """Where a delivery report belongs, by the Message-ID of the mail that it returns."""
    origin = _by_id(bounce.message_id, directory)
    if origin is None:
        return Decision(Action.IGNORE, _("It reports on a mail that was not sent from here."))
    return Decision(
        Action.BOUNCE,
        _("It reports on the delivery of a mail that was sent from here."),
        Mark.BOUNCE,
        origin.activity,
        origin.records,
        origin.visibility,
        state="bounce",
    )


def _already_here(envelope: Envelope, directory: Directory, account: Account) -> Decision | None:
    """A hop makes a copy of ours of what we wrote ourselves: some programs take over every field of the mail they answer."""
    message_id = fold_id(envelope.message_id)
    if message_id in directory.taken_back:
        return Decision(Action.IGNORE, _("Somebody took it back, with the run that had logged it."))
    if message_id in directory.seen:
        return Decision(
            Action.DUPLICATE, _("A message with this Message-ID is here already."), Mark.MESSAGE_ID
        )
    ours = account.folder is FolderUse.SENT or directory.is_own(envelope.sender.email, account)
    for mark, value in ((Mark.HOP, envelope.hop if ours else ""), (Mark.MESSAGE_ID, envelope.message_id)):
        token = tokens.verify(value, directory.key) if value else None
        if token:
            origin = directory.tokens.get((token.kind, token.id))
            activity = origin.activity if origin else None
            return Decision(
                Action.DUPLICATE, _("It is the copy of a mail that was sent from here."), mark, activity
            )
    return None


def _read(envelope: Envelope, directory: Directory, account: Account) -> _Message:
    sender = envelope.sender.email
    if account.folder is not FolderUse.SENT and not directory.is_own(sender, account):
        return _Message(envelope, (sender,) if sender else (), False, account)
    people = [a.email for a in envelope.recipients]
    outsiders = tuple(dict.fromkeys(p for p in people if p and not directory.is_own(p, account)))
    return _Message(envelope, outsiders, True, account)


def _left_out(message: _Message, preferences: Preferences) -> Decision | None:
    envelope = message.envelope
    if "\\Draft" in envelope.flags or message.account.folder is FolderUse.DRAFTS:
        return Decision(Action.IGNORE, _("It is a draft."))
    if message.account.folder in (FolderUse.JUNK, FolderUse.TRASH):
        return Decision(Action.IGNORE, _("It lies in the junk or trash folder."))
    if envelope.sender.email and not message.outsiders:
        return Decision(Action.IGNORE, _("Everybody in it is of the company; internal mail is never logged."))
    everybody = (envelope.sender.email, *(a.email for a in envelope.recipients))
    if preferences.never_log and any(_never(email, preferences.never_log) for email in everybody):
        return Decision(Action.IGNORE, _("Somebody in it is on the never-log list."))
    return None


def _never(email: str, never_log: frozenset[str]) -> bool:
    if email in never_log:
        return True
    domain = email.rpartition("@")[2]
    while domain:
        if domain in never_log or f"@{domain}" in never_log:
            return True
        domain = domain.partition(".")[2]
    return False


def _report(message: _Message, directory: Directory) -> Decision:
    for mark, origin in _matches(message, directory):
        if mark is Mark.REFERENCE:
            return Decision(
                Action.BOUNCE,
                _("It reports on the delivery of a mail that was sent from here."),
                Mark.REFERENCE,
                origin.activity,
                origin.records,
                origin.visibility,
                state="bounce",
            )
    return Decision(
        Action.BOUNCE, _("It looks like a delivery report; which mail it is about stands in its body.")
    )


def _matches(message: _Message, directory: Directory) -> Iterator[tuple[Mark, Origin]]:
    """What the marks in the message lead to, best evidence first."""
    envelope = message.envelope
    for reference in envelope.references:
        if origin := _by_id(reference, directory):
            yield Mark.REFERENCE, origin
    for address in envelope.reply_tokens:
        token = tokens.verify_reply(address, directory.key)
        if token and (origin := directory.tokens.get((token.kind, token.id))):
            yield Mark.REPLY_ADDRESS, origin
    thread = directory.threads.get(envelope.thread) if envelope.thread else None
    if thread and thread.account == message.account.id:
        yield Mark.THREAD, thread
    if envelope.conversation and (origin := directory.conversations.get(envelope.conversation)):
        yield Mark.CONVERSATION, origin
    if found := _by_subject(envelope, directory):
        yield Mark.SUBJECT, found


def _by_id(message_id: str, directory: Directory) -> Origin | None:
    if origin := directory.messages.get(fold_id(message_id)):
        return origin
    token = tokens.verify(message_id, directory.key)
    return directory.tokens.get((token.kind, token.id)) if token else None


def _by_subject(envelope: Envelope, directory: Directory) -> Origin | None:
    """One origin for all document numbers in the subject; several of one customer or vendor are joined."""
    found = [directory.numbers[n] for n in tokens.subject_tokens(envelope.subject) if n in directory.numbers]
    if len(found) < 2:
        return found[0] if found else None
    shared = frozenset.intersection(*(o.customers for o in found))
    vendors = frozenset.intersection(*(o.vendors for o in found))
    everybody = [o.participants for o in found]
    together = frozenset.union(*everybody) if shared or vendors else frozenset[str]()
    records = tuple(dict.fromkeys(r for o in found for r in o.records))
    return Origin(None, records, together, shared, vendors=vendors)


def _belongs(party: str, origin: Origin, directory: Directory) -> bool:
    if party in origin.participants:
        return True
    return any(
        origin.customers & c.customers or origin.vendors & c.vendors
        for c in directory.contacts.get(party, ())
    )


def _doubt(mark: Mark, origin: Origin, message: _Message, directory: Directory) -> Decision | None:
    """A question for a person where the people in the message do not fit what its mark leads to."""
    if any(_belongs(party, origin, directory) for party in message.parties):
        return None
    strangers = [c for party in message.parties for c in directory.contacts.get(party, ())]
    if mark is Mark.REFERENCE and not strangers:
        return None
    theirs = tuple(r for c in strangers for r in c.records)
    reason = (
        _("It answers a mail of this record, but its sender is a contact of another customer.")
        if strangers
        else _("It names this record, but nobody in it belongs to the record.")
    )
    return Decision(Action.REVIEW, reason, mark, candidates=tuple(dict.fromkeys(origin.records + theirs)))


_SENTENCES = {
    Mark.REFERENCE: _("It answers a mail that is on this record."),
    Mark.REPLY_ADDRESS: _("It was sent to the reply address of this record."),
    Mark.THREAD: _("The mail provider keeps it in one thread with a mail of this record."),
    Mark.CONVERSATION: _("Outlook keeps it in one conversation with a mail of this record."),
    Mark.SUBJECT: _("Its subject names the document, and its sender belongs to it."),
}


def _state(envelope: Envelope) -> str:
    """``list`` and ``calendar`` mail is of people; the other kinds show as a state of what they answer."""
    return "auto-reply" if envelope.automatic not in ("", "list", "calendar") else envelope.automatic


def _answer(
    mark: Mark, origin: Origin, message: _Message, directory: Directory, preferences: Preferences
) -> Decision:
    if message.outgoing or not origin.ours:  # the user's own mail, or an answer to a logged one: A9, not A8
        return _continued(mark, origin, message, preferences)
    state = _state(message.envelope)
    if preferences.response is Response.DISREGARD:
        return Decision(Action.IGNORE, _("The company disregards answers."), mark, state=state)
    sentence = _SENTENCES[mark]
    if not any(_belongs(party, origin, directory) for party in message.parties):
        sentence += " " + _("The sender is not a contact there.")
    decision = Decision(
        Action.APPEND, sentence, mark, origin.activity, origin.records, origin.visibility, state=state
    )
    if state == "auto-reply":
        return decision if origin.activity else replace(decision, action=Action.IGNORE)
    take = preferences.files is Files.ADD
    if preferences.response is Response.APPEND and origin.activity is not None:
        return replace(decision, take_files=take)
    to_original = take and preferences.files_go_to is FilesGoTo.ORIGINAL
    return replace(
        decision, action=Action.NEW, take_files=take, files_to=origin.activity if to_original else None
    )


def _continued(mark: Mark, origin: Origin, message: _Message, preferences: Preferences) -> Decision:
    if preferences.contact_mail is ContactMail.DISREGARD:
        return Decision(Action.IGNORE, _("The company does not log mail with contacts."), mark)
    state = _state(message.envelope)
    if state == "auto-reply":
        return Decision(Action.IGNORE, _("A program wrote it in answer to a logged mail."), mark, state=state)
    apart = _is_a_colleagues_alone(origin, message)
    append = preferences.response is Response.APPEND and origin.activity is not None and not apart
    return Decision(
        Action.APPEND if append else Action.NEW,
        _SENTENCES[mark] + (" " + _("It was sent from the mailbox.") if message.outgoing else ""),
        mark,
        None if apart else origin.activity,
        origin.records,
        origin.visibility if origin.ours else preferences.log_visibility,
        take_files=preferences.files is Files.ADD,
        state=state,
    )


def _is_a_colleagues_alone(origin: Origin, message: _Message) -> bool:
    """Whether it goes on in mail that only a colleague sees, who did not get this one: it is not for him to read."""
    elsewhere = origin.owner is not None and origin.owner != message.account.owner
    private = not origin.ours and origin.visibility is Visibility.OWNER
    people = {message.envelope.sender.email, *(a.email for a in message.envelope.recipients)}
    return private and elsewhere and origin.reaches.isdisjoint(people)


def _contact_mail(message: _Message, directory: Directory, preferences: Preferences) -> Decision:
    """A9: mail with a contact that answers nothing of ours."""
    met = [directory.contacts[p] for p in message.parties if directory.contacts.get(p)]
    if not met:
        return Decision(Action.IGNORE, _("It names no record, and nobody in it is a contact."))
    if preferences.contact_mail is ContactMail.DISREGARD:
        return Decision(Action.IGNORE, _("The company does not log mail with contacts."), Mark.CONTACT)
    if message.envelope.automatic:
        return Decision(Action.IGNORE, _("A program wrote it, and it answers nothing of ours."), Mark.CONTACT)
    clear = [c for contacts in met if _one_household(contacts) for c in contacts]
    if not clear:
        records = tuple(dict.fromkeys(r for contacts in met for c in contacts for r in c.records))
        reason = _("Its address belongs to several contacts who share no customer.")
        return Decision(Action.REVIEW, reason, Mark.CONTACT, candidates=records)
    return Decision(
        Action.NEW,
        _("You wrote it to a contact.") if message.outgoing else _("A contact wrote it."),
        Mark.CONTACT,
        records=tuple(dict.fromkeys(r for c in clear for r in c.records)),
        visibility=preferences.log_visibility,
        take_files=preferences.files is Files.ADD,
    )


def _one_household(contacts: tuple[Contact, ...]) -> bool:
    return len(contacts) == 1 or bool(frozenset.intersection(*(c.customers for c in contacts)))


def _guarded(
    decision: Decision, message: _Message, directory: Directory, preferences: Preferences
) -> Decision:
    """The loop guard: programs are never answered, and a flood of new activities becomes one question."""
    if decision.action not in (Action.NEW, Action.APPEND):
        return decision
    envelope = message.envelope
    flood = directory.rate.get(envelope.sender.email, 0) >= preferences.flood and not message.outgoing
    if decision.action is Action.NEW and flood:
        reason = _(
            "Its sender wrote so many mails within two hours that two programs may be answering each other."
        )
        return replace(
            decision, action=Action.REVIEW, reason=reason, candidates=decision.records, records=(), flood=True
        )
    person = bool(envelope.sender.email) and not envelope.automatic and not envelope.report
    return replace(decision, may_answer=person and not flood and not message.outgoing)
