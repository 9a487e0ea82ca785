from django.apps import AppConfig
from django.utils.translation import gettext

from tradepost.kit import words


class WebConfig(AppConfig):
    name = "tradepost.web"
    label = "web"

    def ready(self) -> None:
        """What django_cotton does as an app (see ``TEMPLATES`` in the settings): tags within attributes of components. And the
        lower floors speak the reader's language."""
        from django_cotton.nested_tag_support import enable_nested_tag_support

        enable_nested_tag_support()
        words.speak(gettext)
