from django.apps import AppConfig


class PimConfig(AppConfig):
    name = "tradepost.pim"
    label = "pim"
