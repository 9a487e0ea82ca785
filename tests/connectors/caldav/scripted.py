"""A small CalDAV server on a real socket that has the manners of many: each of them is a switch.

It stands in for servers that nobody here has. What it does where was read in RFC 4791, 5397, 6578, 6638 and 6764, in the
behaviour that ``facts`` of other clients describe, and in what Radicale and Xandikos answer.
"""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote, urlsplit
from wsgiref.simple_server import make_server
from xml.etree import ElementTree

from tests.connectors.caldav.manners import Manners, decoded, escaped, md5, rewritten, short, uid
from tests.connectors.caldav.wsgi import Quiet, Threads
from tests.pim.servers import transport
from tradepost.connectors.caldav.client import CalDavCalendar
from tradepost.connectors.caldav.connector import CalDavConnector

DAV, CAL, CS = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}", "{http://calendarserver.org/ns/}"
APPLE = "{http://apple.com/ns/ical/}"
USER, PASSWORD = "dana@shop.test", "s3cret"
Answer = tuple[int, dict[str, str], str]
PORTAL = '<html xmlns="http://www.w3.org/1999/xhtml"><body><form>Sign in</form></body></html>'
AT_ONCE = {"Retry-After": "0"}


@dataclass
class Entry:
    body: str
    etag: str


@dataclass
class Collection:
    entries: dict[str, Entry] = field(default_factory=dict)
    before: dict[str, Entry | None] = field(default_factory=dict)  # what the next look at a name shows
    log: list[str] = field(default_factory=list)


class ScriptedServer:
    """``faults``: (method, status, headers, whether the request is carried out before), each for one request. ``spoilt``:
    names with the status that reading them has. ``hated``: UIDs with the status and the precondition that writing them
    has. ``portal``: everything is answered with the page of a login."""

    def __init__(self, manners: Manners | None = None) -> None:
        self.manners, self.etags = manners or Manners(), count(1)
        self.calendars: dict[str, Collection] = {}
        self.faults: list[tuple[str, int, dict[str, str], bool]] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.spoilt: dict[str, int] = {}
        self.hated: dict[str, tuple[int, str]] = {}
        self.portal = False
        self.refused = self.moved_to = ""  # a path that nobody may read; another server that has everything
        self.httpd = make_server("127.0.0.1", 0, self.app, server_class=Threads, handler_class=Quiet)
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
        path = decoded(raw)
        calendar, _, name = path.rpartition("/")
        there = self.calendars.get(f"{calendar}/")
        told = (
            there is None
            or name not in there.entries
            or raw.rpartition("/")[2] == self.told(name).replace(" ", "%20")
        )
        return path if told or not self.manners.picky else f"{path}?"

    def answer(self, method: str, path: str, headers: dict[str, str], body: str) -> Answer:
        if self.portal:
            return 200, {"Content-Type": "text/html"}, PORTAL
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
        secret = md5(f"{USER}:dav:{PASSWORD}")
        asked = md5(f"{method}:{said.get('uri', '')}")
        middle = f"{said.get('nonce')}:{said.get('nc')}:{said.get('cnonce')}:{said.get('qop')}"
        return kind == "Digest" and said.get("response") == md5(f"{secret}:{middle}:{asked}")

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
        if method == "GET" and name in self.spoilt:
            return self.spoilt[name], AT_ONCE, ""
        entry = there.entries.get(name)
        if method == "GET":
            entry = there.before.pop(name, entry)
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
        if (match and (entry is None or match != self.etag_kept(entry))) or (
            entry and headers.get("if-none-match") == "*"
        ):
            return 412, {}, ""
        if method == "DELETE":
            if entry is None:
                return 404, {}, ""
            del there.entries[name]
            there.log.append(name)
            return 204, {}, ""
        if uid(body) in self.hated:
            status, condition = self.hated[uid(body)]
            return status, AT_ONCE, self.error(condition)
        twin = next((n for n, e in there.entries.items() if n != name and uid(e.body) == uid(body)), None)
        if twin and self.manners.same_uid != 201:
            return self.manners.same_uid, {}, self.error(self.manners.twin)
        if self.manners.renames and entry is None:
            name = f"k{next(self.etags)}.ics"
        if self.manners.stale:
            there.before[name] = entry
        there.entries[name] = made = Entry(
            rewritten(body) if self.manners.rewrites else body, f'"{next(self.etags)}"'
        )
        there.log.append(name)
        told = self.etag_header(made) if self.manners.put_etag and not self.manners.rewrites else {}
        return 204 if entry else 201, told, ""

    def error(self, condition: str) -> str:
        return f'<error xmlns="DAV:"><C:{condition} xmlns:C="{CAL[1:-1]}"/></error>' if condition else ""

    def etag_of(self, entry: Entry) -> str:
        """As lists tell it."""
        return {"weak": f"W/{entry.etag}", "none": "", "bare": entry.etag.strip('"')}.get(
            self.manners.etag, entry.etag
        )

    def etag_kept(self, entry: Entry) -> str:
        return f"W/{entry.etag}" if self.manners.etag == "weak" else entry.etag

    def etag_header(self, entry: Entry) -> dict[str, str]:
        if self.manners.etag == "packed":
            return {"ETag": f'{entry.etag[:-1]}-gzip"'}
        return {} if self.manners.etag == "none" else {"ETag": self.etag_kept(entry)}

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
        colour = {f"{APPLE}calendar-color": self.manners.colour} if self.manners.colour else {}
        kinds = '<c:comp name="VEVENT"/><c:comp name="VTODO"/>'
        return {f"{DAV}resourcetype": "<d:collection/><c:calendar/>", f"{DAV}displayname": path.split("/")[-2],
                f"{CAL}supported-calendar-component-set": kinds, **ctag, **colour}  # fmt: skip

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
        names = [h.rpartition("/")[2] for h in hrefs]
        if 500 in map(self.spoilt.get, names):
            return 500, AT_ONCE, ""
        return 207, {}, self.multistatus([self.entry(path, name, there) for name in names])

    def entry(self, path: str, name: str, there: Collection) -> str:
        one = there.before.pop(name, there.entries.get(name))
        if one is None or name in self.spoilt:
            return self.gone(path + name, status=self.spoilt.get(name, 404))
        data = {f"{DAV}getetag": self.etag_of(one), f"{CAL}calendar-data": escaped(one.body)}
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
        log = there.log if m.frozen_token else there.log[int(at or 0) :]
        if m.silent_start and not token:
            log, at = [], str(len(there.log))
        cut = log[: m.page] if m.page else log
        names = [n for n in dict.fromkeys(cut) if (token and m.tombstones) or n in there.entries]
        found = [self.listed(path + n, there.entries[n]) for n in names if n in there.entries]
        lost = [path + n for n in names if n not in there.entries]
        found += [self.gone(*lost)] if m.together and lost else map(self.gone, lost)
        if m.lists_itself:
            found.append(self.response(path, {}, [f"{DAV}getetag"]))
        if len(cut) < len(log):
            found.append(
                f"<d:response>{self.href(path)}<d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>"
            )
        now = "t:0" if m.frozen_token else f"t:{int(at or 0) + len(cut)}"
        return 207, {}, self.multistatus([*found, f"<d:sync-token>{now}</d:sync-token>"])

    def listed(self, path: str, entry: Entry) -> str:
        return self.response(path, {f"{DAV}getetag": self.etag_of(entry)}, [f"{DAV}getetag"])

    # XML

    def gone(self, *paths: str, status: int = 404) -> str:
        hrefs = "".join(map(self.href, paths))
        return f"<d:response>{hrefs}<d:status>HTTP/1.1 {status} No</d:status></d:response>"

    def response(self, path: str, props: dict[str, str], wanted: list[str]) -> str:
        there = {
            name: value
            for name, value in props.items()
            if name in wanted and (value or "resourcetype" in name)
        }
        ok = "".join(f"<{short(name)}>{value}</{short(name)}>" for name, value in there.items())
        lacking = "".join(
            f"<{short(n)}/>" for n in wanted if n.startswith("{") and n not in there and n != f"{DAV}prop"
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
        return f"<d:href>{escaped(f'{self.url}{text}' if self.manners.absolute else text)}</d:href>"

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
        spaces = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://calendarserver.org/ns/" xmlns:i="http://apple.com/ns/ical/"'
        whole = f"<d:multistatus {spaces}>{''.join(parts)}</d:multistatus>"
        match self.manners.names:
            case "default":
                whole = re.sub(r"(</?)d:", r"\1", whole).replace("xmlns:d=", "xmlns=")
            case "odd":
                whole = re.sub(r"(</?)d:", r"\1x0:", whole).replace("xmlns:d=", "xmlns:x0=")
        return f'{self.manners.noise}<?xml version="1.0" encoding="utf-8"?>\n{whole}'
