"""Verbs on activities: note, call, task, event, files, links, and e-mails as the mail bridge brings them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import override

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Membership
from tradepost.activities import sniff
from tradepost.activities.models import (
    Activity,
    ActivityKind,
    ActivityStatus,
    Attachment,
    Link,
    Message,
    Visibility,
)
from tradepost.activities.queries import visible
from tradepost.activities.records import Record
from tradepost.catalog.models import Item
from tradepost.jobs.services import notify
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid, Missing, NotOnesOwn, unknown_fields
from tradepost.people.kinds import SHAPES
from tradepost.sales.models import Document
from tradepost.wire import storage

RECORD_MODELS: dict[str, Any] = {
    **{kind: shape.model for kind, shape in SHAPES.items()},
    "document": Document,
    "item": Item,
}
BESIDE = ("customer", "vendor", "contact")  # an activity stands on these of its record too (X2)


@dataclass(frozen=True, slots=True)
class File:
    """A file to attach, as it came."""

    name: str
    content: bytes
    content_type: str = ""
    content_id: str = ""
    inline: bool = False


def check_records(actor: Actor, records: Iterable[Record]) -> None:
    """Every record exists in the actor's company; ``Missing`` otherwise."""
    for record in records:
        model = RECORD_MODELS.get(record.kind)
        if model is None or not model.objects.of(actor).filter(pk=record.id).exists():
            raise Missing(f"{record.kind} {record.id}")


def beside(kind: str) -> tuple[str, ...]:
    """The parties that a kind of record names, such as a document its customer and contact."""
    columns = {field.name for field in RECORD_MODELS[kind]._meta.concrete_fields}
    return tuple(name for name in BESIDE if name in columns)


def around(records: Iterable[Record]) -> list[Record]:
    """The records, and those an activity on them stands on too: a document's customer and contact (X2)."""
    found = dict.fromkeys(records)
    for kind in {r.kind for r in found}:
        if names := beside(kind):
            ids = [r.id for r in found if r.kind == kind]
            for keys in (
                RECORD_MODELS[kind].objects.filter(pk__in=ids).values_list(*(f"{n}_id" for n in names))
            ):
                found |= {Record(name, pk): None for name, pk in zip(names, keys, strict=True) if pk}
    return list(found)


def open_activity(
    actor: Actor,
    kind: ActivityKind,
    records: Sequence[Record],
    *,
    subject: str = "",
    text: str = "",
    at: datetime | None = None,
    status: ActivityStatus = ActivityStatus.DONE,
    visibility: Visibility = Visibility.ALL,
    owner_id: int | None = None,
    parent_id: int | None = None,
    **times: Any,
) -> Activity:
    """Write an activity and put it on its records. Called inside a transaction by the verbs here and by the bridges."""
    activity = Activity.objects.create(
        organisation_id=actor.organisation_id,
        kind=kind,
        status=status,
        subject=subject[:500],
        text=text,
        at=at or clock.now(),
        visibility=visibility,
        owner_id=owner_id if owner_id is not None else actor.user_id,
        parent_id=parent_id,
        **times,
    )
    put_on(activity, around(records))
    return activity


def put_on(activity: Activity, records: Iterable[Record]) -> None:
    Link.objects.bulk_create(
        [
            Link(
                organisation_id=activity.organisation_id,
                activity=activity,
                record_kind=r.kind,
                record_id=r.id,
                at=activity.at,
                open=activity.status == ActivityStatus.OPEN,
            )
            for r in records
        ],
        ignore_conflicts=True,
    )


def held_by(activity: Activity, user_ids: Iterable[int], *, everybody: bool = False) -> None:
    """Say who has all of it in a mailbox of his own, and so sees it whoever owns it; or that everybody reaches it.

    What is true of a conversation is no longer true once a mail is appended that one of them did not get.
    """
    if everybody:
        Activity.objects.filter(pk=activity.pk).update(visibility=Visibility.ALL, version=F("version") + 1)
        activity.visibility = Visibility.ALL
    activity.holders.set(user_ids)


def touch(activity: Activity, at: datetime) -> None:
    """A newer message moves its activity up every timeline it stands on."""
    if at > activity.at:
        activity.at = at
        Activity.objects.filter(pk=activity.pk).update(at=at, version=F("version") + 1)
        Link.objects.filter(activity=activity).update(at=at)


def add_activity(
    actor: Actor,
    kind: ActivityKind,
    record: Record,
    values: dict[str, Any],
) -> Activity:
    """Note, log a call, add a memo, task or event (A17) on a record. Memos, tasks, events and what has a due date are open; notes
    and calls that were made are done. With ``owner_id`` it is somebody else's to do, who finds it at the bell."""
    actor.require(Permission.ACTIVITIES_EDIT)
    check_records(actor, [record])
    fields = _checked(kind, values)
    _check_owner(actor, fields)
    status = ActivityStatus.OPEN if kind in PLANNED or fields.get("due") else ActivityStatus.DONE
    with transaction.atomic():
        activity = open_activity(actor, kind, [record], status=status, **fields)
        audit.record(actor, f"{kind}.add", activity)
        _tell(actor, activity)
    return activity


PLANNED = (ActivityKind.TASK, ActivityKind.EVENT, ActivityKind.MEMO)


def _check_owner(actor: Actor, values: dict[str, Any], visibility: str = Visibility.ALL) -> None:
    """Whom it is assigned to works here, and whoever assigns it goes on seeing it. Raises ``Invalid``."""
    owner = values.get("owner_id", actor.user_id)
    if owner == actor.user_id:
        return
    if not Membership.objects.of(actor).filter(user_id=owner or 0, ended_at=None).exists():
        raise Invalid(fields={"owner_id": _("It can be assigned to a user of your company.")})
    if values.get("visibility", visibility) == Visibility.OWNER:
        raise Invalid(
            fields={"visibility": _("What is assigned to somebody else cannot be seen by you alone.")}
        )


def _tell(actor: Actor, activity: Activity) -> None:
    """Whoever was given something to do by somebody else finds it at the bell."""
    if activity.owner_id not in (None, actor.user_id):
        with override("en"):  # whoever reads it has a language of their own
            title = _("{kind} for you: {subject}").format(kind=activity.get_kind_display(), subject=activity)
        link = f"/activities/{activity.pk}/"
        notify(
            activity.organisation_id, f"assigned:{activity.pk}", title, user_id=activity.owner_id, link=link
        )


def _checked(kind: ActivityKind, values: dict[str, Any]) -> dict[str, Any]:
    allowed = {"subject", "text", "due", "starts", "ends", "all_day", "visibility", "at", "owner_id"}
    if unknown := values.keys() - allowed:
        raise unknown_fields(unknown, sorted(allowed))
    problems: dict[str, str] = {}
    if kind is ActivityKind.EMAIL:
        problems["kind"] = _("An e-mail is sent, not added. Use Send Email.")
    if not (values.get("subject") or values.get("text") or "").strip():
        problems["subject"] = _("Write a subject or a text.")
    starts, ends = values.get("starts"), values.get("ends")
    if kind is ActivityKind.EVENT and not starts:
        problems["starts"] = _("Say when the event starts.")
    if starts and ends and ends < starts:
        problems["ends"] = _("The event ends before it starts.")
    if values.get("visibility") not in (None, *Visibility.values):
        problems["visibility"] = _("Choose one of: {known}.").format(known=", ".join(Visibility.values))
    if problems:
        raise Invalid(fields=problems)
    return {k: v for k, v in values.items() if v is not None}


def change_activity(
    actor: Actor, activity_id: int, values: dict[str, Any], *, version: int | None = None
) -> Activity:
    """Change a note, call, task or event. A message's own words are never changed, only who sees it."""
    actor.require(Permission.ACTIVITIES_EDIT)
    with transaction.atomic():
        activity = Activity.objects.filter(visible(actor)).pick_for_change(actor, activity_id, version)
        if activity.kind == ActivityKind.EMAIL and values.keys() - {"visibility"}:
            raise Conflict(_("An e-mail cannot be changed."), cure=_("Write a note beside it instead."))
        before = audit.snapshot(activity)
        merged = {
            "subject": activity.subject,
            "text": activity.text,
            "starts": activity.starts,
            "ends": activity.ends,
        }
        if activity.kind != ActivityKind.EMAIL:
            _checked(ActivityKind(activity.kind), {**merged, **values})
        if (
            "visibility" in values
            and activity.owner_id != actor.user_id
            and activity.visibility == Visibility.OWNER
        ):
            raise NotOnesOwn(_("Only its owner may share it."))
        given_away = values.get("owner_id", activity.owner_id) != activity.owner_id
        if given_away:
            _check_owner(actor, values, activity.visibility)
            if activity.kind == ActivityKind.EVENT:
                raise Conflict(
                    _("An event is its owner's."), cure=_("Invite the other one, or add another event.")
                )
        for key, value in values.items():
            setattr(activity, key, value)
        activity.version += 1
        activity.save()
        audit.record(actor, "activity.change", activity, before)
        if given_away:
            _tell(actor, activity)
    return activity


def set_status(actor: Actor, activity_id: int, status: ActivityStatus) -> Activity:
    """Complete, cancel or reopen an open activity; the same verb undoes it."""
    actor.require(Permission.ACTIVITIES_EDIT)
    with transaction.atomic():
        activity = Activity.objects.filter(visible(actor)).pick_for_change(actor, activity_id)
        before = audit.snapshot(activity)
        activity.status = status
        activity.version += 1
        activity.save(update_fields=["status", "version", "updated_at"])
        activity.links.update(open=status == ActivityStatus.OPEN)
        audit.record(actor, "activity.status", activity, before)
    return activity


def _standing(activity: Activity) -> list[str]:
    return [f"{link.record_kind} {link.record_id}" for link in activity.links.order_by("pk")]


def move(
    actor: Actor, activity_id: int, *, off: Record | None = None, onto: Record | None = None
) -> Activity:
    """Take an activity off a record, put it on another one, or both: the cure for mail that landed wrong (pain 5)."""
    actor.require(Permission.ACTIVITIES_EDIT)
    with transaction.atomic():
        activity = Activity.objects.filter(visible(actor)).pick_for_change(actor, activity_id)
        before = {"records": _standing(activity)}
        if onto is not None:
            check_records(actor, [onto])
            put_on(activity, around([onto]))
        if off is not None:
            keep = {(r.kind, r.id) for r in around([onto])} if onto else set()
            gone = around([off])
            for record in gone:
                if (record.kind, record.id) not in keep:
                    activity.links.filter(record_kind=record.kind, record_id=record.id).delete()
        after = {"records": _standing(activity)}
        audit.record(actor, "activity.move", activity, before, after)
    return activity


# -- files and messages ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kept:
    """A file whose bytes lie in the storage already, so that a transaction has only a row to write."""

    name: str
    content_type: str
    size: int
    sha256: str
    key: str
    content_id: str = ""
    inline: bool = False


def keep_file(organisation_id: int, file: File) -> Kept:
    """Store a file's bytes. Larger ones than the cap are refused with a sentence. Called outside a transaction."""
    if len(file.content) > settings.ATTACHMENT_MAX_BYTES:
        limit = settings.ATTACHMENT_MAX_BYTES // 2**20
        raise Invalid(
            fields={
                "files": _("“{file}” is larger than {limit} MB. Send a link instead.").format(
                    file=file.name, limit=limit
                )
            }
        )
    key, digest = storage.keep(organisation_id, file.content)
    kind = sniff.content_type(file.name, file.content_type, file.content)
    return Kept(file.name[:255], kind, len(file.content), digest, key, file.content_id[:255], file.inline)


def attach(activity: Activity, files: Iterable[Kept], message: Message | None = None) -> list[Attachment]:
    """Put kept files on an activity; callers ask permission."""
    return list(
        Attachment.objects.bulk_create(
            [
                Attachment(
                    organisation_id=activity.organisation_id,
                    activity=activity,
                    message=message,
                    name=file.name,
                    content_type=file.content_type,
                    size=file.size,
                    sha256=file.sha256,
                    key=file.key,
                    content_id=file.content_id,
                    inline=file.inline,
                )
                for file in files
            ]
        )
    )


def add_files(actor: Actor, activity_id: int, files: Iterable[File]) -> list[Attachment]:
    """Put files on an activity that the actor sees."""
    actor.require(Permission.ACTIVITIES_EDIT)
    kept = [keep_file(actor.organisation_id, file) for file in files]
    with transaction.atomic():
        activity = Activity.objects.filter(visible(actor)).pick_for_change(actor, activity_id)
        rows = attach(activity, kept)
        audit.record(actor, "activity.files", activity, {}, {"files": [r.name for r in rows]})
    return rows
