"""A PDF as an answer: shown in the browser, from where it is printed, or saved."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"


def pdf(name: str, content: bytes, *, download: bool = False) -> HttpResponse:
    """Shown, or with ``download`` saved under its name."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(download, name) or ""
    response["Content-Security-Policy"] = _POLICY
    return response
