"""One calendar over CalDAV (RFC 4791, 6578), for servers as they are.

No ``limit`` in a sync-collection; an invalid token is known whatever the status; tombstones in a first list are no news;
a server without sync-collection is listed by ctag and etags, one without ctag by its etags alone. What a multiget leaves
out is asked for by itself before it counts as gone. Every write carries If-Match or If-None-Match, and none a header that
has to do with scheduling.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from django.utils.translation import gettext as _

from tradepost.connectors.caldav import xml
from tradepost.connectors.caldav.xml import CAL, CS, DAV
from tradepost.pim import ical, mapping, patch
from tradepost.pim.errors import CalendarGone, EntryRefused, Malformed
from tradepost.pim.ports import Capabilities, Item
from tradepost.pim.types import CalendarEvent
from tradepost.sync.errors import CursorLost, VersionMismatch
from tradepost.sync.sides import Changes
from tradepost.wire import faults
from tradepost.wire.faults import Response
from tradepost.wire.http import Client

CHUNK = 200  # hrefs in one multiget: fewer requests gain little, and default Radicale refuses 10,000
_PLAIN = re.compile(r"[A-Za-z0-9._~-]+")  # names that nobody encodes (RFC 3986 §2.3)
_XML = {"Content-Type": "application/xml; charset=utf-8"}
_ETAGS = "etags:"  # the cursor of a calendar that is listed whole: its ctag follows, or a hash of its etags
_TAKEN = frozenset(
    {"no-uid-conflict", "unique-scheduling-object-resource"}
)  # RFC 4791 §5.3.2.1, RFC 6638 §3.2.4.1
_BODY = "body:"  # the version of an entry without an etag: a hash of its text follows
# Not an answer about the request but about the account or the moment. Anything else that refuses a sync-collection says
# that the token or the report is not known; servers take 400, 403, 404, 405, 409, 410, 412, 415, 500, 501 and 507.
_NOT_ABOUT_US = (401, 408, 425, 429, 502, 503, 504)
# 500: often one entry that the server cannot serve, and then all others by themselves.
_TOO_MUCH, _NO_MULTIGET = (403, 413, 500, 507), (400, 405, 415, 501)
_BROKEN = 10  # entries in a row that the server fails at: then it is not they that are broken


class CalDavCalendar:
    """``path``: that of the collection, encoded in the normal form. ``client`` has the account's base address.

    Entries are known by their decoded names, and asked for by the form in which the server told them.
    """

    def __init__(
        self, client: Client, path: str, *, addresses: frozenset[str] = frozenset(), notifies: bool = False
    ) -> None:
        self._client, self._path = client, path if path.endswith("/") else f"{path}/"
        self._multigets, self._broken = True, 0
        self._forms: dict[str, str] = {}  # the server's own form of a name, by id, where it is not ours
        self._forms_are_listed = False
        self.addresses = addresses
        self.capabilities = Capabilities(notifies=notifies)

    def __enter__(self) -> CalDavCalendar:
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.close()

    def read(self, body: str) -> CalendarEvent:
        if not body:
            raise Malformed(_("the server does not hand it out"))
        return mapping.read(body)

    def write(self, event: CalendarEvent, now: datetime, body: str = "") -> str:
        return patch.write(event, now, body)

    # What changed

    def changes(self, cursor: str) -> Changes:
        if cursor.startswith(_ETAGS):
            return self._listed(cursor)
        try:
            return self._told(cursor) or self._listed("")
        except faults.HttpFault as fault:
            if fault.response.status in _NOT_ABOUT_US:
                raise
            token = xml.condition(fault.response.body, "valid-sync-token")
            if fault.response.status in (404, 410) and not token:
                self._propfind("0", "resourcetype")  # raises where it is the calendar that is gone
            if cursor:
                raise CursorLost() from fault
        except faults.Unreadable as fault:
            if cursor:
                raise CursorLost() from fault
        return self._listed("")

    def _told(self, cursor: str) -> Changes | None:
        """By sync-collection; ``None`` where the server gives no token, or cuts its list and never goes on."""
        versions: dict[str, str] = {}
        deleted: set[str] = set()
        token, more = cursor, True
        while more:
            root = self._report(xml.sync_collection(token))
            more = self._collect(root, versions, deleted)
            asked, token = token, (root.findtext(f"{DAV}sync-token") or "").strip()
            if not token or (more and token == asked):
                return None
        if not cursor:
            deleted.clear()
            versions = versions or self._etags()  # a server may begin to tell with the first token only
        return Changes(versions, frozenset(deleted - versions.keys()), token, complete=not cursor)

    def _collect(self, root: xml.Element, versions: dict[str, str], deleted: set[str]) -> bool:
        """Take a page in; whether the server says that it was cut short (RFC 6578 §3.6)."""
        cut = False
        for one in xml.answers(root):
            cut = cut or one.status == 507
            if one.status == 507 or self._is_no_entry(one):
                continue
            id = self._id(one.path)
            if one.status in (404, 410):
                deleted.add(id)
            else:
                versions[id] = one.text(f"{DAV}getetag")
                deleted.discard(id)
        return cut

    def _is_no_entry(self, one: xml.Answer) -> bool:
        """The calendar itself, by whichever of its addresses, or a collection within it."""
        path = one.path
        if path.endswith("/") or one.is_a(f"{DAV}collection"):
            return True
        if path.startswith(self._path):  # nearly always
            return False
        path, mine = xml.normal(path), self._path.rstrip("/")
        return not path.startswith(self._path) and path.rpartition("/")[2] == mine.rpartition("/")[2]

    def _listed(self, cursor: str) -> Changes:
        """The whole list of etags; no change where the ctag (a calendarserver.org extension) stands still, or all etags."""
        about = self._propfind("0", "S:getctag")
        now = about[0].text(f"{CS}getctag") if about else ""
        if now and f"{_ETAGS}{now}" == cursor:
            return Changes(cursor=cursor)
        versions = self._etags()
        if not now and all(versions.values()):
            now = _hash("".join(f"{id} {version} " for id, version in sorted(versions.items())))
        following = f"{_ETAGS}{now}"
        if now and following == cursor:
            return Changes(cursor=cursor)
        return Changes(versions, cursor=following, complete=True)

    def _etags(self) -> dict[str, str]:
        found = self._propfind("1", "getetag", "resourcetype")
        return {self._id(one.path): one.text(f"{DAV}getetag") for one in found if not self._is_no_entry(one)}

    # Records

    def get(self, ids: Sequence[str]) -> Iterator[Item]:
        missing = dict.fromkeys(ids)
        for start in range(0, len(ids), CHUNK):
            for item in self._many(ids[start : start + CHUNK]):
                missing.pop(item.id, None)
                yield item
        if again := self._told_otherwise(missing):
            yield from self._many(again)

    def _told_otherwise(self, ids: Iterable[str]) -> list[str]:
        """Of entries that were not found by our form of their names, those that the server lists in another one."""
        odd = [id for id in ids if not _PLAIN.fullmatch(id) and id not in self._forms]
        if odd and not self._forms_are_listed:
            self._forms_are_listed = True
            for one in self._propfind("1", "getetag"):
                self._id(one.path)
        return [id for id in odd if id in self._forms]

    def _many(self, ids: Sequence[str]) -> Iterator[Item]:
        """By multiget, in smaller parts where the server does not take so many; what it does not tell of, by itself."""
        try:
            answers = self._multiget(ids)
        except (faults.HttpFault, faults.Unreadable, faults.TooLarge) as fault:
            self._raise_unless_of_multiget(fault)
            half = len(ids) // 2
            parts: Sequence[Sequence[str]] = (ids[:half], ids[half:]) if half and self._multigets else ()
            for part in parts:
                yield from self._many(part)
            yield from () if parts else filter(None, map(self._single, ids))
            return
        left = dict.fromkeys(ids)
        for one in answers:
            id, body = self._id(one.path), one.text(f"{CAL}calendar-data")
            if body and one.status in (0, 200) and id in left:
                self._broken = 0
                yield Item(id, one.text(f"{DAV}getetag") or f"{_BODY}{_hash(_crlf(body))}", _crlf(body))
                del left[id]
            elif one.status in (404, 410):
                left.pop(id, None)
        if left and len(left) < len(ids):
            yield from self._many(list(left))
        else:
            yield from filter(None, map(self._single, left))

    def _multiget(self, ids: Sequence[str]) -> list[xml.Answer]:
        if not self._multigets:
            return []
        return list(xml.answers(self._report(xml.multiget(map(self._member, ids)), 500)))

    def _raise_unless_of_multiget(
        self, fault: faults.HttpFault | faults.Unreadable | faults.TooLarge
    ) -> None:
        status = fault.response.status if isinstance(fault, faults.HttpFault) else 0
        if status in (404, 410):
            raise self._gone() from fault
        if status and status not in (*_TOO_MUCH, *_NO_MULTIGET):
            raise fault
        self._multigets = self._multigets and status not in _NO_MULTIGET

    def _single(self, id: str) -> Item | None:
        """One entry by GET. A text that cannot be decoded or is not handed out is given as an empty one, which no
        reader takes."""
        try:
            answer = self._client.request("GET", self._member(id))
            body = _crlf(ical.read(answer.body))
        except (faults.NotFound, faults.Gone):
            return None
        except (faults.Forbidden, Malformed):
            return Item(id, "", "")
        except faults.ServerFailure as fault:
            self._broken += 1
            if fault.response.status != 500 or self._broken > _BROKEN:
                raise
            return Item(id, "", "")
        self._broken = 0
        return Item(id, _etag(answer) or f"{_BODY}{_hash(body)}", body)

    def put(self, id: str, body: str, version: str) -> str:
        content = {"headers": {"Content-Type": "text/calendar; charset=utf-8"}, "content": body.encode()}
        try:
            return _etag(self._write("PUT", id, version, content))
        except (faults.NotFound, faults.Gone) as fault:
            raise (VersionMismatch() if version else self._gone()) from fault
        except faults.HttpFault as fault:
            if not version and _uid_is_taken(fault.response):
                raise VersionMismatch() from fault
            raise

    def delete(self, id: str, version: str) -> None:
        try:
            self._write("DELETE", id, version, {})
        except VersionMismatch:
            if next(self.get([id]), None) is not None:
                raise
        except (faults.NotFound, faults.Gone):
            return

    def _write(self, method: str, id: str, version: str, content: Mapping[str, Any]) -> Response:
        """Raises ``VersionMismatch``; ``EntryRefused`` where the server does not take this one entry."""
        for condition in self._conditions(id, version):
            headers = {**content.get("headers", {}), **condition}
            try:
                return self._client.request(method, self._member(id), **{**content, "headers": headers})
            except faults.PreconditionFailed as fault:
                failed = fault
            except faults.Forbidden as fault:
                reason = xml.refusal(fault.response.body)
                if reason in _TAKEN:
                    raise VersionMismatch() from fault
                raise EntryRefused(reason or _("403 Forbidden")) from fault
        raise VersionMismatch() from failed

    def _conditions(self, id: str, version: str) -> Iterator[Mapping[str, str]]:
        """Under which a write is tried, one after the other: an etag in each of the forms in which it may be known.
        Without any, the text itself is compared."""
        if not version:
            yield {"If-None-Match": "*"}
        elif version.startswith(_BODY):
            now = self._single(id)
            if now is None or version not in (now.version, f"{_BODY}{_hash(now.body)}"):
                raise VersionMismatch()
            yield {} if now.version.startswith(_BODY) else {"If-Match": now.version}
        else:
            yield from ({"If-Match": tag} for tag in _forms(version))

    # Ways

    def _report(self, body: str, *final: int) -> xml.Element:
        """A report that is not known (501) or too large (507) stays so: no use in trying it again, nor with ``final``."""
        headers, known = {**_XML, "Depth": "0"}, (501, 507, *final)
        answer = self._client.request("REPORT", self._path, headers=headers, content=body, expect=known)
        if answer.status in known:
            raise faults.http_fault(answer, None)
        return _resources(answer)

    def _propfind(self, depth: str, *names: str) -> list[xml.Answer]:
        try:
            answer = self._client.request(
                "PROPFIND", self._path, headers={**_XML, "Depth": depth}, content=xml.propfind(*names)
            )
        except (faults.NotFound, faults.Gone) as fault:
            raise self._gone() from fault
        return list(xml.answers(_resources(answer)))

    def _gone(self) -> CalendarGone:
        return CalendarGone(calendar=unquote(self._path))

    def _member(self, id: str) -> str:
        return f"{self._path}{self._forms.get(id) or quote(_name(id), safe='')}"

    def _id(self, path: str) -> str:
        """The resource's name without ``.ics``; one that does not end so is marked with an equals sign."""
        told = path.removeprefix(self._path) if path.startswith(self._path) else path.rpartition("/")[2]
        name = unquote(told)
        stem = name.removesuffix(".ics")
        id = stem if stem != name and not stem.startswith("=") else f"={name}"
        if not _PLAIN.fullmatch(told) and quote(name, safe="") != told:
            self._forms[id] = told
        return id


def _name(id: str) -> str:
    return id[1:] if id.startswith("=") else f"{id}.ics"


def _crlf(text: str) -> str:
    """XML turns CRLF into LF (XML 1.0 §2.11); an iCalendar line ends with CRLF (RFC 5545 §3.1)."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n") + ("" if text.endswith("\n") else "\r\n")


def _etag(answer: Response) -> str:
    return answer.headers.get("etag", "").strip()


def _uid_is_taken(answer: Response) -> bool:
    """Whether an entry is refused since its UID stands at another address (RFC 4791 §5.3.2.1). sabre/dav answers with 400
    and a sentence, in Nextcloud's ``CalDavBackend`` "Calendar object with uid already exists in this calendar collection"."""
    text = answer.body.lower()
    return answer.status == 409 or (answer.status == 400 and b"uid" in text and b"already exists" in text)


def _resources(answer: Response) -> xml.Element:
    return xml.multistatus(answer.body, urlsplit(answer.url).hostname or "")


def _forms(etag: str) -> Iterator[str]:
    """A weak etag matches nowhere by the book (RFC 9110 §13.1.1); servers that give one compare it as it stands, or
    without its mark. Some lists leave the quotes out, and Apache marks what it packs (its bug 39727)."""
    strong = etag.removeprefix("W/")
    quoted = strong if strong.startswith('"') else f'"{strong}"'
    yield from dict.fromkeys((etag, strong, quoted, quoted.replace('-gzip"', '"')))


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
