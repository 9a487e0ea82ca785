from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "tradepost.exchange"
    label = "exchange"

    def ready(self) -> None:
        from tradepost.exchange import follow

        follow.install()
