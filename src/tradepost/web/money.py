"""Write a payment, a refund or the payment of a bill: who, how much, how."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor
from tradepost.kit.errors import Conflict, Invalid, Stale
from tradepost.sales import queries, services
from tradepost.sales.models import Document, Kind
from tradepost.sales.state_table import MACHINES
from tradepost.web import marks, parts, records
from tradepost.web.document_forms import Day, PartyForm, party_box, taken
from tradepost.web.kinds import LOOKS, side
from tradepost.web.numbers import number
from tradepost.web.offers import offer
from tradepost.web.parts import Crumb
from tradepost.web.shell import DeskRequest
from tradepost.web.stale import explain


class MoneyForm(PartyForm):
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), min_value=Decimal("0.0001"), max_digits=18, decimal_places=4
    )
    method = forms.CharField(label=gettext_lazy("Method"), required=False, max_length=60)
    date = forms.DateField(label=gettext_lazy("Date"), required=False, widget=Day(format="%Y-%m-%d"))
    po_number = forms.CharField(label=gettext_lazy("Reference"), required=False, max_length=60)
    memo = forms.CharField(
        label=gettext_lazy("Memo"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, actor: Actor, kind: Kind, *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, kind, *args, **kwargs)
        its = self.side
        chosen = (self.data if self.is_bound else self.initial).get(its.field)
        rows = its.model.objects.of(actor).filter(pk=number(chosen) or 0)
        self.fields[its.field].widget.choices = [("", ""), *((c.pk, str(c)) for c in rows)]
        offer(actor, self, {"method": ("payment-methods",)}, new="version" not in self.initial)


def edit(request: DeskRequest, kind: Kind, pk: int | None = None) -> HttpResponse:
    """The form of a new payment (``?customer=`` or ``?vendor=`` fills it) or of the one with this key."""
    request.actor.require(MACHINES[kind].edit)
    row = queries.documents(request.actor, kind).pick(request.actor, pk) if pk else None
    form = MoneyForm(request.actor, kind, request.POST or None, initial=_initial(request, kind, row))
    marks.put_on(form, request.actor, kind, row)
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save(request.actor, kind, row, form)
        except Stale as fault:
            explain(form, row, fault, silent=(side(kind).field,))
        except Invalid as fault:
            parts.refuse(form, fault)
        except Conflict as fault:
            form.add_error(None, str(fault))
        else:
            parts.notify(request, _("{number} saved").format(number=saved.number))
            return parts.go(request, records.address(saved))
    look = LOOKS[kind]
    back = records.address(row) if row else reverse(look.plural)
    context = {
        "form": form,
        **party_box(request.actor, form),
        "title": _("Edit {number}").format(number=row.number) if row else look.new,
        "crumbs": [Crumb(row.number if row else look.title, back), Crumb(_("Edit") if row else look.new)],
        "cancel": back,
    }
    return parts.page(request, "sales/money.html", context, status=422 if form.errors else 200)


def _initial(request: DeskRequest, kind: Kind, row: Document | None) -> dict[str, Any]:
    party = side(kind).field
    if row is None:
        return {party: request.GET.get(party.removesuffix("_id")), "date": queries.today(request.actor)}
    names = (party, "method", "date", "po_number", "class_name", "memo", "version")
    return {"amount": row.total, **{name: getattr(row, name) for name in names}}


def _save(actor: Actor, kind: Kind, row: Document | None, form: MoneyForm) -> Document:
    values = marks.taken(taken(form.cleaned_data, new=row is None))
    version = form.cleaned_data["version"] if row else None
    return services.save_document(actor, kind, values, document_id=row.pk if row else None, version=version)
