from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "tradepost.activities"
    label = "activities"

    def ready(self) -> None:
        from tradepost.activities import follow, shelves

        follow.install()
        shelves.install()
