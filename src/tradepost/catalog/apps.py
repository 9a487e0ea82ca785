from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "tradepost.catalog"
    label = "catalog"

    def ready(self) -> None:
        from tradepost.catalog import shelves

        shelves.install()
