"""The client against what servers answer when something is wrong: a real Radicale behind a way that spoils answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import httpx2
import pytest

from tests.pim.contract import NOW, one
from tests.pim.series import event
from tests.pim.servers import Radicale, transport
from tradepost.connectors.caldav import xml
from tradepost.connectors.caldav.connector import CalDavConnector
from tradepost.pim import patch
from tradepost.pim.errors import CalendarGone, NoCalendars
from tradepost.sync.errors import CursorLost, VersionMismatch
from tradepost.wire.faults import TooManyRequests, Unreadable

Spoil = Callable[[httpx2.Request, httpx2.Response | None], httpx2.Response | None]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    pytest.importorskip("radicale")
    made = Radicale(Path(tmp_path_factory.mktemp("radicale")))
    yield made
    made.stop()


class Way(httpx2.BaseTransport):
    """Passes requests on. ``before`` may answer itself; ``after`` may replace the answer or raise."""

    def __init__(self, before: Spoil | None = None, after: Spoil | None = None) -> None:
        self.inner, self.before, self.after = transport(), before, after
        self.sent: list[httpx2.Request] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request)
        if self.before and (early := self.before(request, None)):
            return early
        answer = self.inner.handle_request(request)
        answer.read()
        return (self.after and self.after(request, answer)) or answer


def page(status: str, *hrefs: str, token: str = "next") -> str:
    members = "".join(f"<response><href>{h}</href><propstat><prop><getetag>\"1\"</getetag></prop>"
                      "<status>HTTP/1.1 200 OK</status></propstat></response>" for h in hrefs)  # fmt: skip
    cut = f"<response><href>/c/</href><status>{status}</status></response>" if status else ""
    return f'<multistatus xmlns="DAV:">{members}{cut}<sync-token>{token}</sync-token></multistatus>'


@pytest.mark.parametrize(
    ("status", "body"),
    [(403, "<error xmlns='DAV:'><valid-sync-token/></error>"), (412, "<d:error xmlns:d='DAV:'><d:valid-sync-token/></d:error>"),
     (404, "<error xmlns='DAV:'><valid-sync-token/></error>"), (409, ""), (410, "")],
)  # fmt: skip
def test_a_lost_cursor_is_known_whatever_the_status(server: Radicale, status: int, body: str) -> None:
    way = Way(before=lambda request, _: httpx2.Response(status, text=body, request=request))
    with server.open("/dana/c/", way) as calendar, pytest.raises((CursorLost, CalendarGone)) as caught:
        calendar.changes("old")
    assert caught.type is (CalendarGone if status == 410 else CursorLost)


def test_a_list_that_was_cut_short_is_read_to_its_end(server: Radicale) -> None:
    pages = iter(
        [page("HTTP/1.1 507 Insufficient Storage", "/c/a.ics", token="t1"), page("", "/c/b.ics", token="t2")]
    )
    way = Way(before=lambda request, _: httpx2.Response(207, text=next(pages), request=request))
    with server.open("/c/", way) as calendar:
        changes = calendar.changes("t0")
    assert (set(changes.versions), changes.cursor) == ({"a", "b"}, "t2")
    assert b"t1" in way.sent[1].content
    assert not any(b"limit" in request.content for request in way.sent)


@pytest.mark.parametrize("written", ["&#13;", "&#xD;", "CDATA", "CRLF", "LF"])
def test_an_entry_is_the_same_however_its_line_ends_are_written(server: Radicale, written: str) -> None:
    """XML turns CRLF into LF; some servers keep it by a character reference, some by none, some in a CDATA section."""
    body = event_text()
    ends = {"&#13;": "&#13;\n", "&#xD;": "&#xD;\r\n", "LF": "\n"}.get(written, "\r\n")
    text = f"<![CDATA[{body}]]>" if written == "CDATA" else escape(body).replace("\r\n", ends)
    answer = (
        '<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><response><href>/c/a.ics</href><propstat>'
        f'<prop><getetag>"1"</getetag><C:calendar-data>\n{text}\n</C:calendar-data></prop>'
        "<status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"
    )
    way = Way(before=lambda request, _: httpx2.Response(207, content=answer.encode(), request=request))
    with server.open("/c/", way) as calendar:
        assert one(calendar, "a")[1] == body


def event_text() -> str:
    """With a long line, folded, and what XML would take for its own."""
    return patch.write(event(title="Tents & <boats>", description="Größe " * 30), NOW)


def test_without_sync_collection_the_list_is_compared_by_ctag(server: Radicale) -> None:
    path = server.make()

    def refuse(request: httpx2.Request, _: object) -> httpx2.Response | None:
        return httpx2.Response(501, request=request) if b"sync-collection" in request.content else None

    with server.open(path, Way(before=refuse)) as calendar:
        calendar.put("a", calendar.write(event(uid="a"), NOW), "")
        first = calendar.changes("")
        assert (set(first.versions), first.complete) == ({"a"}, True)
        assert calendar.changes(first.cursor).versions == {}
        calendar.put("b", calendar.write(event(uid="b"), NOW), "")
        assert set(calendar.changes(first.cursor).versions) == {"a", "b"}


def test_a_busy_server_is_waited_for_and_then_named(server: Radicale) -> None:
    busy = Way(
        before=lambda request, _: httpx2.Response(429, headers={"Retry-After": "900"}, request=request)
    )
    with server.open("/dana/c/", busy) as calendar, pytest.raises(TooManyRequests) as caught:
        calendar.changes("")
    assert caught.value.retry_after == 900
    path, answers = server.make(), iter([429])

    def once(request: httpx2.Request, _: object) -> httpx2.Response | None:
        status = next(answers, None)
        return httpx2.Response(status, headers={"Retry-After": "0"}, request=request) if status else None

    with server.open(path, Way(before=once)) as calendar:
        assert calendar.changes("").complete


def test_a_write_whose_answer_is_lost_meets_itself(server: Radicale) -> None:
    """PUT is sent again by the HTTP client; its condition tells that the first one was done."""
    path, lost = server.make(), iter([True])

    def lose(request: httpx2.Request, _: object) -> None:
        if request.method == "PUT" and next(lost, False):
            raise httpx2.ReadError("reset", request=request)

    with server.open(path, Way(after=lose)) as calendar:
        with pytest.raises(VersionMismatch):
            calendar.put("a", calendar.write(event(uid="a", title="Once"), NOW), "")
        assert calendar.read(one(calendar, "a")[1]).title == "Once"


def test_no_header_has_to_do_with_scheduling(server: Radicale) -> None:
    path, way = server.make(), Way()
    with server.open(path, way) as calendar:
        calendar.put("a", calendar.write(event(uid="a"), NOW), "")
        version, body = one(calendar, "a")
        calendar.put("a", calendar.write(event(uid="a", title="B"), NOW, body), version)
        calendar.delete("a", one(calendar, "a")[0])
    assert not [name for request in way.sent for name in request.headers if "schedul" in name.lower()]
    writes = [request for request in way.sent if request.method in ("PUT", "DELETE")]
    assert all({"if-match", "if-none-match"} & set(request.headers.keys()) for request in writes)


@pytest.mark.parametrize("body", [b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", b"no xml", b""])
def test_what_is_no_multistatus_is_named(body: bytes) -> None:
    with pytest.raises(Unreadable):
        xml.parse(body, "dav.test")


def test_discovery_goes_by_well_known_principal_and_home(server: Radicale) -> None:
    path = server.make(name="shown")
    way = Way()
    connector = CalDavConnector(lambda: way)
    found, calendars = connector.discover({"url": server.url, "username": "dana"}, {"password": "x"})
    assert server.url + path in [calendar.id for calendar in calendars]
    assert found["schedules"] is False
    direct, only = connector.discover({"url": server.url + path, "username": "dana"}, {"password": "x"})
    assert server.url + path in [calendar.id for calendar in only]
    assert direct["url"] == server.url + path
    nothing = Way(before=lambda request, _: httpx2.Response(404, request=request))
    with pytest.raises(NoCalendars):
        CalDavConnector(lambda: nothing).discover({"url": server.url, "username": "dana"}, {"password": "x"})
