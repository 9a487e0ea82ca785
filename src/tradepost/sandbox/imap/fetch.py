"""FETCH: what a client asks of a message, and the answer (RFC 3501 §6.4.5, RFC 7162 §3.1.4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tradepost.sandbox.imap import structure
from tradepost.sandbox.imap.syntax import Bad, Token, literal, quoted, text
from tradepost.sandbox.mailstore import MessageRow

MACROS = {
    "ALL": ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"],
    "FAST": ["FLAGS", "INTERNALDATE", "RFC822.SIZE"],
    "FULL": ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"],
}
_SHORT = {"RFC822": "BODY[]", "RFC822.HEADER": "BODY.PEEK[HEADER]", "RFC822.TEXT": "BODY[TEXT]"}
_SECTION = re.compile(
    r"BODY(?P<peek>\.PEEK)?\[(?P<section>(?P<path>\d+(?:\.\d+)*)?\.?"
    r"(?P<what>HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME)?(?: *\((?P<names>[^)]*)\))?)\]"
    r"(?:<(?P<first>\d+)(?:\.(?P<count>\d+))?>)?",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Source:
    """A message and the two ways to its bytes; asking for the header does not read the body."""

    row: MessageRow
    header: Callable[[], bytes]
    raw: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing asked for. ``label`` names it in the answer; ``marks_seen`` means BODY[] without PEEK."""

    label: bytes
    render: Callable[[Source], bytes]
    marks_seen: bool = False
    needs_body: bool = False


def items(token: Token) -> list[Item]:
    names = [text(item) for item in token] if isinstance(token, list) else [text(token)]
    expanded = [each for name in names for each in MACROS.get(name.upper(), [name])]
    return [_item(name) for name in expanded]


def flags(row: MessageRow) -> bytes:
    return b"(" + " ".join(sorted(row.flags)).encode() + b")"


_PLAIN: dict[str, Callable[[Source], bytes]] = {
    "UID": lambda source: b"%d" % source.row.uid,
    "FLAGS": lambda source: flags(source.row),
    "MODSEQ": lambda source: b"(%d)" % source.row.modseq,
    "INTERNALDATE": lambda source: quoted(source.row.at.strftime("%d-%b-%Y %H:%M:%S +0000").encode()),
    "RFC822.SIZE": lambda source: b"%d" % source.row.size,
    "ENVELOPE": lambda source: structure.envelope(source.header()),
    "BODYSTRUCTURE": lambda source: structure.body_structure(source.raw()),
    "BODY": lambda source: structure.body_structure(source.raw()),
}


def _item(name: str) -> Item:
    upper = name.upper()
    if upper in _PLAIN:
        return Item(upper.encode(), _PLAIN[upper], needs_body=upper.startswith("BODY"))
    match = _SECTION.fullmatch(_SHORT.get(upper, name))
    if match is None:
        raise Bad(f"Unknown FETCH item: {name}")
    first = int(match["first"] or 0)
    origin = f"<{first}>" if match["first"] else ""
    label = name.upper() if upper in _SHORT else f"BODY[{match['section'].upper()}]{origin}"
    end = first + int(match["count"]) if match["count"] else None

    def render(source: Source) -> bytes:
        content = _section(source, match)
        return b"NIL" if content is None else literal(content[first:end])

    whole = not match["path"] and (match["what"] or "").upper().startswith("HEADER")
    return Item(label.encode(), render, marks_seen=not match["peek"], needs_body=not whole)


def _section(source: Source, match: re.Match[str]) -> bytes | None:
    what = (match["what"] or "").upper()
    names = set((match["names"] or "").replace('"', "").split())
    if not match["path"]:
        if what.startswith("HEADER"):
            return _header(source.header(), what, names)
        return structure.split(source.raw())[1] if what == "TEXT" else source.raw()
    found = structure.part(source.raw(), match["path"])
    if found is None:
        return None
    header, content = found
    if what == "MIME":
        return header
    if what == "TEXT":
        return structure.split(content)[1]
    return _header(structure.split(content)[0], what, names) if what else content


def _header(header: bytes, what: str, names: set[str]) -> bytes:
    if what == "HEADER":
        return header
    return structure.fields(header, names, leave_out=what.endswith("NOT"))
