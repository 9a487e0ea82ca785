"""A small CalDAV server on a real socket that has the manners of many: each of them is a switch.

It stands in for servers that nobody here has. What it does where was read in RFC 4791, 5397, 6578, 6638 and 6764, in the
behaviour that ``facts`` of other clients describe, and in what Radicale and Xandikos answer.
"""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from xml.etree import ElementTree

from tests.pim.servers import transport
from tradepost.connectors.caldav.client import CalDavCalendar
from tradepost.connectors.caldav.connector import CalDavConnector

DAV, CAL, CS = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}", "{http://calendarserver.org/ns/}"
USER, PASSWORD = "dana@shop.test", "s3cret"
Answer = tuple[int, dict[str, str], str]


@dataclass(frozen=True)
class Manners:
    """``quoting`` of hrefs: as it must be, with ``lower`` hex digits, ``all`` that may be encoded, or as ``few`` as
    possible. ``picky``: an entry is known by that form of its name alone. ``slash``: collections are named with one at their end. ``names``: prefixes of namespaces, or the default
    one. ``multiget``: the most it takes, and how it refuses more (``short``: it silently answers fewer)."""

    base: str = "/dav"
    well_known: int = 301
    absolute: bool = False
    quoting: str = "must"
    picky: bool = False
    slash: bool = True
    names: str = "d"
    alias: str = ""
    homes: int = 1
    etag: str = "strong"
    put_etag: bool = True
    missing: bool = True
    lists_itself: bool = True
    sync: int = 0
    lost_token: int = 403
    lost_condition: bool = True
    frozen_token: bool = False
    tombstones: bool = True
    page: int = 0
    ctag: bool = True
    multiget: int = 0
    refuses: int | str = 413
    same_uid: int = 409
    auth: str = "basic"
    rewrites: bool = False
    schedules: bool = False
    options: bool = True


@dataclass
class Entry:
    body: str
    etag: str


@dataclass
class Collection:
    entries: dict[str, Entry] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def get_environ(self) -> dict[str, Any]:
        return {**super().get_environ(), "RAW_PATH": self.path}

    def log_message(self, *_: Any) -> None:
        return


class ScriptedServer:
    """``faults``: (method, status, headers, whether the request is carried out before), each for one request."""

    def __init__(self, manners: Manners = Manners()) -> None:
        self.manners, self.etags = manners, count(1)
        self.calendars: dict[str, Collection] = {}
        self.faults: list[tuple[str, int, dict[str, str], bool]] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.refused = self.moved_to = ""  # a path that nobody may read; another server that has everything
        self.httpd = make_server("127.0.0.1", 0, self.app, server_class=_Threads, handler_class=_Quiet)
        threading.Thread(target=self.httpd.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.httpd.server_port}"

    def stop(self) -> None:
        self.httpd.shutdown()
        self.httpd.server_close()

    # For tests

    def make(self, name: str = "", home: int = 0) -> str:
        path = f"{self.manners.base}/calendars/{USER}{home or ''}/{name or f'c{len(self.calendars)}'}/"
        self.calendars[path] = Collection()
        return path

    def address(self, path: str) -> str:
        return self.url + quote(path)

    def config(self) -> dict[str, Any]:
        addresses, digest = [USER], self.manners.auth == "digest"
        return {"url": self.url, "username": USER, "addresses": addresses, "digest": digest}

    def open(self, path: str) -> CalDavCalendar:
        connector = CalDavConnector(lambda: transport())
        return connector.calendar(self.config(), {"password": PASSWORD}, self.address(path))

    def discover(self, url: str = "", password: str = PASSWORD) -> tuple[dict[str, Any], list[Any]]:
        config = {"url": url or self.url, "username": USER}
        return CalDavConnector(lambda: transport()).discover(config, {"password": password})

    def put(self, path: str, name: str, body: str) -> None:
        """Somebody writes with another program."""
        there = self.calendars[path]
        there.entries[name] = Entry(body, f'"{next(self.etags)}"')
        there.log.append(name)

    # WSGI

    def app(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], self.known(environ["RAW_PATH"])
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        headers = {k[5:].replace("_", "-").lower(): v for k, v in environ.items() if k.startswith("HTTP_")}
        self.requests.append((method, path, headers))
        status, more, text = self.answer(method, path, headers, body)
        data = text.encode()
        sent = {"Content-Type": "application/xml; charset=utf-8", "Content-Length": str(len(data)), **more}
        start(f"{status} Status", list(sent.items()))
        return [data]

    def known(self, raw: str) -> str:
        """The path of a request, decoded but for slashes within a name; one that leads nowhere where it is not told so."""
        path = _decoded(raw)
        calendar, _, name = path.rpartition("/")
        there = self.calendars.get(f"{calendar}/")
        told = (
            there is None
            or name not in there.entries
            or raw.rpartition("/")[2] == self.told(name).replace(" ", "%20")
        )
        return path if told or not self.manners.picky else f"{path}?"

    def answer(self, method: str, path: str, headers: dict[str, str], body: str) -> Answer:
        if self.moved_to:
            return 301, {"Location": f"{self.moved_to}{path}"}, ""
        if path == "/.well-known/caldav" and self.manners.well_known:
            return self.manners.well_known, {"Location": f"{self.manners.base}/"}, ""
        if not self.signed_in(method, path, headers.get("authorization", "")):
            return 401, {"WWW-Authenticate": self.challenge}, ""
        if path == self.refused:
            return 403, {}, ""
        fault = next((one for one in self.faults if one[0] == method), None)
        if fault:
            self.faults.remove(fault)
            if fault[3]:
                self.served(method, path, headers, body)
            return fault[1], fault[2], ""
        return self.served(method, path, headers, body)

    @property
    def challenge(self) -> str:
        return (
            'Basic realm="dav"'
            if self.manners.auth == "basic"
            else 'Digest realm="dav", nonce="n", qop="auth"'
        )

    def signed_in(self, method: str, path: str, given: str) -> bool:
        kind, _, rest = given.partition(" ")
        if self.manners.auth == "basic":
            return kind == "Basic" and base64.b64decode(rest).decode() == f"{USER}:{PASSWORD}"
        said = {k: a or b for k, a, b in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', rest)}
        secret = _md5(f"{USER}:dav:{PASSWORD}")
        asked = _md5(f"{method}:{said.get('uri', '')}")
        middle = f"{said.get('nonce')}:{said.get('nc')}:{said.get('cnonce')}:{said.get('qop')}"
        return kind == "Digest" and said.get("response") == _md5(f"{secret}:{middle}:{asked}")

    def served(self, method: str, path: str, headers: dict[str, str], body: str) -> Answer:
        path = self.real(path)
        if method == "OPTIONS":
            said = "1, 3, calendar-access" + (", calendar-auto-schedule" if self.manners.schedules else "")
            return (200, {"DAV": said}, "") if self.manners.options else (405, {}, "")
        if method == "PROPFIND":
            return self.propfind(path, headers.get("depth", "0"), body)
        calendar, _, name = path.rpartition("/")
        there = self.calendars.get(f"{calendar}/")
        if there is None:
            return 404, {}, ""
        if method == "REPORT":
            return self.report(f"{calendar}/", there, body)
        entry = there.entries.get(name)
        if method == "GET":
            return (200, self.etag_header(entry), entry.body) if entry else (404, {}, "")
        return self.write(method, there, name, headers, body)

    def real(self, path: str) -> str:
        """Without the alias by which the server calls its calendars, and with the slash of a collection."""
        if self.manners.alias:
            path = path.replace(self.manners.alias, f"{self.manners.base}/calendars/", 1)
        known = f"{path}/" in self.calendars or "/principals/" in path or path.endswith(f"/calendars/{USER}")
        return f"{path.rstrip('/')}/" if known else path

    # Writing

    def write(self, method: str, there: Collection, name: str, headers: dict[str, str], body: str) -> Answer:
        entry, match = there.entries.get(name), headers.get("if-match")
        if (match and (entry is None or match != self.etag_of(entry))) or (
            entry and headers.get("if-none-match") == "*"
        ):
            return 412, {}, ""
        if method == "DELETE":
            if entry is None:
                return 404, {}, ""
            del there.entries[name]
            there.log.append(name)
            return 204, {}, ""
        twin = next((n for n, e in there.entries.items() if n != name and _uid(e.body) == _uid(body)), None)
        if twin and self.manners.same_uid != 201:
            error = f'<error xmlns="DAV:"><C:no-uid-conflict xmlns:C="{CAL[1:-1]}"><href>{twin}</href></C:no-uid-conflict></error>'
            return self.manners.same_uid, {}, error
        there.entries[name] = made = Entry(
            _rewritten(body) if self.manners.rewrites else body, f'"{next(self.etags)}"'
        )
        there.log.append(name)
        told = self.etag_header(made) if self.manners.put_etag and not self.manners.rewrites else {}
        return 204 if entry else 201, told, ""

    def etag_of(self, entry: Entry) -> str:
        return {"strong": entry.etag, "weak": f"W/{entry.etag}", "none": ""}[self.manners.etag]

    def etag_header(self, entry: Entry) -> dict[str, str]:
        return {"ETag": self.etag_of(entry)} if self.etag_of(entry) else {}

    # Reading

    def propfind(self, path: str, depth: str, body: str) -> Answer:
        wanted = [child.tag for child in ElementTree.fromstring(body).iter() if child.tag != f"{DAV}propfind"]
        found = self.resources(path)
        if not found:
            return 404, {}, ""
        shown = found if depth == "1" else found[:1]
        return 207, {}, self.multistatus([self.response(p, props, wanted) for p, props in shown])

    def resources(self, path: str) -> list[tuple[str, dict[str, str]]]:
        """The resource at a path, and its members: their paths and properties as inner XML."""
        root, m = self.manners.base, self.manners
        principal = f"{root}/principals/{USER}/"
        homes = [f"{root}/calendars/{USER}{n or ''}/" for n in range(m.homes)]
        me = {f"{DAV}current-user-principal": self.href(principal)}
        if path.rstrip("/") in ("", root):
            return [(path, me)]
        if path == principal:
            users = f"<d:href>mailto:{USER.upper()}</d:href><d:href>/x/</d:href>"
            props = {
                f"{CAL}calendar-home-set": "".join(map(self.href, homes)),
                f"{CAL}calendar-user-address-set": users,
            }
            return [(path, me | props)]
        if path in homes:
            return [
                (path, me | {f"{DAV}resourcetype": "<d:collection/>"}),
                *self.strangers(path),
                *[(one, self.calendar_props(one)) for one in self.calendars if one.startswith(path)],
            ]
        if path in self.calendars:
            entries = self.calendars[path].entries.items()
            members = [
                (path + n, {f"{DAV}getetag": self.etag_of(e), f"{DAV}resourcetype": ""}) for n, e in entries
            ]
            return [(path, me | self.calendar_props(path)), *members]
        return []

    def calendar_props(self, path: str) -> dict[str, str]:
        ctag = {f"{CS}getctag": f"c{len(self.calendars[path].log)}"} if self.manners.ctag else {}
        kinds = '<c:comp name="VEVENT"/><c:comp name="VTODO"/>'
        return {f"{DAV}resourcetype": "<d:collection/><c:calendar/>", f"{DAV}displayname": path.split("/")[-2],
                f"{CAL}supported-calendar-component-set": kinds, **ctag}  # fmt: skip

    def strangers(self, home: str) -> list[tuple[str, dict[str, str]]]:
        """What lies beside the calendars and is none to write to."""
        kind, may = f"{DAV}resourcetype", f"{DAV}current-user-privilege-set"
        calendar, read = "<d:collection/><c:calendar/>", "<d:privilege><d:read/></d:privilege>"
        default = {f"{CAL}schedule-default-calendar-URL": self.href(f"{home}c0/")}
        return [
            (f"{home}inbox/", {kind: "<d:collection/><c:schedule-inbox/>", **default}),
            (f"{home}outbox/", {kind: "<d:collection/><c:schedule-outbox/>"}),
            (f"{home}tasks/", {kind: calendar, f"{CAL}supported-calendar-component-set": '<c:comp name="VTODO"/>'}),
            (f"{home}holidays/", {kind: f"{calendar}<s:subscribed/>", may: "<d:privilege><d:all/></d:privilege>"}),
            (f"{home}shared/", {kind: calendar, may: read}),
        ]  # fmt: skip

    def report(self, path: str, there: Collection, body: str) -> Answer:
        root = ElementTree.fromstring(body)
        if root.tag == f"{DAV}sync-collection":
            return self.sync_collection(path, there, root.findtext(f"{DAV}sync-token") or "")
        hrefs = [self.known(urlsplit(h.text or "").path) for h in root.findall(f"{DAV}href")]
        most = self.manners.multiget
        if most and len(hrefs) > most:
            if self.manners.refuses != "short":
                return int(self.manners.refuses), {}, ""
            hrefs = hrefs[:most]
        return 207, {}, self.multistatus([self.entry(path, h.rpartition("/")[2], there) for h in hrefs])

    def entry(self, path: str, name: str, there: Collection) -> str:
        one = there.entries.get(name)
        if one is None:
            return self.gone(path + name)
        data = {f"{DAV}getetag": self.etag_of(one), f"{CAL}calendar-data": _text(one.body)}
        return self.response(path + name, data, [f"{DAV}getetag", f"{CAL}calendar-data"])

    def sync_collection(self, path: str, there: Collection, token: str) -> Answer:
        m = self.manners
        if m.sync:
            return m.sync, {}, ""
        at = token.removeprefix("t:")
        if token and not (at.isdigit() and token.startswith("t:")):
            if m.lost_token != 207:
                error = '<error xmlns="DAV:"><valid-sync-token/></error>' if m.lost_condition else ""
                return m.lost_token, {"Retry-After": "0"}, error
            at = "0"
        log = there.log[int(at or 0) :]
        if m.frozen_token:
            log = there.log
        cut = log[: m.page] if m.page else log
        names = [n for n in dict.fromkeys(cut) if (token and m.tombstones) or n in there.entries]
        found = [self.listed(path + n, there.entries.get(n)) for n in names]
        if m.lists_itself:
            found.append(self.response(path, {}, [f"{DAV}getetag"]))
        if len(cut) < len(log):
            found.append(
                f"<d:response>{self.href(path)}<d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>"
            )
        now = "t:0" if m.frozen_token else f"t:{int(at or 0) + len(cut)}"
        return 207, {}, self.multistatus([*found, f"<d:sync-token>{now}</d:sync-token>"])

    def listed(self, path: str, entry: Entry | None) -> str:
        if entry is None:
            return self.gone(path)
        return self.response(path, {f"{DAV}getetag": self.etag_of(entry)}, [f"{DAV}getetag"])

    # XML

    def gone(self, path: str) -> str:
        return f"<d:response>{self.href(path)}<d:status>HTTP/1.1 404 Not Found</d:status></d:response>"

    def response(self, path: str, props: dict[str, str], wanted: list[str]) -> str:
        there = {
            name: value
            for name, value in props.items()
            if name in wanted and (value or "resourcetype" in name)
        }
        ok = "".join(f"<{_short(name)}>{value}</{_short(name)}>" for name, value in there.items())
        lacking = "".join(
            f"<{_short(n)}/>" for n in wanted if n.startswith("{") and n not in there and n != f"{DAV}prop"
        )
        stats = (
            f"<d:propstat><d:prop>{ok}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>"
            if ok
            else ""
        )
        if lacking and self.manners.missing:
            stats += f"<d:propstat><d:prop>{lacking}</d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>"
        return f"<d:response>{self.href(path)}{stats}</d:response>"

    def href(self, path: str) -> str:
        text = self.told(path)
        return f"<d:href>{_text(f'{self.url}{text}' if self.manners.absolute else text)}</d:href>"

    def told(self, path: str) -> str:
        """A path as this server writes it."""
        m = self.manners
        if m.alias:
            path = path.replace(f"{m.base}/calendars/", m.alias, 1)
        if not m.slash and path != "/":
            path = path.rstrip("/")
        safe = {"few": "/@:+,;=&$!*'()~ ", "all": "/"}.get(m.quoting, "/@")
        text = quote(path, safe=safe).replace("%252F", "%2F")
        if m.quoting == "lower":
            text = re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), text)
        return text

    def multistatus(self, parts: list[str]) -> str:
        spaces = (
            'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://calendarserver.org/ns/"'
        )
        whole = f"<d:multistatus {spaces}>{''.join(parts)}</d:multistatus>"
        match self.manners.names:
            case "default":
                whole = re.sub(r"(</?)d:", r"\1", whole).replace("xmlns:d=", "xmlns=")
            case "odd":
                whole = re.sub(r"(</?)d:", r"\1x0:", whole).replace("xmlns:d=", "xmlns:x0=")
        return f'<?xml version="1.0" encoding="utf-8"?>\n{whole}'


def _short(name: str) -> str:
    space, _, local = name[1:].partition("}")
    prefix = {"DAV:": "d", CAL[1:-1]: "c"}.get(space, "s")
    return f"{prefix}:{local}"


def _decoded(raw: str) -> str:
    """An encoded slash parts no path: it stays as it is."""
    return unquote(re.sub("%2F", "%252F", raw, flags=re.I))


def _text(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _uid(body: str) -> str:
    found = re.search(r"^UID:(.*)$", body, re.M)
    return found[1].strip() if found else ""


def _rewritten(body: str) -> str:
    """As servers do that keep events and no texts: X- properties are dropped, marks renewed, lines sorted otherwise."""
    lines = re.sub(r"\r?\n[ \t]", "", body).replace("\r\n", "\n").strip().split("\n")
    kept = [line for line in lines if not line.startswith(("X-", "DTSTAMP", "SEQUENCE", "PRODID"))]
    at = kept.index("BEGIN:VEVENT") + 1
    kept[at:at] = ["DTSTAMP:20260101T000000Z", "SEQUENCE:0", "CREATED:20260101T000000Z"]
    return "\n".join(kept[:1] + ["PRODID:-//Other//EN"] + kept[1:]) + "\n"
