from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "tradepost.sync"
    label = "sync"
