"""Web to Lead: the address of the public form, opened, made anew and closed."""

from __future__ import annotations

from ninja import Router, Schema

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, needs
from tradepost.people import web_form

router = Router(tags=["Leads, opportunities, cases and jobs"])


class WebFormOut(Schema):
    """``url`` is empty while the form is closed."""

    url: str


def _told(request: Call, path: str) -> dict[str, str]:
    return {"url": request.build_absolute_uri(path) if path else ""}


@router.get("web-form", response=WebFormOut)
@needs(Permission.COMPANY_SETTINGS)
def get_web_form(request: Call) -> dict[str, str]:
    """Where strangers become leads."""
    return _told(request, web_form.address(request.actor.organisation_id))


@router.post("web-form", response={201: WebFormOut})
@needs(Permission.COMPANY_SETTINGS)
def open_web_form(request: Call) -> dict[str, str]:
    """Open the form under a new address; the one before is closed."""
    return _told(request, web_form.open_form(request.actor))


@router.delete("web-form", response={204: None})
@needs(Permission.COMPANY_SETTINGS)
def close_web_form(request: Call) -> None:
    """Close the form. 409 where it is closed already."""
    web_form.close_form(request.actor)
