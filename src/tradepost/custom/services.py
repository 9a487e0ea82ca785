"""Verbs on custom fields and tags themselves. A record's own values are set by the verb that saves it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import CharField, Count, F, Func, TextField, Value
from django.db.models.functions import Replace
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.choosing import archived_already
from tradepost.custom import rules
from tradepost.custom.kinds import KINDS
from tradepost.custom.models import CustomField, Tag, TagMerge, marked_models
from tradepost.custom.rules import BETWEEN, FieldType
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid
from tradepost.kit.text import fold

MOST_FIELDS = 100
FIELD_FIELDS = (
    *("name", "kinds", "type", "choices", "required", "help", "default", "position", "in_list"),
    *("on_paper", "key"),
)
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


# --- custom fields --------------------------------------------------------------------------------------------------


def save_field(
    actor: Actor, values: Mapping[str, Any], *, field_id: int | None = None, version: int | None = None
) -> CustomField:
    """Create a custom field, or change one. Without a ``key`` it is made of the name. Key and type stay as they are,
    for records hold values by them; a choice that is taken away stays where it was chosen."""
    actor.require(Permission.COMPANY_SETTINGS)
    if unknown := [name for name in values if name not in FIELD_FIELDS]:
        raise Invalid(
            fields={name: _("There is no “{name}” of a custom field.").format(name=name) for name in unknown}
        )
    try:
        with transaction.atomic():
            row, before = _opened(actor, field_id, version)
            for name, value in values.items():
                setattr(row, name, value.strip() if isinstance(value, str) else value)
            row.key = row.key or _key_of(row.name)
            _check_field(row, before)
            row.save()
            audit.record(actor, "custom_field.save", row, before)
    except IntegrityError:
        raise Invalid(
            fields={"key": _("Another custom field has the key {key}.").format(key=row.key)}
        ) from None
    return row


def _opened(actor: Actor, pk: int | None, version: int | None) -> tuple[CustomField, dict[str, Any]]:
    if pk is not None:
        row = CustomField.objects.pick_for_change(actor, pk, version)
        before = audit.snapshot(row)
        row.version += 1
        return row, before
    there = CustomField.objects.of(actor)
    if there.filter(archived_at=None).count() >= MOST_FIELDS:
        raise Conflict(
            _("A company has at most {most} custom fields.").format(most=MOST_FIELDS),
            cure=_("Archive one first."),
        )
    return CustomField(organisation_id=actor.organisation_id, position=there.count() + 1), {}


def _key_of(name: str) -> str:
    """``Web order number`` → ``web_order_number``."""
    key = re.sub(r"[^a-z0-9]+", "_", fold(str(name))).strip("_")[:40].strip("_")
    return key if key[:1].isalpha() else f"field_{key}".strip("_")[:40]


def _check_field(row: CustomField, before: Mapping[str, Any]) -> None:
    """What the columns themselves do not say. Raises ``Invalid``."""
    for name in ("kinds", "choices"):
        value = getattr(row, name)
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise Invalid(fields={name: _("Write a list of texts.")})
    row.kinds = [kind for kind in KINDS if kind in row.kinds]
    row.choices = list(dict.fromkeys(filter(None, (one.strip() for one in row.choices))))
    try:
        row.clean_fields(exclude={"organisation", "choices", "kinds", "default"})
    except ValidationError as error:
        raise Invalid(fields={k: " ".join(v) for k, v in error.message_dict.items()}) from None
    wrong = _wrong(row, before)
    if wrong:
        raise Invalid(fields=wrong)
    try:
        row.default = rules.read(row.spec, row.default)
    except ValueError as error:
        raise Invalid(fields={"default": str(error)}) from None


def _wrong(row: CustomField, before: Mapping[str, Any]) -> dict[str, str]:
    wrong = {}
    if not row.kinds:
        wrong["kinds"] = _("Choose at least one kind of record.")
    if not _KEY.fullmatch(row.key):
        wrong["key"] = _("A key is of small letters, digits and underscores, and begins with a letter.")
    for name in ("key", "type"):
        if before and before[name] != getattr(row, name):
            wrong[name] = _(
                "The {name} stays as it is: records hold values by it. Make another field instead."
            ).format(name=name)
    if FieldType(row.type).listed:
        if not row.choices:
            wrong["choices"] = _("Write the choices, one a line.")
        elif len(row.choices) > 200 or any(len(c) > 80 or rules.SEPARATOR in c for c in row.choices):
            wrong["choices"] = _("At most 200 choices of 80 characters each, without a semicolon.")
        elif len({c.casefold() for c in row.choices}) < len(row.choices):
            wrong["choices"] = _("Two choices are the same but for their case.")
    else:
        row.choices = []
    return wrong


def archive_field(actor: Actor, field_id: int, *, undo: bool = False) -> CustomField:
    """No longer offer a field, or again. What records hold of it stays."""
    actor.require(Permission.COMPANY_SETTINGS)
    with transaction.atomic():
        row = CustomField.objects.pick_for_change(actor, field_id)
        if (row.archived_at is None) == undo:
            raise archived_already(row, undo)
        before = audit.snapshot(row)
        row.archived_at = None if undo else clock.now()
        row.version += 1
        row.save()
        audit.record(actor, f"custom_field.{'restore' if undo else 'archive'}", row, before)
    return row


# --- tags -----------------------------------------------------------------------------------------------------------


def save_tag(
    actor: Actor, values: Mapping[str, Any], *, tag_id: int | None = None, version: int | None = None
) -> Tag:
    """Create a tag, or change its ``colour``, or its ``name`` on every record that has it."""
    actor.require(Permission.COMPANY_SETTINGS)
    if unknown := [name for name in values if name not in ("name", "colour")]:
        raise Invalid(
            fields={name: _("There is no “{name}” of a tag.").format(name=name) for name in unknown}
        )
    with transaction.atomic():
        old = Tag.objects.pick_for_change(actor, tag_id, version) if tag_id else None
        row = old or Tag(organisation_id=actor.organisation_id)
        before, was = (audit.snapshot(row), row.name) if old else ({}, "")
        row.name = _name(values.get("name", row.name))
        row.folded, row.colour = row.name.casefold(), values.get("colour", row.colour)
        row.version += 1 if old else 0
        _check_tag(actor, row)
        row.save()
        count = _replace(actor, was, row.name) if old and was != row.name else 0
        audit.record(actor, "tag.save", row, before, {**audit.snapshot(row), "records": count})
    return row


def _name(given: Any) -> str:
    try:
        names = rules.tag_names([given])
    except ValueError as error:
        raise Invalid(fields={"name": str(error)}) from None
    if not names:
        raise Invalid(fields={"name": _("Enter a name.")})
    return names[0]


def _check_tag(actor: Actor, row: Tag) -> None:
    try:
        row.clean_fields(exclude={"organisation"})
    except ValidationError as error:
        raise Invalid(fields={k: " ".join(v) for k, v in error.message_dict.items()}) from None
    if Tag.objects.of(actor).filter(folded=row.folded).exclude(pk=row.pk).exists():
        raise Invalid(
            fields={"name": _("There is a tag {row} already.").format(row=row.name)},
            cure=_("Merge the two instead of renaming."),
        )


def remove_tag(actor: Actor, tag_id: int) -> None:
    """Remove a tag that stands on no record."""
    actor.require(Permission.COMPANY_SETTINGS)
    with transaction.atomic():
        row = Tag.objects.pick_for_change(actor, tag_id)
        if any(_rows(model, actor).filter(tags__contains=[row.name]).exists() for model in marked_models()):
            raise Conflict(
                _("{row} stands on records.").format(row=row), cure=_("Merge it into another tag instead.")
            )
        audit.record(actor, "tag.remove", row, audit.snapshot(row), {})
        row.delete()


def merge_tags(actor: Actor, kept_id: int, gone_id: int) -> TagMerge:
    """Let every record that has ``gone`` have ``kept``, once, undoably (:func:`undo_merge`)."""
    actor.require(Permission.COMPANY_SETTINGS)
    if kept_id == gone_id:
        raise Invalid(fields={"gone_id": _("These are one and the same. Choose another one.")})
    with transaction.atomic():
        rows = {pk: Tag.objects.pick_for_change(actor, pk) for pk in sorted((kept_id, gone_id))}
        kept, gone = rows[kept_id], rows[gone_id]
        merge = TagMerge(
            organisation_id=actor.organisation_id,
            gone_name=gone.name,
            gone_colour=gone.colour,
            kept=kept,
            user_id=actor.user_id,
        )
        for model in marked_models():
            rows_of = _rows(model, actor).filter(tags__contains=[gone.name])
            both = sorted(rows_of.filter(tags__contains=[kept.name]).values_list("pk", flat=True))
            merge.both[model._meta.label_lower] = both
            merge.moved[model._meta.label_lower] = sorted(
                rows_of.exclude(pk__in=both).values_list("pk", flat=True)
            )
        _drop(actor, gone.name, merge.both)
        count = _replace(actor, gone.name, kept.name) + sum(map(len, merge.both.values()))
        merge.save()
        audit.record(actor, "tag.merge", kept, {}, {"merged": gone.name, "merge": merge.pk, "records": count})
        gone.delete()
    return merge


def undo_merge(actor: Actor, merge_id: int) -> Tag:
    """Give the tag back to the records that had it and still have the other one."""
    actor.require(Permission.COMPANY_SETTINGS)
    with transaction.atomic():
        merge = TagMerge.objects.pick_for_change(actor, merge_id)
        if merge.undone_at:
            raise Conflict(_("This merge was taken back already."), cure=_("Reload the page."))
        row = Tag(
            organisation_id=actor.organisation_id,
            name=merge.gone_name,
            folded=merge.gone_name.casefold(),
            colour=merge.gone_colour,
        )
        _check_tag(actor, row)
        row.save()
        kept = merge.kept.name
        for model in marked_models():
            rows = _rows(model, actor).filter(tags__contains=[kept])
            label = model._meta.label_lower
            _swap(rows.filter(pk__in=merge.moved.get(label, [])), kept, row.name)
            _swap(rows.filter(pk__in=merge.both.get(label, [])), kept, kept, row.name)
        merge.undone_at = clock.now()
        merge.save(update_fields=["undone_at"])
        audit.record(actor, "tag.unmerge", row, {}, {"merge": merge.pk, "kept": kept})
    return row


def _replace(actor: Actor, old: str, new: str) -> int:
    """``new`` in the place of ``old`` on every record of the company, and in its words; how many there were."""
    rows = (_rows(model, actor).filter(tags__contains=[old]) for model in marked_models())
    return sum(_swap(some, old, new) for some in rows)


def _rows(model: Any, actor: Actor) -> models.QuerySet[Any]:
    """All of a table, what lies in the trash too: its tags come back with it."""
    found: models.QuerySet[Any] = model._base_manager.filter(organisation_id=actor.organisation_id)
    return found


def _drop(actor: Actor, old: str, keys: Mapping[str, list[int]]) -> None:
    for model in marked_models():
        _swap(_rows(model, actor).filter(pk__in=keys[model._meta.label_lower]), old)


def _swap(rows: Any, old: str, *new: str) -> int:
    """In one statement a table: the tag, the words for search, the version."""
    tags: Any = Func(F("tags"), Value(old), function="array_remove")
    if len(new) == 1:
        tags = Func(F("tags"), Value(old), Value(new[0]), function="array_replace")
    for name in new if len(new) > 1 else ():
        tags = Func(tags, Value(name), function="array_append")
    words = "".join(f"{name}{BETWEEN}" for name in new)
    replaced = Replace(
        F("mark_words"), Value(f"{BETWEEN}{old}{BETWEEN}"), Value(BETWEEN + words), output_field=TextField()
    )
    return int(rows.update(tags=tags, mark_words=replaced, version=F("version") + 1, updated_at=clock.now()))


def tag_counts(actor: Actor, names: list[str]) -> dict[str, int]:
    """On how many records each tag stands."""
    found = dict.fromkeys(names, 0)
    for model in marked_models():
        tag: Any = Func(F("tags"), function="unnest", output_field=CharField())
        rows = model.objects.of(actor).exclude(tags=[]).annotate(tag=tag).order_by().values_list("tag")
        for name, count in rows.annotate(count=Count("pk")):
            found[name] = found.get(name, 0) + count
    return found
