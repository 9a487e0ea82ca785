"""Activities as the entries of a timeline. Pure but for addresses: rows in, frozen entries out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tradepost.accounts.access import Actor, Permission
from tradepost.activities.models import (
    Activity,
    ActivityKind,
    ActivityStatus,
    Attachment,
    Message,
    Visibility,
)
from tradepost.activities.records import Record
from tradepost.activities.services import PLANNED
from tradepost.web.parts import Entry, File, Kind, Text
from tradepost.web.records import key
from tradepost.web.sentences import told

KINDS = (
    Kind("", gettext_lazy("All"), "list"),
    Kind("email", gettext_lazy("E-mail"), "mail"),
    Kind("call", gettext_lazy("Calls"), "phone"),
    Kind("note", gettext_lazy("Notes"), "sticky-note"),
    Kind("memo", gettext_lazy("Memos"), "message-square"),
    Kind("task", gettext_lazy("Tasks"), "circle-check-big"),
    Kind("event", gettext_lazy("Events"), "calendar-days"),
)
MATCHED: dict[str, Text] = {
    "hop": gettext_lazy("the token in the Message-ID it answers"),
    "message-id": gettext_lazy("the Message-ID it answers"),
    "reference": gettext_lazy("its References"),
    "reply-address": gettext_lazy("the address it was sent to"),
    "provider-thread": gettext_lazy("the provider's thread"),
    "outlook-conversation": gettext_lazy("Outlook's conversation"),
    "subject": gettext_lazy("the number in its subject and its participants"),
    "contact": gettext_lazy("the contact's address"),
    "bounce": gettext_lazy("the message that bounced"),
}
_REMOTE_IMAGE = re.compile(r"<img[^>]+src\s*=\s*[\"']?\s*(?:https?:)?//|url\(\s*[\"']?(?:https?:)?//", re.I)


def entries(actor: Actor, rows: Iterable[Activity], record: Record) -> list[Entry]:
    """One entry an activity; an e-mail's entry is its newest message, with the earlier ones folded inside."""
    may = actor.may(Permission.ACTIVITIES_EDIT)
    return [_mail(actor, row, record) if row.kind == ActivityKind.EMAIL else _plain(row, may) for row in rows]


def _mail(actor: Actor, activity: Activity, record: Record) -> Entry:
    messages = list(activity.messages.all())
    if not messages:
        return _plain(activity, actor.may(Permission.ACTIVITIES_EDIT))
    *earlier, newest = messages
    may_send, may_edit = actor.may(Permission.MAIL_SEND), actor.may(Permission.ACTIVITIES_EDIT)
    on = f"?on={key(record)}"
    own = {
        "private": activity.visibility != Visibility.ALL,
        "edit_url": reverse("activity-edit", args=[activity.pk]) + on if may_edit else "",
        "move_url": reverse("activity-move", args=[activity.pk]) + on if may_edit else "",
        "unlink_url": reverse("activity-unlink", args=[activity.pk]) + on if may_edit else "",
        "earlier": [_message(m, record, may_send) for m in reversed(earlier)],
    }
    loose = [_file(f) for f in activity.attachments.all()]
    return _message(newest, record, may_send, version=activity.version, loose=loose, **own)


def _message(
    message: Message,
    record: Record,
    may_send: bool,
    *,
    version: int = 0,
    loose: Iterable[File] = (),
    **own: Any,
) -> Entry:
    answer = f"{reverse('compose')}?on={key(record)}&"
    framed = bool(message.html) and not message.quoted
    frame = reverse("message-frame", args=[message.pk])
    files = [_file(f) for f in message.attachments.all() if not f.inline]
    several = len(message.to) + len(message.cc) > 1
    mark = f"m{message.pk}-{version}-{message.state}-{len(files)}"
    return Entry(
        id=mark,
        kind="email_out" if message.outgoing else "email_in",
        at=message.at,
        title=message.subject or _("(no subject)"),
        who=_name(message.sender),
        to=", ".join(_name(one) for one in [*message.to, *message.cc]),
        text=message.text,
        quoted=message.quoted,
        frame_url=frame if framed else "",
        formatted_url=frame if message.html and not framed else "",
        images_url=f"{frame}?images=1" if framed and _REMOTE_IMAGE.search(message.html) else "",
        files=[*files, *loose],
        state=message.state if message.state != "received" else "",
        state_label=message.get_state_display(),
        state_reason=message.state_reason,
        again_url=reverse("message-again", args=[message.pk])
        if may_send and message.state == "failed"
        else "",
        why=_why(message),
        reply_url=f"{answer}reply={message.pk}" if may_send else "",
        case_url=f"{reverse('case-new')}?mail={message.pk}"
        if not message.outgoing and record.kind != "case"
        else "",
        reply_all_url=f"{answer}reply={message.pk}&all=1" if may_send and several else "",
        forward_url=f"{answer}forward={message.pk}" if may_send else "",
        **own,
    )


def _why(message: Message) -> str:
    by = MATCHED.get(message.matched_by)
    return " ".join(
        filter(None, [told(message.reason), _("Recognised by {mark}.").format(mark=by) if by else ""])
    )


def _plain(activity: Activity, may: bool) -> Entry:
    done = activity.status == ActivityStatus.DONE
    plan = activity.kind in PLANNED or activity.due is not None
    own = activity.kind not in (
        ActivityKind.EVENT,
        ActivityKind.EMAIL,
    )  # an event is deleted on its own sheet
    edit = "event-edit" if activity.kind == ActivityKind.EVENT else "activity-edit"
    status = reverse("activity-status", args=[activity.pk])
    files = [_file(f) for f in activity.attachments.all()]
    return Entry(
        id=f"a{activity.pk}-{activity.version}-{len(files)}",
        kind=activity.kind,
        at=activity.at,
        title=activity.subject or activity.text.partition("\n")[0][:80] or activity.get_kind_display(),
        who=str(activity.owner or ""),
        text=activity.text if activity.subject else "",
        files=files,
        meta=_when(activity),
        edit_url=reverse(edit, args=[activity.pk]),
        done_url=f"{status}?to=done" if plan and not done else "",
        reopen_url=f"{status}?to=open" if plan and activity.status != ActivityStatus.OPEN else "",
        private=activity.visibility != Visibility.ALL,
        trash_url=reverse("activity-trash", args=[activity.pk]) if may and own else "",
    )


def _when(activity: Activity) -> str:
    if activity.starts:
        return _span(activity.starts, activity.ends, activity.all_day)
    if activity.due:
        return _("due {day}").format(
            day=date_format(timezone.localtime(activity.due), "MONTH_DAY_TIME_FORMAT")
        )
    return ""


def _span(starts: datetime, ends: datetime | None, all_day: bool) -> str:
    first = timezone.localtime(starts)
    if all_day:
        return _("{day}, all day").format(day=date_format(first, "MONTH_DAY_FORMAT"))
    until = f"–{date_format(timezone.localtime(ends), 'H:i')}" if ends else ""
    return f"{date_format(first, 'MONTH_DAY_TIME_FORMAT')}{until}"


def _file(row: Attachment) -> File:
    calendar = row.content_type == "text/calendar" or row.name.lower().endswith(".ics")
    accept = reverse("event-accept", args=[row.pk]) if calendar else ""
    return File(row.name, row.size, reverse("file", args=[row.pk]), accept)


def _name(person: dict[str, str]) -> str:
    return person.get("name") or person.get("email") or ""
