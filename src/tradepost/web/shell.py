"""What surrounds every page: navigation, the New menu, the gear menu, search sources, banners, the bell.

A page module describes itself once, as a ``Section``; ``web/urls.py`` lists the sections; the shell shows of each
what the actor may see. See docs/pages.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, URLPattern, reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Membership
from tradepost.web import counting
from tradepost.web.counting import MOST_IN_BADGE, badge

Text = str | Promise


class DeskRequest(HttpRequest):
    """The request of a page that needs somebody signed in: what views annotate."""

    actor: Actor
    membership: Membership


@dataclass(frozen=True, slots=True)
class NavItem:
    """A line of the sidebar. ``badge`` is what waits, counted up to ``MOST_IN_BADGE``; none shows nothing. ``keys`` is a shortcut
    such as ``g o``.

    ``within`` names further URL names on which the line stays lit (the record pages of a list).
    """

    group: Text
    label: Text
    icon: str
    url_name: str
    permission: Permission | None = None
    badge: Callable[[Actor], QuerySet[Any]] | None = None  # by the actor alone: see ``_question``
    keys: str = ""
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewItem:
    """A line of the New menu."""

    label: Text
    icon: str
    url_name: str
    permission: Permission
    keys: str = ""


@dataclass(frozen=True, slots=True)
class GearItem:
    """A line of the gear menu, in the column ``SETTINGS`` (the company's) or ``GENERAL`` (one's own)."""

    column: Text
    label: Text
    icon: str
    url_name: str
    permission: Permission | None = None


SETTINGS = _("Settings")
GENERAL = _("General")
SELL, BUY, STOCK, WORK = _("Sell"), _("Buy"), _("Stock"), _("Work")
GROUPS: tuple[Text, ...] = (SELL, BUY, STOCK, WORK)


@dataclass(frozen=True, slots=True)
class Hit:
    """A search result."""

    url: str
    title: str
    detail: str = ""
    icon: str = "file-text"


@dataclass(frozen=True, slots=True)
class SearchSource:
    """Finds records of one type for the palette: ``find(actor, words, limit)``. All together have 150 ms."""

    label: Text
    permission: Permission
    find: Callable[[Actor, str, int], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Banner:
    """Something above every page that a person must act on: a dead connection with its cure."""

    title: Text
    text: Text
    url: str
    action: Text
    icon: str = "plug-zap"


@dataclass(frozen=True, slots=True)
class Alarm:
    """What ``rows(actor)`` finds needs somebody, as ``banners(actor, rows)`` says above every page. Rows are counted with
    the badges, and read only where there are any."""

    rows: Callable[[Actor], QuerySet[Any]]
    banners: Callable[[Actor, QuerySet[Any]], Iterable[Banner]]


@dataclass(frozen=True, slots=True)
class Bell:
    """The notices of the actor: the page that lists them and those that are unread."""

    url_name: str
    unread: Callable[[Actor], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Section:
    """All that one page module brings. ``public`` pages need nobody signed in."""

    urls: Sequence[URLPattern]
    nav: tuple[NavItem, ...] = ()
    new: tuple[NewItem, ...] = ()
    gear: tuple[GearItem, ...] = ()
    search: tuple[SearchSource, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    bell: Bell | None = None
    public: bool = False


@dataclass(slots=True)
class _Shell:
    sections: tuple[Section, ...] = field(default=())


_shell = _Shell()


def install(sections: Sequence[Section]) -> None:
    """Set the sections; called once, by ``web/urls.py``."""
    _shell.sections = tuple(sections)


def sections() -> tuple[Section, ...]:
    return _shell.sections


def permitted(actor: Actor, permission: Permission | None) -> bool:
    return permission is None or actor.may(permission)


def context(request: HttpRequest) -> dict[str, Any]:
    """Template context processor. ``shell`` is None where nobody is signed in."""
    actor: Actor | None = getattr(request, "actor", None)
    return {"shell": _Frame(request, actor) if actor else None}


class _Frame:
    """The shell for one request. Templates read attributes; a partial reads none and pays nothing."""

    def __init__(self, request: HttpRequest, actor: Actor) -> None:
        self._actor = actor
        match = request.resolver_match
        self._here = match.view_name if match else ""
        self.membership = getattr(request, "membership", None)

    @cached_property
    def _items(self) -> list[NavItem]:
        items = (item for s in sections() for item in s.nav if permitted(self._actor, item.permission))
        return sorted(items, key=lambda item: _place(item.group))

    @cached_property
    def _waiting(self) -> dict[Callable[[Actor], QuerySet[Any]], int]:
        """How many rows each badge, the bell and each alarm have, by one question for all of them."""
        asked = [item.badge for item in self._items if item.badge]
        asked += [s.bell.unread for s in sections() if s.bell]
        asked += [alarm.rows for s in sections() for alarm in s.alarms]
        counted = counting.answers([_question(waiting, self._actor) for waiting in asked])
        return dict(zip(asked, counted, strict=True))

    def nav(self) -> list[tuple[Text, list[dict[str, Any]]]]:
        lines = ((item.group, self._line(item)) for item in self._items)
        return [(group, [line for _, line in run]) for group, run in groupby(lines, key=lambda pair: pair[0])]

    def _line(self, item: NavItem) -> dict[str, Any]:
        return {
            "label": item.label,
            "icon": item.icon,
            "url": reverse(item.url_name),
            "on": self._here in (item.url_name, *item.within),
            "badge": badge(self._waiting[item.badge] if item.badge else 0),
            "keys": item.keys,
        }

    def new(self) -> list[NewItem]:
        return [item for s in sections() for item in s.new if permitted(self._actor, item.permission)]

    def gear(self) -> list[tuple[Text, list[GearItem]]]:
        items = [item for s in sections() for item in s.gear if permitted(self._actor, item.permission)]
        columns = (
            (column, [item for item in items if item.column == column]) for column in (SETTINGS, GENERAL)
        )
        return [(column, column_items) for column, column_items in columns if column_items]

    def banners(self) -> list[Banner]:
        ringing = [alarm for s in sections() for alarm in s.alarms if self._waiting[alarm.rows]]
        return [banner for alarm in ringing for banner in alarm.banners(self._actor, alarm.rows(self._actor))]

    def bell(self) -> dict[str, Any] | None:
        bell = next((s.bell for s in sections() if s.bell), None)
        return {"url": reverse(bell.url_name), "unread": self._waiting[bell.unread]} if bell else None

    def sign_out_url(self) -> str:
        try:
            return reverse("account_logout")
        except NoReverseMatch:
            return ""


@lru_cache(maxsize=4_000)  # some eight of 2 kB for each person
def _question(waiting: Callable[[Actor], QuerySet[Any]], actor: Actor) -> counting.Question | None:
    """To write all of them anew takes a sixth of a page's time, and they are the same as long as the actor is."""
    return counting.question(waiting(actor), MOST_IN_BADGE)


def _place(group: Text) -> int:
    return GROUPS.index(group) if group in GROUPS else len(GROUPS)
