"""``/d/<secret>/``: a document's PDF for whoever has its address. No page, no name, no list."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.http import content_disposition_header

from tradepost.sales import links
from tradepost.web.shell import Section


def document(request: HttpRequest, secret: str) -> HttpResponse:
    """The PDF, or 404 once the address is revoked. Neither caches nor search engines keep it."""
    name, content = links.read(secret)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    response["Content-Security-Policy"] = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"
    return response


section = Section(urls=[path("d/<str:secret>/", document, name="public-document")], public=True)
