"""Set up where stock lies: locations, their bins, and which location is the usual one."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Permission
from tradepost.catalog import services
from tradepost.catalog.models import Bin, Location
from tradepost.kit.errors import Fault, Invalid, Missing
from tradepost.web import parts
from tradepost.web.parts import Crumb
from tradepost.web.shell import DeskRequest


class PlaceForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    is_default = forms.BooleanField(
        label=gettext_lazy("Default"),
        required=False,
        help_text=gettext_lazy("Documents that name no location take their goods from here."),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class BinForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=40)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


def listing(request: DeskRequest) -> HttpResponse:
    """Every location with its bins; ``?archived=1`` those that were put away as well."""
    request.actor.require(Permission.CATALOG_EDIT)
    rows = Location.objects.of(request.actor).order_by("-is_default", "name").prefetch_related("bins")
    put_away = rows.filter(archived_at__isnull=False)
    shown = rows if request.GET.get("archived") else rows.filter(archived_at=None)
    places = [
        (row, sorted(row.bins.all(), key=lambda one: (bool(one.archived_at), one.name))) for row in shown
    ]
    context = {"places": places, "put_away": len(put_away), "all": bool(request.GET.get("archived"))}
    return parts.page(request, "stock/places.html", context)


def edit(request: DeskRequest, pk: int | None = None) -> HttpResponse:
    """The form of a new location, or of the one with this key."""
    request.actor.require(Permission.CATALOG_EDIT)
    row = Location.objects.pick(request.actor, pk) if pk else None
    held = {name: getattr(row, name) for name in PlaceForm.base_fields} if row else {}
    form = PlaceForm(request.POST or None, initial=held)
    if request.method == "POST" and form.is_valid():
        values, version = _split(form, new=row is None)
        try:
            saved = services.save_location(request.actor, values, location_id=pk, version=version)
        except Invalid as fault:
            parts.refuse(form, fault)
        except Fault as fault:
            form.add_error(None, str(fault))
        else:
            return _saved(request, saved.name)
    return _form(request, form, row.name if row else _("New location"))


def edit_bin(request: DeskRequest, pk: int | None = None, place: int | None = None) -> HttpResponse:
    """The form of a new bin of the location ``place``, or of the bin with this key."""
    request.actor.require(Permission.CATALOG_EDIT)
    row = Bin.objects.pick(request.actor, pk) if pk else None
    where = row.location if row else Location.objects.pick(request.actor, place)
    form = BinForm(request.POST or None, initial={"name": row.name, "version": row.version} if row else {})
    if request.method == "POST" and form.is_valid():
        values, version = _split(form, new=row is None)
        values |= {} if row else {"location_id": where.pk}
        try:
            saved = services.save_bin(request.actor, values, bin_id=pk, version=version)
        except Invalid as fault:
            parts.refuse(form, fault)
        except Fault as fault:
            form.add_error(None, str(fault))
        else:
            return _saved(request, f"{where.name} · {saved.name}")
    title = row.name if row else _("New bin")
    return _form(request, form, f"{where.name} · {title}")


def _split(form: forms.Form, *, new: bool) -> tuple[dict[str, object], int | None]:
    values = dict(form.cleaned_data)
    version = values.pop("version")
    return values, None if new else version


def _saved(request: DeskRequest, name: str) -> HttpResponse:
    parts.notify(request, _("{name} saved").format(name=name))
    return parts.go(request, reverse("locations"))


def _form(request: DeskRequest, form: forms.Form, title: str) -> HttpResponse:
    crumbs = [Crumb(_("Locations and bins"), reverse("locations")), Crumb(title)]
    context = {"form": form, "title": title, "crumbs": crumbs, "cancel": reverse("locations")}
    return parts.page(request, "stock/place.html", context, status=422 if form.errors else 200)


@require_POST
def put_away(request: DeskRequest, what: str, pk: int, act: str) -> HttpResponse:
    """Archive or restore a location or a bin; one with stock is refused with what to do."""
    request.actor.require(Permission.CATALOG_EDIT)
    models: dict[str, type[Location] | type[Bin]] = {"locations": Location, "bins": Bin}
    if what not in models or act not in ("archive", "restore"):
        raise Missing(_("page"))
    row = models[what].objects.pick(request.actor, pk)
    services.archive(request.actor, row, undo=act == "restore")
    said = _("{name} is in use again") if act == "restore" else _("{name} was archived")
    parts.notify(request, said.format(name=row.name))
    return parts.go(request, reverse("locations") + ("?archived=1" if act == "archive" else ""))
