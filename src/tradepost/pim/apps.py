from __future__ import annotations

from django.apps import AppConfig


class PimConfig(AppConfig):
    name = "tradepost.pim"

    def ready(self) -> None:
        from tradepost.pim import (
            follow,
            preferences,  # noqa: F401  (declares its setting)
        )

        follow.install()
