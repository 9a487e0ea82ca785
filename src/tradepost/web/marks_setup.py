"""Set up custom fields and tags: their lists, the form of one, merging tags and taking that back."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django import forms
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Permission
from tradepost.custom import queries, rules, services
from tradepost.custom.kinds import KINDS
from tradepost.custom.models import TYPES, CustomField, Tag
from tradepost.custom.rules import COLOURS, FieldType
from tradepost.kit.errors import Invalid, Stale
from tradepost.web import columns, parts, trash
from tradepost.web.kinds import LOOKS as DOCUMENTS
from tradepost.web.numbers import number
from tradepost.web.parts import Crumb, Empty
from tradepost.web.people.looks import LOOKS as RECORDS
from tradepost.web.shell import SETTINGS, DeskRequest, GearItem, Section

TYPE_LABELS: dict[str, parts.Text] = {
    FieldType.TEXT: gettext_lazy("Text"),
    FieldType.LONG: gettext_lazy("Long text"),
    FieldType.NUMBER: gettext_lazy("Number"),
    FieldType.MONEY: gettext_lazy("Money"),
    FieldType.DATE: gettext_lazy("Date"),
    FieldType.YES_NO: gettext_lazy("Yes or no"),
    FieldType.CHOICE: gettext_lazy("Choice"),
    FieldType.SEVERAL: gettext_lazy("Several choices"),
    FieldType.LINK: gettext_lazy("Link"),
    FieldType.EMAIL: gettext_lazy("E-mail address"),
    FieldType.PHONE: gettext_lazy("Phone number"),
}
COLOUR_LABELS: dict[str, parts.Text] = {
    "blue": gettext_lazy("Blue"),
    "azure": gettext_lazy("Azure"),
    "indigo": gettext_lazy("Indigo"),
    "purple": gettext_lazy("Purple"),
    "pink": gettext_lazy("Pink"),
    "red": gettext_lazy("Red"),
    "orange": gettext_lazy("Orange"),
    "yellow": gettext_lazy("Yellow"),
    "lime": gettext_lazy("Lime"),
    "green": gettext_lazy("Green"),
    "teal": gettext_lazy("Teal"),
}
KIND_LABELS: dict[str, parts.Text] = {
    **{kind: look.title for kind, look in RECORDS.items()},
    "item": gettext_lazy("Items"),
    **{kind.value: look.title for kind, look in DOCUMENTS.items()},
}


# --- custom fields --------------------------------------------------------------------------------------------------


class Fields(tables.Table):
    name = columns.Title(
        verbose_name=gettext_lazy("Name"), linkify=lambda record: reverse("custom-field", args=[record.pk])
    )
    type = columns.Plain(verbose_name=gettext_lazy("Type"), place="at-end")
    kinds = columns.Plain(verbose_name=gettext_lazy("On"), place="at-sub", orderable=False)
    key = columns.Plain(verbose_name=gettext_lazy("Key"))
    required = columns.Plain(verbose_name=gettext_lazy("Required"))

    def render_type(self, value: str, record: CustomField) -> str:
        return str(TYPE_LABELS[record.type])

    def render_kinds(self, value: list[str]) -> str:
        return ", ".join(str(KIND_LABELS[kind]) for kind in value)

    def render_required(self, value: bool) -> str:
        return _("Yes") if value else _("No")


class FieldForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    type = forms.ChoiceField(label=gettext_lazy("Type"), choices=[(t, TYPE_LABELS[t]) for t, _label in TYPES])
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("On"),
        choices=[(kind, KIND_LABELS[kind]) for kind in KINDS],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "A document that is made of another one takes over the fields that both have."
        ),
    )
    choices = forms.CharField(
        label=gettext_lazy("Choices"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One a line, for Choice and Several choices."),
    )
    default = forms.CharField(
        label=gettext_lazy("Value of a new record"), required=False, max_length=rules.LONG
    )
    help = forms.CharField(label=gettext_lazy("Help"), required=False, max_length=200)
    position = forms.IntegerField(
        label=gettext_lazy("Position"), required=False, min_value=0, max_value=10_000
    )
    required = forms.BooleanField(label=gettext_lazy("Must be filled in"), required=False)
    in_list = forms.BooleanField(label=gettext_lazy("Show and filter in lists"), required=False)
    on_paper = forms.BooleanField(label=gettext_lazy("Show on the PDF"), required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


def fields(request: DeskRequest) -> HttpResponse:
    request.actor.require(Permission.COMPANY_SETTINGS)
    archived = request.GET.get("archived") == "1"
    return parts.listing(
        request,
        "marks/fields.html",
        rows=queries.fields(request.actor, archived=archived),
        table=Fields,
        views=[parts.View(_("In use")), parts.View(_("Archived"), "archived=1")],
        empty=Empty(
            _("No custom fields yet"),
            _("Add what your company notes on customers, items or orders, such as a web order number."),
            reverse("custom-field-new"),
            _("New custom field"),
            "text-cursor-input",
        ),
    )


def field(request: DeskRequest, pk: int | None = None) -> HttpResponse:
    """The form of a new custom field or of the one with this key."""
    request.actor.require(Permission.COMPANY_SETTINGS)
    row = CustomField.objects.pick(request.actor, pk) if pk else None
    form = FieldForm(request.POST or None, initial=_initial(row) if row else {"type": "text"})
    if row:
        form.fields["type"].disabled = True
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version")
        values["choices"] = values["choices"].splitlines()
        if values["position"] is None:
            del values["position"]
        try:
            saved = services.save_field(request.actor, values, field_id=pk, version=version if row else None)
        except (Invalid, Stale) as fault:
            parts.refuse(form, fault)
        else:
            parts.notify(request, _("{name} saved").format(name=saved.name))
            return parts.go(request, reverse("custom-fields"))
    title = row.name if row else _("New custom field")
    shown = {
        "form": form,
        "row": row,
        "title": title,
        "crumbs": [Crumb(_("Custom fields"), reverse("custom-fields")), Crumb(title)],
    }
    return parts.page(request, "marks/field.html", shown, status=422 if form.errors else 200)


def _initial(row: CustomField) -> dict[str, Any]:
    held = {name: getattr(row, name) for name in FieldForm.base_fields}
    shown = rules.shown(FieldType(row.type), row.default)
    return {**held, "choices": "\n".join(row.choices), "default": shown}


@require_POST
def archive_field(request: DeskRequest, pk: int) -> HttpResponse:
    """Put a field away, or with ``undo`` offer it again."""
    undo = bool(request.POST.get("undo"))
    row = services.archive_field(request.actor, pk, undo=undo)
    text = _("{name} is offered again") if undo else _("{name} is put away")
    parts.notify(request, text.format(name=row.name))
    return parts.go(request, reverse("custom-field", args=[pk]))


# --- tags -----------------------------------------------------------------------------------------------------------


class TagForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=rules.TAG_LENGTH)
    colour = forms.ChoiceField(
        label=gettext_lazy("Colour"), choices=[(c, COLOUR_LABELS[c]) for c in COLOURS], initial="blue"
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


def tags(request: DeskRequest) -> HttpResponse:
    """All tags with how often they are used, and the merges that can be taken back."""
    request.actor.require(Permission.COMPANY_SETTINGS)
    rows = list(queries.tags(request.actor))
    counts = services.tag_counts(request.actor, [tag.name for tag in rows])
    merges = queries.merges(request.actor)
    shown = {"tags": [(tag, counts[tag.name]) for tag in rows], "merges": merges}
    return parts.page(request, "marks/tags.html", shown)


def tag(request: DeskRequest, pk: int | None = None) -> HttpResponse:
    """The form of a new tag or of the one with this key; its new name stands on every record that has it."""
    request.actor.require(Permission.COMPANY_SETTINGS)
    row = Tag.objects.pick(request.actor, pk) if pk else None
    held = {name: getattr(row, name) for name in TagForm.base_fields} if row else {}
    form = TagForm(request.POST or None, initial=held)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version")
        try:
            saved = services.save_tag(request.actor, values, tag_id=pk, version=version if row else None)
        except (Invalid, Stale) as fault:
            parts.refuse(form, fault)
        else:
            parts.notify(request, _("{name} saved").format(name=saved.name))
            return parts.go(request, reverse("tags"))
    title = row.name if row else _("New tag")
    others = queries.tags(request.actor).exclude(pk=row.pk) if row else []
    shown = {
        "form": form,
        "row": row,
        "others": others,
        "title": title,
        "crumbs": [Crumb(_("Tags"), reverse("tags")), Crumb(title)],
    }
    return parts.page(request, "marks/tag.html", shown, status=422 if form.errors else 200)


@require_POST
def merge_tag(request: DeskRequest, pk: int) -> HttpResponse:
    """Merge the tag into the one that ``kept`` names."""
    kept = number(request.POST.get("kept"))
    if kept is None:
        raise Invalid(fields={"kept": _("Choose a tag.")})
    merge = services.merge_tags(request.actor, kept, pk)
    parts.notify(request, _("{gone} is now {kept}").format(gone=merge.gone_name, kept=merge.kept.name))
    return parts.go(request, reverse("tags"))


@require_POST
def unmerge_tag(request: DeskRequest, pk: int) -> HttpResponse:
    row = services.undo_merge(request.actor, pk)
    parts.notify(request, _("{name} is back").format(name=row.name))
    return parts.go(request, reverse("tags"))


@require_POST
def remove_tag(request: DeskRequest, pk: int) -> HttpResponse:
    services.remove_tag(request.actor, pk)
    parts.notify(request, _("Tag removed"), trash.undo(request.actor, "tag", [pk], reverse("tags")))
    return parts.go(request, reverse("tags"))


section = Section(
    urls=[
        path("custom-fields/", fields, name="custom-fields"),
        path("custom-fields/new/", field, name="custom-field-new"),
        path("custom-fields/<int:pk>/", field, name="custom-field"),
        path("custom-fields/<int:pk>/archive/", archive_field, name="custom-field-archive"),
        path("tags/", tags, name="tags"),
        path("tags/new/", tag, name="tag-new"),
        path("tags/<int:pk>/", tag, name="tag"),
        path("tags/<int:pk>/merge/", merge_tag, name="tag-merge"),
        path("tags/<int:pk>/remove/", remove_tag, name="tag-remove"),
        path("tag-merges/<int:pk>/undo/", unmerge_tag, name="tag-unmerge"),
    ],
    gear=(
        GearItem(
            SETTINGS,
            gettext_lazy("Custom fields"),
            "text-cursor-input",
            "custom-fields",
            Permission.COMPANY_SETTINGS,
        ),
        GearItem(SETTINGS, gettext_lazy("Tags"), "tags", "tags", Permission.COMPANY_SETTINGS),
    ),
)
