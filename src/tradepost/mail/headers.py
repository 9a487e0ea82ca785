"""A message's header fields as bytes → ``Envelope``: fast, and never raises.

``email.policy.default`` reads some 2,000 headers a second and is kept for mail that matched (``mail.mime``).
Here the bytes are split by hand: unfolding (RFC 5322 §2.2.3), encoded words (RFC 2047), raw UTF-8 (RFC 6532),
comments and groups (RFC 5322 §3.4). What cannot be read becomes an empty value: that may cost a match, never
the mailbox.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from tradepost.mail.addresses import addresses
from tradepost.mail.encoded_words import decode_bytes, decode_words
from tradepost.mail.tokens import conversation_of, reply_tokens
from tradepost.mail.types import Address, Envelope, HeaderRow

FIELDS: tuple[str, ...] = (
    "Message-ID", "In-Reply-To", "References", "From", "Sender", "To", "Cc", "Subject", "Date", "Return-Path",
    "Content-Type", "Delivered-To", "X-Original-To", "Thread-Index", "X-Tradepost-Hop", "Auto-Submitted",
    "Precedence", "List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond", "X-Autorespond-From",
    "X-Auto-Response-Suppress", "X-Failed-Recipients",
)  # fmt: skip
"""The fields to ask the server for (BODY.PEEK[HEADER.FIELDS (...)])."""

MAX_HEADER = 1_000_000  # bytes; 5,000 recipients need about 250,000
_REFERENCES = 32
_JOINED = {"to": ", ", "cc": ", ", "references": " ", "delivered-to": ", ", "x-original-to": ", "}
_NAMES = {name: name.lower() for name in FIELDS}
_BRACKETED_ID = re.compile(r"<([^<>]{1,998})>")
_DATE = re.compile(
    r"(\d{1,2})[ -]([A-Za-z]{3})[a-z]*\.?[ -](\d{2,4})\s+(\d{1,2})[:.](\d\d)(?:[:.](\d\d))?(?:\.\d+)?"
    r"\s*([+-]\d{4}|[A-Za-z]{1,5})?"
)
_MONTHS = {
    "jan": "01", "feb": "02", "mar": "03", "apr": "04", "may": "05", "jun": "06",
    "jul": "07", "aug": "08", "sep": "09", "oct": "10", "nov": "11", "dec": "12",
}  # fmt: skip
_ZONES = {  # RFC 5322 §4.3; the others there are read as UTC
    "EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500",
    "MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700",
}  # fmt: skip
_CHARSET = re.compile(
    rb"^content-type:[^\r\n]{0,500}(?:\r?\n[ \t][^\r\n]{0,500}){0,5}?charset\s{0,5}=\s{0,5}[\"']?([\w-]{2,40})",
    re.I | re.M,
)
_NOBODY = Address("")
_NO_ADDRESSES: tuple[Address, ...] = ()


def envelope(row: HeaderRow) -> Envelope:
    """The row's header, parsed for matching. ``email`` addresses are folded, ids are without brackets."""
    fields = split(row.header)
    get = fields.get
    sender = addresses(get("from", "")) or addresses(get("sender", ""))
    to, cc = get("to", ""), get("cc", "")
    in_reply_to, index = message_ids(get("in-reply-to", "")), get("thread-index", "")
    report = is_report(fields, sender[0].email if sender else "")
    return Envelope(
        uid=row.uid,
        message_id=(message_ids(get("message-id", "")) or ("",))[0],
        references=_newest_first(in_reply_to, get("references", "")),
        sender=sender[0] if sender else _NOBODY,
        to=addresses(to) if to else _NO_ADDRESSES,
        cc=addresses(cc) if cc else _NO_ADDRESSES,
        subject=decode_words(get("subject", "")),
        date=instant(get("date", "")),
        received=row.internal_date,
        size=row.size,
        automatic=why_automatic(fields, report),
        report=report,
        hop=get("x-tradepost-hop", ""),
        thread=row.provider_thread,
        reply_tokens=reply_tokens((to, cc, get("delivered-to", ""), get("x-original-to", ""))),
        flags=row.flags,
        in_reply_to=in_reply_to[0] if in_reply_to else "",
        conversation=conversation_of(index) if index else "",
        thread_index=index,
    )


def split(header: bytes) -> dict[str, str]:
    """The fields by lower-case name, unfolded. Of doubles the first with a value counts; lists are joined."""
    try:
        text = header[:MAX_HEADER].decode()
    except UnicodeDecodeError:
        text = _in_its_charset(header[:MAX_HEADER])
    if "\0" in text:
        text = text.replace("\0", "")
    text = text.replace("\r\n", "\n").lstrip("\n").partition("\n\n")[0]
    lines = text.replace("\n ", " ").replace("\n\t", " ").rstrip().split("\n")
    pairs = [line.partition(":") for line in lines]
    fields = {_NAMES.get(name) or name.strip().lower(): value.strip() for name, _, value in pairs}
    return fields if len(fields) == len(lines) else _with_doubles(pairs)


def _in_its_charset(header: bytes) -> str:
    """Fields with raw bytes that are no UTF-8: older programs write them in the charset of the message's text."""
    found = _CHARSET.search(header)
    charset = found[1].decode() if found else "cp1252"
    try:
        like_ascii = "From:".encode(charset) == b"From:"
    except (LookupError, UnicodeError, ValueError):
        like_ascii = False
    return decode_bytes(header, charset if like_ascii else "cp1252")


def _with_doubles(pairs: list[tuple[str, str, str]]) -> dict[str, str]:
    kept: dict[str, list[str]] = {}
    for name, _, value in pairs:
        kept.setdefault(name.strip().lower(), []).append(value.strip())
    return {
        name: _JOINED[name].join(filter(None, values)) if name in _JOINED else next(filter(None, values), "")
        for name, values in kept.items()
    }


def message_ids(value: str) -> tuple[str, ...]:
    """Message ids in a field, without brackets and folding spaces; bare ids where the brackets were
    forgotten."""
    if not value:
        return ()
    if (
        value[0] == "<"
        and value[-1] == ">"
        and value.isascii()
        and value.find("<", 1) < 0
        and " " not in value
    ):
        return (value[1:-1],) if len(value) > 2 else ()
    found = _BRACKETED_ID.findall(value)
    if not found:
        found = [word.strip("<>,;") for word in value.split() if "@" in word]
    return tuple(["".join(i.split()) if " " in i or "\t" in i else i for i in found if i.strip()])


def fold_id(message_id: str) -> str:
    """A Message-ID for looking up. Servers change its case, and no two differ in case alone."""
    return message_id.lower()


def _newest_first(in_reply_to: tuple[str, ...], references: str) -> tuple[str, ...]:
    if not references:
        return tuple(dict.fromkeys(in_reply_to))[:_REFERENCES]
    return tuple(dict.fromkeys(in_reply_to + message_ids(references)[: -_REFERENCES - 1 : -1]))[:_REFERENCES]


def instant(value: str) -> datetime | None:
    """A Date field as UTC, or None where it makes no sense. Without a known zone it is taken for UTC."""
    words = value.split()
    if len(words) == 6 and len(words[4]) == 8:  # "Sat, 21 Nov 2026 10:00:00 +0100", as nearly all are
        try:
            month = _MONTHS[words[2].lower()]
            return datetime.fromisoformat(f"{words[3]}{month}{words[1]:>02}T{words[4]}{words[5]}").astimezone(
                UTC
            )
        except (ValueError, KeyError, OverflowError):
            pass
    return _odd_instant(value[:200])


def _odd_instant(value: str) -> datetime | None:
    found = _DATE.search(value)
    if not found:
        return None
    day, month, year, hour, minute, second, zone = found.groups()
    if len(year) < 4:
        year = str(int(year) + (1900 if int(year) >= 50 else 2000))
    if second is None or second >= "60":  # a leap second
        second = "00" if second is None else "59"
    if zone is None or zone[0] not in "+-":
        zone = _ZONES.get((zone or "").upper(), "+0000")
    try:
        return datetime.fromisoformat(
            f"{year}{_MONTHS[month.lower()]}{day:>02}T{hour:>02}{minute}{second}{zone}"
        ).astimezone(UTC)
    except (ValueError, KeyError, OverflowError):
        return None


def is_report(fields: dict[str, str], sender: str) -> bool:
    """Whether it may be a delivery status: RFC 3464, or the older ways of a null sender or a mailer daemon.

    An out-of-office note has a null return path too (RFC 3834 §3.3), but shows other signs of itself.
    """
    kind = fields.get("content-type", "")
    if kind[:16].lower() == "multipart/report":
        return "disposition-notification" not in kind.lower()
    if "x-failed-recipients" in fields:
        return True
    if fields.get("auto-submitted", "").lower().startswith("auto-replied"):
        return False
    daemon = sender.startswith(("mailer-daemon@", "postmaster@"))
    return daemon or (_null(fields) and _VACATION.isdisjoint(fields))


_AUTO_REPLY = frozenset({"x-autoreply", "x-autorespond", "x-autorespond-from"})
_LIST = frozenset({"list-id", "list-unsubscribe"})
_VACATION = _AUTO_REPLY | {"x-auto-response-suppress", "precedence"}
_PRECEDENCES = {
    "bulk": "precedence", "junk": "precedence", "list": "list",
    "auto_reply": "auto-reply", "auto-reply": "auto-reply",
}  # fmt: skip


def _null(fields: dict[str, str]) -> bool:
    return fields.get("return-path") in ("", "<>", "< >")


def why_automatic(fields: dict[str, str], report: bool) -> str:
    """Why a program and not a person wrote it, or "": RFC 3834 §5, RFC 2919, RFC 2369, RFC 5546, RFC 8098.

    ``X-Auto-Response-Suppress`` says only that the sender wants no answer: people's Outlooks send it too. It
    only counts together with a null return path.
    """
    kind = fields.get("content-type", "")[:200].lower()
    if report:
        return "report"
    if kind.startswith("multipart/report"):
        return "receipt"
    if fields.get("auto-submitted", "no").partition(";")[0].strip().lower() not in ("no", ""):
        return "auto-submitted"
    if not _AUTO_REPLY.isdisjoint(fields):
        return "auto-reply"
    if not _LIST.isdisjoint(fields):
        return "list"
    if "precedence" in fields and (why := _PRECEDENCES.get(fields["precedence"].lower())):
        return why
    if kind.startswith("text/calendar"):
        return "calendar"
    return "null-sender" if _null(fields) else ""
