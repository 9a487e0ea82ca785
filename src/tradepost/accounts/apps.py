from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "tradepost.accounts"
    label = "accounts"

    def ready(self) -> None:
        from tradepost.accounts import shelves

        shelves.install()
