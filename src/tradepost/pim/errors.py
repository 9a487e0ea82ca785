"""What can go wrong with calendars, and what to do about it."""

from __future__ import annotations

from tradepost.kit.errors import Conflict, Invalid, Remote, Temper


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


class CursorLost(Remote):
    """The server no longer knows our place in its changes: everything is listed again."""

    code = "calendar_cursor_lost"
    temper = Temper.RETRYABLE
    cause_text = "The calendar server has forgotten what we have seen."
    cure_text = "Everything is read again; nothing is deleted because of it."


class VersionMismatch(Remote):
    """If-Match or If-None-Match failed: somebody else was quicker, and nothing was written."""

    code = "calendar_version_mismatch"
    temper = Temper.RETRYABLE
    cause_text = "The entry was changed in the calendar at the same moment."
    cure_text = "It is read again and both changes are put together."


class CalendarGone(Remote):
    """The calendar itself is no longer there (defaults 15)."""

    code = "calendar_gone"
    temper = Temper.MISCONFIGURED
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


class NeedsAnswer(Conflict):
    """A pass that must not go on before a person has answered."""

    code = "calendar_needs_answer"
    cause_text = "{message}"
    cure_text = "Answer the question in the inbox; until then nothing is changed on either side."
