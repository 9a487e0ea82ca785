"""The locales that a company chooses from, and which of them a browser asks for."""

from __future__ import annotations

from django.utils.translation.trans_real import parse_accept_lang_header

LOCALES = (
    *("en-US", "en-CA", "en-GB", "en-IE", "en-AU", "en-NZ", "de-DE", "de-AT", "de-CH", "fr-FR", "fr-CA"),
    *("fr-CH", "es-ES", "es-MX", "it-IT", "nl-NL", "nl-BE"),
)
_MONEY = {"US": "USD", "CA": "CAD", "GB": "GBP", "AU": "AUD", "NZ": "NZD", "CH": "CHF", "MX": "MXN"}


def preferred(accepted: str) -> str:
    """The locale that an Accept-Language header likes best, or the first of its language: ``de-AT`` → ``de-AT``, ``es-AR,en`` →
    ``es-ES``."""
    for tag, _quality in parse_accept_lang_header(accepted):
        same = [locale for locale in LOCALES if locale[:2] == tag[:2]]
        if same:
            return next((locale for locale in same if locale.lower() == tag), same[0])
    return LOCALES[0]


def currency_of(locale: str) -> str:
    """What is paid with where a locale is spoken."""
    return _MONEY.get(locale[-2:], "EUR")
