"""What was put away is chosen by nobody anew, by no door; what a record holds already stays with it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor
from tradepost.accounts.tenancy import Owned
from tradepost.kit.errors import Conflict, Invalid

M = TypeVar("M", bound=Owned)
CURE = gettext_lazy("Restore it, or choose another one.")


def put_away(row: Any) -> str:
    """Why a row is not chosen anew, as a sentence; empty if it may be."""
    if getattr(row, "trashed_at", None):
        return _("“{name}” lies in the trash.").format(name=row)
    if getattr(row, "archived_at", None):
        return _("“{name}” is archived.").format(name=row)
    return ""


def archived_already(row: Any, undo: bool) -> Conflict:
    """What is answered to whoever archives a row, or takes it back (``undo``), after somebody else did."""
    sentence = _("{row} is not archived already.") if undo else _("{row} is archived already.")
    return Conflict(sentence.format(row=row), cure=_("Reload the page."))


def in_trash_already(row: Any, undo: bool) -> Conflict:
    """The same of the trash."""
    sentence = _("{row} is not in the trash already.") if undo else _("{row} is in the trash already.")
    return Conflict(sentence.format(row=row), cure=_("Reload the page."))


def refuse(row: Any, field: str, held: Collection[int | None] = ()) -> None:
    """``Invalid`` for ``field`` where a row was put away and is not ``held`` (keys) already."""
    if (cause := put_away(row)) and row.pk not in held:
        raise Invalid(fields={field: cause}, cure=str(CURE))


def choose(actor: Actor, model: type[M], pk: object, field: str, held: Collection[int | None] = ()) -> M:
    """The company's row of this key, for ``field`` of a record. ``Missing``, or ``Invalid`` as :func:`refuse` says."""
    row: Any = model._default_manager.pick(actor, pk)
    refuse(row, field, held)
    return cast(M, row)
