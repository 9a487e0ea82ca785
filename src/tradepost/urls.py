"""Addresses. Pages mirror the trades: ``web/sales.py`` serves ``/orders/…``; see docs/pages.md."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from tradepost.api.urls import urls as api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api),
    path("", include("tradepost.web.urls")),
]

handler400 = "tradepost.web.faults.bad_request"
handler403 = "tradepost.web.faults.refused"
handler404 = "tradepost.web.faults.missing"
handler500 = "tradepost.web.faults.server_error"
