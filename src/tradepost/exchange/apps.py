from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "tradepost.exchange"
    label = "exchange"
