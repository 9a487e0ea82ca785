from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "tradepost.catalog"
    label = "catalog"

    def ready(self) -> None:
        from tradepost.catalog import shelves
        from tradepost.wire import storage

        shelves.install()
        storage.named_by("catalog.ItemPicture", "key")
        storage.named_by("catalog.ItemPicture", "small_key")
