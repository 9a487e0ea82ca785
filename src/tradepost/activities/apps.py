from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "tradepost.activities"
    label = "activities"
