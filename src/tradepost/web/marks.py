"""Tags, custom fields and the pinned memo of a record: edited in place, on its form, as columns and filters of its list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import DecimalField, F, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor, Permission
from tradepost.activities.records import Record
from tradepost.catalog.models import Item
from tradepost.catalog.services import save_item
from tradepost.custom import queries, rules
from tradepost.custom.marking import fields_of
from tradepost.custom.models import CustomField
from tradepost.custom.rules import SEPARATOR, FieldType
from tradepost.kit.errors import Invalid, Missing
from tradepost.people import services as people
from tradepost.people.kinds import SHAPES
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import save_document
from tradepost.sales.state_table import MACHINES
from tradepost.web import records
from tradepost.web.inline import Inline, inline
from tradepost.web.numbers import number
from tradepost.web.once import once
from tradepost.web.shell import DeskRequest, Section

_INPUTS = {
    FieldType.LONG: "textarea",
    FieldType.DATE: "date",
    FieldType.YES_NO: "select",
    FieldType.CHOICE: "select",
    FieldType.SEVERAL: "several",
    FieldType.LINK: "url",
    FieldType.EMAIL: "email",
    FieldType.PHONE: "tel",
}
_PREFIX = "custom-"  # of the fields of a form; a dot would have to be escaped in selectors


# --- a record of any kind -------------------------------------------------------------------------------------------


def _find(actor: Actor, text: str) -> Any:
    kind, _colon, rest = text.partition(":")
    if kind == "item" and (pk := number(rest)):
        actor.require(Permission.CATALOG_VIEW)
        return Item.objects.pick(actor, pk)
    return records.find(actor, records.parse(text))


def _key(row: Any) -> str:
    return records.key(Record(str(row._meta.model_name), row.pk))


def _permission(row: Any) -> Permission:
    if isinstance(row, Document):
        return MACHINES[Kind(row.kind)].edit
    return Permission.CATALOG_EDIT if isinstance(row, Item) else SHAPES[row._meta.model_name].edit


def save(actor: Actor, row: Any, values: dict[str, Any], version: int | None = None) -> None:
    """By the verb of the record's room."""
    if isinstance(row, Document):
        save_document(actor, Kind(row.kind), values, document_id=row.pk, version=version)
    elif isinstance(row, Item):
        save_item(actor, values, item_id=row.pk, version=version)
    else:
        people.save(actor, row._meta.model_name, values, pk=row.pk, version=version)


# --- edited in place ------------------------------------------------------------------------------------------------


def facts(actor: Actor, row: Any) -> list[Inline]:
    """What the page of a record shows: its tags, its custom fields, its pinned memo."""
    found = fields_of(actor.organisation_id, row.custom_kind)
    return [_tags(actor, row), *(_custom(actor, row, field) for field in found), *_memo(actor, row)]


def exported(actor: Actor, kind: str) -> dict[str, Callable[[Any], object]]:
    """The columns that an exported list has besides: tags and custom fields, as an import reads them."""

    def column(field: CustomField) -> Callable[[Any], object]:
        return lambda row: rules.shown(FieldType(field.type), row.custom.get(field.key))

    own = {field.name: column(field) for field in fields_of(actor.organisation_id, kind)}
    return {
        **own,
        _("Tags"): lambda row: f"{SEPARATOR} ".join(row.tags),
        _("Pinned memo"): lambda row: row.pinned,
    }


def _place(actor: Actor, row: Any, name: str) -> dict[str, Any]:
    url = reverse("mark", args=[_key(row), name])
    return {"url": url, "row": row, "editable": actor.may(_permission(row))}


def _tags(actor: Actor, row: Any) -> Inline:
    rows = list(queries.tags(actor))
    colours = {tag.name: tag.colour for tag in rows}
    held = f"{SEPARATOR} ".join(row.tags)
    return Inline(
        "tags",
        _("Tags"),
        held,
        **_place(actor, row, "tags"),
        kind="tags",
        choices=[(tag.name, tag.name) for tag in rows],
        chips=[(name, colours.get(name, "blue")) for name in row.tags],
    )


def _custom(actor: Actor, row: Any, field: CustomField) -> Inline:
    name, type, value = f"{_PREFIX}{field.key}", FieldType(field.type), row.custom.get(field.key)
    return Inline(
        name,
        field.name,
        rules.shown(type, value),
        **_place(actor, row, name),
        text=shown(type, value),
        kind=_INPUTS.get(type, "text"),
        choices=_choices(field, value),
        link=value if type is FieldType.LINK and value else "",
        help=field.help,
    )


def _choices(field: CustomField, value: Any) -> Sequence[tuple[str, Any]]:
    """What may be chosen; a choice that was taken away since stays to be seen."""
    if field.type == FieldType.YES_NO:
        return [("", "–"), ("yes", _("Yes")), ("no", _("No"))]
    held = value if isinstance(value, list) else [value] if value else []
    names = [*field.choices, *(one for one in held if one not in field.choices)]
    empty = [("", "–")] if field.type == FieldType.CHOICE else []
    return [*empty, *((name, name) for name in names)] if FieldType(field.type).listed else ()


def _memo(actor: Actor, row: Any) -> list[Inline]:
    memo = Inline("pinned", _("Pinned memo"), row.pinned, **_place(actor, row, "pinned"), kind="textarea")
    choices = [("no", _("No")), ("yes", _("Yes"))]
    held = "yes" if row.pinned_in_warehouse else "no"
    where = _place(actor, row, "pinned_in_warehouse")
    bench = Inline(
        "pinned_in_warehouse", _("Show to the warehouse"), held, **where, kind="select", choices=choices
    )
    return [memo, *([bench] if row.pinned else [])]


def shown(type: FieldType, value: Any) -> str:
    """A value as people read it in their language."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if type is FieldType.DATE:
        return date_format(date.fromisoformat(value), "DATE_FORMAT")
    if type in (FieldType.NUMBER, FieldType.MONEY):
        places = max(2, len(value.partition(".")[2])) if type is FieldType.MONEY else None
        return number_format(value, places, force_grouping=True)
    return ", ".join(value) if isinstance(value, list) else str(value)


def mark(request: DeskRequest, record: str, name: str) -> HttpResponse:
    """One of them: show, edit, save with Undo."""

    def build() -> Inline:
        row = _find(request.actor, record)
        found = [one for one in facts(request.actor, row) if one.name == name]
        if not found:
            raise Missing(_("field “{name}”").format(name=name))
        return found[0]

    def keep(typed: str, version: int | None) -> None:
        row = _find(request.actor, record)
        try:
            save(request.actor, row, _read(name, typed), version)
        except Invalid as fault:
            raise Invalid(
                fields={k.replace("custom.", _PREFIX): v for k, v in fault.fields.items()}
            ) from None

    return inline(request, build, keep)


def _read(name: str, typed: str) -> dict[str, Any]:
    if name == "tags":
        return {"tags": typed.replace(",", SEPARATOR).split(SEPARATOR)}
    if name == "pinned_in_warehouse":
        return {name: typed == "yes"}
    if name == "pinned":
        return {name: typed}
    return {"custom": {name.removeprefix(_PREFIX): typed}}


# --- on a form ------------------------------------------------------------------------------------------------------


def put_on(form: forms.Form, actor: Actor, kind: str, row: Any = None) -> None:
    """Give the form of a record its tags and custom fields, filled with what the record holds."""
    held = row.tags if row else []
    tags = list(dict.fromkeys([*queries.tags(actor).values_list("name", flat=True), *held]))
    typed = form.data.getlist("tags") if form.is_bound and hasattr(form.data, "getlist") else []
    names = list(dict.fromkeys([*tags, *typed]))
    pairs = [(name, name) for name in names]
    form.fields["tags"] = _Several(pairs, creates=True, label=_("Tags"), required=False)
    form.initial["tags"] = held
    for field in fields_of(actor.organisation_id, kind):
        value = row.custom.get(field.key) if row else field.default
        form.fields[f"{_PREFIX}{field.key}"] = _form_field(field, value)
        listed = field.type == FieldType.SEVERAL
        form.initial[f"{_PREFIX}{field.key}"] = (
            (value or []) if listed else rules.shown(FieldType(field.type), value)
        )


def least(form: forms.Form, *names: str) -> None:
    """Leave of the form of a new record the named fields, in this order, and the custom ones that must not be empty."""
    form.fields = {
        name: field
        for name, field in form.fields.items()
        if name in names or (field.required and hasattr(field, "mark"))
    }
    form.order_fields(names)


class _Several(forms.MultipleChoiceField):
    """Several choices, found as one types; ``creates``: also new ones, which the verb checks."""

    mark, several = True, True

    def __init__(self, names: Sequence[tuple[str, Any]], *, creates: bool = False, **about: Any) -> None:
        self.creates = creates
        super().__init__(choices=names, widget=forms.SelectMultiple, **about)

    def valid_value(self, value: Any) -> bool:
        return self.creates or super().valid_value(value)


class _One(forms.CharField):
    """A value as it is typed, checked by the verb."""

    mark, several = True, False


def _form_field(field: CustomField, value: Any) -> forms.Field:
    shape = _INPUTS.get(FieldType(field.type), "text")
    about: dict[str, Any] = {"label": field.name, "help_text": field.help, "required": field.required}
    if shape == "several":
        return _Several(_choices(field, value), **about)
    widget: Any = forms.TextInput()
    if shape == "select":
        widget = forms.Select(choices=_choices(field, value))
    elif shape == "textarea":
        widget = forms.Textarea(attrs={"rows": 3})
    else:
        widget.input_type = shape
    if field.type in (FieldType.NUMBER, FieldType.MONEY):
        widget.attrs["inputmode"] = "decimal"
    return _One(widget=widget, **about)


def taken(values: dict[str, Any]) -> dict[str, Any]:
    """The cleaned values of a form with those of :func:`put_on` as the verbs take them."""
    custom = {k.removeprefix(_PREFIX): values.pop(k) for k in list(values) if k.startswith(_PREFIX)}
    return {**values, "custom": custom}


# --- on a list ------------------------------------------------------------------------------------------------------


class _CustomColumn(tables.Column):
    """A custom field as a column; figures sort as figures."""

    def __init__(self, field: CustomField) -> None:
        self._field, self._type = field, FieldType(field.type)
        figure = self._type in (FieldType.NUMBER, FieldType.MONEY)
        attrs = {"td": {"class": "at-hide text-end tabular" if figure else "at-hide"}}
        super().__init__(verbose_name=field.name, accessor="custom", attrs=attrs, empty_values=())

    def render(self, value: dict[str, Any]) -> str:
        return shown(self._type, value.get(self._field.key)) or "—"

    def order(self, queryset: QuerySet[Any], is_descending: bool) -> tuple[QuerySet[Any], bool]:
        by: Any = KeyTextTransform(self._field.key, "custom")
        if self._type in (FieldType.NUMBER, FieldType.MONEY):
            by = Cast(by, DecimalField(max_digits=24, decimal_places=6))
        ordered = by.desc(nulls_last=True) if is_descending else by.asc(nulls_last=True)
        return queryset.order_by(ordered, F("pk").asc()), True


_fields = once(fields_of)


@once
def _colours(actor: Actor) -> dict[str, str]:
    """The company's tags, in their order, and the colour of each."""
    return dict(queries.tags(actor).values_list("name", "colour"))


class _TagsColumn(tables.Column):
    def __init__(self, colours: dict[str, str]) -> None:
        self._colours = colours
        attrs = {"td": {"class": "at-hide"}}
        super().__init__(verbose_name=gettext_lazy("Tags"), orderable=False, attrs=attrs, default="")

    def render(self, value: list[str]) -> str:
        parts = ((self._colours.get(name, "blue"), name) for name in value)
        return format_html('<span class="tags">{}</span>', format_html_join("", _CHIP, parts))


_CHIP = '<span class="tag"><span class="tag-dot bg-{}"></span>{}</span>'


def table(
    actor: Actor, kind: str, plain: type[tables.Table], more: Sequence[tuple[str, tables.Column]] = ()
) -> Callable[..., tables.Table]:
    """The table of a list with a column of tags, where the company has any, of the fields shown in lists, and ``more``."""
    colours = _colours(actor)
    listed = [field for field in _fields(actor.organisation_id, kind) if field.in_list]
    extra: list[tuple[str, tables.Column]] = [(f"{_PREFIX}{one.key}", _CustomColumn(one)) for one in listed]
    if colours:
        extra.insert(0, ("tags", _TagsColumn(colours)))
    return lambda data: plain(data, extra_columns=[*more, *extra])


class _TagFilter(django_filters.ChoiceFilter):
    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return queries.tagged(qs, [value]) if value else qs


class _ValueFilter(django_filters.CharFilter):
    def __init__(self, field: CustomField, **kwargs: Any) -> None:
        self._spec = field.spec
        super().__init__(label=field.name, **kwargs)

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        try:
            return queries.holding(qs, self._spec, value) if value else qs
        except Invalid:
            return qs.none()


def add_filters(filters: django_filters.FilterSet, actor: Actor, kind: str) -> None:
    """``?tag=`` and ``?custom.<key>=`` of the fields that the list shows, before its form is built."""
    names = list(_colours(actor))
    if names:
        filters.filters["tag"] = _TagFilter(
            choices=[(name, name) for name in names], empty_label=_("Any tag"), label=_("Tag")
        )
    for field in _fields(actor.organisation_id, kind):
        if not field.in_list or field.type == FieldType.LONG:
            continue
        widget: Any = forms.TextInput(attrs={"placeholder": field.name})
        if field.type == FieldType.DATE:
            widget.input_type = "date"
        elif choices := _choices(field, None):
            chosen = [pair for pair in choices if pair[0]]
            any_of = _("Any {field}").format(field=field.name)
            widget = forms.Select(choices=[("", any_of), *chosen])
        filters.filters[f"custom.{field.key}"] = _ValueFilter(field, widget=widget)
    for one in filters.filters.values():
        one.parent, one.model = filters, filters.queryset.model


# --- many at once ---------------------------------------------------------------------------------------------------


def bulk_values(request: DeskRequest) -> dict[str, Any] | None:
    """What ``add`` or ``remove tag`` of a list's bulk bar sets, or None where another act was chosen."""
    act, tag = request.POST.get("act", ""), request.POST.get("tag", "").strip()
    if act not in ("tag", "untag"):
        return None
    if not tag:
        raise Invalid(fields={"tag": _("Write a tag.")})
    return {"add_tags" if act == "tag" else "remove_tags": [tag]}


section = Section(urls=[path("marks/<str:record>/<str:name>/", mark, name="mark")])
