"""The editor of every list of the set-up: its values in their order, which one is the default, how often each is used."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog.models import Item, ItemType
from tradepost.custom.rules import COLOURS
from tradepost.kit.errors import Invalid, Stale
from tradepost.sales import lists
from tradepost.sales.models import Kind, Terms
from tradepost.web import parts, trash
from tradepost.web.kinds import LOOKS
from tradepost.web.marks_setup import COLOUR_LABELS
from tradepost.web.shell import SETTINGS, DeskRequest, GearItem, Section


class EntryForm(forms.Form):
    """The fields that the list has."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    type = forms.ChoiceField(
        label=gettext_lazy("Type"),
        choices=Terms.Type.choices,
        help_text=gettext_lazy("Account receivable: the money is owed. Cash: it comes with the sale."),
    )
    days = forms.IntegerField(label=gettext_lazy("Days until due"), min_value=0, max_value=3650, initial=0)
    carrier = forms.CharField(label=gettext_lazy("Carrier"), required=False, max_length=60)
    item_id = forms.TypedChoiceField(
        label=gettext_lazy("Freight is charged as"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=gettext_lazy("An item of the type Other charge."),
    )
    colour = forms.ChoiceField(
        label=gettext_lazy("Colour"), choices=[(c, COLOUR_LABELS[c]) for c in COLOURS], initial="blue"
    )
    position = forms.IntegerField(
        label=gettext_lazy("Position"),
        required=False,
        min_value=0,
        max_value=9999,
        help_text=gettext_lazy("Lower ones come first. Left empty, it comes last."),
    )
    is_default = forms.BooleanField(label=gettext_lazy("New records begin with this one"), required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, kind: lists.SetUpList, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - {*lists.FIELDS, *kind.fields, "version"}:
            del self.fields[name]
        if "item_id" in self.fields:
            rows = Item.objects.of(actor).filter(type=ItemType.OTHER_CHARGE, archived_at=None).order_by("sku")
            choices: Any = self.fields["item_id"]
            choices.choices = [("", _("Nothing")), *((str(row.pk), row.name) for row in rows[:500])]

    def values(self) -> dict[str, Any]:
        found = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        if found["position"] is None:
            del found["position"]
        return found


def overview(request: DeskRequest) -> HttpResponse:
    """Every list, with the values that it offers."""
    request.actor.require(Permission.COMPANY_SETTINGS)
    found = lists.offered(request.actor, lists.LISTS)
    shown = [
        (title_of(one), one, [row.name for row in found[key]])
        for key, one in lists.LISTS.items()
        if not one.kind or one.kind in LOOKS
    ]
    groups = [
        ("", [row for row in shown if not row[1].kind]),
        (_("Custom statuses"), [row for row in shown if row[1].kind]),
    ]
    return parts.page(request, "lists/all.html", {"groups": groups})


def title_of(one: lists.SetUpList) -> str:
    """The title of a list; of custom statuses, of which documents they are."""
    return str(LOOKS[Kind(one.kind)].title if one.kind else one.title)


def listing(request: DeskRequest, key: str) -> HttpResponse:
    request.actor.require(Permission.COMPANY_SETTINGS)
    one, counts = lists.list_of(key), lists.used(request.actor, key)
    rows = [(row, counts[row.name]) for row in lists.entries(request.actor, key)]
    title = _("Statuses: {kind}").format(kind=title_of(one)) if one.kind else title_of(one)
    crumbs = [parts.Crumb(_("Lists"), reverse("lists")), parts.Crumb(title)]
    context = {"list": one, "title": title, "rows": rows, "crumbs": crumbs}
    return parts.page(request, "lists/list.html", context)


def edit(request: DeskRequest, key: str, pk: int | None = None) -> HttpResponse:
    """The form of a new value, or of the one with this key."""
    request.actor.require(Permission.COMPANY_SETTINGS)
    one = lists.list_of(key)
    row = lists.entries(request.actor, key).pick(request.actor, pk) if pk else None
    held = {name: getattr(row, name) for name in (*lists.FIELDS, *one.fields, "version")} if row else {}
    form = EntryForm(request.actor, one, request.POST or None, initial=held)
    if request.method == "POST" and form.is_valid():
        try:
            version = form.cleaned_data["version"] if row else None
            saved = lists.save(request.actor, key, form.values(), pk=pk, version=version)
        except (Invalid, Stale) as fault:
            parts.refuse(form, fault)
        else:
            parts.notify(request, _("{name} saved").format(name=saved.name))
            return parts.go(request, reverse("list", args=[key]))
    title = str(row) if row else _("New {thing}").format(thing=one.one)
    crumbs = [
        parts.Crumb(_("Lists"), reverse("lists")),
        parts.Crumb(title_of(one), reverse("list", args=[key])),
        parts.Crumb(title),
    ]
    context = {"form": form, "list": one, "row": row, "title": title, "crumbs": crumbs}
    return parts.page(request, "lists/entry.html", context, status=422 if form.errors else 200)


@require_POST
def remove(request: DeskRequest, key: str, pk: int) -> HttpResponse:
    gone = lists.remove(request.actor, key, pk)
    if gone:
        kind = lists.list_of(key).model._meta.model_name or ""
        parts.notify(
            request, _("Deleted"), trash.undo(request.actor, kind, [pk], reverse("list", args=[key]))
        )
    else:
        parts.notify(request, _("It is in use, so it was archived and is offered no more"))
    return parts.go(request, reverse("list", args=[key]))


@require_POST
def restore(request: DeskRequest, key: str, pk: int) -> HttpResponse:
    row = lists.restore(request.actor, key, pk)
    parts.notify(request, _("{name} is offered again").format(name=row.name))
    return parts.go(request, reverse("list", args=[key]))


section = Section(
    urls=[
        path("lists/", overview, name="lists"),
        path("lists/<slug:key>/", listing, name="list"),
        path("lists/<slug:key>/new/", edit, name="list-entry-new"),
        path("lists/<slug:key>/<int:pk>/", edit, name="list-entry"),
        path("lists/<slug:key>/<int:pk>/remove/", remove, name="list-entry-remove"),
        path("lists/<slug:key>/<int:pk>/restore/", restore, name="list-entry-restore"),
    ],
    gear=(GearItem(SETTINGS, gettext_lazy("Lists"), "list", "lists", Permission.COMPANY_SETTINGS),),
)
