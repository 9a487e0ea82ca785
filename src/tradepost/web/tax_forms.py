"""The forms of taxes, their codes and regions. Each keeps what was entered, by its verb."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from tradepost.accounts.access import Actor
from tradepost.sales import taxes
from tradepost.sales.models import ItemSalesTax, SalesTaxCode, TaxComponent, TaxRegion


class Form(forms.Form):
    """``keep`` stores what was entered, by the verb."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, row: Any, *args: Any, **kwargs: Any) -> None:
        self.actor, self.row = actor, row
        super().__init__(*args, **kwargs)
        if "components" in self.fields:
            held = [c.code for c in row.components.all()] if row else []
            rows = TaxComponent.objects.of(actor).order_by("code")
            offered = [one for one in rows if not one.archived_at or one.code in held]
            choices: Any = self.fields["components"]
            choices.choices = [(one.code, one.code) for one in offered]
            self.initial["components"] = held

    def facts(self) -> dict[str, Any]:
        """What every verb takes: whose row it is, and on which version the form rests."""
        pk = self.row.pk if self.row else None
        return {"pk": pk, "version": self.cleaned_data["version"] if pk else None}

    def keep(self, rates: dict[date, Decimal]) -> Any:
        """Write it down by the verb of its kind; ``rates`` only where it has some."""
        raise NotImplementedError


class CodeForm(Form):
    code = forms.CharField(label=gettext_lazy("Code"), max_length=30)
    taxable = forms.BooleanField(
        label=gettext_lazy("Taxable"),
        required=False,
        help_text=gettext_lazy("Not ticked, a document with this code owes no tax: an exemption."),
    )
    is_default = forms.BooleanField(
        label=gettext_lazy("Documents begin with this one"),
        required=False,
        help_text=gettext_lazy(
            "A taxable code those of taxable customers, another one those of exempt customers."
        ),
    )
    components = forms.MultipleChoiceField(
        label=gettext_lazy("Taxes of its own"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Only where no item sales tax is used, such as VAT outside the US."),
    )

    def keep(self, rates: dict[date, Decimal]) -> SalesTaxCode:
        held = self.cleaned_data
        return taxes.save_tax_code(
            self.actor,
            held["code"],
            taxable=held["taxable"],
            component_codes=held["components"],
            is_default=held["is_default"],
            **self.facts(),
        )


class ItemTaxForm(Form):
    code = forms.CharField(label=gettext_lazy("Code"), max_length=30)
    components = forms.MultipleChoiceField(
        label=gettext_lazy("Taxes"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("One, or several as a group, such as state, county and city."),
        error_messages={"required": gettext_lazy("Tick one tax at least.")},
    )
    is_default = forms.BooleanField(
        label=gettext_lazy("Charged where no region says otherwise"),
        required=False,
        help_text=gettext_lazy("In your own country; abroad nothing is charged that no region names."),
    )

    def keep(self, rates: dict[date, Decimal]) -> ItemSalesTax:
        held = self.cleaned_data
        return taxes.save_item_tax(
            self.actor, held["code"], held["components"], is_default=held["is_default"], **self.facts()
        )


class TaxForm(Form):
    code = forms.CharField(label=gettext_lazy("Code"), max_length=30)
    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=100)
    compound = forms.BooleanField(
        label=gettext_lazy("Compound"),
        required=False,
        help_text=gettext_lazy("Charged on the net and the other taxes."),
    )

    def keep(self, rates: dict[date, Decimal]) -> TaxComponent:
        held = self.cleaned_data
        return taxes.save_tax(
            self.actor,
            held["code"],
            rates,
            name=held["name"],
            compound=held["compound"],
            whole=True,
            **self.facts(),
        )


class RegionForm(Form):
    country = forms.CharField(
        label=gettext_lazy("Country"), min_length=2, max_length=2, help_text=gettext_lazy("Two letters: US.")
    )
    state = forms.CharField(
        label=pgettext_lazy("part of an address", "State"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Its name or abbreviation. Left empty: the rest of the country."),
    )
    item_tax_id = forms.TypedChoiceField(
        label=gettext_lazy("Item sales tax"),
        coerce=int,
        error_messages={"required": gettext_lazy("Choose an item sales tax.")},
    )

    def __init__(self, actor: Actor, row: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, row, *args, **kwargs)
        rows = ItemSalesTax.objects.of(actor).filter(archived_at=None).order_by("code")
        choices: Any = self.fields["item_tax_id"]
        choices.choices = [("", ""), *rows.values_list("pk", "code")]

    def keep(self, rates: dict[date, Decimal]) -> TaxRegion:
        held = self.cleaned_data
        return taxes.save_region(
            self.actor, held["country"], held["state"], held["item_tax_id"], **self.facts()
        )
