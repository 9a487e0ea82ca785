"""Parties and what we do with them: lists, pages, forms, inline edits, archive with Undo, export, palette."""

from __future__ import annotations

from typing import Any

from django.urls import path

from tradepost.accounts.access import Permission
from tradepost.people.merging import KINDS
from tradepost.web.people import doubles, edit, lists, page, person, short, stages
from tradepost.web.people.look import Look
from tradepost.web.people.looks import LISTS, LOOKS
from tradepost.web.shell import BUY, SELL, WORK, NavItem, NewItem, SearchSource, Section, Text

__all__ = ["section"]

GROUPS: dict[str, Text] = {"vendor": BUY, "case": WORK, "project": WORK}


def _urls(look: Look) -> list[Any]:
    kind, plural, known = look.kind, look.plural, {"kind": look.kind}
    return [
        path(f"{plural}/", lists.listing, known, name=plural),
        path(f"{plural}/bulk/", lists.bulk, known, name=f"{plural}-bulk"),
        path(f"{plural}/export/", lists.export, known, name=f"{plural}-export"),
        path(f"{plural}/new/", edit.edit, known, name=f"{kind}-new"),
        path(f"{plural}/<int:pk>/", page.show, known, name=kind),
        path(f"{plural}/<int:pk>/edit/", edit.edit, known, name=f"{kind}-edit"),
        path(f"{plural}/<int:pk>/archive/", page.archive, known, name=f"{kind}-archive"),
        path(f"{plural}/<int:pk>/field/<str:name>/", page.field, known, name=f"{kind}-field"),
    ]


def _nav(look: Look) -> NavItem:
    kind = "prospect" if look is LISTS["prospect"] else look.kind
    within = (kind, f"{kind}-new", f"{kind}-edit", f"{kind}-board")
    group = GROUPS.get(look.kind, SELL)
    return NavItem(
        group,
        look.title,
        look.icon,
        look.plural,
        Permission.PEOPLE_VIEW,
        keys=f"g {look.keys}",
        within=within,
    )


# Prospects stand before the customers that they become.
_LISTED = [
    one
    for look in LOOKS.values()
    for one in ((LISTS["prospect"], look) if look.kind == "customer" else (look,))
]


def _short(kind: str) -> Any:
    return path(f"{LOOKS[kind].plural}/new/short/", short.enter, {"kind": kind}, name=f"{kind}-short")


def _merging(look: Look) -> list[Any]:
    known = {"kind": look.kind}
    return [
        path(f"{look.plural}/alike/", doubles.alike, known, name=f"{look.plural}-alike"),
        path(f"{look.plural}/<int:pk>/merge/", doubles.merge, known, name=f"{look.kind}-merge"),
    ]


MERGES = [
    path("main-contact/<str:kind>/<int:pk>/", page.choose_main, name="main-contact"),
    path("merges/<int:pk>/undo/", doubles.undo, name="unmerge"),
    *(_short(kind) for kind in ("customer", "vendor")),
    *(url for kind in KINDS for url in _merging(LOOKS[kind])),
]
PERSON = [
    path("contacts/<int:pk>/kept/", person.show, name="person"),
    path("contacts/<int:pk>/kept/archive/", person.pack, name="person-pack"),
]
STAGES = [
    path("opportunities/board/", stages.board, name="opportunity-board"),
    path("opportunities/<int:pk>/stage/", stages.stage, name="opportunity-stage"),
    *(
        path(f"opportunities/<int:pk>/{end}/", stages.close, {"stage": end}, name=f"opportunity-{end}")
        for end in ("won", "lost")
    ),
    path("customers/<int:pk>/promote/", stages.promote, name="customer-promote"),
    path("leads/<int:pk>/convert/", stages.convert, name="lead-convert"),
    path("leads/<int:pk>/revert/", stages.revert, name="lead-revert"),
]
PROSPECTS = [
    path("prospects/", lists.listing, {"kind": "prospect"}, name="prospects"),
    path("prospects/bulk/", lists.bulk, {"kind": "prospect"}, name="prospects-bulk"),
    path("prospects/export/", lists.export, {"kind": "prospect"}, name="prospects-export"),
    path("prospects/new/", edit.edit, {"kind": "prospect"}, name="prospect-new"),
]
section = Section(
    urls=[*MERGES, *PERSON, *STAGES, *PROSPECTS, *(url for look in LOOKS.values() for url in _urls(look))],
    nav=tuple(_nav(look) for look in _LISTED),
    new=tuple(
        NewItem(look.one, look.icon, f"{kind}-new", look.edit, keys=f"n {look.keys}")
        for kind, look in LISTS.items()
    ),
    search=tuple(SearchSource(k.title, Permission.PEOPLE_VIEW, lists.finder(k)) for k in LOOKS.values()),
)
