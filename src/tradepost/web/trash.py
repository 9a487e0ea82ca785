"""The trash: what was put away or thrown away of every kind, found again and given back."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import django_tables2 as tables
from django import forms
from django.http import HttpResponse, QueryDict
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from django_tables2.data import TableData

from tradepost.accounts import trash
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import AuditEntry
from tradepost.accounts.trash import Lying
from tradepost.people.kinds import SHAPES
from tradepost.web import columns, parts
from tradepost.web.numbers import numbers, paged
from tradepost.web.parts import Empty, Undo
from tradepost.web.shell import SETTINGS, DeskRequest, GearItem, Section

# Kinds of which one that lies there still has a page, by its name.
PAGES = {**{kind: kind for kind in SHAPES}, "item": "item", "price-list": "price-list"}


class PageOfTrash(TableData):
    """All shelves as one list, of which a page is read at a time."""

    verbose_name: str | Promise = gettext_lazy("record")
    verbose_name_plural: str | Promise = gettext_lazy("records")

    def __init__(self, actor: Actor, kind: str, words: str) -> None:
        super().__init__(trash.lying(actor, kind, words))
        self.actor = actor

    @cached_property
    def _rows(self) -> int:
        return int(self.data.count())

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, key: Any) -> Any:
        return trash.shown(self.actor, self.data[key])

    def order_by(self, aliases: Any) -> None:
        """The last that was thrown away comes first, always."""


class Rows(tables.Table):
    title = columns.Plain(verbose_name=gettext_lazy("Record"), place="at-title", orderable=False)
    kind = columns.Plain(
        verbose_name=gettext_lazy("Kind"), place="at-sub", orderable=False, accessor="shelf__label"
    )
    since = columns.Day(
        verbose_name=gettext_lazy("Since"), format="DATETIME_FORMAT", place="at-end", orderable=False
    )
    who = columns.Plain(verbose_name=gettext_lazy("Who"), place="", orderable=False)
    back = tables.TemplateColumn(
        template_name="trash/back.html",
        verbose_name=gettext_lazy("Restore"),
        orderable=False,
        attrs={"td": {"class": "at-end2 text-end"}},
    )

    def render_title(self, record: Lying, value: str) -> str:
        page = PAGES.get(record.shelf.key)
        if not page or isinstance(record.row, AuditEntry):
            return value
        return format_html('<a href="{}">{}</a>', reverse(page, args=[record.row.pk]), value)


class Filter(forms.Form):
    """The search box, and the kind."""

    q = forms.CharField(required=False, max_length=200)
    kind = forms.ChoiceField(required=False)

    def __init__(self, actor: Actor, data: QueryDict) -> None:
        super().__init__(data)
        kinds = [(one.key, one.label) for one in trash.shelves(actor)]
        self.fields["kind"].choices = [("", _("All kinds")), *kinds]  # type: ignore[attr-defined]
        self.fields["kind"].widget.attrs |= {"class": "form-select", "aria-label": _("Kind")}


def listing(request: DeskRequest) -> HttpResponse:
    """All of it, the last first."""
    form = Filter(request.actor, request.GET)
    asked = form.cleaned_data if form.is_valid() else {"q": "", "kind": ""}
    table = Rows(PageOfTrash(request.actor, asked.get("kind", ""), asked.get("q", "")))
    paged(request, table, 25)
    table.filtered = any(asked.values())
    table.nothing = Empty(
        _("Nothing lies here"),
        _("What you archive or throw away is found here, and given back."),
        icon="trash-2",
    )
    context = {"table": table, "filter": {"form": form}}
    return parts.page(request, "trash/list.html", context, part="rows")


@require_POST
def restore(request: DeskRequest, kind: str, pk: int) -> HttpResponse:
    """Give one back, or say what stands in the way."""
    trash.restore(request.actor, kind, pk)
    parts.notify(request, _("It is there again"))
    return parts.go(request, reverse("trash"))


@require_POST
def take_back(request: DeskRequest, kind: str) -> HttpResponse:
    """The Undo of a removal: ``?pk=`` are given back, all or none, and the page ``next`` comes again."""
    chosen = numbers(request.GET.getlist("pk"))[:500]
    trash.restore_all(request.actor, kind, chosen)
    parts.notify(request, ngettext("It is there again", "They are there again", len(chosen)))
    return parts.go(request, parts.local(request.POST.get("next", ""), reverse("trash")))


def undo(actor: Actor, kind: str, pks: Iterable[int], back: str) -> Undo:
    """Gives rows that have just been put on the shelf ``kind`` back, and comes to the page ``back`` again."""
    lying = urlencode([("pk", pk) for pk in trash.places(actor, kind, pks)])
    return Undo(f"{reverse('trash-take-back', args=[kind])}?{lying}", {"next": back})


section = Section(
    urls=[
        path("trash/", listing, name="trash"),
        path("trash/<str:kind>/take-back/", take_back, name="trash-take-back"),
        path("trash/<str:kind>/<int:pk>/restore/", restore, name="trash-restore"),
    ],
    gear=(GearItem(SETTINGS, gettext_lazy("Trash"), "trash-2", "trash", Permission.PEOPLE_VIEW),),
)
