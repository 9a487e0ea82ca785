"""What page modules build pages with: whole page or partial from one template, lists, inline edits, toasts, and the
small frozen shapes that the components in ``templates/cotton`` draw. Examples are in docs/pages.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import BaseForm, TextInput
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_filters import FilterSet
from django_htmx.http import HttpResponseClientRedirect
from django_tables2 import Table
from django_tables2.data import TableQuerysetData

from tradepost.kit.errors import Invalid, Stale
from tradepost.web import counting
from tradepost.web.numbers import paged

Text = str | Promise


# --- answers -------------------------------------------------------------------------------------------------------


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, part: str = "", status: int = 200
) -> HttpResponse:
    """The whole page, or only its partial ``part`` when htmx asks for a fragment (also after Back: then the whole)."""
    partial = part and request.headers.get("HX-Request-Type") == "partial"
    return render(request, f"{template}#{part}" if partial else template, dict(context), status=status)


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Leave for another page, by redirect or, under htmx, by its header.

    Out of this site only under htmx: ``form-action 'self'`` stops a form's redirect to a foreign address.
    """
    return HttpResponseClientRedirect(url) if request.headers.get("HX-Request") else HttpResponseRedirect(url)


def local(url: str, otherwise: str) -> str:
    """``url`` where it is an address of this site, else ``otherwise``: what came with a request leads nowhere else."""
    ours = url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if ours else otherwise


@dataclass(frozen=True, slots=True)
class Undo:
    """The POST that takes an act back. ``target`` selects what the answer replaces; empty: nothing."""

    url: str
    values: Mapping[str, str]
    target: str = ""


def trigger(response: HttpResponse, **events: Any) -> HttpResponse:
    """Fire browser events when htmx has the answer: ``trigger(r, activity_changed={})`` fires ``activity-changed``."""
    held = json.loads(response.get("HX-Trigger", "{}"))
    held.update({name.replace("_", "-"): detail for name, detail in events.items()})
    response["HX-Trigger"] = json.dumps(held)
    return response


def toast(response: HttpResponse, text: Text, undo: Undo | None = None, tone: str = "") -> HttpResponse:
    """Say in a corner what was done, with Undo if it can be. ``tone="error"`` for what failed."""
    detail: dict[str, Any] = {"text": str(text), "tone": tone}
    if undo:
        detail["undo"] = _taken_back(undo)
    return trigger(response, toast=detail)


def _taken_back(undo: Undo) -> dict[str, Any]:
    """As ``toasts.js`` reads it."""
    return {"url": undo.url, "values": dict(undo.values), "target": undo.target}


def notify(request: HttpRequest, text: Text, undo: Undo | None = None) -> None:
    """The same for the next page, after a redirect."""
    messages.success(request, str(text), extra_tags=json.dumps(_taken_back(undo)) if undo else "")


def close_sheet(text: Text = "", **events: Any) -> HttpResponse:
    """The answer to a form in the sheet that succeeded: the sheet closes, its draft is forgotten, ``text`` is said."""
    response = trigger(HttpResponse(status=204), sheet_close={}, **events)
    return toast(response, text) if text else response


def refuse(form: BaseForm, fault: Invalid | Stale) -> None:
    """Show a verb's refusal on the form: each field's sentence at its field, the rest above the form."""
    fields = fault.fields if isinstance(fault, Invalid) else {}
    named = {name.replace("custom.", "custom-"): sentence for name, sentence in fields.items()}
    known = {name: sentence for name, sentence in named.items() if name in form.fields}
    for name, sentence in known.items():
        form.add_error(name, sentence)
    if not known:
        form.add_error(None, str(fault))


def begin(form: BaseForm) -> None:
    """The keyboard begins in the first field of a form that was not sent yet, where it takes text."""
    first = next(iter(form.visible_fields()), None)
    if first and not form.is_bound and isinstance(first.field.widget, TextInput):
        first.field.widget.attrs["autofocus"] = True


# --- lists ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class View:
    """A saved view of a list: a query string such as ``status=open&sort=-date`` with a name. ``own``: a person's own,
    which can be removed."""

    label: Text
    query: str = ""
    count: int | None = None
    current: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Empty:
    """What a list says when it has nothing: and what to do next. ``imports``: where a file with such records is brought in."""

    title: Text
    text: Text = ""
    url: str = ""
    action: Text = ""
    icon: str = "inbox"
    imports: str = ""


class PageOfKeys(TableQuerysetData):
    """A list's page in two steps: its keys alone are sorted, then their 25 rows are read with all that belongs to them.

    Sorting 100,000 rows with their joins takes the database many times as long.
    """

    data: QuerySet[Any]

    @cached_property
    def number(self) -> int:
        """How many rows there are, unless who added them up has counted them."""
        return counting.count(self.data)

    def __len__(self) -> int:
        return self.number

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, slice):
            return super().__getitem__(key)
        keys = list(self.data.values_list("pk", flat=True)[key])
        found = {row.pk: row for row in self.data.order_by().filter(pk__in=keys)}
        return [found[k] for k in keys if k in found]

    def order_by(self, aliases: Any) -> None:
        """Rows that are equal by it keep the list's own order, so that none stands on two pages and another on no one."""
        own = self.data.query.order_by
        super().order_by(aliases)
        if self.data.query.order_by != own:
            self.data = self.data.order_by(*self.data.query.order_by, *own)


def _asked(
    request: HttpRequest,
    rows: QuerySet[Any],
    table: Callable[..., Table],
    filters: type[FilterSet] | None,
    per_page: int | None,
    sums: Callable[[QuerySet[Any]], tuple[int, Text]] | None = None,
) -> tuple[Table, FilterSet | None]:
    filtered = filters(request.GET, queryset=rows, request=request) if filters else None
    data = PageOfKeys(filtered.qs if filtered else rows)
    words: Text = ""
    if sums:
        data.number, words = sums(data.data)
    built = table(data)
    built.sums = words
    paged(request, built, per_page)
    return built, filtered


def listed(
    request: HttpRequest, rows: QuerySet[Any], table: Callable[..., Table], filters: type[FilterSet]
) -> QuerySet[Any]:
    """All rows of a list as its address says: filtered, searched and sorted as its pages are."""
    found: QuerySet[Any] = _asked(request, rows, table, filters, None)[0].data.data
    return found


def listing(
    request: HttpRequest,
    template: str,
    *,
    rows: QuerySet[Any] | Callable[[QueryDict], QuerySet[Any]],
    table: Callable[..., Table],
    filters: type[FilterSet] | None = None,
    views: Sequence[View] = (),
    empty: Empty | None = None,
    per_page: int = 25,
    context: Mapping[str, Any] | None = None,
    sums: Callable[[QuerySet[Any]], tuple[int, Text]] | None = None,
) -> HttpResponse:
    """A list whose filter, sort and page live in the URL. The template has a partial ``rows``; see docs/pages.md.

    ``rows``: all of them, or a function of the query string where it says more than the filters read (``archived=1``).
    ``sums``: how many rows are asked for, and what all of them come to, said beside their number.
    """
    start = rows if callable(rows) else lambda values: rows
    built, filtered = _asked(request, start(request.GET), table, filters, per_page, sums)
    partial = request.headers.get("HX-Request-Type") == "partial"  # which draws the rows alone
    asked = {key: value for key, value in request.GET.items() if value and key not in ("page", "sort")}
    built.filtered, built.nothing = bool(asked), empty or Empty(_("Nothing here yet"))  # for parts/table.html
    shown = {
        "table": built,
        "filter": filtered,
        "filtered": bool(filtered and {*filtered.form.fields} & {*asked} - {"q"}),
        "views": [] if partial else _counted([_lit(view, request) for view in views], filtered, start),
    }
    return page(request, template, {**shown, **(context or {})}, part="rows")


def _lit(view: View, request: HttpRequest) -> View:
    pairs = request.GET.urlencode().split("&")
    here = {pair for pair in pairs if not pair.startswith("page=") and not pair.endswith("=") and pair}
    return replace(view, current=here == set(filter(None, view.query.split("&"))))


def _counted(
    views: Sequence[View], filtered: FilterSet | None, start: Callable[[QueryDict], QuerySet[Any]]
) -> list[View]:
    """The views with how many rows each shows, unless its page has counted them itself."""
    numbers = iter(counting.counts([_seen(view, filtered, start) for view in views if view.count is None]))
    return [replace(view, count=next(numbers)) if view.count is None else view for view in views]


def _seen(
    view: View, filtered: FilterSet | None, start: Callable[[QueryDict], QuerySet[Any]]
) -> QuerySet[Any]:
    """The rows that a view shows."""
    values = QueryDict(view.query)
    rows = start(values)
    if filtered is None:
        return rows
    its = copy(filtered)  # its filters are built already, with all that they read
    its.data, its.queryset = values, rows
    for kept in ("_form", "_qs"):
        its.__dict__.pop(kept, None)
    seen: QuerySet[Any] = its.qs
    return seen


# --- shapes that the components draw -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Crumb:
    label: Text
    url: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of a record page, at ``?tab=key``. ``warn`` colours the count: something waits for a person."""

    key: str
    label: Text
    count: int = 0
    warn: bool = False

    @property
    def badge(self) -> str:
        return counting.badge(self.count)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a walk such as Test Connection. ``state``: done, running, failed, waiting or skipped."""

    label: Text
    state: str
    detail: Text = ""
    cure: Text = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """An attachment; ``size`` in bytes. ``accept_url`` takes the events of an .ics file into the calendar."""

    name: str
    size: int
    url: str = ""
    accept_url: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A bar of a chart. ``title`` is what a pointer resting on it reads."""

    label: str
    value: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A filter of the timeline, at ``?kind=key``."""

    key: str
    label: Text
    icon: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One activity on a timeline.

    ``kind``: email_in, email_out, note, memo, call, task, event, status or sync. ``text`` is plain and new; ``quoted`` is the
    trail, folded. HTML mail goes into ``frame_url``, shown in a script-less frame instead of ``text``;
    ``images_url`` is the frame with remote images, offered when there are any; ``formatted_url`` the frame of a mail
    whose new text is shown plain. ``why`` is the reason that it is here. ``state`` is what became of a sent mail;
    ``earlier`` are the older messages of the same conversation. ``id`` changes with the content: an entry whose id is
    on the page already stays as it is when the timeline refreshes.
    """

    id: int | str
    kind: str
    at: datetime
    title: str
    who: str = ""
    to: str = ""
    text: str = ""
    quoted: str = ""
    frame_url: str = ""
    formatted_url: str = ""
    images_url: str = ""
    files: Sequence[File] = ()
    meta: Text = ""
    why: Text = ""
    reply_url: str = ""
    reply_all_url: str = ""
    forward_url: str = ""
    edit_url: str = ""
    move_url: str = ""
    unlink_url: str = ""
    private: bool = False
    state: str = ""
    state_label: Text = ""
    state_reason: str = ""
    again_url: str = ""
    done_url: str = ""
    reopen_url: str = ""
    trash_url: str = ""
    case_url: str = ""
    earlier: Sequence[Entry] = ()

    @property
    def mail(self) -> bool:
        return self.kind.startswith("email")

    @property
    def moment(self) -> str:
        """For machines."""
        return timezone.localtime(self.at).isoformat(timespec="minutes")

    @property
    def clock(self) -> str:
        """The time of day here. Not by a template's filter, which takes as long as the rest of an entry."""
        return f"{timezone.localtime(self.at):%H:%M}"


def days(entries: Iterable[Entry]) -> list[tuple[date, list[Entry]]]:
    """Entries (newest first) grouped by their day in the active time zone."""
    return [(day, list(run)) for day, run in groupby(entries, key=lambda e: timezone.localtime(e.at).date())]


def time_left(done: int, total: int, elapsed: float) -> str:
    """``"about 40 s left"`` from the pace so far; ``elapsed`` in seconds. Empty while nothing is known."""
    if not done or not total or done >= total:
        return ""
    seconds = round(elapsed / done * (total - done))
    if seconds < 90:
        return _("about {n} s left").format(n=max(seconds, 1))
    minutes = round(seconds / 60)
    return ngettext("about {n} minute left", "about {n} minutes left", minutes).format(n=minutes)
