"""Calendars on any CalDAV server: discovery (RFC 6764 §6, RFC 5397, RFC 4791 §6.2.1), and the calendar itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpx2
import msgspec

from tradepost.connectors.caldav import xml
from tradepost.connectors.caldav.client import CalDavCalendar
from tradepost.connectors.caldav.xml import APPLE, CAL, DAV, Answer
from tradepost.kit.errors import Invalid
from tradepost.pim.errors import NoCalendars
from tradepost.pim.types import CalendarInfo
from tradepost.wire import faults
from tradepost.wire.http import Auth, Client
from tradepost.wire.tls import Trust

WELL_KNOWN = "/.well-known/caldav"
_HEADERS = {"Content-Type": "application/xml; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Config:
    """``url`` and ``username`` are a person's; the rest is discovered. ``pinned``: SHA-256 (hex) of a certificate
    trusted although no authority signed it. ``schedules``: the server sends invitations by itself (RFC 6638 §2)."""

    url: str
    username: str = ""
    pinned: str = ""
    digest: bool = False
    addresses: tuple[str, ...] = ()
    schedules: bool = False


def parse(config: Mapping[str, object]) -> Config:
    """The stored settings as ``Config``. Raises ``Invalid``, which names the field."""
    try:
        made = msgspec.convert(dict(config), Config)
    except msgspec.ValidationError as error:
        raise Invalid(f"The calendar connection's settings are wrong: {error}.") from error
    parts = urlsplit(made.url.strip())
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise Invalid(fields={"url": f"“{made.url}” is no address. Write it like https://dav.example.com."})
    if parts.username or parts.password:
        raise Invalid(fields={"url": "Enter the user name and the password in their own fields."})
    return made


class CalDavConnector:
    """``transport``: makes the way to the server; another one in tests."""

    key = "caldav"
    label = "Calendar (CalDAV)"
    switch = "calendar.active"

    def __init__(self, transport: Callable[[], httpx2.BaseTransport | None] = lambda: None) -> None:
        self._transport = transport

    def clean(self, config: Mapping[str, object]) -> dict[str, object]:
        made: dict[str, object] = msgspec.to_builtins(parse(config))
        return made

    def discover(
        self, config: Mapping[str, object], secrets: Mapping[str, str]
    ) -> tuple[dict[str, object], list[CalendarInfo]]:
        parsed = parse(config)
        try:
            return self._discover(parsed, secrets)
        except faults.Unauthorized as fault:
            offered = fault.response.headers.get("www-authenticate", "").lower()
            if parsed.digest or "digest" not in offered or "basic" in offered:
                raise
        return self._discover(msgspec.convert({**self.clean(config), "digest": True}, Config), secrets)

    def _discover(
        self, config: Config, secrets: Mapping[str, str]
    ) -> tuple[dict[str, object], list[CalendarInfo]]:
        with self.client(config, secrets) as client:
            found = _Discovery(client, config.url).find()
        stored: dict[str, Any] = msgspec.to_builtins(config)
        stored |= {"addresses": sorted(found.addresses), "schedules": found.schedules}
        return stored, found.calendars

    def calendar(self, config: Mapping[str, object], secrets: Mapping[str, str], id: str) -> CalDavCalendar:
        parsed = parse(config)
        client = self.client(parsed, secrets, base=id)
        return CalDavCalendar(
            client,
            xml.path_of(id),
            addresses=frozenset(parsed.addresses),
            notifies=parsed.schedules,
        )

    def client(self, config: Config, secrets: Mapping[str, str], base: str = "") -> Client:
        auth: Auth | None = None
        if config.username:
            password = secrets.get("password", "")
            auth = (
                httpx2.DigestAuth(config.username, password) if config.digest else (config.username, password)
            )
        origin = urlsplit(base or config.url)
        return Client(
            f"{origin.scheme}://{origin.netloc}",
            auth=auth,
            trust=Trust(pinned=config.pinned),
            transport=self._transport(),
            max_bytes=64 * 2**20,
        )


@dataclass(frozen=True, slots=True)
class Found:
    calendars: list[CalendarInfo]
    addresses: frozenset[str]
    schedules: bool


class _Discovery:
    """From what a person typed (a host, an account page, a calendar) to the calendars of the account."""

    def __init__(self, client: Client, url: str) -> None:
        self.client, self.url = client, url

    def find(self) -> Found:
        principal, addresses, homes = self.url, frozenset[str](), [self.url]
        if start := next(self.principals(), None):
            principal = start
            one, base = self.ask(principal, "0", "C:calendar-home-set", "C:calendar-user-address-set")
            first = one[0]
            homes = [urljoin(base, href) for href in first.hrefs(f"{CAL}calendar-home-set")] or homes
            mailto = (href for href in first.hrefs(f"{CAL}calendar-user-address-set"))
            addresses = frozenset(a[7:].lower() for a in mailto if a.lower().startswith("mailto:"))
        try:
            calendars = [calendar for home in homes for calendar in self.calendars(home)]
        except (faults.NotFound, faults.Gone, faults.Unreadable) as fault:
            raise NoCalendars(url=self.url) from fault
        if not calendars:
            raise NoCalendars(url=self.url)
        return Found(calendars, addresses, self.schedules(homes[0]))

    def principals(self) -> Iterator[str]:
        """The address given, its well-known one, and the root: the first that knows who is signed in."""
        places = dict.fromkeys((self.url, urljoin(self.url, WELL_KNOWN), urljoin(self.url, "/")))
        for place in places:
            try:
                found, base = self.ask(place, "0", "current-user-principal")
            except (faults.NotFound, faults.Gone, faults.Forbidden, faults.Moved, faults.Unreadable):
                continue
            except faults.HttpFault as fault:
                if fault.response.status not in (400, 405, 501):
                    raise
                continue
            if found and (href := found[0].href(f"{DAV}current-user-principal")):
                yield urljoin(base, href)

    def calendars(self, home: str) -> Iterator[CalendarInfo]:
        names = ("resourcetype", "displayname", "current-user-privilege-set", "A:calendar-color",
                 "C:supported-calendar-component-set")  # fmt: skip
        found, base = self.ask(home, "1", *names)
        for one in found:
            if one.props.find(f"{DAV}resourcetype/{CAL}calendar") is None or not _holds_events(one):
                continue
            address = urljoin(base, quote(one.path))
            label = one.text(f"{DAV}displayname") or one.path.rstrip("/").rpartition("/")[2]
            colour = one.text(f"{APPLE}calendar-color")[:7]
            yield CalendarInfo(address, label, colour if colour.startswith("#") else "", _writable(one))

    def ask(self, url: str, depth: str, *names: str) -> tuple[list[Answer], str]:
        """The answers, and the address that they came from: hrefs are relative to it."""
        answer = self.client.request(
            "PROPFIND", url, headers={**_HEADERS, "Depth": depth}, content=xml.propfind(*names)
        )
        return list(xml.answers(xml.parse(answer.body, urlsplit(url).hostname or ""))), answer.url

    def schedules(self, home: str) -> bool:
        """RFC 6638 §2: ``calendar-auto-schedule`` in the DAV header."""
        dav = self.client.request("OPTIONS", home).headers.get_list("dav")
        return any("calendar-auto-schedule" in value.lower() for value in dav)


def _holds_events(one: Answer) -> bool:
    """Without the property a calendar holds everything (RFC 4791 §5.2.3)."""
    components = one.props.findall(f"{CAL}supported-calendar-component-set/{CAL}comp")
    return not components or any(c.get("name", "").upper() == "VEVENT" for c in components)


def _writable(one: Answer) -> bool:
    privileges = one.props.findall(f"{DAV}current-user-privilege-set/{DAV}privilege")
    names = {child.tag for privilege in privileges for child in privilege}
    return not names or bool(names & {f"{DAV}all", f"{DAV}write", f"{DAV}write-content", f"{DAV}bind"})


CONNECTOR = CalDavConnector()
