from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "tradepost.mail"
    label = "mail"

    def ready(self) -> None:
        from tradepost.mail import shelves

        shelves.install()
