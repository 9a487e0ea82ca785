"""WebDAV's XML: requests as texts, answers as values (RFC 4918 §13 and §14, RFC 4791, RFC 6578). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote, urljoin, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _

from tradepost.wire.faults import Unreadable

DAV, CAL, CS, APPLE = (
    "{DAV:}",
    "{urn:ietf:params:xml:ns:caldav}",
    "{http://calendarserver.org/ns/}",
    "{http://apple.com/ns/ical/}",
)
_SPACES = (
    'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/" '
    'xmlns:A="http://apple.com/ns/ical/"'
)
_HEAD = '<?xml version="1.0" encoding="utf-8"?>'
Element = ElementTree.Element


@dataclass(frozen=True, slots=True)
class Answer:
    """One ``response`` of a multistatus: ``href`` as it stands, ``status`` of the whole resource, found properties."""

    href: str
    status: int
    props: Element

    @property
    def path(self) -> str:
        return path_of(self.href)

    def is_a(self, kind: str) -> bool:
        """Whether its resource type names ``kind``."""
        types = self.props.find(f"{DAV}resourcetype")
        return types is not None and types.find(kind) is not None

    def text(self, name: str) -> str:
        return (self.props.findtext(name) or "").strip()

    def hrefs(self, name: str) -> list[str]:
        return [(found.text or "").strip() for found in self.props.findall(f"{name}/{DAV}href")]


def propfind(*names: str) -> str:
    return f"{_HEAD}<propfind {_SPACES}><prop>{''.join(f'<{name}/>' for name in names)}</prop></propfind>"


def sync_collection(token: str) -> str:
    """RFC 6578 §3.2. Never with a ``limit``: servers exist that cut the list and move the token past the rest."""
    inner = f"<sync-token>{escape(token)}</sync-token><sync-level>1</sync-level><prop><getetag/></prop>"
    return f"{_HEAD}<sync-collection {_SPACES}>{inner}</sync-collection>"


def multiget(paths: Iterable[str]) -> str:
    """RFC 4791 §7.9; ``paths`` are percent-encoded."""
    hrefs = "".join(f"<href>{escape(path)}</href>" for path in paths)
    props = "<prop><getetag/><C:calendar-data/></prop>"
    return f"{_HEAD}<C:calendar-multiget {_SPACES}>{props}{hrefs}</C:calendar-multiget>"


def parse(body: bytes, host: str) -> Element:
    """Raises ``Unreadable``; a document type is refused, since its entities could grow without bound. Empty lines in
    front, as scripts leave them, are no fault."""
    if b"<!DOCTYPE" in body[:2000] or b"<!ENTITY" in body:
        raise Unreadable(_("it declares a document type"), host=host)
    try:
        return ElementTree.fromstring(body.lstrip())  # noqa: S314
    except ElementTree.ParseError as error:
        raise Unreadable(_("it is not XML ({error})").format(error=error), host=host) from error


def multistatus(body: bytes, host: str) -> Element:
    """Raises ``Unreadable``, also for the page of a login or of a web site that happens to be XML."""
    root = parse(body, host)
    if root.tag != f"{DAV}multistatus":
        raise Unreadable(_("it is no list of resources"), host=host)
    return root


def answers(root: Element) -> Iterator[Answer]:
    """One for each resource; those that share a status may share a ``response`` (RFC 4918 §14.24)."""
    for response in root.iter(f"{DAV}response"):
        hrefs, status, found = list[str](), 0, list[Element]()
        for part in response:
            if part.tag == f"{DAV}propstat":
                if _status(part.findtext(f"{DAV}status")) in (0, 200):
                    found += part.findall(f"{DAV}prop")
            elif part.tag == f"{DAV}href":
                hrefs.append((part.text or "").strip())
            elif part.tag == f"{DAV}status":
                status = _status(part.text)
        props = found[0] if len(found) == 1 else _together(found)
        for href in hrefs:
            yield Answer(href, status, props)


def _together(found: Iterable[Element]) -> Element:
    """The properties of several ``propstat`` as one element's."""
    props = ElementTree.Element("prop")
    for one in found:
        props.extend(one)
    return props


def path_of(href: str) -> str:
    """The path of an href, whether it is a whole address or a path, encoded as it stands."""
    return urlsplit(href).path if "://" in href or href.startswith("//") else href.partition("?")[0]


def normal(path: str) -> str:
    """A path in one form, to be compared: servers differ in what they encode. A slash that is encoded parts nothing
    (RFC 3986 §2.2), so it stays so."""
    return "/".join(quote(unquote(part), safe="") for part in path.split("/"))


def address(base: str, href: str) -> str:
    """The address of an href found at ``base``, written the same however the server encodes it. A server behind a proxy
    may not know that it is reached by TLS: what was encrypted stays encrypted."""
    home, found = urlsplit(base), urlsplit(urljoin(base, href))
    scheme, netloc = found.scheme, found.netloc
    if home.scheme == "https" and scheme == "http":
        scheme, netloc = "https", home.netloc if found.hostname == home.hostname else netloc
    return f"{scheme}://{netloc}{normal(found.path)}"


@lru_cache(maxsize=64)
def _status(line: str | None) -> int:
    """``HTTP/1.1 404 Not Found`` → 404; 0 where there is none."""
    words = (line or "").split()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def refusal(body: bytes) -> str:
    """The precondition that an error names, such as ``no-uid-conflict``, or an empty text."""
    try:
        found = next(iter(parse(body, "")), None)
    except Unreadable:
        return ""
    return found.tag.rpartition("}")[2] if found is not None else ""


def condition(body: bytes, name: str) -> bool:
    """Whether an error names a precondition (RFC 4918 §16), whatever its status."""
    return f":{name}".encode() in body or f"<{name}".encode() in body
