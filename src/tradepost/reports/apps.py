from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "tradepost.reports"
    label = "reports"

    def ready(self) -> None:
        from tradepost.reports import shelves

        shelves.install()
