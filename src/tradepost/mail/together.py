"""The decisions about a page of headers: a message may answer another of its page, which is not stored yet.

What is going to be stored as an activity of its own is known by a provisional key, the message's UID below zero. ``place``
puts the real one in its stead when there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from tradepost.kit.words import gettext_noop
from tradepost.mail.decide import Action, Decision, Mark, decide
from tradepost.mail.directory import Account, Directory, Origin, Preferences
from tradepost.mail.types import Envelope

Decided = tuple[Envelope, Decision]


def decide_page(
    envelopes: Iterable[Envelope],
    directory: Directory,
    preferences: Preferences,
    account: Account,
    since: datetime | None,
) -> list[Decided]:
    """One decision each, in the order given: as if each message were stored before the next is looked at."""
    decided = []
    for one in envelopes:
        decision = _in_time(one, decide(one, directory, preferences, account), since)
        decided.append((one, decision))
        if decision.action in (Action.NEW, Action.APPEND):
            directory = directory.learned(one, _origin(one, decision, directory, account))
    return decided


def place(decision: Decision, places: Mapping[int, int]) -> Decision | None:
    """The decision with stored activities for provisional ones; None where what it answers could not be stored."""
    wanted = {pk for pk in (decision.activity, decision.files_to) if pk is not None and pk < 0}
    if not wanted <= places.keys():
        return None
    activity, files_to = decision.activity or 0, decision.files_to or 0
    return replace(
        decision,
        activity=places.get(activity, decision.activity),
        files_to=places.get(files_to, decision.files_to),
    )


def provisional(envelope: Envelope) -> int:
    return -envelope.uid


def _in_time(one: Envelope, decision: Decision, since: datetime | None) -> Decision:
    """Mail with a contact counts from the day the mailbox was connected; answers to ours always."""
    old = since is not None and one.received is not None and one.received < since
    if old and decision.matched_by is Mark.CONTACT:
        return Decision(Action.IGNORE, gettext_noop("It is older than the connection of this mailbox."))
    return decision


def _origin(one: Envelope, decision: Decision, directory: Directory, account: Account) -> Origin:
    """What the message is to those that answer it."""
    people = frozenset(a.email for a in (one.sender, *one.recipients) if a.email)
    if decision.action is Action.APPEND and decision.activity is not None:
        origin = directory.activities[decision.activity]
        return replace(origin, participants=origin.participants | people)
    return Origin(
        activity=provisional(one),
        records=decision.records,
        participants=people,
        customers=frozenset(r.id for r in decision.records if r.kind == "customer"),
        vendors=frozenset(r.id for r in decision.records if r.kind == "vendor"),
        account=account.id,
        ours=False,
        visibility=decision.visibility,
        owner=account.owner,
    )
