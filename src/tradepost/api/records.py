"""The addresses that every kind of record of ``people`` has: list, create, read, change, archive, trash, and back.

Without ``from __future__ import annotations``: the views below are described by the shapes that they are given.
"""

from collections.abc import Mapping
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
from tradepost.api.schema import Id, In, Page, Window
from tradepost.people import queries, services
from tradepost.people.kinds import SHAPES
from tradepost.people.models import Kept
from tradepost.people.services import Email


class Listed(MarksFilter):
    """Which of them, in which order. A field of a subclass narrows by the column of its name, or by that in ``PATHS``."""

    model_config = ConfigDict(extra="forbid")
    PATHS: ClassVar[Mapping[str, str]] = {"email": "emails__email"}

    q: str = ""
    archived: bool = False
    trash: bool = False
    owner_id: Id | None = None

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

    def save(self, request: Call, body: In, **which: Any) -> Kept:
        values = body.given()
        if which.get("pk") is None:
            values.setdefault("custom", {})  # what is required is asked for
        beside = {name: values.pop(name) for name in self.lists if name in values}
        if "emails" in beside:
            beside["emails"] = [Email(**one) for one in beside["emails"]]
        return services.save(request.actor, self.kind, values, **which, **beside)


def add(router: Router, room: Room) -> None:
    """Give ``room`` its addresses."""
    path, one, named = room.plural, f"{room.plural}/{{int:id}}", room.kind
    edit = SHAPES[named].edit
    article = "an" if named[0] in "aeiou" else "a"

    def described(view: Any, name: str, about: str) -> Any:
        view.__name__, view.__doc__ = name, about
        return view

    def listing(request: Call, window: Query[Window], which: Query[room.listed]) -> dict[str, Any]:  # type: ignore[name-defined]
        rows = which.narrow_marks(request.actor, which.narrow(room.rows(request, which)))
        return page(rows, window, which.sort)

    def create(request: Call, body: room.accepted, response: HttpResponse) -> Any:  # type: ignore[name-defined]
        row = room.save(request, body, pk=None)
        response["Location"] = f"/api/v1/{path}/{row.pk}"
        return room.answer(request, row.pk, response)

    def get(request: Call, id: Id, response: HttpResponse) -> Any:
        return room.answer(request, id, response)

    def change(request: Call, id: Id, body: room.accepted, response: HttpResponse) -> Any:  # type: ignore[name-defined]
        room.save(request, body, pk=id, version=expected_version(request))
        return room.answer(request, id, response)

    def shelve(verb: Any, undo: bool) -> Any:
        def view(request: Call, id: Id, response: HttpResponse) -> Any:
            verb(request.actor, room.answer(request, id, response), undo=undo)
            return room.answer(request, id, response)

        return view

    view, change_it = needs(Permission.PEOPLE_VIEW), needs(edit)
    routes = (
        (router.get(path, response=Page[room.row]), view, listing, f"list_{path}",  # type: ignore[name-defined]
         f"{path.capitalize()}. {room.about}"),
        (router.post(path, response={201: room.whole}), change_it, create, f"create_{named}",
         f"Create {article} {named}."),
        (router.get(one, response=room.whole), view, get, f"get_{named}", f"One {named}."),
        (router.patch(one, response=room.whole), change_it, change, f"change_{named}",
         "Change the fields that are sent. With If-Match, only if nobody changed it since."),
        (router.post(f"{one}/archive", response=room.whole), change_it, shelve(services.archive, False), f"archive_{named}",
         f"Put {article} {named} away: it leaves lists and completions, its history stays."),
        (router.post(f"{one}/restore", response=room.whole), change_it, shelve(services.archive, True), f"restore_{named}",
         f"Take an archived {named} back."),
        (router.post(f"{one}/trash", response=room.whole), change_it, shelve(services.trash, False), f"trash_{named}",
         f"Throw {article} {named} into the trash, unless documents name it."),
        (router.post(f"{one}/untrash", response=room.whole), change_it, shelve(services.trash, True),
         f"untrash_{named}", f"Take {article} {named} out of the trash."),
    )  # fmt: skip
    for route, guard, function, name, about in routes:
        route(guard(described(function, name, about)))
