"""Create and edit a customer or contact, with as many e-mail and postal addresses as there are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor, Permission
from tradepost.activities.records import Record
from tradepost.kit.errors import Invalid, Stale
from tradepost.people import services
from tradepost.people.models import Address, Contact, Customer
from tradepost.people.services import ADDRESS_FIELDS, Email
from tradepost.web import parts, records
from tradepost.web.choices import members
from tradepost.web.parts import Crumb
from tradepost.web.shell import DeskRequest
from tradepost.web.stale import explain

PLACE = ("kind", "name", "street", "city", "region", "postcode", "country")


class _Base(forms.Form):
    phone = forms.CharField(label=gettext_lazy("Phone"), required=False, max_length=50)
    owner_id = forms.TypedChoiceField(
        label=gettext_lazy("Owner"), required=False, coerce=int, empty_value=None
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner_id"].choices = [("", _("Nobody")), *members(actor)]  # type: ignore[attr-defined]


class CustomerForm(_Base):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    number = forms.CharField(
        label=gettext_lazy("Number"),
        required=False,
        max_length=30,
        help_text=gettext_lazy("Left empty, the next one is taken."),
    )
    website = forms.CharField(label=gettext_lazy("Website"), required=False, max_length=200)
    terms = forms.CharField(label=gettext_lazy("Terms"), required=False, max_length=60)
    currency = forms.CharField(label=gettext_lazy("Currency"), required=False, max_length=3)
    field_order = ("name", "number", "phone", "website", "terms", "currency", "owner_id", "notes")


class ContactForm(_Base):
    first_name = forms.CharField(label=gettext_lazy("First name"), required=False, max_length=100)
    last_name = forms.CharField(label=gettext_lazy("Last name"), required=False, max_length=100)
    job_title = forms.CharField(label=gettext_lazy("Job title"), required=False, max_length=100)
    customers = forms.MultipleChoiceField(label=gettext_lazy("Customers"), required=False)
    field_order = ("first_name", "last_name", "job_title", "phone", "customers", "owner_id", "notes")

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, *args, **kwargs)
        chosen = (
            self.data.getlist("customers") if isinstance(self.data, QueryDict) else self.initial["customers"]
        )
        wanted = [pk for pk in chosen if str(pk).isdecimal()]
        rows = Customer.objects.of(actor).filter(pk__in=wanted)
        self.fields["customers"].choices = [(str(row.pk), str(row)) for row in rows]  # type: ignore[attr-defined]


def edit(request: DeskRequest, kind: str, pk: int | None = None) -> HttpResponse:
    """The form of a new record (a contact's ``?customer=`` is filled in) or of the one with this key."""
    request.actor.require(Permission.PEOPLE_EDIT)
    row = records.find(request.actor, Record(kind, pk)) if pk else None
    build = CustomerForm if kind == "customer" else ContactForm
    form = build(request.actor, request.POST or None, initial=_initial(request, row, build))
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save(request, kind, row, form)
        except Stale as fault:
            explain(form, row, fault, silent=("customers", "owner_id"))
        except Invalid as fault:
            parts.refuse(form, fault)
        else:
            parts.notify(request, _("{name} saved").format(name=saved))
            return parts.go(request, records.address(saved))
    return _show(request, kind, row, form)


def _show(request: DeskRequest, kind: str, row: Any, form: _Base) -> HttpResponse:
    new = _("New customer") if kind == "customer" else _("New contact")
    plural = reverse("customers" if kind == "customer" else "contacts")
    names = ["website", "terms", "currency"] if kind == "customer" else []
    context = {
        "kind": kind,
        "form": form,
        "title": _("Edit {name}").format(name=row) if row else new,
        "crumbs": [
            Crumb(str(row) if row else _("List"), records.address(row) if row else plural),
            Crumb(_("Edit") if row else new),
        ],
        "cancel": records.address(row) if row else plural,
        "emails": _typed_emails(request) if form.is_bound else _held_emails(row),
        "places": _typed_places(request) if form.is_bound else _held_places(row),
        "kinds": Address._meta.get_field("kind").choices,
        "names": names,
    }
    return parts.page(request, "people/edit.html", context, status=422 if form.errors else 200)


def _initial(request: DeskRequest, row: Any, build: type[_Base]) -> dict[str, Any]:
    if row is None:
        return {"owner_id": request.actor.user_id, "customers": request.GET.getlist("customer")}
    held = {name: getattr(row, name) for name in build.base_fields if name != "customers"}
    mine = [str(pk) for pk in row.customers.values_list("pk", flat=True)] if isinstance(row, Contact) else []
    return {**held, "customers": mine}


def _save(request: DeskRequest, kind: str, row: Any, form: _Base) -> Customer | Contact:
    typed = dict(form.cleaned_data)
    version, customers = typed.pop("version"), typed.pop("customers", [])
    emails = [Email(**one) for one in _typed_emails(request)]
    version = version if row else None
    if kind == "customer":
        typed["currency"] = typed["currency"].upper()
        if row and not typed["number"]:
            typed["number"] = row.number
        places = [p for p in _typed_places(request) if any(p[name] for name in PLACE[1:])]
        firsts: set[str] = set()
        for place in places:
            place["primary"] = place["kind"] not in firsts
            firsts.add(place["kind"])
        return services.save_customer(
            request.actor,
            typed,
            customer_id=row.pk if row else None,
            version=version,
            emails=emails,
            addresses=places,
        )
    return services.save_contact(
        request.actor,
        typed,
        contact_id=row.pk if row else None,
        version=version,
        emails=emails,
        customer_ids=[int(pk) for pk in customers],
    )


def _typed_emails(request: DeskRequest) -> list[dict[str, Any]]:
    pairs = zip(request.POST.getlist("email"), request.POST.getlist("email-label"), strict=False)
    return [{"email": email.strip(), "label": label} for email, label in pairs if email.strip()]


def _held_emails(row: Any) -> list[dict[str, Any]]:
    rows = row.emails.order_by("-primary", "id") if row else []
    return [{"email": one.email, "label": one.label} for one in rows] or [{"email": "", "label": ""}]


def _typed_places(request: DeskRequest) -> list[dict[str, Any]]:
    columns = [request.POST.getlist(f"place-{name}") for name in PLACE]
    return [
        dict(zip(PLACE, (c.strip() for c in cells), strict=True)) for cells in zip(*columns, strict=False)
    ]


def _held_places(row: Any) -> list[dict[str, Any]]:
    rows = row.addresses.order_by("-primary", "id") if isinstance(row, Customer) else []
    return [{name: getattr(one, name) for name in ADDRESS_FIELDS} for one in rows]
