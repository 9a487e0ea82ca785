"""Marks by which a message that comes back is known as ours: keyed, so that nobody can make one up.

============== ================================================== ======================================
mark           looks like                                         survives
============== ================================================== ======================================
Message-ID     ``so-123.<nonce>.<mac>@shop.example``              every reply (In-Reply-To, References)
hop            ``so-123.<nonce>.<mac>`` in ``X-Tradepost-Hop``    a provider that rewrites the Message-ID
reply address  ``sales+so-123.<mac>@shop.example``                programs that drop References
subject        ``[SO-1042]``                                      almost everything; not keyed
Thread-Index   base64 of a time and a GUID                        Outlook
============== ================================================== ======================================

Only ``a-z``, ``2-7``, ``0-9``, ``-`` and ``.`` are used, since some servers change a Message-ID's case.
A mac is 80 bits of HMAC-SHA-256; the key is the organisation's own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from tradepost.kit.errors import Invalid

_MAC_CHARS = 16
_KIND = re.compile(r"[a-z][a-z0-9]{0,15}")
_NONCE = re.compile(r"[a-z0-9]{1,32}")
_SIGNED = re.compile(rf"([a-z][a-z0-9]{{0,15}})-(\d{{1,18}})\.([a-z0-9]{{1,32}})\.([a-z2-7]{{{_MAC_CHARS}}})")
_PLUS = re.compile(rf"\+([a-z][a-z0-9]{{0,15}}-\d{{1,18}}\.[a-z2-7]{{{_MAC_CHARS}}})@", re.I)
_BRACKETED = re.compile(r"\[\s*#?([A-Za-z]{1,6}-?\d[\d/-]{0,15})\s*\]")
_BARE = re.compile(r"(?<![\w-])([A-Za-z]{1,6}-\d{3,12})(?![\w-])")


@dataclass(frozen=True, slots=True)
class Token:
    """A verified mark: the kind of record (lower case, ``so``), its id, and the nonce of a Message-ID."""

    kind: str
    id: int
    nonce: str = ""


def _mac(key: bytes, purpose: str, text: str) -> str:
    digest = hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:10]).decode().lower()


def _plain(kind: str, id: int, nonce: str) -> str:
    if not _KIND.fullmatch(kind) or not _NONCE.fullmatch(nonce) or not 0 <= id < 10**18:
        raise Invalid(
            _("A message mark cannot be made of {kind}, {id} and {nonce}.").format(
                kind=f"{kind!r}", id=f"{id!r}", nonce=f"{nonce!r}"
            ),
            cure=_("Use a short lower-case kind, a record id and a nonce of lower-case letters and digits."),
        )
    return f"{kind}-{id}.{nonce}"


def hop(kind: str, id: int, key: bytes, nonce: str) -> str:
    """The value of ``X-Tradepost-Hop`` and the left side of the Message-ID: ``so-123.<nonce>.<mac>``."""
    plain = _plain(kind, id, nonce)
    return f"{plain}.{_mac(key, 'message', plain)}"


def new_message_id(kind: str, id: int, key: bytes, domain: str, nonce: str) -> str:
    """A Message-ID, without angle brackets. ``nonce`` is fresh and random for every message."""
    return f"{hop(kind, id, key, nonce)}@{domain.lower()}"


def verify(message_id: str, key: bytes) -> Token | None:
    """What a Message-ID or hop of ours names, else None. The domain is not read: providers rewrite it."""
    left = message_id.partition("@")[0]
    if left.count(".") != 2:  # nearly all of a mailbox
        return None
    signed = _SIGNED.fullmatch(left.strip().strip("<>").lower())
    if signed is None:
        return None
    kind, number, nonce, mac = signed.groups()
    if not hmac.compare_digest(mac, _mac(key, "message", f"{kind}-{number}.{nonce}")):
        return None
    return Token(kind, int(number), nonce)


def reply_address(address: str, kind: str, id: int, key: bytes) -> str:
    """``address`` with a plus-token (RFC 5233) that names a record."""
    local, _, domain = address.rpartition("@")
    plain = _plain(kind, id, "0").removesuffix(".0")
    return f"{local}+{plain}.{_mac(key, 'reply', plain)}@{domain}"


def without_reply_token(address: str) -> str:
    """The address without a plus-token of ours, or of another tradepost."""
    return _PLUS.sub("@", address) if "+" in address else address


def reply_tokens(addresses: Iterable[str]) -> tuple[str, ...]:
    """What looks like our plus-tokens in these addresses or raw address headers; not verified yet."""
    found = (m.lower() for address in addresses for m in _PLUS.findall(address))
    return tuple(dict.fromkeys(found))


def verify_reply(token: str, key: bytes) -> Token | None:
    """What a plus-token of ours names, else None."""
    plain, _, mac = token.lower().rpartition(".")
    kind, _, number = plain.partition("-")
    if not number.isdecimal() or not hmac.compare_digest(mac.encode(), _mac(key, "reply", plain).encode()):
        return None
    return Token(kind, int(number))


def subject_tokens(subject: str) -> tuple[str, ...]:
    """Document numbers in a subject, upper case: those in brackets first, then bare ones like ``SO-1042``."""
    if "[" not in subject and "-" not in subject:  # nearly all of a mailbox
        return ()
    found = _BRACKETED.findall(subject) + _BARE.findall(subject)
    return tuple(dict.fromkeys(number.upper() for number in found))


_EPOCH_1601 = datetime(1601, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_DEEPEST = 22 + 5 * 100  # answers; a header line may not pass 998 characters


def _filetime(at: datetime) -> int:
    return (at - _EPOCH_1601) // _TICK * 10


def thread_index(conversation: bytes, at: datetime, parent: str = "") -> str:
    """Outlook's Thread-Index, base64 ([MS-OXOMSG] §2.2.1.3).

    Without ``parent`` a new one: 6 bytes of time and 16 of GUID, which is made from ``conversation`` (secret
    bytes of a record), so that all mail of one record lands in one conversation. With ``parent`` (their
    Thread-Index) five bytes are added.
    """
    above = _thread_bytes(parent)
    if not above:
        guid = hashlib.sha256(conversation).digest()[:16]
        return base64.b64encode(_filetime(at).to_bytes(8, "big")[:6] + guid).decode()
    began = int.from_bytes(above[:6] + b"\0\0", "big")
    apart = max(0, _filetime(at) - began)
    far = apart >> 49 > 0
    delta = (apart >> (23 if far else 18)) & 0x7FFFFFFF | (0x80000000 if far else 0)
    return base64.b64encode(above + delta.to_bytes(4, "big") + b"\0").decode()


def conversation_of(index: str) -> str:
    """The GUID in a Thread-Index as 32 hex digits, or "" where it is not one."""
    return _thread_bytes(index)[6:22].hex()


def kept_index(index: str) -> str:
    """A Thread-Index on one line, as answers to it go on from; "" where it is not one."""
    return base64.b64encode(_thread_bytes(index)).decode()


def _thread_bytes(index: str) -> bytes:
    try:
        raw = base64.b64decode("".join(index.split()), validate=True)
    except ValueError:
        return b""
    return raw[:_DEEPEST] if len(raw) >= 22 and (len(raw) - 22) % 5 == 0 else b""
