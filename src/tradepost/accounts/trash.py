"""What was put away or thrown away, of every kind, and how it comes back.

Each room says with a ``Shelf`` what of its own lies there; pages and API show all shelves as one list. A kind whose rows are
deleted, since nothing can name them any more, comes back out of the audit trail: a ``removed`` shelf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, cast

from django.db import IntegrityError, models, transaction
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import AuditEntry
from tradepost.accounts.tenancy import ScopedQuerySet, named
from tradepost.kit.errors import Conflict, Missing

Lines = QuerySet[Any, dict[str, Any]]
Place = tuple[datetime, str, int]
"""Of a line of the trash: since when it lies there, on which shelf, and its key."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A kind of rows. ``rows`` are those that lie there, since the moment ``since``; ``words``: the columns by which they are
    found. ``restore`` is the verb that gives one back, and asks for its own permission, ``change`` at least. ``gone_by``: the verb
    that deleted them, of rows that only the trail knows."""

    key: str
    label: Any
    rows: Callable[[Actor], ScopedQuerySet[Any]]
    restore: Callable[[Actor, Any], object]
    view: Permission
    change: Permission
    words: tuple[str, ...]
    since: Any = "archived_at"  # a column, or what is computed of several
    titled: Callable[[Any], str] = str
    asks: Callable[[Any], Permission] | None = (
        None  # which permission ``restore`` asks for a row, where rows differ
    )
    gone_by: str = ""


@dataclass(frozen=True, slots=True)
class Lying:
    """One row of the trash. ``who`` put it there, where the trail says so."""

    shelf: Shelf
    row: Any
    since: datetime
    title: str
    who: str = ""
    may_restore: bool = False

    @property
    def pk(self) -> int:
        return int(self.row.pk)


_shelves: dict[str, Shelf] = {}


def put_up(*shelves: Shelf) -> None:
    """Called once by each room, when the application starts."""
    _shelves.update({shelf.key: shelf for shelf in shelves})


def shelves(actor: Actor) -> list[Shelf]:
    """Those that the actor may look at, in the order of their names."""
    return sorted((one for one in _shelves.values() if actor.may(one.view)), key=lambda one: str(one.label))


def archived(model: Any, verb: Callable[..., object], key: str, label: Any, **facts: Any) -> Shelf:
    """The shelf of a kind that has ``archived_at``; ``verb(actor, row, undo=True)`` gives a row back."""
    rows = lambda actor: model.objects.of(actor).filter(archived_at__isnull=False)  # noqa: E731
    return Shelf(key, label, rows, partial(verb, undo=True), **facts)


def removed(model: Any, verb: str, label: Any, permission: Permission, own: bool = False) -> Shelf:
    """The shelf of a kind whose rows are deleted by ``verb``. ``own``: only the actor's own are his to see."""

    def rows(actor: Actor) -> ScopedQuerySet[Any]:
        entries = AuditEntry.objects.of(actor).filter(verb=verb)
        entries = entries.filter(user=actor.user_id or 0) if own else entries
        same = AuditEntry.objects.of(actor).filter(verb=verb, record_id=OuterRef("record_id"))
        there = model.objects.of(actor).filter(pk=OuterRef("record_id"))
        return entries.filter(~Exists(there), ~Exists(same.filter(pk__gt=OuterRef("pk"))))

    back = partial(_put_back, model, permission)
    key = model._meta.model_name
    return Shelf(key, label, rows, back, permission, permission, ("label",), "at", gone_by=verb)


def lying(actor: Actor, key: str = "", words: str = "", after: Place | None = None) -> Lines:
    """All that lies in the trash, the last first, as ``{"shelf", "row", "since"}``: of one kind, or found by words, or
    what stands behind the line ``after``."""
    wanted = [shelf for shelf in shelves(actor) if key in ("", shelf.key)]
    verbs = {shelf.gone_by for shelf in wanted} - {""}
    # What nobody ever did is not looked for: that takes longer than this question.
    done = AuditEntry.objects.of(actor).filter(verb__in=verbs).order_by().values_list("verb", flat=True)
    filled = {"", *done.distinct()}
    found = [_on(shelf, actor, words, after) for shelf in wanted if shelf.gone_by in filled]
    if not found:  # nothing may be seen, or there is no such kind
        nothing: Any = AuditEntry.objects.none().values("pk")
        return cast("Lines", nothing)
    first, *rest = found
    return first.union(*rest, all=True).order_by("-since", "shelf", "-row")


def _on(shelf: Shelf, actor: Actor, words: str, after: Place | None) -> Lines:
    wanted = Q()
    for word in words.split()[:6]:
        either = Q()
        for column in shelf.words:
            either |= Q(**{f"{column}__holds": word})
        wanted &= either
    rows = shelf.rows(actor).filter(wanted).order_by()
    named = Value(shelf.key, output_field=CharField())
    since = F(shelf.since) if isinstance(shelf.since, str) else shelf.since
    lines: Any = rows.annotate(shelf=named, row=F("pk"), since=since).values("shelf", "row", "since")
    if after:
        at, key, pk = after
        same = Q(shelf__gt=key) | Q(shelf=key, row__lt=pk)
        lines = lines.filter(Q(since__lt=at) | Q(since=at) & same)
    return cast("Lines", lines)


def shown(actor: Actor, page: Iterable[dict[str, Any]]) -> list[Lying]:
    """The rows of a page with their titles, in two queries for each kind among them."""
    page, found = list(page), {}
    for key in {one["shelf"] for one in page}:
        shelf = _shelves[key]
        rows = shelf.rows(actor).in_bulk([one["row"] for one in page if one["shelf"] == key])
        who = _who(actor, rows)
        for pk, row in rows.items():
            title = row.label if isinstance(row, AuditEntry) else shelf.titled(row)
            found[key, pk] = (row, title, who.get(pk, ""))
    known = [(one, found[one["shelf"], one["row"]]) for one in page if (one["shelf"], one["row"]) in found]
    return [
        Lying(
            shelf, row, one["since"], title, who, actor.may(shelf.asks(row) if shelf.asks else shelf.change)
        )
        for one, (row, title, who) in known
        if (shelf := _shelves[one["shelf"]])
    ]


def _who(actor: Actor, rows: dict[int, Any]) -> dict[int, str]:
    if any(isinstance(row, AuditEntry) for row in rows.values()):
        entries = AuditEntry.objects.filter(pk__in=rows).select_related("user")
        return {one.pk: str(one.user or "") for one in entries}
    kinds = {row._meta.model_name for row in rows.values()}
    gone = Q(verb__endswith=".archive") | Q(verb__endswith=".trash") | Q(verb__endswith=".merge")
    entries = AuditEntry.objects.of(actor).filter(gone, kind__in=kinds, record_id__in=rows)
    return {one.record_id or 0: str(one.user or "") for one in entries.select_related("user").order_by("at")}


def restore(actor: Actor, key: str, pk: int) -> object:
    """Give one back. ``Missing`` where it does not lie there; the verb of its kind says what stands in the way."""
    shelf = _shelves.get(key)
    if shelf is None:
        raise Missing(_("kind of record “{key}”").format(key=key))
    actor.require(shelf.change)
    return shelf.restore(actor, shelf.rows(actor).pick(actor, pk))


def restore_all(actor: Actor, key: str, pks: Iterable[int]) -> None:
    """Give several of one kind back, all or none."""
    with transaction.atomic():
        for pk in pks:
            restore(actor, key, pk)


def places(actor: Actor, key: str, pks: Iterable[int]) -> list[int]:
    """By which keys rows lie on a shelf: their own, or where they are deleted those of the trail."""
    rows = _shelves[key].rows(actor)
    column = "record_id" if rows.model is AuditEntry else "pk"
    return list(rows.filter(**{f"{column}__in": list(pks)}).order_by("pk").values_list("pk", flat=True))


def _put_back(model: Any, permission: Permission, actor: Actor, entry: AuditEntry) -> Any:
    """A removed row anew, under its old key, as the trail knows it."""
    actor.require(permission)
    row = model(pk=entry.record_id, organisation_id=actor.organisation_id)
    for field in model._meta.concrete_fields:
        if field.name in entry.before:
            setattr(row, field.attname, field.to_python(entry.before[field.name]))
    for field in model._meta.concrete_fields:
        pk = getattr(row, field.attname)
        if isinstance(field, models.ForeignKey) and pk is not None:
            _still_there(actor, field, pk)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            audit.record(actor, f"{entry.kind}.restore", row, {})
    except IntegrityError:
        raise Conflict(
            _("There is another {kind} {entry} by now.").format(kind=named(model), entry=entry.label),
            cure=_("Change that one."),
        ) from None
    return row


def _still_there(actor: Actor, field: Any, pk: int) -> None:
    model = field.related_model
    rows = model.objects.of(actor) if hasattr(model.objects, "of") else model.objects.all()
    if not rows.filter(pk=pk).exists():
        raise Conflict(
            _("The {kind} that it named is gone.").format(kind=named(model)),
            cure=_("Make it anew."),
        )
