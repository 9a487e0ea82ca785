from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "tradepost.sales"
    label = "sales"

    def ready(self) -> None:
        from tradepost.sales import currencies, follow, sellers, shelves, used

        currencies.install()
        follow.install()
        sellers.install()
        shelves.install()
        used.install()
