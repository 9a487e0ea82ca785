"""``/healthz``: for load balancers, systemd and people."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache

from tradepost.jobs.health import check
from tradepost.web.shell import Section


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when every part is well, else 503; the body names each part, its state and the cure."""
    parts = check()
    well = all(part.ok for part in parts)
    body = {"ok": well, "parts": {part.name: part.as_json() for part in parts}}
    return JsonResponse(body, status=200 if well else 503)


section = Section(urls=[path("healthz", healthz, name="healthz")], public=True)
