"""A mail of ours as bytes, so that answers to it come back to its record and thread in the customer's own
program.

The Message-ID is keyed (``mail.tokens``) and repeated in References, since a relay may rewrite the one but
not the other, and every program copies References into its answers (RFC 5322 §3.6.4). Outlook threads by
Thread-Index.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from textwrap import wrap

from django.utils.translation import gettext as _

from tradepost.kit.errors import Invalid
from tradepost.mail.filenames import clean_filename
from tradepost.mail.plain import text_of_html
from tradepost.mail.tokens import thread_index
from tradepost.mail.types import Address, Part


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person wrote. ``text`` is made from ``html`` where empty; parts with ``inline`` show within the
    HTML. ``calendar`` is an iTIP object, a third form of the same (RFC 6047 §2.4)."""

    sender: Address
    to: tuple[Address, ...]
    subject: str
    text: str = ""
    html: str = ""
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: Address | None = None
    parts: tuple[Part, ...] = ()
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the desk adds. ``message_id`` and ``hop`` by ``mail.tokens``; ``conversation`` are secret bytes of
    the record; ``automatic`` for mail that no person sent (RFC 3834)."""

    message_id: str
    hop: str
    at: datetime
    conversation: bytes
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Parent:
    """The mail that is answered. ``references`` are its own, oldest first; ``thread_index`` as it stood
    there."""

    message_id: str
    references: tuple[str, ...] = ()
    thread_index: str = ""


_WIRE = SMTP.clone(cte_type="7bit")
_KEPT_REFERENCES = 30
_METHOD = re.compile(r"^METHOD:([A-Z]{1,20})\s*$", re.M)
# Everything that str.splitlines breaks at, the other controls, and what UTF-8 cannot say.
_BREAKING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ID = re.compile(r"[\x21-\x3b\x3d\x3f-\x7e]{1,900}")
_TYPE = re.compile(r"(?!multipart/|message/)[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,80}")
# Re: in the languages of Outlook and Apple Mail, also counted ("Re[2]:", "Re^3:")
_PREFIX = re.compile(
    r"\s*(?:re|aw|antw|antwort|sv|vs|ref|rif|rép|resp|odp|ynt|vá|回复|回覆|答复|返信|fwd?|wg|tr|rv|enc|i|vl|vb|doorst|"
    r"转发|轉寄|転送)\s*(?:[\[^(]\d{1,3}[\])]?)?\s*[:：]\s*",
    re.I,
)


def compose(draft: Draft, stamp: Stamp, parent: Parent | None = None) -> bytes:
    """The message, CRLF, seven bits wide. Raises ``Invalid`` (fields: to, cc, bcc, sender, reply_to,
    subject)."""
    _refuse_injection(draft)
    message = EmailMessage(policy=_WIRE)
    message["Date"] = format_datetime(stamp.at)
    if stamp.automatic:
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
    _fill(message, draft)
    fields = [*_threading(stamp, parent), *_people(draft)]
    fields += [("Subject", _words(draft.subject)), ("Thread-Topic", _words(topic(draft.subject)))]
    head = "".join(f"{name}: " + "\r\n ".join(values) + "\r\n" for name, values in fields)
    return head.encode("ascii") + message.as_bytes()


def recipients(draft: Draft) -> tuple[str, ...]:
    """Everyone the message goes to, blind copies too, each once, with domains as the wire wants them."""
    everyone = ((a, f) for f in ("to", "cc", "bcc") for a in getattr(draft, f))
    return tuple(dict.fromkeys(_wire_address(a.email, f) for a, f in everyone))


def reply_subject(subject: str) -> str:
    """``Re: `` before a subject, once, whatever the language of the one that stands there."""
    return f"Re: {topic(subject)}"


def topic(subject: str) -> str:
    """A subject without its Re: and Fwd: in any common language, as Thread-Topic wants it."""
    while prefix := _PREFIX.match(subject):
        subject = subject[prefix.end() :]
    return subject.strip()


def quote_text(text: str, attribution: str) -> str:
    """The parent's text under its attribution ("On …, Bob wrote:"), each line marked (RFC 3676 §4.5)."""
    marked = (
        f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in text.rstrip().split("\n")
    )
    return f"{attribution}\n" + "\n".join(marked) + "\n"


def quote_html(html: str, attribution: str) -> str:
    """The parent's sanitised HTML as a quotation that mail programs know to fold."""
    return (
        f'<div class="gmail_quote"><div class="gmail_attr">{escape(attribution)}</div>'
        f'<blockquote class="gmail_quote" type="cite">{html}</blockquote></div>'
    )


Field = tuple[str, list[str]]
"""The name of a field, and what stands on each of its lines."""


def _people(draft: Draft) -> Iterator[Field]:
    """Who writes, and to whom. A mail that goes to blind copies alone names nobody (RFC 5322 §A.1.3)."""
    groups: dict[str, tuple[str, tuple[Address, ...]]] = {
        "From": ("sender", (draft.sender,)),
        "To": ("to", draft.to),
        "Cc": ("cc", draft.cc),
        "Reply-To": ("reply_to", (draft.reply_to,) if draft.reply_to else ()),
    }
    for name, (entered, people) in groups.items():
        several = [_mailbox(one, entered) for one in people]
        for one in several[:-1]:
            one[-1] += ","
        if several:
            yield name, [line for one in several for line in one]
    if not (draft.to or draft.cc):
        yield "To", ["undisclosed-recipients:;"]


def _mailbox(address: Address, field: str) -> list[str]:
    known = _header(address, field)
    if _is_plain(address.name):
        return [str(known)]
    *lines, last = _words(address.name)
    return [*lines, f"{last} <{known.addr_spec}>"]


def _is_plain(text: str) -> bool:
    return text.isascii() and "=?" not in text and len(text) < 900


def _words(text: str) -> list[str]:
    """A text for people on lines of its own, as encoded words (RFC 2047 §2) if ASCII does not say it. By hand, since the library
    loses spaces between the words that it encodes."""
    if _is_plain(text):
        even = text == " ".join(text.split())
        lines = wrap(text, 70, break_long_words=False, break_on_hyphens=False) if even else []
        return lines or [text]
    words, octets = list[bytes](), b""
    for character in map(str.encode, text):
        if len(octets + character) > 45:
            words, octets = [*words, octets], b""
        octets += character
    return [f"=?utf-8?b?{b64encode(word).decode()}?=" for word in (*words, octets)]


def _threading(stamp: Stamp, parent: Parent | None) -> list[Field]:
    """The fields that must reach the other side letter by letter; the library would fold or encode long
    ids."""
    ours = _bracketed([stamp.message_id])
    above = (*parent.references, parent.message_id) if parent else ()
    chain = _bracketed(dict.fromkeys(above))
    if len(chain) > _KEPT_REFERENCES:
        chain = chain[:1] + chain[1 - _KEPT_REFERENCES :]
    fields = [("Message-ID", ours)]
    if parent and (answered := _bracketed([parent.message_id])):
        fields.append(("In-Reply-To", answered))
    fields.append(("References", chain + ours))
    index = thread_index(stamp.conversation, stamp.at, parent.thread_index if parent else "")
    fields += [("Thread-Index", _chunks(index)), ("X-Tradepost-Hop", [stamp.hop])]
    return fields


def _bracketed(ids: Iterable[str]) -> list[str]:
    return [f"<{i}>" for i in ids if _ID.fullmatch(i)]


def _chunks(text: str) -> list[str]:
    return [text[i : i + 60] for i in range(0, len(text), 60)]


def _fill(message: EmailMessage, draft: Draft) -> None:
    message.set_content(_sayable(draft.text or text_of_html(draft.html)))
    shown = [p for p in draft.parts if p.inline and p.content_id and draft.html]
    if draft.html:
        message.add_alternative(_sayable(draft.html), subtype="html")
        body = message.get_body(("html",))
        for part in shown:
            if isinstance(body, MIMEPart):
                name, cid = clean_filename(part.name, part.content_type), f"<{part.content_id}>"
                body.add_related(part.content, *_type(part), disposition="inline", filename=name, cid=cid)
    if draft.calendar and (method := _METHOD.search(draft.calendar)):
        message.add_alternative(_sayable(draft.calendar), subtype="calendar", params={"method": method[1]})
    for part in draft.parts:
        if part not in shown:
            message.add_attachment(
                part.content, *_type(part), filename=clean_filename(part.name, part.content_type)
            )


def _sayable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _type(part: Part) -> tuple[str, str]:
    kind = part.content_type.lower()
    main, _, sub = (kind if _TYPE.fullmatch(kind) else "application/octet-stream").partition("/")
    return main, sub


def _refuse_injection(draft: Draft) -> None:
    fields: dict[str, str] = {}
    if not (draft.to or draft.cc or draft.bcc):
        fields["to"] = _("The mail has no recipient. Enter at least one address.")
    if _BREAKING.search(draft.subject):
        fields["subject"] = _("The subject holds a line break or control character. Write it on one line.")
    if any(_BREAKING.search(p.content_id) for p in draft.parts):
        fields["parts"] = _("The id of an inline image holds a line break. Insert the image again.")
    if fields:
        raise Invalid(fields=fields)


def _header(address: Address, field: str) -> HeaderAddress:
    if _BREAKING.search(address.name):
        sentence = _(
            "The name of {email} holds a line break or control character. Write it on one line."
        ).format(email=address.email)
        raise Invalid(fields={field: sentence})
    local, _at, domain = _wire_address(address.email, field).rpartition("@")
    return HeaderAddress(address.name, local, domain)


_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.I)


def _wire_address(email: str, field: str) -> str:
    """The address with its domain in ASCII (IDNA). A local part beyond ASCII would need SMTPUTF8 at every
    hop."""
    local, at, domain = email.rpartition("@")
    try:
        plain = domain.encode("idna").decode() if not domain.isascii() else domain
    except UnicodeError:
        plain = ""
    if not at or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(plain):
        shown = _BREAKING.sub(" ", email)
        raise Invalid(
            fields={
                field: _("{shown} is not an address that mail can be sent to. Correct it.").format(
                    shown=shown
                )
            }
        )
    return f"{local}@{plain}"
