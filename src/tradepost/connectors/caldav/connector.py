"""Calendars on any CalDAV server: discovery (RFC 6764 §6, RFC 5397, RFC 4791 §6.2.1), and the calendar itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import httpx2
import msgspec
from django.utils.translation import gettext as _

from tradepost.connectors.caldav import xml
from tradepost.connectors.caldav.client import CalDavCalendar
from tradepost.connectors.caldav.xml import APPLE, CAL, CS, DAV, Answer
from tradepost.kit.errors import Invalid, Remote
from tradepost.pim.errors import NoCalendars
from tradepost.pim.types import CalendarInfo
from tradepost.wire import faults
from tradepost.wire.http import Auth, Client
from tradepost.wire.tls import Trust

WELL_KNOWN = "/.well-known/caldav"
_HEADERS = {"Content-Type": "application/xml; charset=utf-8"}
_RGB = re.compile(r"#[0-9a-fA-F]{6}(?=$|[0-9a-fA-F]{2}$)")


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
        raise Invalid(
            _("The calendar connection's settings are wrong: {error}.").format(error=error)
        ) from error
    parts = urlsplit(made.url.strip())
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise Invalid(
            fields={
                "url": _("“{url}” is no address. Write it like https://dav.example.com.").format(url=made.url)
            }
        )
    if parts.username or parts.password:
        raise Invalid(fields={"url": _("Enter the user name and the password in their own fields.")})
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
            offered = " ".join(fault.response.headers.get_list("www-authenticate")).lower()
            if parsed.digest or "digest" not in offered:
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
            xml.normal(xml.path_of(id)),
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
        about, base = self.principal()
        homes = [xml.address(base, href) for href in about.hrefs(f"{CAL}calendar-home-set")] if about else []
        calendars = self.calendars(homes or [self.url])
        if not calendars:
            raise NoCalendars(url=self.url)
        users = about.hrefs(f"{CAL}calendar-user-address-set") if about else []
        addresses = frozenset(user[7:].lower() for user in users if user.lower().startswith("mailto:"))
        outbox = bool(about and about.hrefs(f"{CAL}schedule-outbox-URL"))
        schedules = outbox or self.schedules([*homes[:1], calendars[0].id])
        return Found(calendars, addresses, schedules)

    def principal(self) -> tuple[Answer | None, str]:
        """What the server says of who is signed in, and where it said so."""
        names = ("C:calendar-home-set", "C:calendar-user-address-set", "C:schedule-outbox-URL")
        for start in self.starts():
            found, base = self.ask(start, "0", *names)
            if found:
                return found[0], base
        return None, self.url

    def starts(self) -> Iterator[str]:
        """The principal (RFC 5397), as the address given, its well-known one, and the root name it."""
        places = dict.fromkeys((self.url, urljoin(self.url, WELL_KNOWN), urljoin(self.url, "/")))
        for place in places:
            try:
                found, base = self.ask(place, "0", "current-user-principal")
            except (faults.Unauthorized, faults.TooManyRequests):
                raise
            except (faults.HttpFault, faults.Moved, faults.Unreadable):
                continue  # the front page of a web server answers PROPFIND with anything
            for one in found[:1]:
                yield from (xml.address(base, href) for href in one.hrefs(f"{DAV}current-user-principal"))

    def calendars(self, homes: Sequence[str]) -> list[CalendarInfo]:
        """Those of every home, each once. A home that cannot be read (a share that ended) hides no other."""
        found: dict[str, CalendarInfo] = {}
        trouble: Remote | None = None
        for home in homes:
            try:
                found |= {one.id: one for one in self.within(home)}
            except (faults.HttpFault, faults.Unreadable) as fault:
                if isinstance(fault, faults.Unauthorized):
                    raise
                trouble = trouble or fault
        if trouble and not found:
            gone = isinstance(trouble, (faults.NotFound, faults.Gone, faults.Unreadable))
            raise NoCalendars(url=self.url) if gone else trouble
        return list(found.values())

    def within(self, home: str) -> Iterator[CalendarInfo]:
        names = ("resourcetype", "displayname", "current-user-privilege-set", "A:calendar-color",
                 "C:supported-calendar-component-set")  # fmt: skip
        found, base = self.ask(home, "1", *names)
        for one in found:
            if not one.is_a(f"{CAL}calendar") or not _holds_events(one):
                continue
            address = f"{xml.address(base, one.href).rstrip('/')}/"
            label = one.text(f"{DAV}displayname") or unquote(one.path.rstrip("/").rpartition("/")[2])
            yield CalendarInfo(address, label, _colour(one), _writable(one))

    def ask(self, url: str, depth: str, *names: str) -> tuple[list[Answer], str]:
        """The answers, and the address that they came from: hrefs are relative to it. Where the server sends us on to
        another origin, which gets no password by itself, we sign in there: whom a person named has named it (RFC 6764
        §6), and the client follows to nothing that is not encrypted."""
        headers, body = {**_HEADERS, "Depth": depth}, xml.propfind(*names)
        try:
            answer = self.client.request("PROPFIND", url, headers=headers, content=body)
        except faults.Unauthorized as fault:
            there = fault.response.url
            if urlsplit(there)[:2] == urlsplit(url)[:2]:
                raise
            answer = self.client.request("PROPFIND", there, headers=headers, content=body)
        return list(xml.answers(xml.multistatus(answer.body, urlsplit(url).hostname or ""))), answer.url

    def schedules(self, places: Iterable[str]) -> bool:
        """RFC 6638 §2: ``calendar-auto-schedule`` in the DAV header; ``calendar-schedule`` is that of its drafts, by which
        servers sent invitations before. A server that does not say may well send mail."""
        try:
            answers = [self.client.request("OPTIONS", place) for place in dict.fromkeys(places)]
        except (faults.HttpFault, faults.Moved):
            return True
        said = (value.lower() for answer in answers for value in answer.headers.get_list("dav"))
        return any("calendar-auto-schedule" in value or "calendar-schedule" in value for value in said)


def _holds_events(one: Answer) -> bool:
    """Without the property a calendar holds everything (RFC 4791 §5.2.3)."""
    components = one.props.findall(f"{CAL}supported-calendar-component-set/{CAL}comp")
    return not components or any(c.get("name", "").upper() == "VEVENT" for c in components)


def _colour(one: Answer) -> str:
    """``#rrggbb`` of Apple's property, which has the opacity behind it; other ways to name one are left out."""
    found = _RGB.match(one.text(f"{APPLE}calendar-color"))
    return found[0].lower() if found else ""


def _writable(one: Answer) -> bool:
    """A subscription (a calendarserver.org extension) is another server's calendar, only shown here."""
    if one.is_a(f"{CS}subscribed"):
        return False
    privileges = one.props.findall(f"{DAV}current-user-privilege-set/{DAV}privilege")
    names = {child.tag for privilege in privileges for child in privilege}
    return not names or bool(names & {f"{DAV}all", f"{DAV}write", f"{DAV}write-content", f"{DAV}bind"})


CONNECTOR = CalDavConnector()
