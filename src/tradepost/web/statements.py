"""Write a statement: choose the customer; what is open, or the balance carried forward and what moved since."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.access import Permission
from tradepost.kit.errors import Conflict, Invalid
from tradepost.people.models import Customer
from tradepost.sales.models import Kind
from tradepost.sales.statements import make_statement
from tradepost.web import parts, records
from tradepost.web.document_forms import Day
from tradepost.web.kinds import LOOKS
from tradepost.web.numbers import number
from tradepost.web.parts import Crumb
from tradepost.web.shell import DeskRequest


class StatementForm(forms.Form):
    customer_id = forms.IntegerField(
        label=_("Customer"), widget=forms.Select, error_messages={"required": _("Choose a customer.")}
    )
    currency = forms.CharField(
        label=_("Currency"), required=False, max_length=3, help_text=_("Left empty, the customer's own.")
    )
    first = forms.DateField(
        label=_("Balance forward from"),
        required=False,
        widget=Day(format="%Y-%m-%d"),
        help_text=_("Everything since that day, with a running balance. Left empty, what is open."),
    )
    last = forms.DateField(
        label=_("As of"),
        required=False,
        widget=Day(format="%Y-%m-%d"),
        help_text=_("The end of this day; left empty, today."),
    )
    with_branches = forms.BooleanField(label=_("With its branches"), required=False)


def new(request: DeskRequest) -> HttpResponse:
    """``?customer=`` fills the form; POST makes the statement and goes there."""
    request.actor.require(Permission.INVOICING)
    form = StatementForm(request.POST or None, initial={"customer_id": request.GET.get("customer")})
    rows = Customer.objects.of(request.actor).filter(pk=number(form["customer_id"].value()) or 0)
    form.fields["customer_id"].widget.choices = [("", ""), *((row.pk, str(row)) for row in rows)]
    if request.method == "POST" and form.is_valid():
        try:
            made = make_statement(request.actor, **form.cleaned_data)
        except Conflict as fault:
            form.add_error("customer_id", str(fault))
        except Invalid as fault:
            parts.refuse(form, fault)
        else:
            parts.notify(request, _("{number} was made").format(number=made.number))
            return parts.go(request, records.address(made))
    look = LOOKS[Kind.STATEMENT]
    context = {
        "form": form,
        "title": look.new,
        "party": form["customer_id"],
        "party_url": reverse("customers-complete"),
        "crumbs": [Crumb(look.title, reverse(look.plural)), Crumb(look.new)],
        "cancel": reverse(look.plural),
    }
    return parts.page(request, "sales/money.html", context, status=422 if form.errors else 200)
