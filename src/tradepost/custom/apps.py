from django.apps import AppConfig


class CustomConfig(AppConfig):
    name = "tradepost.custom"
    label = "custom"

    def ready(self) -> None:
        from tradepost.custom import shelves

        shelves.install()
