"""A document by e-mail in one click: by the template of its kind, to whom it concerns, with its PDF; taken back while it waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tradepost.accounts.access import Actor, Permission
from tradepost.activities.records import Record
from tradepost.activities.services import File
from tradepost.kit.errors import Conflict, Fault, Missing
from tradepost.mail.models import MailAccount, Template
from tradepost.mail.plain import text_of_html
from tradepost.mail.sanitise import sanitise
from tradepost.mail.send import Letter, send_email, take_back
from tradepost.mail.templates import fill_in, usual_template
from tradepost.sales import queries
from tradepost.sales.models import Document
from tradepost.sales.paper import document_pdf
from tradepost.sales.state_table import DEAD
from tradepost.web import compose, parts
from tradepost.web.bulk import MOST, on_each
from tradepost.web.numbers import number
from tradepost.web.parts import Undo
from tradepost.web.shell import DeskRequest, Section

WAIT = timedelta(seconds=20)  # longer than a toast with Undo stays


@dataclass(frozen=True, slots=True)
class Usual:
    """How a document is mailed without asking."""

    template: Template
    to: str
    account: MailAccount


def usual(actor: Actor, row: Document) -> Usual | None:
    """None where somebody has to look first: the document is a draft or was called off, its kind has no template, or several and none
    of them the usual one, nobody is known to write to, or no mailbox sends; and for whom it is not."""
    may = actor.may(Permission.MAIL_SEND) and actor.may(Permission.PEOPLE_VIEW)  # the address is shown
    if not may or row.status in ("draft", *DEAD):
        return None
    template = usual_template(actor, row.kind)
    if template is None:
        return None
    to, accounts = compose.recipient(row), compose.usable(actor)
    return Usual(template, to, accounts[0]) if to and accounts else None


def _send(actor: Actor, pk: int) -> tuple[int, str]:
    """The message, and to whom it goes."""
    actor.require(Permission.MAIL_SEND)
    row = queries.documents(actor).pick(actor, pk)
    found = usual(actor, row)
    if found is None:
        raise Conflict(
            _("{number} has no usual e-mail.").format(number=row.number),
            cure=_(
                "Write it on its page; drafts, and kinds without one usual template of their own, are looked at first."
            ),
        )
    record = Record("document", row.pk)
    subject, words = fill_in(actor, found.template.pk, record)
    html = sanitise(words).html + compose.signature(found.account)
    name, content = document_pdf(actor, row.pk)
    letter = Letter(
        account_id=found.account.pk,
        to=found.to,
        subject=subject or row.number,
        html=html,
        text=text_of_html(html).strip(),
        files=(File(name, content, "application/pdf"),),
        records=(record,),
    )
    return send_email(actor, letter, wait=WAIT).pk, found.to


def _undo(keys: Iterable[int]) -> Undo:
    return Undo(f"{reverse('mail-take-back')}?{urlencode([('pk', key) for key in keys])}", {})


def send(request: DeskRequest, pk: int) -> HttpResponse:
    """Mail one document; the toast takes it back."""
    if request.method != "POST":
        raise Missing(_("page"))
    key, to = _send(request.actor, pk)
    said = _("The e-mail to {to} goes out in {n} seconds").format(to=to, n=WAIT.seconds)
    return _said(said, _undo([key]))


def send_each(request: DeskRequest) -> None:
    """Mail each of the chosen documents of a list; one that has no usual e-mail never stops the rest."""
    keys: list[int] = []
    if done := on_each(request, lambda pk: keys.append(_send(request.actor, pk)[0])):
        said = ngettext("{n} e-mail goes out in {s} seconds", "{n} e-mails go out in {s} seconds", done)
        parts.notify(request, said.format(n=done, s=WAIT.seconds), _undo(keys))


def back(request: DeskRequest) -> HttpResponse:
    """Take back the mails that wait still."""
    if request.method != "POST":
        raise Missing(_("page"))
    request.actor.require(Permission.MAIL_SEND)
    done, faults = 0, list[Fault]()
    for pk in [pk for text in request.GET.getlist("pk") if (pk := number(text))][:MOST]:
        try:
            take_back(request.actor, pk)
            done += 1
        except Fault as fault:
            faults.append(fault)
    if faults and not done:
        raise faults[0]
    said = ngettext("{n} e-mail was taken back", "{n} e-mails were taken back", done).format(n=done)
    return _said(" · ".join([said, *map(str, faults[:1])]))


def _said(text: str, undo: Undo | None = None) -> HttpResponse:
    return parts.toast(parts.trigger(HttpResponse(status=204), activity_changed={}), text, undo)


section = Section(
    urls=[
        path("documents/<int:pk>/mail/", send, name="document-mail"),
        path("messages/take-back/", back, name="mail-take-back"),
    ]
)
