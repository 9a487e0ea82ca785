"""What differs between the pages of one kind of record and those of another: said once, drawn by lists, forms and pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.urls import reverse

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.choosing import put_away
from tradepost.people.kinds import SHAPES
from tradepost.people.queries import matters
from tradepost.web import records
from tradepost.web.parts import Text
from tradepost.web.people.forms import RecordForm

Cell = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Pane:
    """A tab of the record's page at ``?tab=key`` with what ``rows`` finds, drawn by ``template``."""

    key: str
    label: Text
    permission: Permission
    rows: Callable[[Actor, Any], QuerySet[Any]]
    template: str
    shown: Callable[[Any], Any] = lambda row: row


def concern(kind: str, plural: str, label: Text) -> Pane:
    """The tab of a party's opportunities, cases or jobs."""

    def rows(actor: Actor, row: Any) -> QuerySet[Any]:
        found = matters(actor, kind).filter(**{row._meta.model_name: row})
        return found.order_by("-created_at", "-id")

    return Pane(plural, label, Permission.PEOPLE_VIEW, rows, "people/matters.html", _matter)


def _matter(row: Any) -> tuple[Any, str, str, str]:
    name = "stage" if hasattr(row, "stage") else "status"
    return row, records.address(row), getattr(row, name), getattr(row, f"get_{name}_display")()


@dataclass(frozen=True, slots=True)
class Act:
    """A button of the record's page; ``sheet``: what it opens stands in the sheet; ``post``: it acts at once. The last one is
    the main act."""

    label: Text
    icon: str
    url_name: str
    permission: Permission
    address: Callable[[str, Any], str]  # from url_name and the record
    sheet: bool = False
    post: bool = False
    when: Callable[[Any], bool] = lambda row: True

    def url(self, row: Any) -> str:
        return self.address(self.url_name, row)


def in_use(row: Any) -> bool:
    """Not put away: what is begun with it is not refused (``sales.choices``)."""
    return not put_away(row)


def on(url_name: str, row: Any) -> str:
    """A page that begins with the record: ``?customer=5``."""
    return f"{reverse(url_name)}?{row._meta.model_name}={row.pk}"


def of(url_name: str, row: Any) -> str:
    """A page of the record itself."""
    return reverse(url_name, args=[row.pk])


@dataclass(frozen=True, slots=True)
class Look:
    """The pages of a kind. ``facts`` are edited in place and are fields of the ``form``; ``lists`` are saved beside."""

    kind: str
    plural: str
    one: Text
    title: Text
    new: Text
    icon: str
    hint: Text  # what an empty list says
    words: Text  # what the search box takes
    table: type[tables.Table]
    filters: type[django_filters.FilterSet]
    form: type[RecordForm]
    rows: Callable[..., QuerySet[Any]]
    order: tuple[str, ...]
    columns: Mapping[Text, Cell]  # of the export
    facts: tuple[str, ...]
    sub: Cell
    hit: Cell
    keys: str
    lists: tuple[str, ...] = ("emails", "phones", "addresses")
    panes: tuple[Pane, ...] = ()
    acts: tuple[Act, ...] = ()
    links: Mapping[Text, Callable[[Any], Iterable[Any]]] = field(default_factory=dict)
    state: str = "status"  # the column that the head shows as a pill
    tools: tuple[tuple[Text, str, str], ...] = ()  # of the list: label, icon, url name
    figures: Callable[[Actor, Any, str], object] | None = None  # in the company's currency
    group: Callable[[Actor, Any], object] | None = None  # how it stands with its branches
    start: Mapping[str, Any] = field(default_factory=dict)  # what a new one begins with

    @property
    def edit(self) -> Permission:
        return SHAPES[self.kind].edit
