"""Texts that forms complete from the lists of the company's set-up: typed freely, offered as one types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tradepost.accounts.access import Actor
from tradepost.sales import lists


class Offer(forms.TextInput):
    """A line of text with a ``<datalist>`` of ``names``."""

    def __init__(self, names: list[str], attrs: dict[str, Any] | None = None) -> None:
        self.names = names
        super().__init__(attrs)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        key = f"offers-{(attrs or {}).get('id', name)}"
        field = super().render(name, value, {**(attrs or {}), "list": key}, renderer)
        options = format_html_join("", '<option value="{}">', ((one,) for one in self.names))
        return format_html('{}<datalist id="{}">{}</datalist>', field, key, options)


def offer(actor: Actor, form: forms.Form, fields: Mapping[str, tuple[str, ...]], *, new: bool) -> None:
    """Have the named fields complete from the lists of these keys; a ``new`` record begins with the default of each."""
    fields = {name: keys for name, keys in fields.items() if name in form.fields}
    found = lists.offered(actor, (key for keys in fields.values() for key in keys))
    for name, keys in fields.items():
        rows = [row for key in keys for row in found[key]]
        field = form.fields[name]
        field.widget = Offer([row.name for row in rows], field.widget.attrs)
        default = next((row.name for row in rows if row.is_default), None)
        if new and default and not form.initial.get(name):
            form.initial[name] = default


def names(actor: Actor, *keys: str) -> list[str]:
    """What these lists offer, in their order."""
    return [row.name for rows in lists.offered(actor, keys).values() for row in rows]
