"""Tax by state: each state under one name, however the addresses of its documents spell it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Count, F, Func, JSONField, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, Concat

from tradepost.accounts.access import Actor
from tradepost.sales.regions import region_code, region_key
from tradepost.sales.tax_choice import TaxChooser

NONE = "–"
_BETWEEN = "\x1f"
Spelt = tuple[str, str]
"""Country and state as an address has them; ``NONE`` for what it does not say."""


def names(spelt: Mapping[Spelt, int], home: str) -> dict[Spelt, Spelt]:
    """Country and state as each is shown; ``spelt`` says how often each is written. They are told apart as tax does it: by
    country, which is ``home`` where a state has none, and ``region_key``. A state shows its code, or else the spelling that is
    written most; with its country where it lies abroad and shares its name with a state elsewhere."""
    places = {one: _place(*one, home) for one in spelt}
    written: dict[Spelt, Counter[str]] = defaultdict(Counter)
    for (country, state), times in spelt.items():
        written[places[country, state]][state.strip()] += times
    shown = {place: _shown(*place, its) for place, its in written.items()}
    shared = Counter(name.casefold() for (_country, key), name in shown.items() if key)
    for (country, key), name in shown.items():
        if key and country != home and shared[name.casefold()] > 1:
            shown[country, key] = f"{name} ({country})"
    return {one: (place[0], shown[place]) for one, place in places.items()}


def _place(country: str, state: str, home: str) -> Spelt:
    said = country.strip().upper()
    at = home if said in ("", NONE) else said
    key = "" if state == NONE else region_key(at, state)
    return (at if key else said or NONE), key


def _shown(country: str, key: str, written: Mapping[str, int]) -> str:
    if not key:
        return NONE
    return region_code(country, key) or min(written, key=lambda text: (-written[text], text))


def state(actor: Actor, rows: QuerySet[Any]) -> Coalesce:
    """By what ``rows``, which have ``country`` and ``state``, are grouped by state."""
    return _looked_up("state", ((one, shown) for one, (_country, shown) in _names(actor, rows).items()))


def country(actor: Actor, rows: QuerySet[Any]) -> Coalesce:
    """The same by country."""
    return _looked_up("country", ((one, shown) for one, (shown, _state) in _names(actor, rows).items()))


def _names(actor: Actor, rows: QuerySet[Any]) -> dict[Spelt, Spelt]:
    home = TaxChooser(actor.organisation_id).home
    found = rows.order_by().values_list("country", "state").annotate(times=Count("pk"))
    return names({(country, state): times for country, state, times in found}, home)


def _looked_up(column: str, shown: Iterable[tuple[Spelt, str]]) -> Coalesce:
    """The name that stands in a table of the query for what is written."""
    table = Value({_BETWEEN.join(one): name for one, name in shown}, output_field=JSONField())
    written = Concat(F("country"), Value(_BETWEEN), F("state"), output_field=TextField())
    name = Func(table, written, template="(%(expressions)s)", arg_joiner=" ->> ", output_field=TextField())
    return Coalesce(name, F(column), output_field=TextField())
