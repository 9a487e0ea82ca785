"""ENVELOPE and BODYSTRUCTURE of a message, and its sections (RFC 3501 §6.4.5 and §7.4.2)."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses
from typing import TypeAlias

from tradepost.sandbox.imap.syntax import string

Mime: TypeAlias = "Message[str, str]"


def split(raw: bytes) -> tuple[bytes, bytes]:
    """Header with its closing empty line, and body."""
    head, gap, body = raw.partition(b"\r\n\r\n")
    return (head + gap, body) if gap else (raw, b"")


def fields(header: bytes, names: set[str], *, leave_out: bool = False) -> bytes:
    """The named fields of a header as they stand, or all others, closed by an empty line."""
    wanted = {name.encode().lower() for name in names}
    found = re.findall(rb"^[^\s:]+[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*", header, re.M)
    kept = [field for field in found if (field.split(b":", 1)[0].strip().lower() in wanted) != leave_out]
    return b"".join(kept) + b"\r\n"


def part(raw: bytes, path: str) -> tuple[bytes, bytes] | None:
    """MIME header and content, still encoded, of the part ``1.2``; None if there is no such part."""
    message: Mime = message_from_bytes(raw, policy=compat32)
    for number in map(int, path.split(".")):
        if message.get_content_type() == "message/rfc822":
            message = _inner(message)
        if message.is_multipart():
            children = _children(message)
            if number > len(children):
                return None
            message = children[number - 1]
        elif number != 1:
            return None
    return split(_crlf(message))


def _children(message: Mime) -> list[Mime]:
    payload = message.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _inner(message: Mime) -> Mime:
    """The message that a ``message/rfc822`` part holds."""
    return _children(message)[0]


def _crlf(message: Mime) -> bytes:
    return message.as_bytes(policy=compat32.clone(linesep="\r\n", max_line_length=0))


def envelope(header: bytes) -> bytes:
    message: Mime = message_from_bytes(header, policy=compat32)
    sender = _addresses(message, "From")
    values = [
        string(_plain(message, "Date")),
        string(_plain(message, "Subject")),
        sender,
        _addresses(message, "Sender", sender),
        _addresses(message, "Reply-To", sender),
        *(_addresses(message, name) for name in ("To", "Cc", "Bcc")),
        string(_plain(message, "In-Reply-To")),
        string(_plain(message, "Message-ID")),
    ]
    return b"(" + b" ".join(values) + b")"


def _plain(message: Mime, name: str) -> str | None:
    value = message.get(name)
    return None if value is None else re.sub(r"\s+", " ", str(value)).strip()


def _addresses(message: Mime, name: str, default: bytes = b"NIL") -> bytes:
    found = []
    for person, address in getaddresses([str(value) for value in message.get_all(name, [])]):
        local, _, domain = address.rpartition("@")
        found.append(b"(%b NIL %b %b)" % (string(person or None), string(local or address), string(domain)))
    return b"(" + b"".join(found) + b")" if found else default


def body_structure(raw: bytes) -> bytes:
    return _structure(message_from_bytes(raw, policy=compat32))


def _structure(message: Mime) -> bytes:
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        children = [_structure(child) for child in _children(message)]
        return b"(%b %b %b %b NIL NIL)" % (
            b"".join(children),
            string(message.get_content_subtype()),
            _parameters(message, "Content-Type"),
            _disposition(message),
        )
    content = split(_crlf(message))[1]
    lines = b" %d" % content.count(b"\n")
    values = [
        string(message.get_content_maintype()),
        string(message.get_content_subtype()),
        _parameters(message, "Content-Type"),
        string(_plain(message, "Content-ID")),
        string(_plain(message, "Content-Description")),
        string(_plain(message, "Content-Transfer-Encoding") or "7bit"),
        b"%d" % len(content),
    ]
    extra = lines if message.get_content_maintype() == "text" else b""
    if message.get_content_type() == "message/rfc822" and message.is_multipart():
        inner = _inner(message)
        extra = b" %b %b%b" % (envelope(split(_crlf(inner))[0]), _structure(inner), lines)
    return b"(%b%b NIL %b NIL NIL)" % (b" ".join(values), extra, _disposition(message))


def _parameters(message: Mime, header: str) -> bytes:
    pairs = message.get_params([], header, unquote=True)[1:]
    flat = b" ".join(string(str(item)) for name, value in pairs for item in (name, _joined(value)))
    return b"(" + flat + b")" if flat else b"NIL"


def _joined(value: str | tuple[str | None, str | None, str]) -> str:
    return value if isinstance(value, str) else f"{value[0] or ''}'{value[1] or ''}'{value[2]}"


def _disposition(message: Mime) -> bytes:
    kind = message.get_content_disposition()
    return (
        b"NIL" if kind is None else b"(%b %b)" % (string(kind), _parameters(message, "Content-Disposition"))
    )
