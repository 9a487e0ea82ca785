from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "tradepost.sales"
    label = "sales"
