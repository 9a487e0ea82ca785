"""A whole message → its text, its HTML and its files, within limits. Never raises.

Parsed by the standard library (RFC 2045–2047, 2231, 3676, 2387): of the parsers tried it alone survived every
nasty message. It is slow on purpose-built headers, so those are capped before it sees them. What is broken
yields what can be had, and a sentence in ``Body.problems``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import EmailPolicy
from functools import lru_cache
from html import escape
from itertools import islice
from typing import Any

from tradepost.mail.addresses import addresses
from tradepost.mail.encoded_words import decode_bytes, decode_words
from tradepost.mail.filenames import clean_filename, parameter
from tradepost.mail.flowed import unflow
from tradepost.mail.headers import MAX_HEADER, split
from tradepost.mail.plain import text_of_html
from tradepost.mail.tnef import unpack
from tradepost.mail.types import Body, Part


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a message is taken apart: bytes of it, parts, levels of nesting, characters of one
    field."""

    bytes: int = 80_000_000  # a file of 50 MiB takes 72 million on the wire
    parts: int = 500
    depth: int = 30
    field: int = 8_000


_PARSED = 1_500  # characters of a field that the library's parser is shown


class _Capped(EmailPolicy):
    """policy.default, but a field is cut before the (quadratic) parser reads it, and a parser's bug is no
    error."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return _parsed(name, str(value)[:_PARSED])


@lru_cache(
    maxsize=256
)  # a part is asked for its type again and again, and most mail is of the same few types
def _parsed(name: str, short: str) -> Any:
    try:
        return _PLAIN.header_fetch_parse(name, short)
    except Exception:  # the standard library's header parser fails in many ways
        return short.replace("\r", "").replace("\n", "")


_PLAIN = EmailPolicy()
_REPLY_TO = 20  # addresses; one is usual


_BOUNDARY = re.compile(rb'boundary\s*=\s*(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))', re.I)
_NESTING = re.compile(rb"^content-type:\s*(?:message/rfc822|multipart/)", re.I | re.M)
_STATUS = re.compile(rb"^content-type:\s*message/delivery-status", re.I | re.M)
_EMPTY_LINE = re.compile(rb"\n(?=\r?\n)")
_META_CHARSET = re.compile(rb"<meta[^<>]{0,200}?charset\s*=\s*[\"']?([\w-]{2,40})", re.I)
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")


def take_apart(raw: bytes, limits: Limits | None = None) -> Body:
    """``text`` is made from the HTML where the sender wrote none; ``html`` is raw; files keep their bytes."""
    limits = limits or Limits()
    problems: list[str] = []
    raw = _within(raw, limits, problems)
    fields = split(raw[:MAX_HEADER])
    headers = {n: decode_words(v)[: limits.field] for n, v in fields.items() if n}
    reply_to = addresses(fields.get("reply-to", ""))[:_REPLY_TO]
    try:
        message = BytesParser(policy=_Capped()).parsebytes(raw)
        taken = _Taken(limits, problems)
        leaves = taken.walk(message, 0)
        text, html = _join(leaves)
        if not text.strip():
            text, html = _join([taken.within])
        return Body(text, html, tuple(taken.files), headers, tuple(dict.fromkeys(problems)), reply_to)
    except (
        Exception
    ) as error:  # RecursionError and the parser's own bugs: the words are worth more than the form
        problems.append(
            f"The message is built so oddly that only its plain words can be shown ({type(error).__name__})."
        )
        words = raw.partition(b"\r\n\r\n")[2] or raw.partition(b"\n\n")[2]
        plain = decode_bytes(words[:200_000], "utf-8")
        return Body(plain, "", (), headers, tuple(dict.fromkeys(problems)), reply_to)


def _within(raw: bytes, limits: Limits, problems: list[str]) -> bytes:
    """Cuts what would keep the parser busy: too many bytes, boundaries or levels."""
    if len(raw) > limits.bytes:
        problems.append(
            f"The message is larger than {limits.bytes // 1_000_000} MB; the rest of it was left out."
        )
        raw = raw[: limits.bytes]
    names = {a or b for a, b in _BOUNDARY.findall(raw[:MAX_HEADER])[:100]}
    for name in names:
        if raw.count(b"\n--" + name) > limits.parts:
            problems.append(f"The message has more than {limits.parts} parts; the rest was left out.")
            raw = raw[: _nth(raw, b"\n--" + name, limits.parts)]
    nested = list(_NESTING.finditer(raw))
    if len(nested) > limits.parts:
        problems.append("The message is nested too deeply; the rest of it was left out.")
        raw = raw[: nested[limits.parts].start()]
    status = _STATUS.search(raw)  # the library makes a message of each of its paragraphs
    empty = islice(_EMPTY_LINE.finditer(raw, status.end()), limits.parts, None) if status else iter(())
    if beyond := next(empty, None):
        problems.append("The delivery report tells of too many; the rest of it was left out.")
        raw = raw[: beyond.end()]
    return raw


def _nth(raw: bytes, needle: bytes, n: int) -> int:
    at = -1
    for _ in range(n):
        at = raw.find(needle, at + 1)
    return at


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One stretch of the body, as text, as HTML, or both (multipart/alternative)."""

    text: str = ""
    html: str = ""


@dataclass(slots=True)
class _Taken:
    limits: Limits
    problems: list[str]
    files: list[Part] = field(default_factory=list)
    seen: int = 0
    within: _Leaf = _Leaf()  # the words in winmail.dat, for a message that has no others

    def walk(self, part: Message, depth: int) -> list[_Leaf]:
        self.seen += 1
        self._note_defects(part)
        if self.seen > self.limits.parts or depth > self.limits.depth:
            self.problems.append(
                "The message has too many or too deeply nested parts; the rest was left out."
            )
            return []
        kind = part.get_content_type()
        if part.is_multipart() and not kind.startswith("message/"):
            children = [p for p in part.get_payload() if isinstance(p, Message)]
            if kind == "multipart/alternative":
                return self._alternative(children, depth)
            return [leaf for child in children for leaf in self.walk(child, depth + 1)]
        if kind in ("text/plain", "text/html") and not _is_file(part):
            return [self._words(part, kind)]
        self._keep(part, kind)
        return []

    def _alternative(self, children: Iterable[Message], depth: int) -> list[_Leaf]:
        """RFC 2046 §5.1.4: one body in several forms; the last of each form is the richest. A form may be of several
        stretches, as Apple Mail's HTML around an attached picture is."""
        forms = [self.walk(child, depth + 1) for child in children]
        plain = next((form for form in reversed(forms) if _is_text(form)), [])
        rich = next((form for form in reversed(forms) if any(leaf.html.strip() for leaf in form)), [])
        return [_Leaf(_join(plain)[0], _join(rich)[1])]

    def _words(self, part: Message, kind: str) -> _Leaf:
        content = _content(part)
        charset = str(part.get_param("charset", "") or "")
        if kind == "text/html":
            declared = None if charset else _META_CHARSET.search(content[:4096])
            return _Leaf(html=decode_bytes(content, declared[1].decode() if declared else charset or "utf-8"))
        text = decode_bytes(content, charset or "utf-8").replace("\r\n", "\n").replace("\0", "")
        if str(part.get_param("format", "")).lower() == "flowed":
            text = unflow(text, delete_space=str(part.get_param("delsp", "")).lower() == "yes")
        return _Leaf(text=text)

    def _keep(self, part: Message, kind: str) -> None:
        content = _enclosed(part) if kind == "message/rfc822" else _content(part)
        name = clean_filename(_filename(part, kind), kind)
        if (kind in _TNEF or name.lower() == "winmail.dat") and self._unpack(content):
            return
        cid = str(part.get("content-id", "") or "").strip().strip("<>")
        inline = _disposition(part) == "inline" or (bool(cid) and _disposition(part) != "attachment")
        self.files.append(Part(name, kind, content, cid, inline and kind.startswith("image/")))

    def _unpack(self, content: bytes) -> bool:
        """What Outlook's own envelope holds, in its place. It is kept where it holds nothing that we know, or is broken."""
        found = unpack(content)
        for one in found.files:
            kind = one.content_type or "application/octet-stream"
            inline = bool(one.content_id) and kind.startswith("image/")
            self.files.append(Part(clean_filename(one.name, kind), kind, one.content, one.content_id, inline))
        self.within = _Leaf(found.text.replace("\r\n", "\n"), found.html)
        if not found.whole:
            self.problems.append(
                "The file winmail.dat is in Outlook's own format (TNEF) and could not be read to its end: "
                "ask the sender to send as HTML or plain text."
            )
        return found.whole and bool(found.files or found.text or found.html)

    def _note_defects(self, part: Message) -> None:
        names = {type(defect).__name__ for defect in part.defects}
        if names & {"CloseBoundaryNotFoundDefect", "StartBoundaryNotFoundDefect"}:
            self.problems.append("The message ends before its last part does.")
        elif names:
            self.problems.append("The message is not well formed; parts of it may be missing.")


def _is_file(part: Message) -> bool:
    return _disposition(part) == "attachment" or bool(_given_filename(part))


def _disposition(part: Message) -> str:
    return str(part.get("content-disposition", "") or "").partition(";")[0].strip().lower()


def _given_filename(part: Message) -> str:
    fields = {name.lower(): str(value) for name, value in reversed([*part.raw_items()])}
    return parameter(fields.get("content-disposition", ""), "filename") or parameter(
        fields.get("content-type", ""), "name"
    )


def _filename(part: Message, kind: str) -> str:
    name = _given_filename(part)
    if not name and kind == "message/rfc822":
        inner = part.get_payload()
        enclosed = inner[0] if isinstance(inner, list) and inner else None
        subject = str(enclosed.get("subject", "")) if isinstance(enclosed, Message) else ""
        name = f"{decode_words(subject) or 'message'}.eml"
    return name


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    if isinstance(content, bytes):
        return content
    return _enclosed(part) if part.is_multipart() else b""


def _enclosed(part: Message) -> bytes:
    inner = part.get_payload()
    if not isinstance(inner, list):
        return str(inner).encode("utf-8", "surrogateescape")
    return b"".join(p.as_bytes(policy=_AS_IS) for p in inner if isinstance(p, Message))


_AS_IS = _Capped(refold_source="none", max_line_length=None)


def _is_text(form: list[_Leaf]) -> bool:
    """Whether all that is said in a form is there as text."""
    said = [leaf for leaf in form if leaf.text.strip() or leaf.html.strip()]
    return bool(said) and all(leaf.text.strip() for leaf in said)


def _join(leaves: list[_Leaf]) -> tuple[str, str]:
    """One text and one HTML of the same words, whichever form each stretch came in."""
    texts = [leaf.text or text_of_html(leaf.html) for leaf in leaves]
    text = "\n".join(t.strip("\n") for t in texts if t.strip())
    if not any(leaf.html.strip() for leaf in leaves):
        return text, ""
    return text, "\n".join(
        leaf.html or html_of_text(leaf.text) for leaf in leaves if leaf.html or leaf.text.strip()
    )


def html_of_text(text: str) -> str:
    """Plain text as HTML that keeps its lines."""
    return f'<div style="white-space:pre-wrap">{escape(text, quote=False)}</div>'
