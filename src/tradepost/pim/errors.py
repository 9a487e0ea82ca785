"""What can go wrong with calendars, and what to do about it."""

from __future__ import annotations

from tradepost.kit.errors import Conflict, Invalid, Remote, Temper
from tradepost.kit.words import gettext_noop
from tradepost.sync.errors import ContainerGone, Inactive


class Malformed(Invalid):
    """A text that is no iCalendar or no event that we can hold. Set aside with its reason; never written."""

    code = "calendar-malformed"
    cause_text = gettext_noop("This calendar entry cannot be read: {message}.")
    cure_text = gettext_noop("Open and save it in the calendar app; until then it is left as it is.")


class UnknownZone(Malformed):
    """A TZID that names no zone: the time is not guessed."""

    code = "calendar-zone-unknown"
    cause_text = gettext_noop("The time zone “{zone}” of this calendar entry is unknown.")
    cure_text = gettext_noop(
        "Choose a common time zone for it in the calendar app; until then it is left as it is."
    )


class NotAnEvent(Malformed):
    """A task, a journal or another thing that lives in the same collection."""

    code = "calendar-not-an-event"
    cause_text = gettext_noop("This entry is no event.")
    cure_text = ""


class CalendarGone(ContainerGone):
    """The calendar itself is no longer there (defaults 15)."""

    code = "calendar-gone"
    cause_text = gettext_noop(
        "The calendar “{calendar}” no longer exists on the server, or is no longer shared with you."
    )
    cure_text = gettext_noop("Choose another calendar, or stop syncing it.")


class EntryRefused(Remote):
    """The server does not take this one entry; all others go on."""

    code = "calendar-entry-refused"
    cause_text = gettext_noop("The calendar server does not take this entry: {message}.")
    cure_text = gettext_noop(
        "Change it in the calendar app, or ask the calendar's owner for the right to write."
    )


class NoCalendars(Remote):
    """The address answers, yet leads to no calendar."""

    code = "calendar-none-found"
    temper = Temper.MISCONFIGURED
    cause_text = gettext_noop("There is no calendar at {url}.")
    cure_text = gettext_noop(
        "Enter the CalDAV address from your provider's help page, and make a calendar there first."
    )


class NotConnected(Conflict):
    code = "calendar-not-connected"
    cause_text = gettext_noop("The calendar connection “{connection}” is disconnected.")
    cure_text = gettext_noop("Enter its password again to connect.")


class CalendarInactive(Inactive):
    """A5: users may connect only after the company activated calendars."""

    code = "calendar-inactive"

    def __init__(self) -> None:
        super().__init__(kind="Calendar")
