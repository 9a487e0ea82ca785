"""What is typed into a form is kept by the browser (``draft.js``): where its page is, and when it may be forgotten."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme


def page(request: HttpRequest) -> str:
    """Where to come back to: of what a page sent, the page, which has kept what was typed."""
    return sender(request) or request.get_full_path()


def sender(request: HttpRequest) -> str:
    """The page of ours that sent this as a form, or by itself; empty for what is a page."""
    if request.method != "POST" and not request.headers.get("HX-Request"):
        return ""
    by = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(by, {request.get_host()}):
        return ""
    _scheme, _host, path, query, _fragment = urlsplit(by)
    return urlunsplit(("", "", path, query, ""))


def saved(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """A form that leads on has been saved: the browser is told to forget what it kept of it (``draft.js``)."""
    if request.method == "POST" and answer.status_code in (302, 303):
        sent = quote(request.get_full_path(), safe="")
        answer.set_cookie("saved", sent, max_age=60, samesite="Lax", secure=request.is_secure())
    return answer
