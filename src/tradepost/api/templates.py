"""E-mail templates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from tradepost.accounts.access import Permission
from tradepost.activities.records import Record
from tradepost.api.call import Call, expected_version, needs, tagged
from tradepost.api.paging import page
from tradepost.api.schema import Id, In, Named, Page, RecordRef, Window, Words
from tradepost.mail import templates
from tradepost.mail.models import Template

router = Router(tags=["E-mail templates"])


class TemplateIn(In):
    """Subject and HTML are Liquid, such as ``{{ document.number }}``; ``kind`` is a kind of document, or empty for all. ``usual``: of
    several of its kind the one that is sent unasked; no other is then."""

    name: str = Field("", max_length=100)
    subject: str = ""
    html: str = ""
    kind: str = Field("", max_length=20)
    usual: bool = False


class TemplateOut(Schema):
    id: int
    name: str
    subject: str
    html: str
    kind: str
    usual: bool
    archived_at: datetime | None
    version: int


class Filled(Schema):
    subject: str
    html: str


class FillIn(In):
    record: RecordRef | None = None


def _template(request: Call, id: int, response: HttpResponse) -> Template:
    row = Template.objects.pick(request.actor, id)
    tagged(response, row)
    return row


@router.get("templates", response=Page[TemplateOut])
@needs(Permission.MAIL_SEND)
def list_templates(
    request: Call, window: Query[Window], kind: Words = "", sort: Named = "name"
) -> dict[str, Any]:
    """Templates; with ``kind`` those for that kind of document and those for all."""
    return page(templates.templates(request.actor, kind), window, sort)


@router.post("templates", response={201: TemplateOut})
@needs(Permission.COMPANY_SETTINGS)
def create_template(request: Call, body: TemplateIn, response: HttpResponse) -> Template:
    """Create a template. It is tried on empty data first, so that a mistake shows now."""
    row = templates.save_template(request.actor, body.given())
    response["Location"] = f"/api/v1/templates/{row.pk}"
    return _template(request, row.pk, response)


@router.get("templates/{int:id}", response=TemplateOut)
@needs(Permission.MAIL_SEND)
def get_template(request: Call, id: Id, response: HttpResponse) -> Template:
    """One template."""
    return _template(request, id, response)


@router.patch("templates/{int:id}", response=TemplateOut)
@needs(Permission.COMPANY_SETTINGS)
def change_template(request: Call, id: Id, body: TemplateIn, response: HttpResponse) -> Template:
    """Change the fields that are sent. With If-Match, only if nobody changed it since."""
    templates.save_template(request.actor, body.given(), template_id=id, version=expected_version(request))
    return _template(request, id, response)


@router.post("templates/{int:id}/archive", response=TemplateOut)
@needs(Permission.COMPANY_SETTINGS)
def archive_template(request: Call, id: Id) -> Template:
    """Take a template out of the choice."""
    return templates.archive_template(request.actor, id)


@router.post("templates/{int:id}/restore", response=TemplateOut)
@needs(Permission.COMPANY_SETTINGS)
def restore_template(request: Call, id: Id) -> Template:
    """Bring an archived template back."""
    return templates.archive_template(request.actor, id, undo=True)


@router.post("templates/{int:id}/fill-in", response=Filled)
@needs(Permission.MAIL_SEND)
def fill_in_template(request: Call, id: Id, body: FillIn) -> dict[str, str]:
    """Subject and HTML of a template for a record, ready to be sent."""
    record = Record(body.record.kind, body.record.id) if body.record else None
    subject, html = templates.fill_in(request.actor, id, record)
    return {"subject": subject, "html": html}
