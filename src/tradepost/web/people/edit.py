"""Create and edit a record, with as many e-mail addresses, phones and postal addresses as there are."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from tradepost.activities.records import Record
from tradepost.kit.errors import Invalid, Stale
from tradepost.people import entering, services
from tradepost.people.doubles import Double
from tradepost.people.entering import Doubled
from tradepost.people.kinds import SHAPES
from tradepost.people.merging import KINDS
from tradepost.people.models import Address, Kept
from tradepost.people.services import ADDRESS_FIELDS, Email
from tradepost.web import marks, parts, records
from tradepost.web.parts import Crumb
from tradepost.web.people import from_mail
from tradepost.web.people.doubles import asked, seen
from tradepost.web.people.forms import ChosenMany, RecordForm
from tradepost.web.people.look import Look
from tradepost.web.people.looks import LISTS
from tradepost.web.shell import DeskRequest
from tradepost.web.stale import explain

PLACE = tuple(name for name in ADDRESS_FIELDS if name != "primary")


def edit(request: DeskRequest, kind: str, pk: int | None = None) -> HttpResponse:
    """The form of a new record (``?customer=5`` fills in the customer) or of the one with this key."""
    look = LISTS[kind]
    kind = look.kind
    request.actor.require(look.edit)
    row: Any = records.find(request.actor, Record(kind, pk)) if pk else None
    mail = from_mail.asked(request) if kind == "case" and row is None else None
    start = _initial(request, look, row) | (from_mail.start(mail) if mail else {})
    form = look.form(request.actor, request.POST or None, initial=start)
    marks.put_on(form, request.actor, kind, row)
    for name, permission in SHAPES[kind].guarded.items():
        form.fields[name].disabled = not request.actor.may(permission)
    if row is None:
        parts.begin(form)
    found: tuple[Double, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save(request, look, row, form)
            if mail:
                from_mail.put(request.actor, mail, saved)
        except Stale as fault:
            keys = [name for name in form.fields if name.endswith(("_id", "_ids"))]
            explain(form, row, fault, silent=keys)
        except Invalid as fault:
            parts.refuse(form, fault)
        except Doubled as fault:
            found = fault.found
        else:
            parts.notify(request, _("{name} saved").format(name=saved))
            return parts.go(request, records.address(saved))
    return _show(request, look, row, form, found)


def _show(
    request: DeskRequest, look: Look, row: Any, form: RecordForm, found: tuple[Double, ...] = ()
) -> HttpResponse:
    back = records.address(row) if row else reverse(look.plural)
    context = {
        "look": look,
        "form": form,
        "title": _("Edit {name}").format(name=row) if row else look.new,
        "crumbs": [Crumb(str(row) if row else look.title, back), Crumb(_("Edit") if row else look.new)],
        "cancel": back,
        "alike": "" if row or look.kind not in KINDS else reverse(f"{look.kind}s-alike"),
        "emails": _typed_emails(request) if form.is_bound else _held_emails(row),
        "phones": _typed_phones(request) if form.is_bound else _held(row, "phones", "number", "label"),
        "places": _typed_places(request) if form.is_bound else _held(row, "addresses", *ADDRESS_FIELDS),
        "kinds": Address._meta.get_field("kind").choices,
        **asked(found),
    }
    status = 409 if found else 422 if form.errors else 200
    return parts.page(request, "people/edit.html", context, status=status)


def _initial(request: DeskRequest, look: Look, row: Any) -> dict[str, Any]:
    if row is None:
        given = {
            name: request.GET.getlist(name.removesuffix("s").removesuffix("_id"))
            for name in look.form.base_fields
            if name.endswith(("_id", "_ids"))
        }
        known = {name: pks for name, pks in given.items() if pks}
        return {**look.start, **known, "owner_id": request.actor.user_id}
    return {name: _value(row, name, field) for name, field in look.form.base_fields.items()}


def _value(row: Any, name: str, field: Any) -> Any:
    if isinstance(field, ChosenMany):
        return list(getattr(row, name.removesuffix("_ids") + "s").values_list("pk", flat=True))
    return getattr(row, name)


def _save(request: DeskRequest, look: Look, row: Any, form: RecordForm) -> Kept:
    values = marks.taken(dict(form.cleaned_data))
    version = values.pop("version")
    beside: dict[str, Any] = {name: values.pop(name) for name in list(values) if name.endswith("_ids")}
    if row and not values.get("number", True):
        del values["number"]
    if "emails" in look.lists:
        beside["emails"] = [Email(**one) for one in _typed_emails(request)]
    if "phones" in look.lists:
        beside["phones"] = _typed_phones(request)
    if "addresses" in look.lists:
        beside["addresses"] = _typed_places(request)
    if row:
        return services.save(request.actor, look.kind, values, pk=row.pk, version=version, **beside)
    return entering.enter(request.actor, look.kind, values, seen=seen(request), **beside)


def _typed(request: DeskRequest, **names: str) -> list[dict[str, Any]]:
    """The repeated rows of the form: each key from the inputs of its name, in their order."""
    columns = [request.POST.getlist(name) for name in names.values()]
    return [
        dict(zip(names, (cell.strip() for cell in cells), strict=True))
        for cells in zip(*columns, strict=False)
    ]


def _typed_emails(request: DeskRequest) -> list[dict[str, Any]]:
    return [one for one in _typed(request, email="email", label="email-label") if one["email"]]


def _typed_phones(request: DeskRequest) -> list[dict[str, Any]]:
    return [one for one in _typed(request, number="phone-number", label="phone-label") if one["number"]]


def _typed_places(request: DeskRequest) -> list[dict[str, Any]]:
    rows = _typed(request, **{name: f"place-{name}" for name in PLACE})
    for row, main in zip(rows, request.POST.getlist("place-primary"), strict=False):
        row["primary"] = bool(main)
    return [row for row in rows if any(row[name] for name in PLACE[1:])]


def _held_emails(row: Any) -> list[dict[str, Any]]:
    rows = row.emails.order_by("-primary", "id") if hasattr(row, "emails") else []
    return [{"email": one.email, "label": one.label} for one in rows] or [{"email": "", "label": ""}]


def _held(row: Any, several: str, *names: str) -> list[dict[str, Any]]:
    rows = getattr(row, several).order_by("id") if hasattr(row, several) else []
    return [{name: getattr(one, name) for name in names} for one in rows]
