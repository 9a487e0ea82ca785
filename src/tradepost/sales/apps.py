from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "tradepost.sales"
    label = "sales"

    def ready(self) -> None:
        from tradepost.sales import follow, shelves

        follow.install()
        shelves.install()
