"""The forms of records. A fact that is edited in place is the same field as in the form."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor
from tradepost.web.choices import members
from tradepost.web.numbers import number
from tradepost.web.offers import offer


class Chosen(forms.TypedChoiceField):
    """One record, found as one types at the address ``url_name``."""

    def __init__(self, model: Any, url_name: str, label: Any, **kwargs: Any) -> None:
        self.model, self.url_name = model, url_name
        super().__init__(label=label, required=False, coerce=int, empty_value=None, **kwargs)

    def offer(self, actor: Actor, held: list[Any]) -> None:
        rows = self.model.objects.of(actor).filter(pk__in=[pk for pk in map(number, held) if pk])
        self.choices = [("", ""), *((row.pk, str(row)) for row in rows)]


class ChosenMany(forms.TypedMultipleChoiceField):
    """Several records, found as one types."""

    def __init__(self, model: Any, url_name: str, label: Any, **kwargs: Any) -> None:
        self.model, self.url_name = model, url_name
        super().__init__(label=label, required=False, coerce=int, **kwargs)

    def offer(self, actor: Actor, held: list[Any]) -> None:
        rows = self.model.objects.of(actor).filter(pk__in=[pk for pk in map(number, held) if pk])
        self.choices = [(row.pk, str(row)) for row in rows]


class Member(forms.TypedChoiceField):
    """Somebody who works here, or nobody."""

    def __init__(self, label: Any) -> None:
        super().__init__(label=label, required=False, coerce=int, empty_value=None)

    def offer(self, actor: Actor, held: list[Any]) -> None:
        self.choices = [("", _("Nobody")), *members(actor)]


class Listed(forms.TypedChoiceField):
    """One of a short list of the company's own, or none."""

    def __init__(self, model: Any, label: Any, empty: Any) -> None:
        self.model, self.empty = model, empty
        super().__init__(label=label, required=False, coerce=int, empty_value=None)

    def offer(self, actor: Actor, held: list[Any]) -> None:
        chosen = [pk for pk in map(number, held) if pk]
        rows = self.model.objects.of(actor).filter(Q(archived_at=None) | Q(pk__in=chosen))
        rows = rows.order_by("name")[:500]
        self.choices = [("", self.empty), *((row.pk, str(row)) for row in rows)]


class YesNo(forms.TypedChoiceField):
    def __init__(self, label: Any) -> None:
        choices = [("", gettext_lazy("No")), ("1", gettext_lazy("Yes"))]
        super().__init__(label=label, required=False, choices=choices, coerce=bool)
        self.empty_value: Any = False

    def prepare_value(self, value: Any) -> Any:
        return ("1" if value else "") if isinstance(value, bool) else value


class Text(forms.CharField):
    """A line of text that may stay empty."""

    def __init__(self, label: Any, most: int, **kwargs: Any) -> None:
        super().__init__(label=label, required=False, max_length=most, **kwargs)


class Day(forms.DateField):
    """A day, or none."""

    def __init__(self, label: Any) -> None:
        super().__init__(label=label, required=False, widget=DayInput())


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class RecordForm(forms.Form):
    field_order: tuple[str, ...] = ()
    lists: ClassVar[dict[str, tuple[str, ...]]] = {}  # which lists of the set-up a field completes from
    owner_id = Member(gettext_lazy("Owner"))
    notes = forms.CharField(
        label=gettext_lazy("Notes"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, Chosen | ChosenMany | Member | Listed):
                typed = self.data.getlist(name) if isinstance(self.data, QueryDict) else None
                held = self.initial.get(name) or []
                field.offer(actor, typed if typed is not None else held if isinstance(held, list) else [held])
        offer(actor, self, self.lists, new="version" not in self.initial)
