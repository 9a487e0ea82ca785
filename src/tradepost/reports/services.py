"""Verbs of saved reports: keep, share, mail by a rhythm, throw away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.kit import clock
from tradepost.kit.errors import Invalid, Refused
from tradepost.kit.text import fold_email
from tradepost.reports import engine
from tradepost.reports.models import ReportPost, Rhythm, SavedReport
from tradepost.reports.rules import Query, resumed_on, upcoming

MOST_RECIPIENTS = 20


def saved(actor: Actor) -> ScopedQuerySet[SavedReport]:
    """One's own, and those that are shared."""
    mine = Q(owner_id=actor.user_id, owner__isnull=False) | Q(shared=True)
    return SavedReport.objects.of(actor).filter(mine).select_related("owner", "organisation").order_by("name")


def save(
    actor: Actor,
    name: str,
    query: Query,
    *,
    saved_id: int | None = None,
    shared: bool = False,
    rhythm: str = "",
    hour: int = 7,
    recipients: Sequence[str] = (),
) -> SavedReport:
    """Keep a report under a name; with a ``rhythm`` it is mailed to ``recipients`` at that hour of the company's day.

    Mailing carries data out of the house and asks for the permission to export.
    """
    if actor.user_id is None:
        raise Refused(_("a report belongs to a person, and nobody is signed in"))
    engine.run(actor, query)
    addresses = _checked(name, rhythm, hour, recipients)
    if rhythm:
        actor.require(Permission.EXPORT)
    try:
        with transaction.atomic():
            row = SavedReport(organisation_id=actor.organisation_id, owner_id=actor.user_id)
            before: Mapping[str, Any] = {}
            if saved_id is not None:
                row = SavedReport.objects.pick_for_change(actor, saved_id, owner_id=actor.user_id)
                before = audit.snapshot(row)
            row.name, row.report, row.query, row.shared = name.strip(), query.report, query.as_json(), shared
            row.rhythm, row.hour, row.recipients, row.problem = rhythm, hour, addresses, ""
            row.paused = row.paused and bool(rhythm)
            row.save()
            audit.record(actor, "report.save", row, dict(before))
    except IntegrityError:
        raise Invalid(
            fields={"name": _("You have a report “{name}” already.").format(name=name.strip())}
        ) from None
    return row


def _checked(name: str, rhythm: str, hour: int, recipients: Sequence[str]) -> list[str]:
    problems: dict[str, str] = {}
    if not 0 < len(name.strip()) <= 100:
        problems["name"] = _("Give the report a name of at most 100 characters.")
    if rhythm not in Rhythm.values:
        problems["rhythm"] = _("“{rhythm}” is not one of: {known}.").format(
            rhythm=rhythm, known=", ".join(filter(None, Rhythm.values))
        )
    if not 0 <= hour <= 23:
        problems["hour"] = _("An hour is a number from 0 to 23.")
    addresses = list(dict.fromkeys(fold_email(one) for one in recipients if one.strip()))
    for address in addresses:
        try:
            validate_email(address)
        except ValidationError:
            problems["recipients"] = _("“{address}” is not an e-mail address.").format(address=address)
    if len(addresses) > MOST_RECIPIENTS:
        problems["recipients"] = _("At most {most} addresses get a report.").format(most=MOST_RECIPIENTS)
    if rhythm and not addresses and "recipients" not in problems:
        problems["recipients"] = _("Enter at least one address, or do not mail the report.")
    if problems:
        raise Invalid(fields=problems)
    return addresses


def pause(actor: Actor, saved_id: int, paused: bool = True) -> SavedReport:
    """Hold the mails of a report of one's own, or let them go on with the next turn; what was missed is not sent."""
    with transaction.atomic():
        row = SavedReport.objects.pick_for_change(actor, saved_id, owner_id=actor.user_id)
        if not row.rhythm:
            raise Invalid(
                fields={"rhythm": _("“{row}” is not mailed. Choose how often first.").format(row=row.name)}
            )
        if row.paused == paused:
            return row
        before = audit.snapshot(row)
        row.paused = paused
        if not paused:
            actor.require(Permission.EXPORT)
            row.posted_on, row.problem = resumed_on(row.hour, _local(row)), ""
        row.save()
        audit.record(actor, "report.pause" if paused else "report.resume", row, before)
    return row


def _local(row: SavedReport) -> datetime:
    return clock.now().astimezone(ZoneInfo(row.organisation.time_zone))


def next_post(row: SavedReport) -> datetime | None:
    """When it is mailed next, at the company; None: it is not."""
    return None if row.paused else upcoming(row.rhythm, row.hour, row.posted_on, _local(row))


def posts(actor: Actor, saved_id: int, limit: int = 30) -> list[ReportPost]:
    """The last mails of a report that one sees, the newest first, those that failed too."""
    row = saved(actor).pick(actor, saved_id)
    return list(ReportPost.objects.of(actor).filter(report=row).order_by("-at", "-id")[:limit])


def remove(actor: Actor, saved_id: int) -> None:
    """Throw a report of one's own away."""
    with transaction.atomic():
        row = SavedReport.objects.pick_for_change(actor, saved_id, owner_id=actor.user_id)
        audit.record(actor, "report.remove", row, audit.snapshot(row), {})
        row.delete()
