"""Reads by tag and custom field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.custom import rules
from tradepost.custom.models import CustomField, Tag, TagMerge
from tradepost.custom.rules import FieldType, Spec
from tradepost.kit.errors import Invalid


def fields(actor: Actor, *, archived: bool = False) -> ScopedQuerySet[CustomField]:
    """The custom fields of the company in their order, for every member."""
    return CustomField.objects.of(actor).filter(archived_at__isnull=not archived).order_by("position", "id")


def tags(actor: Actor) -> ScopedQuerySet[Tag]:
    return Tag.objects.of(actor).order_by("folded")


def merges(actor: Actor) -> list[TagMerge]:
    """The last merges of tags that can be taken back."""
    return list(TagMerge.objects.of(actor).filter(undone_at=None).select_related("kept", "user")[:20])


def tagged(rows: QuerySet[Any], names: Iterable[str]) -> QuerySet[Any]:
    """Those that have every one of these tags, written as the company writes them."""
    wanted = [name.strip() for name in names if name.strip() and "\0" not in name]
    return rows.filter(tags__contains=wanted) if wanted else rows


def holding(rows: QuerySet[Any], spec: Spec, raw: str) -> QuerySet[Any]:
    """Those whose field has this value; of several choices, this one among them. Raises ``Invalid``."""
    try:
        value = rules.read(spec, raw)
    except ValueError as error:
        raise Invalid(fields={f"custom.{spec.key}": str(error)}) from None
    if value is None or spec.type is FieldType.LONG:
        return rows
    return rows.filter(custom__contains={spec.key: value})


def held(actor: Actor, rows: QuerySet[Any], pairs: Iterable[str]) -> QuerySet[Any]:
    """Narrow by ``"web_order:W-1"``, any number of them. Raises ``Invalid`` for a field that there is not."""
    given = [pair.partition(":") for pair in pairs if pair]
    specs = {field.key: field.spec for field in fields(actor)} if given else {}
    for key, _colon, raw in given:
        if key not in specs:
            raise Invalid(
                fields={"custom": _("There is no custom field “{key}”.").format(key=key)},
                cure=_("Write key and value: key:value."),
            )
        rows = holding(rows, specs[key], raw)
    return rows
