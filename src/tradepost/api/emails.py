"""Send e-mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from django.utils.translation import gettext as _
from ninja import File, Form, Router
from ninja.files import UploadedFile
from pydantic import Base64Bytes, Field

from tradepost.accounts.access import Actor, Permission
from tradepost.activities import services as activities
from tradepost.activities.models import Message
from tradepost.activities.records import Record
from tradepost.api.activities import MessageOut
from tradepost.api.call import Call, needs
from tradepost.api.schema import Id, In, RecordRef
from tradepost.kit.errors import Missing
from tradepost.mail import access
from tradepost.mail.send import Letter, send_again, send_email, take_back
from tradepost.sales.paper import document_pdf

router = Router(tags=["Mail"])


class FileIn(In):
    """``content`` is Base64."""

    name: str
    content: Base64Bytes
    content_type: str = ""


class Typed(In):
    """``to``, ``cc`` and ``bcc`` as one types them: ``Renata <r@x.example>, bob@y.example``. Without ``account_id`` the
    caller's first mail account sends. ``reply_to`` is the id of the message that is answered. ``attach_document``: the PDF of each
    document that it is sent from goes along; unless it is said, with a new mail and not with an answer. ``wait``: for so many
    seconds it can be taken back."""

    to: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    cc: str = ""
    bcc: str = ""
    account_id: Id | None = None
    reply_to: Id | None = None
    attach_document: bool | None = None
    wait: Annotated[int, Field(ge=0, le=600)] = 0


class LetterIn(Typed):
    __doc__ = Typed.__doc__

    records: list[RecordRef] = []
    files: list[FileIn] = []


class LetterForm(Typed):
    document_id: Id | None = None
    customer_id: Id | None = None
    contact_id: Id | None = None


def _account(request: Call, account_id: int | None) -> int:
    if account_id is not None:
        return account_id
    first = access.reachable(request.actor).filter(disconnected_at=None).first()
    if first is None:
        raise Missing(_("mail account that you may use"), cure=_("Connect one first."))
    return int(first.pk)


@router.post("emails", response={201: MessageOut})
@needs(Permission.MAIL_SEND)
def send(request: Call, body: LetterIn) -> Message:
    """Send an e-mail from records, such as ``{"kind": "document", "id": 7}``. Its ``state`` tells what became of it."""
    files = [activities.File(f.name, f.content, f.content_type) for f in body.files]
    return _send(request, body, files, [Record(one.kind, one.id) for one in body.records])


@router.post("emails/form", response={201: MessageOut})
@needs(Permission.MAIL_SEND)
def send_form(request: Call, body: Form[LetterForm], files: File[list[UploadedFile]] = []) -> Message:  # noqa: B006
    """The same as multipart/form-data, with files under the name ``files``."""
    on = {"document": body.document_id, "customer": body.customer_id, "contact": body.contact_id}
    given = [activities.File(f.name or "file", f.read(), f.content_type or "") for f in files]
    return _send(request, body, given, [Record(kind, pk) for kind, pk in on.items() if pk is not None])


_TYPED = {"to", "subject", "text", "html", "cc", "bcc", "reply_to"}


def _send(request: Call, body: Typed, files: list[activities.File], records: list[Record]) -> Message:
    wanted = body.reply_to is None if body.attach_document is None else body.attach_document
    letter = Letter(
        **body.model_dump(include=_TYPED),
        account_id=_account(request, body.account_id),
        files=(*files, *(_papers(request.actor, records, files) if wanted else ())),
        records=tuple(records),
    )
    return send_email(request.actor, letter, wait=timedelta(seconds=body.wait))


def _papers(actor: Actor, records: list[Record], files: list[activities.File]) -> Iterator[activities.File]:
    """The PDFs of the documents among the records, but for one that comes under its name already."""
    there = {file.name for file in files}
    for pk in dict.fromkeys(one.id for one in records if one.kind == "document"):
        name, content = document_pdf(actor, pk)
        if name not in there:
            yield activities.File(name, content, "application/pdf")


@router.post("messages/{int:id}/take-back", response={204: None})
@needs(Permission.MAIL_SEND)
def take_mail_back(request: Call, id: Id) -> None:
    """Take a message back that was sent with ``wait`` and waits still: it goes to nobody, and stands on no timeline."""
    take_back(request.actor, id)


@router.post("messages/{int:id}/send-again", response={204: None})
@needs(Permission.MAIL_SEND)
def send_once_more(request: Call, id: Id) -> None:
    """Send a message again that failed, or of which nobody knows whether it went out."""
    send_again(request.actor, id)
