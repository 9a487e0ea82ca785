"""The addresses that every kind of record of ``people`` has: list, create, read, change, archive, trash, and back.

Without ``from __future__ import annotations``: the views below are described by the shapes that they are given.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Query, Router, Schema
from pydantic import ConfigDict

from tradepost.accounts.access import Permission
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.api.call import Call, expected_version, needs, tagged
from tradepost.api.marks import MarksFilter
from tradepost.api.paging import page
from tradepost.api.schema import Id, In, Moment, Page, Window
from tradepost.people import entering, queries, services
from tradepost.people.kinds import SHAPES
from tradepost.people.merging import KINDS
from tradepost.people.models import Kept
from tradepost.people.services import Email, Lists


class Listed(MarksFilter):
    """Which of them, in which order. A field of a subclass narrows by the column of its name, or by that in ``PATHS``."""

    model_config = ConfigDict(extra="forbid")
    PATHS: ClassVar[Mapping[str, str]] = {"email": "emails__email", "updated_since": "updated_at__gte"}

    q: str = ""
    archived: bool = False
    trash: bool = False
    owner_id: Id | None = None
    updated_since: Moment | None = None

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        for name, value in self.model_dump(
            exclude={"q", "archived", "trash", "sort", "tag", "custom"}
        ).items():
            if value not in (None, ""):
                clean = value.replace("\0", "").strip().lower() if name == "email" else value
                rows = rows.filter(**{self.PATHS.get(name, name): clean})
        return rows


@dataclass(frozen=True, slots=True)
class Room:
    """A kind of record, its shapes, and the lists that are saved with it. ``about`` completes the list's description."""

    kind: str
    plural: str
    accepted: type[In]
    row: type[Schema]
    whole: type[Schema]
    listed: type[Listed]
    about: str = ""
    lists: tuple[str, ...] = ()
    reads: tuple[str, ...] = field(default=())

    @property
    def one(self) -> str:
        return f"{self.plural}/{{int:id}}"

    def rows(self, request: Call, which: Listed) -> ScopedQuerySet[Any]:
        found = queries.records(
            request.actor, self.kind, search=which.q, archived=which.archived, trash=which.trash
        )
        return found.prefetch_related(*self.reads)

    def answer(self, request: Call, pk: int, response: HttpResponse) -> Kept:
        model = SHAPES[self.kind].model
        row: Kept = model.objects.prefetch_related(*self.reads).pick(request.actor, pk)
        tagged(response, row)
        return row

    def given(self, body: In) -> tuple[dict[str, Any], Lists]:
        """What was sent: columns, and the lists beside them."""
        values = body.given()
        beside: Any = {name: values.pop(name) for name in self.lists if name in values}
        if "emails" in beside:
            beside["emails"] = [Email(**one) for one in beside["emails"]]
        return values, beside

    def enter(self, request: Call, body: In, force: bool) -> Kept:
        values, beside = self.given(body)
        values.setdefault("custom", {})  # what is required is asked for
        return entering.enter(request.actor, self.kind, values, force=force, **beside)

    def change(self, request: Call, body: In, pk: int, version: int | None) -> Kept:
        values, beside = self.given(body)
        return services.save(request.actor, self.kind, values, pk=pk, version=version, **beside)


@dataclass(frozen=True, slots=True)
class _Route:
    """An operation: ``route`` takes the view, ``needs`` says who may."""

    route: Any
    needs: Permission
    view: Any
    name: str
    about: str


def add(router: Router, room: Room) -> None:
    """Give ``room`` its addresses."""
    for one in (*_reading(router, room), *_writing(router, room), *_shelving(router, room)):
        one.view.__name__, one.view.__doc__ = one.name, one.about
        one.route(needs(one.needs)(one.view))


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _reading(router: Router, room: Room) -> Iterator[_Route]:
    path, may = room.plural, Permission.PEOPLE_VIEW

    def listing(request: Call, window: Query[Window], which: Query[room.listed]) -> dict[str, Any]:  # type: ignore[name-defined]
        rows = which.narrow_marks(request.actor, which.narrow(room.rows(request, which)))
        return page(rows, window, which.sort)

    def get(request: Call, id: Id, response: HttpResponse) -> Any:
        return room.answer(request, id, response)

    rows, one = router.get(path, response=Page[room.row]), router.get(room.one, response=room.whole)  # type: ignore[name-defined]
    yield _Route(rows, may, listing, f"list_{path}", f"{path.capitalize()}. {room.about}")
    yield _Route(one, may, get, f"get_{room.kind}", f"One {room.kind}.")


def _writing(router: Router, room: Room) -> Iterator[_Route]:
    path, kind, edit = room.plural, room.kind, SHAPES[room.kind].edit

    def made(request: Call, response: HttpResponse, row: Kept) -> Any:
        response["Location"] = f"/api/v1/{path}/{row.pk}"
        return room.answer(request, row.pk, response)

    def create(request: Call, body: room.accepted, response: HttpResponse) -> Any:  # type: ignore[name-defined]
        return made(request, response, room.enter(request, body, force=True))

    def enter(request: Call, body: room.accepted, response: HttpResponse, force: bool = False) -> Any:  # type: ignore[name-defined]
        return made(request, response, room.enter(request, body, force))

    def change(request: Call, id: Id, body: room.accepted, response: HttpResponse) -> Any:  # type: ignore[name-defined]
        room.change(request, body, id, expected_version(request))
        return room.answer(request, id, response)

    asks = kind in KINDS
    about = f"Create {_article(kind)}." + (_ASKS if asks else "")
    post, patch = router.post(path, response={201: room.whole}), router.patch(room.one, response=room.whole)
    yield _Route(post, edit, enter if asks else create, f"create_{kind}", about)
    yield _Route(patch, edit, change, f"change_{kind}", _CHANGE)


_ASKS = " 409 with ``candidates`` where it may be here already, unless with ``force``."
_CHANGE = "Change the fields that are sent. With If-Match, only if nobody changed it since."
_SHELVES = (  # path, verb, undo, name, what it does to "a customer"
    ("archive", services.archive, False, "archive", "Put {one} away: it leaves lists and completions, its history stays."),
    ("restore", services.archive, True, "restore", "Take an archived {kind} back."),
    ("trash", services.trash, False, "trash", "Throw {one} into the trash, unless documents name it."),
    ("untrash", services.trash, True, "untrash", "Take {one} out of the trash."),
)  # fmt: skip


def _shelving(router: Router, room: Room) -> Iterator[_Route]:
    def shelve(verb: Any, undo: bool) -> Any:
        def view(request: Call, id: Id, response: HttpResponse) -> Any:
            verb(request.actor, room.answer(request, id, response), undo=undo)
            return room.answer(request, id, response)

        return view

    for path, verb, undo, name, about in _SHELVES:
        route = router.post(f"{room.one}/{path}", response=room.whole)
        said = about.format(one=_article(room.kind), kind=room.kind)
        yield _Route(route, SHAPES[room.kind].edit, shelve(verb, undo), f"{name}_{room.kind}", said)
