"""Set up the tree of categories: name each, place it, put it away and take it back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Actor, Permission
from tradepost.catalog import categories
from tradepost.catalog.models import Category
from tradepost.kit.errors import Fault, Invalid, Missing
from tradepost.web import parts
from tradepost.web.parts import Crumb
from tradepost.web.shell import DeskRequest


class CategoryForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    parent_id = forms.TypedChoiceField(
        label=gettext_lazy("Within"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=gettext_lazy("All categories and items in it move along."),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, row: Category | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inside = categories.below(actor, row.pk) if row else set()
        known = categories.paths(actor, held=row.parent_id if row else None)
        choices: Any = self.fields["parent_id"]
        top = ("", _("The top of the tree"))
        choices.choices = [top, *((str(pk), path) for pk, path in known if pk not in inside)]


def listing(request: DeskRequest) -> HttpResponse:
    """The tree, with how many items each category has; ``?archived=1`` with those that were put away as well."""
    request.actor.require(Permission.CATALOG_EDIT)
    everything, found = bool(request.GET.get("archived")), categories.tree(request.actor, counted=True)
    context = {
        "branches": [one for one in found if everything or not one.row.archived_at],
        "put_away": sum(bool(one.row.archived_at) for one in found),
        "all": everything,
    }
    return parts.page(request, "stock/categories.html", context)


def edit(request: DeskRequest, pk: int | None = None) -> HttpResponse:
    """The form of a new category (``?within=`` another), or of the one with this key."""
    request.actor.require(Permission.CATALOG_EDIT)
    row = Category.objects.pick(request.actor, pk) if pk else None
    held: dict[str, Any] = {"parent_id": request.GET.get("within", "")}
    if row:
        held = {"name": row.name, "parent_id": row.parent_id, "version": row.version}
    form = CategoryForm(request.actor, row, request.POST or None, initial=held)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version")
        try:
            saved = categories.save_category(
                request.actor, values, category_id=pk, version=version if row else None
            )
        except Invalid as fault:
            parts.refuse(form, fault)
        except Fault as fault:
            form.add_error(None, str(fault))
        else:
            parts.notify(request, _("{name} saved").format(name=saved.name))
            return parts.go(request, reverse("categories"))
    title = row.name if row else _("New category")
    crumbs = [Crumb(_("Categories"), reverse("categories")), Crumb(title)]
    context = {"form": form, "title": title, "crumbs": crumbs, "cancel": reverse("categories")}
    return parts.page(request, "stock/place.html", context, status=422 if form.errors else 200)


@require_POST
def put_away(request: DeskRequest, pk: int, act: str) -> HttpResponse:
    """Archive or restore a category; one that holds others in use is refused with what to do."""
    request.actor.require(Permission.CATALOG_EDIT)
    if act not in ("archive", "restore"):
        raise Missing(_("page"))
    row = categories.archive_category(request.actor, pk, undo=act == "restore")
    said = _("{name} is in use again") if act == "restore" else _("{name} was archived")
    parts.notify(request, said.format(name=row.name))
    return parts.go(request, reverse("categories") + ("?archived=1" if act == "archive" else ""))
