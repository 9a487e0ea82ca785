"""The company's look on paper: address, tax number, colour, texts by kind and language, and the logo."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Router, Schema
from ninja.files import UploadedFile

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, anyone_signed_in, compared, needs
from tradepost.api.schema import In
from tradepost.kit.errors import Missing
from tradepost.sales import letterhead
from tradepost.sales.models import Letterhead

router = Router(tags=["Company"])
Texts = dict[str, dict[str, dict[str, str]]]


class LetterheadIn(In):
    """``texts``: ``{kind or "all": {language: {"intro", "closing", "footer"}}}``; what is sent for a kind and language replaces
    that alone, and an empty text removes one."""

    address: str = ""
    tax_number: str = ""
    colour: str = "#1f5f8b"
    texts: Texts = {}


class LetterheadOut(Schema):
    """``logo_type``: ``image/png``, ``image/jpeg``, or empty where there is no logo."""

    address: str
    tax_number: str
    colour: str
    texts: Texts
    logo_type: str


@router.get("letterhead", response=LetterheadOut)
@anyone_signed_in
def get_letterhead(request: Call) -> Letterhead:
    """What stands on every document."""
    return letterhead.letterhead(request.actor.organisation_id)


@router.patch("letterhead", response=LetterheadOut)
@compared
@needs(Permission.COMPANY_SETTINGS)
def change_letterhead(request: Call, body: LetterheadIn) -> Letterhead:
    """Change the fields that are sent. PDFs made from now on show it."""
    return letterhead.save_letterhead(request.actor, body.given())


@router.get("letterhead/logo", response={200: bytes})
@anyone_signed_in
def get_logo(request: Call) -> HttpResponse:
    """The logo as it was uploaded."""
    row = letterhead.letterhead(request.actor.organisation_id)
    if not row.logo:
        raise Missing(_("logo"))
    return HttpResponse(bytes(row.logo), content_type=row.logo_type)


@router.post("letterhead/logo", response=LetterheadOut)
@needs(Permission.COMPANY_SETTINGS)
def set_logo(request: Call, file: File[UploadedFile]) -> Letterhead:
    """Replace the logo: PNG or JPEG, at most 500 × 500 pixels and 100 KB."""
    return letterhead.set_logo(request.actor, file.read(letterhead.LOGO_BYTES * 20))


@router.delete("letterhead/logo", response={204: None})
@needs(Permission.COMPANY_SETTINGS)
def remove_logo(request: Call) -> None:
    """Print without a logo."""
    letterhead.set_logo(request.actor, None)
