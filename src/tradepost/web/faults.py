"""Errors as a person or a program wants them: a page, a toast for htmx, or problem+json (RFC 9457)."""

from __future__ import annotations

import json
import logging
import secrets
import sys
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from tradepost.accounts.access import Permission
from tradepost.kit.errors import Fault, Missing, Refused
from tradepost.kit.problem import CONTENT_TYPE, problem
from tradepost.kit.words import gettext_noop
from tradepost.web import drafts
from tradepost.web.abilities import ABILITIES
from tradepost.web.words import address
from tradepost.wire.outage import misfit, outage

log = logging.getLogger(__name__)


def present(request: HttpRequest, fault: Fault, reference: str = "") -> HttpResponse:
    """The fault in the form that was asked for. ``reference`` is an id that finds it in the log."""
    if wants_json(request):
        response: HttpResponse = _problem(fault, reference)
    elif request.headers.get("HX-Request") == "true":
        response = _toast(_in_words(fault))
    else:
        response = render(request, "errors/fault.html", _detail(request, fault), status=fault.status)
    retry_after = getattr(fault, "retry_after", None)
    if retry_after:
        response["Retry-After"] = str(round(retry_after))
    return response


def crashed(request: HttpRequest, error: BaseException | None = None) -> HttpResponse:
    """An error of ours: logged in full under an id, shown with nothing but the id. One of the ground has its sentence."""
    if fault := outage(error):
        return _outage(request, fault, error)
    if fault := misfit(error):
        log.warning("no check stopped a value on %s %s", request.method, request.path, exc_info=error)
        return present(request, fault)
    reference = secrets.token_hex(4)
    log.error("unexpected error %s on %s %s", reference, request.method, request.path, exc_info=error)
    return present(request, _Crash(reference=reference), reference)


def _outage(request: HttpRequest, fault: Fault, error: BaseException | None) -> HttpResponse:
    """Without the frame of the pages, and for nobody: who is there stands in the database."""
    log.error("%s %s", request.method, request.path, exc_info=error)
    if wants_json(request) or request.headers.get("HX-Request") == "true":
        return present(request, fault)
    request.user = AnonymousUser()
    detail = {**_detail(request, fault), "request": request, "words_url": address()}
    answer = HttpResponse(render_to_string("errors/fault.html", detail), status=fault.status)
    answer["Retry-After"] = "5"
    return answer


def _detail(request: HttpRequest, fault: Fault) -> dict[str, Any]:
    """``again``: the address to ask once more, where that may help and sends nothing twice."""
    may_pass = fault.status in (429, 500, 502, 503, 507) and request.method == "GET"
    again = request.get_full_path() if may_pass else ""
    return {"fault": _in_words(fault), "title": _title(fault), "again": again}


def _in_words(fault: Fault) -> Fault:
    """A permission that was refused by the name that people read; programs get the one that scopes have."""
    named = fault.facts.get("permission") if isinstance(fault, Refused) else None
    return Refused(_("“{name}”").format(name=ABILITIES[Permission(named)].label)) if named else fault


class _Crash(Fault):
    code = "internal"
    status = 500
    cause_text = gettext_noop("Something went wrong on our side (reference {reference}).")
    cure_text = gettext_noop("Try again; if it stays, tell your administrator the reference.")


def wants_json(request: HttpRequest) -> bool:
    return (
        request.path.startswith("/api/")
        or request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    )


def _title(fault: Fault) -> str:
    titles = {
        403: _("You may not do this"),
        404: _("Not found"),
        409: _("This does not fit"),
        412: _("Changed in the meantime"),
        422: _("Something is missing or wrong"),
        429: _("Too many tries"),
        500: _("Something went wrong"),
        502: _("The other side failed"),
        503: _("Not just now"),
        507: _("No room left"),
    }
    return titles.get(fault.status, _("That did not work"))


def _problem(fault: Fault, reference: str) -> JsonResponse:
    return JsonResponse(problem(fault, reference), status=fault.status, content_type=CONTENT_TYPE)


def _toast(fault: Fault) -> HttpResponse:
    """htmx leaves the page as it is; only the sentence appears."""
    response = HttpResponse(status=fault.status)
    response["HX-Reswap"] = "none"
    response["HX-Trigger"] = json.dumps({"toast": {"text": str(fault), "tone": "error"}})
    return response


class TooLarge(Fault):
    code = "too-large"
    status = 413
    cause_text = gettext_noop("What you sent is larger than {limit} MB.")
    cure_text = gettext_noop("Send less at a time, such as one file after another.")


# The handlers that ``tradepost.urls`` names.


class _NoPage(Missing):
    cause_text = gettext_noop("There is no such page.")


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return present(request, _NoPage())


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return present(request, Refused(_("this page")))


class _Stranger(Fault):
    code = "host"
    cause_text = gettext_noop("The desk is not known by the name in this address.")
    cure_text = gettext_noop(
        "Use the address in its e-mails. An administrator adds the name to TRADEPOST_HOSTS."
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, DisallowedHost):
        return present(request, _Stranger())
    return present(
        request, Fault(_("The request could not be read."), cure=_("Go back, reload the page and try again."))
    )


def server_error(request: HttpRequest) -> HttpResponse:
    return crashed(request, sys.exception())  # which is being handled where Django calls this


class _Forged(Fault):
    code = "csrf"
    status = 403
    cause_text = gettext_noop("The page was open for too long, or another site sent this form.")
    cure_text = gettext_noop("Reload the page and send it again.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Who has signed in anew since the page was opened is led back to it, with what was typed."""
    page = drafts.sender(request)
    if (
        not page
        or not request.user.is_authenticated
        or wants_json(request)
        or request.headers.get("HX-Request")
    ):
        return present(request, _Forged())
    messages.error(
        request, _("You signed in anew since this page was opened. Nothing was saved yet: save it again.")
    )
    return redirect(page)
