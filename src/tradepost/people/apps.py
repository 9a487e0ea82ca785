from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "tradepost.people"
    label = "people"
