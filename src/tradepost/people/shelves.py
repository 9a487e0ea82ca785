"""What of this room lies in the trash."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.accounts.trash import Shelf, put_up
from tradepost.people.kinds import SHAPES
from tradepost.people.services import archive, trash

_LABELS = {
    "customer": _("Customers"),
    "vendor": _("Vendors"),
    "contact": _("Contacts"),
    "lead": _("Leads"),
    "opportunity": _("Opportunities"),
    "case": _("Cases"),
    "project": _("Customer jobs"),
}
_PERSON = ("last_name", "first_name")
_WORDS = {"contact": _PERSON, "lead": ("company", *_PERSON), "case": ("number", "subject")}


def _rows(model: Any, actor: Actor) -> ScopedQuerySet[Any]:
    found: ScopedQuerySet[Any] = model.objects.of(actor)
    return found.filter(Q(trashed_at__isnull=False) | Q(archived_at__isnull=False))


def _restore(actor: Actor, row: Any) -> None:
    (trash if row.trashed_at else archive)(actor, row, undo=True)


def install() -> None:
    put_up(
        *(
            Shelf(
                kind,
                _LABELS[kind],
                partial(_rows, shape.model),
                _restore,
                Permission.PEOPLE_VIEW,
                shape.edit,
                _WORDS.get(kind, ("number", "name")),
                Coalesce("trashed_at", "archived_at"),
            )
            for kind, shape in SHAPES.items()
        )
    )
