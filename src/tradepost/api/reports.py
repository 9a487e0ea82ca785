"""Reports as figures, and those that were saved."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Query as Asked
from ninja import Router, Schema, Status

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, anyone_signed_in, compared, needs
from tradepost.api.schema import Id, In
from tradepost.reports import engine, services
from tradepost.reports.catalogue import REPORTS
from tradepost.reports.models import ReportPost, SavedReport
from tradepost.reports.rules import Query

router = Router(tags=["Reports"])
Period = Literal["all", "month", "last_month", "quarter", "year", "last_year", "30_days", "days"]


class ReportOut(Schema):
    key: str
    label: str
    about: str
    dimensions: list[str]
    measures: list[str]
    filters: list[str]


class Wanted(In):
    """``group`` has at most three of the report's dimensions; ``sort`` is a column, with ``-`` before it descending.
    ``where`` filters by tag and custom field, each any number of times: ``customer.tag:VIP``, ``custom.web_order:W-1``.
    ``currency``: ``company`` for all in the company's, each document at its own rate. ``days`` and ``cover_days`` are of the
    reorder proposal: by sales of so many days, to last for so many."""

    group: list[str] = []
    period: Period = "year"
    first: dt.date | None = None
    last: dt.date | None = None
    sort: str = ""
    customer_id: Id | None = None
    owner_id: Id | None = None
    item_id: Id | None = None
    vendor_id: Id | None = None
    location_id: Id | None = None
    days: int | None = None
    cover_days: int | None = None
    channel: str | None = None
    class_name: str | None = None
    customer_type: str | None = None
    tag: str | None = None
    where: list[str] = []
    currency: Literal["", "company"] = ""

    def query(self, report: str) -> Query:
        named = {"customer_id", "owner_id", "item_id", "vendor_id", "location_id", "days", "cover_days"}
        named |= {"channel", "customer_type", "tag"}
        filters = self.model_dump(include=named, exclude_none=True)
        if self.class_name is not None:
            filters["class"] = self.class_name
        for one in self.where:
            key, _colon, value = one.partition(":")
            filters[key] = value
        return Query(
            report, tuple(self.group), self.period, self.first, self.last, filters, self.sort, self.currency
        )


class Figures(Schema):
    """``rows`` and ``totals`` have a value a column; money and quantities are decimal numbers as text. The last column is
    the currency: amounts of different ones are never added. ``missing``: so many documents have no exchange rate and are
    not counted."""

    columns: list[str]
    rows: list[list[Any]]
    totals: list[list[Any]]
    first: dt.date | None
    last: dt.date | None
    cut: bool
    missing: int


@router.get("reports", response=list[ReportOut])
@anyone_signed_in
def list_reports(request: Call) -> list[dict[str, Any]]:
    """The reports that the caller may see, with what they can be grouped by."""
    return [
        {
            "key": r.key,
            "label": str(r.label),
            "about": str(r.about),
            "dimensions": [d.key for d in engine.dimensions_of(request.actor, r)],
            "measures": [m.key for m in r.measures],
            "filters": sorted(engine.filters_of(request.actor, r)),
        }
        for r in REPORTS.values()
        if request.actor.may(r.permission)
    ]


@router.get("reports/{key}", response=Figures)
@anyone_signed_in
def get_report(request: Call, key: str, wanted: Asked[Wanted]) -> dict[str, Any]:
    """A report, grouped and filtered. Each asks for the permission to see what it is about."""
    result = engine.run(request.actor, wanted.query(key))
    return {
        "columns": [*(c.key for c in result.columns), "currency"],
        "rows": result.rows,
        "totals": result.totals,
        "first": result.first,
        "last": result.last,
        "cut": result.cut,
        "missing": result.missing,
    }


@router.get("reports/{key}/file")
@needs(Permission.EXPORT)
def get_report_file(
    request: Call, key: str, wanted: Asked[Wanted], form: Literal["csv", "xlsx"] = "csv"
) -> HttpResponse:
    """All rows of it as CSV or XLSX, up to 200,000; what has more is refused (409)."""
    result = engine.whole(request.actor, wanted.query(key))
    write = engine.as_csv if form == "csv" else engine.as_xlsx
    return HttpResponse(write(request.actor, result), content_type="application/octet-stream")


class SavedIn(In):
    """``rhythm``: daily, weekly, monthly or empty; mailed at ``hour`` of the company's day to ``recipients``."""

    name: str
    report: str
    query: Wanted = Wanted()
    shared: bool = False
    rhythm: Literal["", "daily", "weekly", "monthly"] = ""
    hour: int = 7
    recipients: list[str] = []


class SavedOut(Schema):
    id: int
    name: str
    report: str
    query: dict[str, Any]
    shared: bool
    rhythm: str
    hour: int
    recipients: list[str]
    posted_on: dt.date | None
    paused: bool
    next_at: dt.datetime | None
    problem: str

    @staticmethod
    def resolve_next_at(row: SavedReport) -> dt.datetime | None:
        return services.next_post(row)


class Paused(In):
    paused: bool = True


class PostOut(Schema):
    """``problem`` is empty where it was mailed."""

    at: dt.datetime
    recipients: list[str]
    problem: str


@router.get("saved-reports", response=list[SavedOut])
@anyone_signed_in
def list_saved_reports(request: Call) -> list[SavedReport]:
    """One's own, and those that are shared."""
    return list(services.saved(request.actor))


@router.post("saved-reports", response={201: SavedOut})
@anyone_signed_in
def save_report(request: Call, body: SavedIn) -> Status[Any]:
    """Keep a report under a name, and have it mailed."""
    return Status(201, _saved(request, body, None))


@router.get("saved-reports/{int:id}", response=SavedOut)
@anyone_signed_in
def get_saved_report(request: Call, id: Id) -> SavedReport:
    """One of one's own, or one that is shared."""
    return services.saved(request.actor).pick(request.actor, id)


@router.put("saved-reports/{int:id}", response=SavedOut)
@compared
@anyone_signed_in
def change_saved_report(request: Call, id: Id, body: SavedIn) -> SavedReport:
    """Replace a report of one's own."""
    return _saved(request, body, id)


def _saved(request: Call, body: SavedIn, id: int | None) -> SavedReport:
    values = body.model_dump(exclude={"name", "report", "query"})
    return services.save(request.actor, body.name, body.query.query(body.report), saved_id=id, **values)


@router.put("saved-reports/{int:id}/paused", response=SavedOut)
@anyone_signed_in
def pause_saved_report(request: Call, id: Id, body: Paused) -> SavedReport:
    """Hold the mails of a report of one's own, or let them go on with the next turn."""
    return services.pause(request.actor, id, body.paused)


@router.get("saved-reports/{int:id}/posts", response=list[PostOut])
@anyone_signed_in
def list_posts_of_saved_report(request: Call, id: Id) -> list[ReportPost]:
    """The last thirty mails of a report, the newest first, those that failed too."""
    return services.posts(request.actor, id)


@router.delete("saved-reports/{int:id}", response={204: None})
@anyone_signed_in
def remove_saved_report(request: Call, id: Id) -> Status[None]:
    """Throw a report of one's own away."""
    services.remove(request.actor, id)
    return Status(204, None)
