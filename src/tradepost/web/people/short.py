"""The short form of a new customer or vendor, in the sheet over a document that names one whom nobody knows yet."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.kit.errors import Invalid
from tradepost.people import entering
from tradepost.people.doubles import Double
from tradepost.people.entering import Doubled
from tradepost.people.kinds import SHAPES
from tradepost.people.models import Kept
from tradepost.people.services import Email
from tradepost.web import marks, parts
from tradepost.web.choices import titled
from tradepost.web.people.doubles import asked, seen
from tradepost.web.people.forms import RecordForm
from tradepost.web.people.look import Look
from tradepost.web.people.looks import LOOKS
from tradepost.web.shell import DeskRequest

FIELDS = ("name", "email", "phone", "terms")


def enter(request: DeskRequest, kind: str) -> HttpResponse:
    """The sheet, begun with ``?name=``; what it makes is told to the page as ``made``, as its boxes list it."""
    look = LOOKS[kind]
    request.actor.require(look.edit)
    form = _form(request.actor, look, request.POST or None, request.GET.get("name", "").strip()[:200])
    found: tuple[Double, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            made = _made(request, look, form)
        except Invalid as fault:
            parts.refuse(form, fault)
        except Doubled as fault:
            found = fault.found
        else:
            return parts.close_sheet(
                _("{name} saved").format(name=made), made={"id": made.pk, "text": titled(made)}
            )
    context = {
        "title": look.new,
        "form": form,
        "alike": reverse(f"{look.plural}-alike"),
        "takes": [f"{kind}_id"],
        **asked(found),
    }
    return render(request, "parts/short.html", context, status=422 if form.errors or found else 200)


def _form(actor: Actor, look: Look, data: Any, name: str) -> RecordForm:
    """The form of the kind with the least that is to be asked: ``FIELDS``, and custom fields that must not be empty. What else a
    new one begins with stays its ``initial``."""
    start = {**look.start, "owner_id": actor.user_id, "name": name}
    form = look.form(actor, data, initial=start, auto_id="short_%s")  # the page has an ``id_terms`` already
    marks.put_on(form, actor, look.kind)
    form.fields["email"] = forms.EmailField(label=_("E-mail"), required=False)
    marks.least(form, *FIELDS)
    form.fields["email" if name else "name"].widget.attrs["autofocus"] = True
    return form


def _made(request: DeskRequest, look: Look, form: RecordForm) -> Kept:
    typed = marks.taken(dict(form.cleaned_data))
    emails = [Email(typed.pop("email"))]
    begun = {name: form.initial[name] for name in SHAPES[look.kind].fields if form.initial.get(name)}
    return entering.enter(request.actor, look.kind, begun | typed, seen=seen(request), emails=emails)
