"""The manners of a scripted CalDAV server, each a switch, and the small texts that it writes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import unquote

CAL = "{urn:ietf:params:xml:ns:caldav}"


@dataclass(frozen=True)
class Manners:
    """``quoting`` of hrefs: as it must be, with ``lower`` hex digits, ``all`` that may be encoded, or as ``few`` as
    possible. ``picky``: an entry is known by that form of its name alone. ``slash``: collections are named with one at
    their end. ``names``: prefixes of namespaces, or the default one. ``etag``: ``strong``, ``weak``, ``none``, ``bare``
    in lists (without quotes), or ``packed`` in headers (marked as Apache marks what it packs). ``multiget``: the most it
    takes, and how it refuses more (``short``: it silently answers fewer). ``renames``: a new entry is kept under another
    name. ``stale``: an entry reads as before right after a write. ``silent_start``: the first list is empty.
    ``together``: what is gone shares one response. ``noise`` stands in front of the XML."""

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
    twin: str = "no-uid-conflict"
    auth: str = "basic"
    rewrites: bool = False
    schedules: bool = False
    options: bool = True
    renames: bool = False
    stale: bool = False
    silent_start: bool = False
    together: bool = False
    noise: str = ""
    colour: str = ""


def short(name: str) -> str:
    space, _, local = name[1:].partition("}")
    prefix = {"DAV:": "d", CAL[1:-1]: "c", "http://apple.com/ns/ical/": "i"}.get(space, "s")
    return f"{prefix}:{local}"


def decoded(raw: str) -> str:
    """An encoded slash parts no path: it stays as it is."""
    return unquote(re.sub("%2F", "%252F", raw, flags=re.I))


def escaped(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def uid(body: str) -> str:
    found = re.search(r"^UID:(.*)$", body, re.M)
    return found[1].strip() if found else ""


def rewritten(body: str) -> str:
    """As servers do that keep events and no texts: X- properties are dropped, marks renewed, lines sorted otherwise."""
    lines = re.sub(r"\r?\n[ \t]", "", body).replace("\r\n", "\n").strip().split("\n")
    kept = [line for line in lines if not line.startswith(("X-", "DTSTAMP", "SEQUENCE", "PRODID"))]
    at = kept.index("BEGIN:VEVENT") + 1
    kept[at:at] = ["DTSTAMP:20260101T000000Z", "SEQUENCE:0", "CREATED:20260101T000000Z"]
    return "\n".join(kept[:1] + ["PRODID:-//Other//EN"] + kept[1:]) + "\n"
