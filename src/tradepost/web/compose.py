"""Send Email (A12–A15, B15): a new mail, a reply or a forward, on a document, a customer or a contact."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

from django import forms
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.activities.models import Message
from tradepost.activities.queries import files as kept_files
from tradepost.activities.records import Record
from tradepost.activities.services import File, keep_file
from tradepost.kit.errors import Invalid
from tradepost.mail.access import reachable
from tradepost.mail.compose import quote_html, reply_subject, topic
from tradepost.mail.models import MailAccount
from tradepost.mail.plain import text_of_html
from tradepost.mail.sanitise import sanitise
from tradepost.mail.send import Letter, send_email
from tradepost.mail.templates import fill_in, templates
from tradepost.mail.tokens import without_reply_token
from tradepost.people import main_contact
from tradepost.people.queries import complete
from tradepost.sales.models import Document
from tradepost.sales.paper import document_pdf
from tradepost.sync.models import Health
from tradepost.web import parts, records
from tradepost.web.files import seen
from tradepost.web.numbers import number
from tradepost.web.parts import close_sheet
from tradepost.web.shell import GENERAL, DeskRequest, Section, sections
from tradepost.wire import storage

HELD = "tradepost.compose.held"  # the salt of a signed file that a refused mail brought already
HELD_FOR = 14 * 86400  # seconds; as long as a draft is kept


class ComposeForm(forms.Form):
    account = forms.IntegerField()
    to = forms.CharField(required=False)
    cc = forms.CharField(required=False)
    bcc = forms.CharField(required=False)
    subject = forms.CharField(required=False)
    body = forms.CharField(required=False, strip=False)


@dataclass(frozen=True, slots=True)
class Start:
    """What a composer opens with. ``body`` is HTML; ``files`` are chips whose ``url`` comes back as ``attached``; ``elsewhere`` tells that
    the answer goes to another address than the one that wrote."""

    title: str
    record: Record
    row: Any
    draft: str
    to: str = ""
    cc: str = ""
    subject: str = ""
    body: str = ""
    reply_to: int | None = None
    files: tuple[parts.File, ...] = ()
    forward: bool = False
    elsewhere: str = ""


def compose(request: DeskRequest) -> HttpResponse:
    """``?on=document:5`` with nothing, ``&reply=<message>``, ``&reply=…&all=1`` or ``&forward=<message>``."""
    request.actor.require(Permission.MAIL_SEND)
    start = _start(request)
    accounts = usable(request.actor)
    if not accounts:
        shown = {"start": start, "settings_url": _settings_url(request.actor)}
        return render(request, "compose/connect.html", shown)
    form = ComposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            send_email(request.actor, _letter(request, form.cleaned_data, start))
        except Invalid as fault:
            parts.refuse(form, fault)
        else:
            return close_sheet(_("E-mail is on its way"), activity_changed={})
    return _show(request, start, accounts, form)


def usable(actor: Actor) -> list[MailAccount]:
    """The accounts that the actor may send from now; his own before shared ones (B15)."""
    rows = [
        a
        for a in reachable(actor)
        if a.connection.health not in (Health.OFF, Health.INACTIVE) and a.connection.secrets
    ]
    return sorted(rows, key=lambda a: a.owner_id != actor.user_id)


def _settings_url(actor: Actor) -> str:
    """The page on which a mailbox is connected, wherever it stands."""
    items = [i for s in sections() for i in s.gear if i.column == GENERAL and i.icon == "mail"]
    return reverse(items[0].url_name) if items else "/"


def _show(request: DeskRequest, start: Start, accounts: list[MailAccount], form: ComposeForm) -> HttpResponse:
    typed = form.data if form.is_bound else {}
    chosen = next((a for a in accounts if str(a.pk) == typed.get("account")), accounts[0])
    body = typed.get("body", "<div><br></div>" + signature(chosen) + start.body)
    paper = (
        reverse("document-pdf", args=[start.row.pk])
        if isinstance(start.row, Document) and not start.reply_to
        else ""
    )
    shown = {
        "start": start,
        "form": form,
        "accounts": accounts,
        "chosen": chosen,
        "to": typed.get("to", start.to),
        "cc": typed.get("cc", start.cc),
        "bcc": typed.get("bcc", ""),
        "subject": typed.get("subject", start.subject),
        "body": body,
        "files": _held(request, paper) if form.is_bound else start.files,
        "paper": paper,
        "paper_on": paper in request.POST.getlist("attached") if form.is_bound else not start.forward,
        "paper_name": f"{start.row}.pdf",
        "action": request.get_full_path(),
        "templates": [] if start.reply_to else list(templates(request.actor, getattr(start.row, "kind", ""))),
        "template": request.GET.get("template", ""),
        "plain_url": f"{request.path}?on={records.key(start.record)}",
    }
    return render(request, "compose/composer.html", shown, status=422 if form.errors else 200)


def signature(account: MailAccount) -> str:
    """As it stands below what is written, as HTML."""
    if not account.signature.strip():
        return ""
    return "<div>" + escape(account.signature.strip()).replace("\n", "<br>") + "</div>"


# -- what it opens with ----------------------------------------------------------------------------------------------


def _start(request: DeskRequest) -> Start:
    record = records.parse(request.GET.get("on", ""))
    row = records.find(request.actor, record)
    for way in ("reply", "forward"):
        if pk := request.GET.get(way):
            message = Message.objects.filter(activity__in=seen(request.actor)).pick(request.actor, pk)
            build = _reply if way == "reply" else _forward
            return build(message, record, row, bool(request.GET.get("all")))
    subject, body, draft = (
        f"{row.number} – " if isinstance(row, Document) else "",
        "",
        f"{records.key(record)}:mail",
    )
    if template := request.GET.get("template"):
        subject, html = fill_in(request.actor, number(template) or 0, record)
        body, draft = sanitise(html).html, f"{draft}:{template}"
    return Start(_("New e-mail"), record, row, draft, to=recipient(row), subject=subject, body=body)


def recipient(row: Any) -> str:
    """Whom a new mail goes to: a party's own first address, else that of its main contact; of what concerns parties,
    the contact's, else the company's."""
    if not hasattr(row, "emails"):
        parties = (getattr(row, name, None) for name in ("contact", "customer", "vendor"))
        return next(filter(None, (recipient(party) for party in parties if party)), "")
    first = row.emails.order_by("-primary", "id").first()
    if first is not None:
        return _written(str(row), first.email)
    if hasattr(row, "contacts"):
        contact = main_contact.first(row)
        return recipient(contact) if contact else ""
    return ""


def _written(name: str, email: str) -> str:
    clean = name.replace('"', "").replace("\\", "").strip()
    return f'"{clean}" <{email}>' if clean and clean != email else email


def _reply(message: Message, record: Record, row: Any, everyone: bool) -> Start:
    own = {message.sender_email} if message.outgoing else _own(message)
    elsewhere = [p for p in message.reply_to if without_reply_token(p["email"]) not in own]
    people = message.to if message.outgoing else elsewhere or [message.sender]
    others = [*([] if message.outgoing else message.to), *message.cc] if everyone else []
    return Start(
        _("Reply to all") if everyone else _("Reply"),
        record,
        row,
        f"message:{message.pk}:reply{'-all' * everyone}",
        to=_people(people),
        cc=_people(
            p for p in others if without_reply_token(p.get("email", "")) not in own and p not in people
        ),
        subject=reply_subject(message.subject),
        body=_trail(message),
        reply_to=message.pk,
        elsewhere=_asked(message, elsewhere),
    )


def _asked(message: Message, people: list[dict[str, str]]) -> str:
    """That a mail asks for answers at other addresses than its sender's, and at which."""
    emails = [p["email"] for p in people]
    if not emails or message.outgoing or message.sender_email in emails:
        return ""
    who = message.sender.get("name") or message.sender_email
    return _("{who} asked for answers at {emails}.").format(who=who, emails=", ".join(emails))


def _own(message: Message) -> set[str]:
    from tradepost.mail.lookup import own_addresses

    return set(own_addresses(message.organisation_id))


def _forward(message: Message, record: Record, row: Any, everyone: bool) -> Start:
    files = tuple(
        parts.File(f.name, f.size, reverse("file", args=[f.pk]))
        for f in message.attachments.filter(inline=False).order_by("id")
    )
    subject = _("Fwd: {subject}").format(subject=topic(message.subject))
    draft = f"message:{message.pk}:forward"
    return Start(
        _("Forward"), record, row, draft, subject=subject, body=_trail(message), files=files, forward=True
    )


def _people(people: Iterable[dict[str, str]]) -> str:
    return ", ".join(_written(p.get("name", ""), p["email"]) for p in people if p.get("email"))


def _trail(message: Message) -> str:
    """The message below, as a quotation that mail programs fold; pictures that stood inside it are left out."""
    at = date_format(timezone.localtime(message.at), "DATETIME_FORMAT")
    who = message.sender.get("name") or message.sender_email
    plain = f"{message.text}\n\n{message.quoted}".strip()
    html = sanitise(message.html).html if message.html else escape(plain).replace("\n", "<br>")
    return "<div><br></div>" + quote_html(html, _("On {at}, {who} wrote:").format(at=at, who=who))


# -- what it sends ---------------------------------------------------------------------------------------------------


def _letter(request: DeskRequest, typed: dict[str, Any], start: Start) -> Letter:
    html = sanitise(typed["body"]).html
    text = text_of_html(html).strip()
    return Letter(
        account_id=typed["account"],
        to=typed["to"],
        cc=typed["cc"],
        bcc=typed["bcc"],
        subject=typed["subject"].rstrip(" –"),  # of what it opens with, if nothing was added
        html=html if text else "",
        text=text,
        files=tuple(read() for read in _files(request)),
        records=(start.record,),
        reply_to=start.reply_to,
    )


def _files(request: DeskRequest, but: str = "") -> Iterable[Callable[[], File]]:
    """What reads each of the files: one may be refused, and the others not."""
    for attached in request.POST.getlist("attached"):
        if attached != but:
            yield partial(_attached, request.actor, attached)
    for file in request.FILES.getlist("files"):
        yield partial(_uploaded, file)


def _uploaded(file: UploadedFile[bytes]) -> File:
    file.seek(0)
    return File(file.name or "file", file.read(), file.content_type or "")


def _attached(actor: Actor, attached: str) -> File:
    """A file that was offered and kept: the document's PDF, a file of a forwarded mail, or one sent before."""
    if found := re.fullmatch(r"/documents/(\d+)/pdf/", attached):
        name, content = document_pdf(actor, int(found[1]))
        return File(name, content, "application/pdf")
    if found := re.fullmatch(r"/files/(\d+)/", attached):
        row = kept_files().filter(activity__in=seen(actor)).pick(actor, found[1])
        return File(row.name, storage.read(row.key), row.content_type)
    try:
        held = signing.loads(attached, salt=HELD, max_age=HELD_FOR)
    except signing.BadSignature:
        raise Invalid(fields={"files": _("An attachment is no longer here. Attach it again.")}) from None
    if held["company"] != actor.organisation_id:
        raise Invalid(fields={"files": _("An attachment belongs to another company. Attach it again.")})
    return File(held["name"], storage.read(held["key"]), held["type"])


def _held(request: DeskRequest, paper: str) -> list[parts.File]:
    """The files of a refused mail, kept, so that nobody has to choose them again; but for one that was itself refused."""
    found, company = [], request.actor.organisation_id
    for read in _files(request, but=paper):
        with suppress(Invalid):
            kept = keep_file(company, read())
            facts = {"company": company, "name": kept.name, "key": kept.key, "type": kept.content_type}
            found.append(parts.File(kept.name, kept.size, signing.dumps(facts, salt=HELD)))
    return found


def people(request: DeskRequest) -> HttpResponse:
    """Completion of recipients: ``[{"name", "email"}]`` for ``?q=``."""
    found = complete(request.actor, request.GET.get("q", ""))
    return JsonResponse(
        [{"email": email, "name": name if name != email else ""} for email, name in found], safe=False
    )


section = Section(
    urls=[path("compose/", compose, name="compose"), path("people/complete/", people, name="people-complete")]
)
