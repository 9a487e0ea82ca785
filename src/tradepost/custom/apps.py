from django.apps import AppConfig


class CustomConfig(AppConfig):
    name = "tradepost.custom"
    label = "custom"
