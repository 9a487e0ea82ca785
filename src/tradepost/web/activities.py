"""Activity History and Open Activities of a record, and the sheets in which activities are added, changed and moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor, Permission
from tradepost.activities import queries, services, shelving
from tradepost.activities.models import Activity, ActivityKind, ActivityStatus, Link, Visibility
from tradepost.activities.records import Record
from tradepost.kit.errors import Invalid, Missing, Stale
from tradepost.mail.send import send_again
from tradepost.sales.models import Document
from tradepost.web import audit, counting, parts, records
from tradepost.web.choices import members
from tradepost.web.files import seen
from tradepost.web.numbers import number
from tradepost.web.parts import Tab, Text, Undo, close_sheet
from tradepost.web.people.forms import Member
from tradepost.web.shell import DeskRequest, Hit, SearchSource, Section
from tradepost.web.timeline import KINDS, entries

PAGE = 20
PLANNED = ("", "task", "memo", "call", "event")
ASSIGNED = (ActivityKind.TASK, ActivityKind.CALL, ActivityKind.MEMO)
REFRESHED = 200  # as many entries are read again at most when a timeline refreshes itself


# -- the two tabs of a record page -----------------------------------------------------------------------------------


def tabs(
    request: DeskRequest, record: Record, more: Sequence[tuple[str, Text, QuerySet[Any]]] = ()
) -> list[Tab]:
    """The tabs of a record's page, with ``more`` between: key, label and rows. All are counted by one question."""
    stands = queries.links(request.actor, record.kind, record.id)
    rows = [stands.filter(open=False), stands.filter(open=True), *(found for _key, _label, found in more)]
    history, waiting, *numbers = counting.counts(rows, most=counting.MOST_IN_BADGE)
    return [
        Tab("details", _("Details")),
        *(Tab(key, label, number) for (key, label, _found), number in zip(more, numbers, strict=True)),
        Tab("history", _("Activity History"), history),
        Tab("open", _("Open Activities"), waiting, warn=waiting > 0),
    ]


def timeline(request: DeskRequest, record: Record, tab: str, tabs: Sequence[Tab] = ()) -> dict[str, Any]:
    """What ``activities/timeline.html`` draws for ``tab``: ``history`` or ``open``; ``tabs`` say which of the two is empty."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in {k.key for k in KINDS} else ""
    since, before = _cursor(request.GET.get("since")), _cursor(request.GET.get("before"))
    rows = queries.timeline(
        request.actor,
        record.kind,
        record.id,
        open_only=tab == "open",
        kind=kind,
        before=before,
        since=since,
        limit=REFRESHED if since else PAGE,
    )
    last = f"{rows[-1].link.at.isoformat()}_{rows[-1].link.pk}" if rows else ""  # type: ignore[attr-defined]
    last = request.GET["since"] if since else last
    shown: dict[bool, Sequence[Activity]] = {
        one.key == "open": () for one in tabs if one.key in ("history", "open") and not one.count
    }
    if not (kind or before or since):
        shown[tab == "open"] = rows
    return {
        "record": records.key(record),
        "days": parts.days(entries(request.actor, rows, record)),
        "kinds": [k for k in KINDS if k.key in PLANNED] if tab == "open" else KINDS,
        "kind": kind,
        "timeline_query": f"tab={tab}",
        "reload": _query(tab=tab, since=last),
        "older": _query(tab=tab, kind=kind, before=last) if since or len(rows) == PAGE else "",
        "pulse": queries.pulse(request.actor, record.kind, record.id, newest=PAGE, shown=shown),
        "pulse_url": reverse("activity-pulse", args=[records.key(record)]),
        "audit_url": audit.of(record.kind, record.id) if request.actor.may(Permission.AUDIT_VIEW) else "",
        "may_add": request.actor.may(Permission.ACTIVITIES_EDIT),
        "may_send": request.actor.may(Permission.MAIL_SEND),
    }


def _query(**values: str) -> str:
    return urlencode({name: value for name, value in values.items() if value})


def older(request: DeskRequest, record: Record) -> HttpResponse | None:
    """The next page of a timeline, where one was asked for (``?before=``)."""
    if "before" not in request.GET:
        return None
    context = timeline(request, record, request.GET.get("tab", "history"))
    return render(request, "activities/older.html", context)


def _cursor(text: str | None) -> tuple[datetime, int] | None:
    at, _bar, pk = (text or "").rpartition("_")
    try:
        moment = parse_datetime(at)
    except ValueError:
        moment = None
    key = number(pk)
    return (moment, key) if moment and timezone.is_aware(moment) and key is not None else None


def pulse(request: DeskRequest, record: str) -> HttpResponse:
    """Has the timeline changed? 304 where ``If-None-Match`` is what it was, 204 with the new ETag otherwise."""
    where = records.parse(record)
    records.find(request.actor, where)
    etag = f'"{queries.pulse(request.actor, where.kind, where.id, newest=PAGE)}"'
    if request.headers.get("If-None-Match", "").removeprefix("W/") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    return HttpResponse(status=204, headers={"ETag": etag, "Cache-Control": "no-store"})


# -- sheets ----------------------------------------------------------------------------------------------------------


class DateTime(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class ActivityForm(forms.Form):
    """A note, memo, call or task. Which fields stand in it depends on the kind; events have a form of their own."""

    subject = forms.CharField(label=gettext_lazy("Subject"), required=False, max_length=500)
    owner_id = Member(gettext_lazy("Assigned to"))
    due = forms.DateTimeField(label=gettext_lazy("Due"), required=False, widget=DateTime())
    text = forms.CharField(
        label=gettext_lazy("Text"), required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    visibility = forms.ChoiceField(label=gettext_lazy("Who can see this"), choices=Visibility.choices)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, actor: Actor, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner_id"].choices = members(actor)  # type: ignore[attr-defined]
        hidden = [] if kind in ASSIGNED else ["due", "owner_id"]
        hidden += ["subject", "text"] if kind == ActivityKind.EMAIL else []
        for name in hidden:
            del self.fields[name]

    @property
    def values(self) -> dict[str, Any]:
        """What was typed; nobody chosen is who it was."""
        typed = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return {name: value for name, value in typed.items() if name != "owner_id" or value}


TITLES = {
    ActivityKind.NOTE: gettext_lazy("Add note"),
    ActivityKind.MEMO: gettext_lazy("Write memo"),
    ActivityKind.CALL: gettext_lazy("Log call"),
    ActivityKind.TASK: gettext_lazy("Add task"),
}


def add(request: DeskRequest, kind: str) -> HttpResponse:
    """The sheet for a new activity on ``?on=document:5``."""
    request.actor.require(Permission.ACTIVITIES_EDIT)
    if kind not in {one.value for one in TITLES}:
        raise Missing(_("kind of activity"))
    record = records.parse(request.GET.get("on", ""))
    row = records.find(request.actor, record)
    start = {"visibility": Visibility.ALL, "owner_id": request.actor.user_id}
    form = ActivityForm(request.actor, kind, request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_activity(request.actor, ActivityKind(kind), record, form.values)
        except Invalid as fault:
            parts.refuse(form, fault)
        else:
            return close_sheet(_("Added to {record}").format(record=row), activity_changed={})
    shown = {
        "title": TITLES[ActivityKind(kind)],
        "sub": row,
        "form": form,
        "action": request.get_full_path(),
        "draft": f"{records.key(record)}:{kind}",
    }
    return render(request, "activities/sheet.html", shown, status=422 if form.errors else 200)


def edit(request: DeskRequest, pk: int) -> HttpResponse:
    """Change an activity and see its files (A16: the Activity Attachment tab)."""
    row = seen(request.actor).pick(request.actor, pk)
    if row.kind == ActivityKind.EVENT:
        return redirect("event-edit", pk)
    first = {name: getattr(row, name) for name in ("subject", "text", "due", "owner_id")}
    form = ActivityForm(
        request.actor,
        row.kind,
        request.POST or None,
        initial={**first, "visibility": row.visibility, "version": row.version},
    )
    if request.method == "POST" and form.is_valid():
        try:
            _change(request, row, form)
        except (Invalid, Stale) as fault:
            parts.refuse(form, fault)
        else:
            return close_sheet(_("Activity saved"), activity_changed={})
    shown = {
        "title": row.get_kind_display(),
        "sub": row,
        "form": form,
        "action": request.get_full_path(),
        "draft": f"activity:{pk}:{row.version}",
        "activity": row,
        "files": row.attachments.filter(inline=False, trashed_at=None).order_by("id"),
        "may_edit": request.actor.may(Permission.ACTIVITIES_EDIT),
    }
    return render(request, "activities/sheet.html", shown, status=422 if form.errors else 200)


@transaction.atomic
def _change(request: DeskRequest, row: Activity, form: ActivityForm) -> None:
    """What was typed and the files, all or nothing."""
    changed = {k: v for k, v in form.values.items() if v != getattr(row, k)}
    if changed:
        services.change_activity(request.actor, row.pk, changed, version=form.cleaned_data["version"])
    files = [
        services.File(f.name or "", f.read(), f.content_type or "") for f in request.FILES.getlist("files")
    ]
    if files:
        services.add_files(request.actor, row.pk, files)


def status(request: DeskRequest, pk: int) -> HttpResponse:
    """Complete or reopen, with Undo."""
    _post_only(request)
    was = seen(request.actor).pick(request.actor, pk).status
    wanted = ActivityStatus.OPEN if request.GET.get("to") == "open" else ActivityStatus.DONE
    services.set_status(request.actor, pk, wanted)
    said = _("Reopened") if wanted == ActivityStatus.OPEN else _("Completed")
    back = "open" if was == ActivityStatus.OPEN else "done"
    return _said(said, Undo(f"{reverse('activity-status', args=[pk])}?to={back}", {}))


def _said(text: str, undo: Undo | None = None) -> HttpResponse:
    response = parts.trigger(HttpResponse(status=204), activity_changed={})
    return parts.toast(response, text, undo)


def _post_only(request: HttpRequest) -> None:
    if request.method != "POST":
        raise Missing(_("page"))


def unlink(request: DeskRequest, pk: int) -> HttpResponse:
    """Take an activity off the record ``?on=``, with Undo."""
    _post_only(request)
    record = records.parse(request.GET.get("on", ""))
    services.move(request.actor, pk, off=record)
    undo = Undo(reverse("activity-move", args=[pk]), {"onto": records.key(record)})
    return _said(_("Unlinked"), undo)


def move(request: DeskRequest, pk: int) -> HttpResponse:
    """Move an activity from ``?on=`` to another record; POST ``onto``. Undo moves it back."""
    request.actor.require(Permission.ACTIVITIES_EDIT)
    row = seen(request.actor).pick(request.actor, pk)
    here = request.GET.get("on", "")
    if request.method != "POST":
        return render(request, "activities/move.html", {"activity": row, "action": request.get_full_path()})
    if not request.POST.get("onto"):
        shown = {"activity": row, "action": request.get_full_path(), "error": _("Choose where it belongs.")}
        return render(request, "activities/move.html", shown, status=422)
    off, onto = records.parse(here) if here else None, records.parse(request.POST["onto"])
    if off == onto:
        return close_sheet(_("It stands there already"))
    services.move(request.actor, pk, off=off, onto=onto)
    text = _("Moved to {record}").format(record=records.find(request.actor, onto))
    back = f"{reverse('activity-move', args=[pk])}?on={records.key(onto)}"
    undo = Undo(back, {"onto": records.key(off)}) if off else None
    response = parts.trigger(HttpResponse(status=204), sheet_close={}, activity_changed={})
    return parts.toast(response, text, undo)


def trash(request: DeskRequest, pk: int) -> HttpResponse:
    """POST: throw one into the trash, with Undo; ``?undo=1`` gives it back."""
    _post_only(request)
    undo = bool(request.GET.get("undo"))
    row = shelving.trash_activity(request.actor, pk, undo=undo)
    back = Undo(f"{reverse('activity-trash', args=[pk])}{'' if undo else '?undo=1'}", {})
    said = _("“{name}” is back") if undo else _("“{name}” is in the trash")
    return _said(said.format(name=row), back)


def trash_file(request: DeskRequest, pk: int) -> HttpResponse:
    """POST: the same for a file of one; the answer is empty and takes its place in the sheet."""
    _post_only(request)
    undo = bool(request.GET.get("undo"))
    row = shelving.trash_file(request.actor, pk, undo=undo)
    back = Undo(f"{reverse('file-trash', args=[pk])}{'' if undo else '?undo=1'}", {})
    said = _("“{name}” is back") if undo else _("“{name}” is in the trash")
    return parts.toast(parts.trigger(HttpResponse(), activity_changed={}), said.format(name=row), back)


def show(request: DeskRequest, pk: int) -> HttpResponse:
    """Where an activity stands: the timeline of its document, else of its first record; one that stands on none is read here,
    and filed."""
    row = seen(request.actor).pick(request.actor, pk)
    links = sorted(row.links.all(), key=lambda link: (link.record_kind != "document", link.pk))
    links = [link for link in links if _there(request.actor, link)]
    if not links and row.kind == ActivityKind.EVENT:
        return redirect("calendar")
    if not links:
        shown = {
            "activity": row,
            "mails": row.messages.order_by("at", "id")[:50],
            "may_edit": request.actor.may(Permission.ACTIVITIES_EDIT),
        }
        return parts.page(request, "activities/alone.html", shown)
    tab = "open" if row.status == ActivityStatus.OPEN else "history"
    return redirect(records.timeline(request.actor, Record(links[0].record_kind, links[0].record_id), tab))


def _there(actor: Actor, link: Link) -> bool:
    """Whether the record has a page: a document in the trash has none."""
    return link.record_kind != "document" or Document.objects.of(actor).filter(pk=link.record_id).exists()


def again(request: DeskRequest, pk: int) -> HttpResponse:
    """Send a mail that failed once more."""
    _post_only(request)
    send_again(request.actor, pk)
    return _said(_("The mail is on its way again"))


def find(actor: Actor, words: str, limit: int) -> list[Hit]:
    """Activities by the words of their subject, newest first."""
    rows = queries.by_subject(actor, words, limit)
    icons: Mapping[str, str] = {k.key: k.icon for k in KINDS}
    return [
        Hit(reverse("activity", args=[row.pk]), str(row), row.get_kind_display(), icons.get(row.kind, "list"))
        for row in rows
    ]


section = Section(
    urls=[
        path("activities/<int:pk>/", show, name="activity"),
        path("activities/add/<str:kind>/", add, name="activity-add"),
        path("activities/<int:pk>/edit/", edit, name="activity-edit"),
        path("activities/<int:pk>/status/", status, name="activity-status"),
        path("activities/<int:pk>/unlink/", unlink, name="activity-unlink"),
        path("activities/<int:pk>/move/", move, name="activity-move"),
        path("activities/<int:pk>/trash/", trash, name="activity-trash"),
        path("files/<int:pk>/trash/", trash_file, name="file-trash"),
        path("activities/pulse/<str:record>/", pulse, name="activity-pulse"),
        path("messages/<int:pk>/again/", again, name="message-again"),
    ],
    search=(SearchSource(gettext_lazy("Activities"), Permission.ACTIVITIES_VIEW, find),),
)
