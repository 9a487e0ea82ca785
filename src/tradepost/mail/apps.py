from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "tradepost.mail"
    label = "mail"
