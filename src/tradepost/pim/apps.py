from __future__ import annotations

from django.apps import AppConfig


class PimConfig(AppConfig):
    name = "tradepost.pim"

    def ready(self) -> None:
        from tradepost.pim import preferences  # noqa: F401  (declares its setting)
