"""The palette: every record type and every action, as one types (⌘K)."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor
from tradepost.kit.text import fold
from tradepost.web import shell
from tradepost.web.shell import DeskRequest, GearItem, Hit, NavItem, Section

PER_TYPE = 5


def results(request: DeskRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()
    groups = [(label, hits) for label, hits in _groups(request.actor, words) if hits]
    return render(request, "parts/palette.html", {"groups": groups, "words": words})


def _groups(actor: Actor, words: str) -> Iterator[tuple[shell.Text, list[Hit]]]:
    if words:
        for section in shell.sections():
            for source in section.search:
                if shell.permitted(actor, source.permission):
                    yield source.label, list(source.find(actor, words, PER_TYPE))
    yield _("Go to"), _matching(words, _places(actor))
    yield _("Actions"), _matching(words, _actions(actor))


def _places(actor: Actor) -> Iterator[Hit]:
    for section in shell.sections():
        items: tuple[NavItem | GearItem, ...] = (*section.nav, *section.gear)
        for item in items:
            if shell.permitted(actor, item.permission):
                yield Hit(reverse(item.url_name), str(item.label), icon=item.icon)


def _actions(actor: Actor) -> Iterator[Hit]:
    for section in shell.sections():
        for item in section.new:
            if shell.permitted(actor, item.permission):
                yield Hit(reverse(item.url_name), _("New: {label}").format(label=item.label), icon=item.icon)


def _matching(words: str, hits: Iterator[Hit]) -> list[Hit]:
    wanted = fold(words).split()
    return [hit for hit in hits if all(word in fold(hit.title) for word in wanted)]


section = Section(urls=[path("search/", results, name="search")])
