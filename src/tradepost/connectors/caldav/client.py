"""One calendar over CalDAV (RFC 4791, 6578), for servers as they are.

No ``limit`` in a sync-collection; an invalid token is known by its precondition, whatever the status; tombstones in a
first list are no news; a server without sync-collection is listed by ctag and etags. Every write carries If-Match or
If-None-Match, and none a header that has to do with scheduling.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import quote

from tradepost.connectors.caldav import xml
from tradepost.connectors.caldav.xml import CAL, CS, DAV
from tradepost.pim import mapping, patch
from tradepost.pim.errors import CalendarGone
from tradepost.pim.ports import Capabilities, Item
from tradepost.pim.types import CalendarEvent
from tradepost.sync.errors import CursorLost, VersionMismatch
from tradepost.sync.sides import Changes
from tradepost.wire import faults
from tradepost.wire.http import Client

CHUNK = 200  # hrefs in one multiget: fewer requests gain little, and default Radicale refuses 10,000
_XML = {"Content-Type": "application/xml; charset=utf-8"}
_ETAGS = "etags:"  # the cursor of a calendar that is listed whole: its ctag follows
# What servers answer that do not know the report (RFC 3253 §3.6; some say it is a bad or forbidden request).
_NO_SYNC = (400, 403, 404, 405, 415, 501)


class CalDavCalendar:
    """``path``: that of the collection, decoded, with a slash at its end. ``client`` has the account's base address."""

    def __init__(
        self, client: Client, path: str, *, addresses: frozenset[str] = frozenset(), notifies: bool = False
    ) -> None:
        self._client, self._path = client, path if path.endswith("/") else f"{path}/"
        self.addresses = addresses
        self.capabilities = Capabilities(notifies=notifies)

    def __enter__(self) -> CalDavCalendar:
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.close()

    def read(self, body: str) -> CalendarEvent:
        return mapping.read(body)

    def write(self, event: CalendarEvent, now: datetime, body: str = "") -> str:
        return patch.write(event, now, body)

    # What changed

    def changes(self, cursor: str) -> Changes:
        if cursor.startswith(_ETAGS):
            return self._listed(cursor.removeprefix(_ETAGS))
        versions: dict[str, str] = {}
        deleted: set[str] = set()
        token, more = cursor, True
        while more:
            try:
                root = self._report(xml.sync_collection(token), depth="0")
            except faults.HttpFault as fault:
                if cursor:
                    raise self._lost(fault) from fault
                return self._without_sync(fault)
            more = self._collect(root, versions, deleted)
            asked, token = token, (root.findtext(f"{DAV}sync-token") or "").strip()
            if not token:
                return self._listed("")
            more = more and token != asked
        if not cursor:
            deleted.clear()
        return Changes(versions, frozenset(deleted - versions.keys()), token, complete=not cursor)

    def _collect(self, root: xml.Element, versions: dict[str, str], deleted: set[str]) -> bool:
        """Take a page in; whether the server says that it was cut short (RFC 6578 §3.6)."""
        cut = False
        for one in xml.answers(root):
            if one.path.rstrip("/") == self._path.rstrip("/"):
                cut = cut or one.status == 507
            elif one.status in (404, 410):
                deleted.add(self._id(one.path))
            elif not one.path.endswith("/"):
                versions[self._id(one.path)] = one.text(f"{DAV}getetag")
                deleted.discard(self._id(one.path))
        return cut

    def _lost(self, fault: faults.HttpFault) -> Exception:
        """What a refused cursor means: forgotten, unless the calendar is gone or the server has trouble."""
        status = fault.response.status
        if xml.condition(fault.response.body, "valid-sync-token") or status in (400, 409, 410, 412, 507):
            return CursorLost()
        return fault

    def _without_sync(self, fault: faults.HttpFault) -> Changes:
        if fault.response.status not in _NO_SYNC:
            raise fault
        return self._listed("")

    def _listed(self, ctag: str) -> Changes:
        """The whole list of etags, or no change where the ctag (a calendarserver.org extension) stands still."""
        now = self._propfind("0", "S:getctag")[0].text(f"{CS}getctag")
        if now and now == ctag:
            return Changes(cursor=f"{_ETAGS}{now}")
        found = self._propfind("1", "getetag", "resourcetype")
        versions = {
            self._id(one.path): one.text(f"{DAV}getetag")
            for one in found
            if not one.path.endswith("/") and one.props.find(f"{DAV}resourcetype/{DAV}collection") is None
        }
        return Changes(versions, cursor=f"{_ETAGS}{now}", complete=True)

    # Records

    def get(self, ids: Sequence[str]) -> Iterator[Item]:
        for start in range(0, len(ids), CHUNK):
            paths = [quote(self._member(id)) for id in ids[start : start + CHUNK]]
            for one in xml.answers(self._report(xml.multiget(paths), depth="0")):
                body = one.text(f"{CAL}calendar-data")
                if body and one.status in (0, 200):
                    yield Item(self._id(one.path), one.text(f"{DAV}getetag"), _crlf(body))

    def put(self, id: str, body: str, version: str) -> str:
        condition = {"If-Match": version} if version else {"If-None-Match": "*"}
        headers = {**condition, "Content-Type": "text/calendar; charset=utf-8"}
        try:
            answer = self._client.request(
                "PUT", quote(self._member(id)), headers=headers, content=body.encode()
            )
        except faults.PreconditionFailed as fault:
            raise VersionMismatch() from fault
        except faults.Conflicting as fault:
            if not version:
                raise VersionMismatch() from fault  # the UID stands at another address (RFC 4791 §5.3.2.1)
            raise
        except faults.NotFound as fault:
            raise (VersionMismatch() if version else self._gone()) from fault
        return answer.headers.get("etag", "").strip()

    def delete(self, id: str, version: str) -> None:
        headers = {"If-Match": version} if version else {}
        try:
            self._client.request("DELETE", quote(self._member(id)), headers=headers)
        except faults.PreconditionFailed as fault:
            if next(self.get([id]), None) is not None:
                raise VersionMismatch() from fault
        except (faults.NotFound, faults.Gone):
            return

    # Ways

    def _report(self, body: str, depth: str) -> xml.Element:
        try:
            answer = self._client.request(
                "REPORT", quote(self._path), headers={**_XML, "Depth": depth}, content=body
            )
        except (faults.NotFound, faults.Gone) as fault:
            if xml.condition(fault.response.body, "valid-sync-token"):
                raise
            raise self._gone() from fault
        return xml.parse(answer.body, self._path)

    def _propfind(self, depth: str, *names: str) -> list[xml.Answer]:
        try:
            answer = self._client.request(
                "PROPFIND", quote(self._path), headers={**_XML, "Depth": depth}, content=xml.propfind(*names)
            )
        except (faults.NotFound, faults.Gone) as fault:
            raise self._gone() from fault
        return list(xml.answers(xml.parse(answer.body, self._path)))

    def _gone(self) -> CalendarGone:
        return CalendarGone(calendar=self._path)

    def _member(self, id: str) -> str:
        return f"{self._path}{id[1:] if id.startswith('=') else f'{id}.ics'}"

    def _id(self, path: str) -> str:
        """The resource's name without ``.ics``; one that does not end so is marked with an equals sign."""
        name = path.removeprefix(self._path) if path.startswith(self._path) else path.rpartition("/")[2]
        stem = name.removesuffix(".ics")
        return stem if stem != name and not stem.startswith("=") else f"={name}"


def _crlf(text: str) -> str:
    """XML turns CRLF into LF (XML 1.0 §2.11); an iCalendar line ends with CRLF (RFC 5545 §3.1)."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n") + ("" if text.endswith("\n") else "\r\n")
