"""What can go wrong with calendars, and what to do about it."""

from __future__ import annotations

from tradepost.kit.errors import Conflict, Invalid, Remote, Temper
from tradepost.sync.errors import ContainerGone


class Malformed(Invalid):
    """A text that is no iCalendar or no event that we can hold. Set aside with its reason; never written."""

    code = "calendar_malformed"
    cause_text = "This calendar entry cannot be read: {message}."
    cure_text = "Open and save it in the calendar app; until then it is left as it is."


class UnknownZone(Malformed):
    """A TZID that names no zone: the time is not guessed."""

    code = "calendar_zone_unknown"
    cause_text = "The time zone “{zone}” of this calendar entry is unknown."
    cure_text = "Choose a common time zone for it in the calendar app; until then it is left as it is."


class NotAnEvent(Malformed):
    """A task, a journal or another thing that lives in the same collection."""

    code = "calendar_not_an_event"
    cause_text = "This entry is no event."
    cure_text = ""


class CalendarGone(ContainerGone):
    """The calendar itself is no longer there (defaults 15)."""

    code = "calendar_gone"
    cause_text = "The calendar “{calendar}” no longer exists on the server, or is no longer shared with you."
    cure_text = "Choose another calendar, or stop syncing it."


class NoCalendars(Remote):
    """The address answers, yet leads to no calendar."""

    code = "calendar_none_found"
    temper = Temper.MISCONFIGURED
    cause_text = "There is no calendar at {url}."
    cure_text = "Enter the CalDAV address from your provider's help page, and make a calendar there first."


class NotConnected(Conflict):
    code = "calendar_not_connected"
    cause_text = "The calendar connection “{connection}” is disconnected."
    cure_text = "Enter its password again to connect."


class CalendarInactive(Conflict):
    """Calendars are not switched on for the company (A5)."""

    code = "calendar-inactive"
    cause_text = "Calendars are not activated for your company."
    cure_text = "The Master Admin activates them under Company Preferences › Mail and Calendar Integration."
