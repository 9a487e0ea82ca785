"""A scripted server that does more to what is written than to keep it: it adds lines, changes etags afterwards, has its
homes on another host, and notes whom it would send a mail (RFC 6638 §3.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.connectors.caldav.manners import Manners
from tests.connectors.caldav.scripted import USER, Answer, Collection, Entry, ScriptedServer
from tradepost.pim import ical
from tradepost.pim.ical import Component, Line

Adds = Callable[[str], str]


class OddServer(ScriptedServer):
    """``adds``: what becomes of an entry that is written. ``touches``: its etag is another one right after the answer.
    ``homes_at``: the origin of the calendar homes. ``says``: the DAV header. ``mails``: (kind, address) of each mail."""

    def __init__(
        self,
        manners: Manners | None = None,
        *,
        adds: Adds = str,
        touches: bool = False,
        homes_at: str = "",
        says: str = "",
    ) -> None:
        self.adds, self.touches, self.homes_at, self.says = adds, touches, homes_at, says
        self.mails: list[tuple[str, str]] = []
        super().__init__(manners)

    def served(self, method: str, path: str, headers: dict[str, str], body: str) -> Answer:
        if method == "OPTIONS" and self.says:
            return 200, {"DAV": self.says}, ""
        return super().served(method, path, headers, body)

    def href(self, path: str) -> str:
        home = path.startswith(f"{self.manners.base}/calendars/")
        whole = super().href(path)
        return whole.replace("<d:href>", f"<d:href>{self.homes_at}") if home and self.homes_at else whole

    def write(self, method: str, there: Collection, name: str, headers: dict[str, str], body: str) -> Answer:
        before = there.entries.get(name)
        if (
            method == "PUT"
            and self.manners.same_uid == 400
            and before is None
            and self._has_uid_of(there, body)
        ):
            return 400, {}, TAKEN
        answer = super().write(method, there, name, headers, self.adds(body) if method == "PUT" else body)
        if answer[0] < 300:
            self.mails += mails(before.body if before else "", body)
            if self.touches and method == "PUT":
                there.entries[name] = Entry(there.entries[name].body, f'"{next(self.etags)}"')
                there.log.append(name)
        return answer

    @staticmethod
    def _has_uid_of(there: Collection, body: str) -> bool:
        (uid,) = (line for line in body.splitlines() if line.startswith("UID:"))
        return any(uid in entry.body.splitlines() for entry in there.entries.values())


# As sabre/dav writes its errors, and Nextcloud this one.
TAKEN = (
    '<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:exception>Sabre\\DAV\\Exception\\BadRequest</s:exception>'
    "<s:message>Calendar object with uid already exists in this calendar collection.</s:message></d:error>"
)


def mails(before: str, after: str) -> list[tuple[str, str]]:
    """Whom a server with scheduling writes when an entry of USER's is changed so; both texts are empty where there is none.
    Stricter than RFC 6638: a meeting without organiser counts as USER's own."""
    old, new = _events(before), _events(after)
    hosts = {_address(line) for part in (*old, *new) for line in part.lines("ORGANIZER")}
    if hosts <= {USER}:
        told = _asked(new) if _content(old) != _content(new) else set()
        called_off = _asked(old) - _asked(new)
        return [*(("request", who) for who in sorted(told)), *(("cancel", who) for who in sorted(called_off))]
    served = {_address(line) for part in (new or old) for line in part.lines("ORGANIZER") if _is_served(line)}
    answers = _answers(new) if new else {"declined"}
    return [("reply", host) for host in sorted(served)] if before and answers != _answers(old) else []


def _events(body: str) -> list[Component]:
    calendars = ical.parse(body).children("VCALENDAR") if body else []
    return [event for calendar in calendars for event in calendar.children("VEVENT")]


def _content(events: list[Component]) -> list[str]:
    """What is worth a mail: neither alarms nor the marks of an edit (§3.2.1.3 leaves the rest to the server)."""
    marks = {"DTSTAMP", "LAST-MODIFIED", "CREATED"}
    lines = (p for event in events for p in event.parts if isinstance(p, Line) and p.name not in marks)
    return sorted(line.flat for line in lines)


def _asked(events: list[Component]) -> set[str]:
    lines: Iterator[Line] = (line for event in events for line in event.lines("ATTENDEE"))
    return {_address(line) for line in lines if _is_served(line)} - {USER}


def _answers(events: list[Component]) -> set[str]:
    lines = [line for event in events for line in event.lines("ATTENDEE")]
    return {line.param("PARTSTAT").lower() for line in lines if _address(line) == USER}


def _is_served(line: Line) -> bool:
    return line.param("SCHEDULE-AGENT", "SERVER").upper() == "SERVER"


def _address(line: Line) -> str:
    return line.value.lower().removeprefix("mailto:")
