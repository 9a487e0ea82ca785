"""Imports of files, their dry run and their undo; and the export of everything."""

from __future__ import annotations

from datetime import datetime
from tempfile import TemporaryFile
from typing import Any, Literal

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from tradepost.accounts.access import Permission
from tradepost.api.call import Call, anyone_signed_in, asks, compared, needs
from tradepost.api.paging import page
from tradepost.api.schema import Id, In, Page, Window, Words
from tradepost.exchange import export, outgoing, services
from tradepost.exchange.columns import columns_of
from tradepost.exchange.kinds import KINDS
from tradepost.exchange.models import Action, ImportRun, RunState

router = Router(tags=["Import and export"])


class ImportOut(Schema):
    """``heading`` is the number of the row that names the columns, 0 where there is none; ``sheets`` are those of a
    workbook. ``mapping`` is field → column, counted from 0. ``counts`` is what became, or would become, of how many rows.
    ``job_id`` is the job whose progress ``/jobs`` tells."""

    id: int
    kind: str
    name: str
    state: RunState
    encoding: str
    separator: str
    sheet: str
    sheets: list[str]
    heading: int
    columns: list[str]
    mapping: dict[str, int]
    day_first: bool
    language: str
    rows: int
    done: int
    counts: dict[str, int]
    message: str
    job_id: int | None
    created_at: datetime
    ended_at: datetime | None


class RowOut(Schema):
    number: int
    action: Action
    label: str
    cause: str
    cure: str
    record_id: int | None


class Columns(In):
    """Which column is which field: by its place, counted from 0, or by its name. With ``sheet`` or ``heading`` the file is
    read again and its columns are recognised anew, before ``mapping``."""

    mapping: dict[str, int | str] | None = None
    sheet: str | None = None
    heading: int | None = None
    day_first: bool | None = None
    language: str | None = None


@router.get("imports", response=Page[ImportOut])
@anyone_signed_in
def list_imports(
    request: Call,
    window: Query[Window],
    kind: Words = "",
    state: RunState | None = None,
    sort: Literal["created_at", "-created_at", "name", "-name", "kind", "-kind"] = "-created_at",
) -> dict[str, Any]:
    """Imports of the kinds of records that the caller may change."""
    rows = services.runs(request.actor)
    rows = rows.filter(kind=kind) if kind else rows
    return page(rows.filter(state=state) if state else rows, window, sort)


@router.post("imports", response={201: ImportOut})
@asks(*(kind.permission for kind in KINDS.values()), by="by the kind of import")
@anyone_signed_in
def create_import(
    request: Call, response: HttpResponse, files: File[list[UploadedFile]], kind: Form[str] = "customer"
) -> ImportRun:
    """Upload one CSV or XLSX file of a ``kind``: customer, contact, vendor, reach, address, lead, opportunity, case,
    project, item, part, unit, barcode, location, stock, level, price, offer, order, quote, invoice, purchase_quote, purchase_order, bill, credit_note, vendor_credit,
    payment, bill_payment, rma, shipment, user, category, price_level, list_value, tax, item_tax, tax_code, tax_region or exchange_rate.
    Nothing is changed yet; the answer says which column was recognised as what."""
    file = files[0]
    run = services.receive(request.actor, kind, file.name or "file", file.file)  # type: ignore[arg-type]
    response["Location"] = f"/api/v1/imports/{run.pk}"
    return run


@router.get("imports/{int:id}", response=ImportOut)
@anyone_signed_in
def get_import(request: Call, id: Id) -> ImportRun:
    """One import."""
    return services.one(request.actor, id)


@router.patch("imports/{int:id}", response=ImportOut)
@compared
@asks(*(kind.permission for kind in KINDS.values()), by="by the kind of import")
@anyone_signed_in
def change_import(request: Call, id: Id, body: Columns) -> ImportRun:
    """Choose sheet, heading and columns. The columns are remembered for the next file."""
    run = services.one(request.actor, id)
    if body.sheet is not None or body.heading is not None:
        run = services.reread(request.actor, id, sheet=body.sheet, heading=body.heading)
    if body.mapping is None and body.day_first is None and body.language is None:
        return run
    asked = run.mapping if body.mapping is None else body.mapping
    named = services.whose({k: v for k, v in asked.items() if isinstance(v, str)}, run)
    placed = {k: v for k, v in asked.items() if isinstance(v, int)}
    return services.choose(
        request.actor, id, {**placed, **named}, day_first=body.day_first, language=body.language
    )


Act = Literal["check", "apply", "undo"]


class ActIn(In):
    verb: Act


@router.post("imports/{int:id}/acts", response={202: ImportOut})
@asks(*(kind.permission for kind in KINDS.values()), by="by the kind of import")
@anyone_signed_in
def act_on_import(request: Call, id: Id, body: ActIn) -> Status[Any]:
    """``check`` is the dry run, ``apply`` imports (or goes on after a stop), ``undo`` takes it back. Each runs as a job."""
    return Status(202, getattr(services, body.verb)(request.actor, id))


@router.get("imports/{int:id}/rows", response=Page[RowOut])
@anyone_signed_in
def list_import_rows(
    request: Call,
    id: Id,
    window: Query[Window],
    q: Words = "",
    action: Action | None = None,
    sort: Literal["number", "-number", "label", "-label", "action", "-action"] = "number",
) -> dict[str, Any]:
    """What became, or would become, of each row, with cause and cure where it is refused. ``q`` is in the record's name."""
    rows = services.rows(request.actor, id, action or "")
    return page(rows.filter(label__holds=q) if q else rows, window, sort)


@router.delete("imports/{int:id}", response={204: None})
@asks(*(kind.permission for kind in KINDS.values()), by="by the kind of import")
@anyone_signed_in
def forget_import(request: Call, id: Id) -> Status[None]:
    """Throw the file and its report away; what was imported stays."""
    services.forget(request.actor, id)
    return Status(204, None)


@router.get("import-templates/{key}")
@anyone_signed_in
def get_import_template(request: Call, key: str, form: Literal["csv", "xlsx"] = "csv") -> HttpResponse:
    """The columns of a kind of records, with an example."""
    kind = columns_of(request.actor.organisation_id, key)
    request.actor.require(kind.permission)
    return HttpResponse(export.template(kind, form), content_type="application/octet-stream")


@router.get("export/{key}")
@needs(Permission.EXPORT)
def export_records(request: Call, key: str, form: Literal["csv", "xlsx"] = "csv") -> StreamingHttpResponse:
    """The records of a kind in the columns of its import, such as ``item``: another company brings them in as they are."""
    pieces = outgoing.file(request.actor, key, form)
    return StreamingHttpResponse(pieces, content_type="application/octet-stream")


@router.post("export")
@needs(Permission.EXPORT)
def export_everything(request: Call) -> FileResponse:
    """Everything that the caller may see, as a ZIP: CSV files, one a table, and in ``files/`` every attachment."""
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it
    export.everything(request.actor, file)
    file.seek(0)
    return FileResponse(file, content_type="application/zip", filename="tradepost.zip", as_attachment=True)
