"""Organisation scoping: the base of every row, and the manager through which rows are read."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from django.db import models

from tradepost.accounts.access import Actor
from tradepost.kit.errors import Missing, Stale
from tradepost.kit.words import gettext

M = TypeVar("M", bound="Owned")


def named(model: Any) -> str:
    """What a row of this table is called, in the reader's language. Its ``verbose_name`` is English: exports and
    programs go by it."""
    return gettext(str(model._meta.verbose_name))


class ScopedQuerySet(models.QuerySet[M], Generic[M]):
    def of(self, actor: Actor) -> ScopedQuerySet[M]:
        """Only rows of the actor's organisation. Every read on behalf of a person starts here."""
        return self.filter(organisation_id=actor.organisation_id)

    def pick(self, actor: Actor, pk: Any, **conditions: Any) -> M:
        """The row with this key in the actor's organisation, or ``Missing`` (never another organisation's)."""
        try:
            return self.of(actor).get(pk=pk, **conditions)
        except (self.model.DoesNotExist, ValueError, TypeError, OverflowError):
            raise Missing(named(self.model)) from None

    def pick_for_change(self, actor: Actor, pk: Any, version: int | None = None, **conditions: Any) -> M:
        """``pick`` with the row locked; ``Stale`` if ``version`` is given and is not the row's (If-Match)."""
        row = self.select_for_update(of=("self",)).pick(actor, pk, **conditions)
        if version is not None and getattr(row, "version", None) != version:
            raise Stale(named(self.model))
        return row


class _Living(models.Manager[M]):
    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(trashed_at=None)


Living = _Living.from_queryset(ScopedQuerySet)
"""The manager of a table whose rows in the trash appear nowhere. Beside it stands another one, ``everything``; foreign keys,
``save`` and deletions see all rows by Django's base manager."""


class Owned(models.Model):
    """A row that belongs to an organisation."""

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, related_name="+")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True
