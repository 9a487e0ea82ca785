"""The two sets of choices that we ship: ``SAFE``, the default, and ``ORO``, the rules of the source to the
letter.

A preset is a policy and, for each kind of record, what it is made of, by which keys it is matched (D24)
and how it is translated. Every part is an option of its own: ``replace(SAFE, policy=replace(SAFE.policy,
…))``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from tradepost.kit.errors import Invalid
from tradepost.sync.policy import (
    Conflicts,
    Direction,
    Imports,
    Invites,
    LocalDelete,
    Merge,
    MultiMatch,
    Policy,
    RemoteDelete,
    Resync,
)
from tradepost.sync.record import Kind, MatchKey
from tradepost.sync.translate import NameFallback, Phones, StatusMap, Translation

_WHEN = ("start", "end", "all_day", "zone", "rrule")

EVENT = Kind(
    "event",
    ("title", *_WHEN, "overrides", "location", "description", "status", "attendees", "answer", "reminders"),
    atomic=(_WHEN,),
    keys=(MatchKey(("title", "start", "end")),),
    keyed="overrides",
    anchor="start",
    calendar=True,
)
MINIMAL_EVENT = Kind(  # D20: title, start, end, all-day
    "event",
    ("title", "start", "end", "all_day"),
    atomic=(("start", "end", "all_day"),),
    keys=(MatchKey(("title", "start", "end", "all_day"), wildcards=frozenset({"all_day"})),),
    calendar=True,
)
CONTACT = Kind(
    "contact",
    (
        "first_name",
        "middle_name",
        "last_name",
        "suffix",
        "job_title",
        "description",
        "birthday",
        "gender",
        "fax",
        "emails",
        "phones",
        "billing_address",
        "shipping_address",
        "other_address",
    ),
    keys=(
        MatchKey(("emails",)),
        MatchKey(("phones", "first_name", "last_name"), digits=frozenset({"phones"})),
    ),
)
TASK = Kind(
    "task",
    ("subject", "description", "due", "priority", "status"),
    keys=(MatchKey(("subject", "due")),),
)


@dataclass(frozen=True, slots=True)
class Intervals:
    """Seconds between two scheduled passes to either side: 1 to 86,399 (Oro's CRM and Outlook Sync
    Interval)."""

    app: int = 120
    remote: int = 120

    def __post_init__(self) -> None:
        for field_name, seconds in (("app", self.app), ("remote", self.remote)):
            check_interval(field_name, seconds)

    @property
    def both(self) -> int:
        """For passes that read both sides at once: often enough for either."""
        return min(self.app, self.remote)


def check_interval(field_name: str, seconds: int) -> int:
    """The interval itself, or ``Invalid`` with the field's sentence."""
    if isinstance(seconds, bool) or not 1 <= seconds <= 86_399:
        sentence = _("A sync interval is a whole number of seconds from 1 to 86399, not {seconds}.").format(
            seconds=seconds
        )
        raise Invalid(fields={field_name: sentence}, cure=_("Enter a number from 1 to 86399."))
    return seconds


@dataclass(frozen=True, slots=True)
class Preset:
    policy: Policy
    kinds: Mapping[str, Kind]
    translation: Translation
    intervals: Intervals = Intervals()

    def towards(self, direction: Direction, conflicts: Conflicts | None = None) -> Preset:
        """The same choices for a stream of this direction."""
        policy = replace(self.policy, direction=direction, conflicts=conflicts or self.policy.conflicts)
        return replace(self, policy=policy)


SAFE = Preset(
    Policy(),
    {"event": EVENT, "contact": CONTACT, "task": TASK},
    Translation(StatusMap(shadow=True), NameFallback.BLANK, Phones.ALL),
)

ORO = Preset(
    Policy(
        conflicts=Conflicts.APP_WINS,
        merge=Merge.RECORD_OVERWRITE,  # D26, D33
        resync_mode=Resync.PURGE_FIRST,  # D28, D31
        on_remote_delete=RemoteDelete.RECREATE,  # D29, D35
        on_calendar_delete=None,
        on_local_delete=LocalDelete.BY_DIRECTION,  # D29, D35
        delete_orphans_in_source=True,  # D32, D33
        multi_match=MultiMatch.FIRST_BY_ID,  # D29
        import_external_events=Imports.ALL,
        invites=Invites.AS_REGULAR,  # D22
        bulk_limit=None,
    ),
    {
        "event": MINIMAL_EVENT,
        "contact": replace(
            CONTACT,
            keys=(
                MatchKey(
                    ("first_name", "last_name", "gender", "birthday"),
                    wildcards=frozenset({"gender", "birthday"}),
                ),
            ),
        ),
        "task": replace(TASK, keys=(MatchKey(("subject", "priority")),)),
    },
    Translation(StatusMap(shadow=False), NameFallback.DUPLICATE, Phones.FIRST_ONLY),
    Intervals(app=120, remote=30),
)
"""D34's order (to the remote first) is the order of every plan. Its literal reading, in which the first
pass overwrites before conflicts are looked at, contradicts D35's fifth row; it is
``PassOrder.APP_FIRST_BLIND``."""

ORDER_TIME = replace(SAFE, policy=replace(SAFE.policy, on_calendar_delete=RemoteDelete.DELETE))
"""A20 to the letter: a deletion in the calendar app deletes here."""
