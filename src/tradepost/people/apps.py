from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "tradepost.people"
    label = "people"

    def ready(self) -> None:
        from tradepost.people import shelves

        shelves.install()
