"""Addresses. Pages mirror the trades: ``web/sales.py`` serves ``/orders/…``."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
