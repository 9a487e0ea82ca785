"""What differs between the pages of one kind of record and those of another: said once, drawn by lists, forms and pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet

from tradepost.accounts.access import Actor, Permission
from tradepost.people.kinds import SHAPES
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


@dataclass(frozen=True, slots=True)
class Act:
    """A button of the record's page that opens ``url_name`` with ``?kind=pk``. The last one is the main act."""

    label: Text
    icon: str
    url_name: str
    permission: Permission


@dataclass(frozen=True, slots=True)
class Look:
    """The pages of a kind. ``facts`` are edited in place and are fields of the ``form``; ``lists`` are saved beside."""

    kind: str
    plural: str
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
    links: Mapping[Text, Callable[[Any], QuerySet[Any]]] = field(default_factory=dict)
    figures: Callable[[Actor, Any], object] | None = None

    @property
    def edit(self) -> Permission:
        return SHAPES[self.kind].edit
