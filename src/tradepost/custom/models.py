"""Custom fields, tags, and the columns by which a record of any kind carries them."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F

from tradepost.accounts.tenancy import Owned
from tradepost.custom.rules import COLOURS, TAG_LENGTH, FieldType, Spec
from tradepost.kit.words import gettext_noop
from tradepost.wire.orm import Versioned

TYPES = [
    (FieldType.TEXT, "Text"),
    (FieldType.LONG, "Long text"),
    (FieldType.NUMBER, "Number"),
    (FieldType.MONEY, "Money"),
    (FieldType.DATE, "Date"),
    (FieldType.YES_NO, "Yes or no"),
    (FieldType.CHOICE, "Choice"),
    (FieldType.SEVERAL, "Several choices"),
    (FieldType.LINK, "Link"),
    (FieldType.EMAIL, "E-mail address"),
    (FieldType.PHONE, "Phone number"),
]


class CustomField(Owned, Versioned):
    """A field that a company adds to records of ``kinds``. ``key`` never changes: by it values are kept, copied from
    document to document, sent and imported. Archived, it is no longer offered; the values stay."""

    key = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    kinds = ArrayField(models.CharField(max_length=20))
    type = models.CharField(max_length=10, choices=TYPES, default=FieldType.TEXT)
    choices = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    required = models.BooleanField(default=False)
    help = models.CharField(max_length=200, blank=True)
    default = models.JSONField(null=True, blank=True)
    position = models.PositiveIntegerField(default=0)
    in_list = models.BooleanField(default=False)
    on_paper = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = gettext_noop("custom field")
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="custom_field_key")]

    def __str__(self) -> str:
        return self.name

    @property
    def spec(self) -> Spec:
        return Spec(
            self.key, self.name, FieldType(self.type), self.required, self.default, tuple(self.choices)
        )


class Tag(Owned, Versioned):
    """A word that records are marked with, once in a company whichever case."""

    name = models.CharField(max_length=TAG_LENGTH)
    folded = models.CharField(max_length=3 * TAG_LENGTH, editable=False)  # case folded may be longer: ß, ss
    colour = models.CharField(max_length=10, choices=[(c, c.capitalize()) for c in COLOURS], default="blue")

    class Meta:
        verbose_name = gettext_noop("tag")
        constraints = [models.UniqueConstraint(fields=["organisation", "folded"], name="tag_name")]

    def __str__(self) -> str:
        return self.name


class TagMerge(Owned):
    """A tag that became another one: ``moved`` has the ids of the records that had it, by table, ``both`` of those that
    had the other one too, so that it can be taken back."""

    gone_name = models.CharField(max_length=TAG_LENGTH)
    gone_colour = models.CharField(max_length=10)
    kept = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="merges")
    moved = models.JSONField(default=dict)
    both = models.JSONField(default=dict)
    user = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = gettext_noop("merge of tags")
        verbose_name_plural = gettext_noop("merges of tags")

    def __str__(self) -> str:
        return f"{self.gone_name} into {self.kept}"


class Marked(models.Model):
    """A record with tags, custom fields and a pinned memo. ``mark_words`` is kept by the verbs, for word search;
    ``pinned`` is shown on top of the record, and on pick lists and ship docs where ``pinned_in_warehouse``."""

    custom = models.JSONField(default=dict, db_default={}, blank=True)
    tags = ArrayField(models.CharField(max_length=TAG_LENGTH), default=list, db_default=[], blank=True)
    pinned = models.CharField("pinned memo", max_length=500, default="", db_default="", blank=True)
    pinned_in_warehouse = models.BooleanField(default=False, db_default=False)
    mark_words = models.TextField(default="", db_default="", blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def custom_kind(self) -> str:
        """One of ``kinds.KINDS``."""
        return str(self._meta.model_name)


def mark_indexes(name: str) -> tuple[models.Index, ...]:
    """By tag, and by the values of custom fields (``@>``)."""
    return (
        GinIndex(fields=["tags"], name=f"{name}_tags"),
        GinIndex(OpClass(F("custom"), name="jsonb_path_ops"), name=f"{name}_custom"),
    )


MARKS = ("custom", "tags", "add_tags", "remove_tags", "like", "pinned", "pinned_in_warehouse")


def marked_models() -> list[Any]:
    """Every table whose rows are marked, of any room."""
    from django.apps import apps

    return [model for model in apps.get_models() if issubclass(model, Marked)]
