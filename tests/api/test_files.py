"""What is taken away and handed in as files by the API: reports, records, everything, and orders as XML."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.api.conftest import Program, program_of
from tests.sales.trade import Trade, trade
from tradepost.accounts.keys import create_api_key
from tradepost.accounts.models import User
from tradepost.catalog import stock
from tradepost.catalog.ledger import StockLine
from tradepost.catalog.services import save_location
from tradepost.exchange.edi.messages import Line, Paper, Party, paper_of, paper_xml, response_of
from tradepost.exchange.kinds import KINDS
from tradepost.exchange.table import layout_of, rows_of
from tradepost.people.services import save_customer
from tradepost.reports.catalogue import REPORTS
from tradepost.reports.reordering import set_level
from tradepost.sales.currencies import save_rate
from tradepost.sales.models import Document, Kind
from tradepost.sales.moving import move
from tradepost.sales.payments import apply_credit
from tradepost.sales.queries import today
from tradepost.sales.services import LineDraft, save_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Trade:
    """Something for every report to tell."""
    shop = trade()
    day = today(shop.actor)
    place = save_location(shop.actor, {"name": "Main"}).pk
    stock.receive(shop.actor, [StockLine(shop.items[0], place, D(9), cost=D(45))])
    set_level(shop.actor, shop.items[0], place, D(50), D(60))
    shop.document(Kind.ORDER, "2", date=day - timedelta(days=9), promised=day - timedelta(days=2))
    save_customer(shop.actor, {"name": "=HYPERLINK(1)"})
    move(shop.actor, shop.document(Kind.INVOICE, "3", "5").pk, "issue")
    move(shop.actor, shop.document(Kind.BILL, "1").pk, "approve")
    save_rate(shop.actor, "EUR", day - timedelta(days=30), D("1.1"))
    head = {"customer_id": shop.customer, "currency": "EUR"}
    euros = [LineDraft(shop.items[0], unit_price=D(100))]
    owed = save_document(shop.actor, Kind.INVOICE, {**head, "date": day - timedelta(days=9)}, euros)
    owed = move(shop.actor, owed.pk, "issue")
    paid = save_document(shop.actor, Kind.PAYMENT, {**head, "amount": owed.total})
    apply_credit(shop.actor, move(shop.actor, paid.pk, "receive").pk, {owed.pk: owed.total})
    return shop


@pytest.fixture
def program(shop: Trade) -> Program:
    return program_of(shop.actor)


def as_rows(data: bytes) -> list[list[str]]:
    """The cells of a CSV or XLSX file as texts, without trailing empty ones."""
    file = io.BytesIO(data)
    found = [list(cells) for _n, cells in rows_of(file, layout_of(file))]
    return [row[: max((n for n, cell in enumerate(row, 1) if cell), default=0)] for row in found]


def same(one: str, other: str) -> bool:
    """``12.50`` is 12.5 as a workbook keeps it."""
    try:
        return D(one) == D(other)
    except ArithmeticError:
        return one == other


@pytest.mark.req("B23")
@pytest.mark.parametrize("report", REPORTS)
def test_every_report_is_the_same_as_figures_and_as_files_by_page_and_by_api(
    shop: Trade, program: Program, client: Client, report: str
) -> None:
    figures = program.get(f"reports/{report}?period=all")
    assert figures["rows"]
    client.force_login(User.objects.get(pk=shop.actor.user_id))
    files = [
        program.call("get", f"reports/{report}/file?period=all&form={form}").content
        for form in ("csv", "xlsx")
    ]
    files += [
        client.get(f"/reports/{report}/?period=all&currency=own&format={form}").content
        for form in ("csv", "xlsx")
    ]
    csv_of, xlsx_of, page_csv, page_xlsx = map(as_rows, files)
    assert csv_of[0][-1] == "Currency"
    assert len(csv_of[0]) == len(figures["columns"])
    assert len(csv_of) == 1 + len(figures["rows"]) + len(figures["totals"])
    for told, written in zip(figures["rows"] + figures["totals"], csv_of[1:], strict=True):
        for value, cell in zip(told, written, strict=True):
            if (
                isinstance(value, str)
                and value.replace(".", "").replace("-", "").isdigit()
                and "-" not in value[1:]
            ):
                assert abs(D(value) - D(cell)) < D("0.01")
    for other in (xlsx_of, page_csv, page_xlsx):
        assert len(other) == len(csv_of)
        assert all(
            same(a, b) for row, its in zip(csv_of, other, strict=True) for a, b in zip(row, its, strict=True)
        )


@pytest.mark.req("B25")
@pytest.mark.parametrize("kind", KINDS)
def test_the_records_of_every_kind_are_the_same_as_csv_and_xlsx(program: Program, kind: str) -> None:
    data = {
        form: b"".join(program.call("get", f"export/{kind}?form={form}").streaming_content)
        for form in ("csv", "xlsx")
    }
    rows = list(csv.reader(io.StringIO(data["csv"].decode("utf-8-sig"))))
    assert rows[0] == [field.label for field in KINDS[kind].fields] + ["Tags"] * ("Tags" in rows[0])
    file = io.BytesIO(data["xlsx"])
    book = [list(cells) for _n, cells in rows_of(file, layout_of(file))]
    width = len(rows[0])
    bare = [[cell.removeprefix("'") for cell in row] for row in rows]
    assert [(row + [""] * width)[:width] for row in book] == bare


@pytest.mark.req("B25")
def test_everything_is_exported_by_the_api_for_who_may(shop: Trade, program: Program) -> None:
    answer = program.call("post", "export")
    pack = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    customers = pack.read("people-customers.csv").decode("utf-8-sig")
    assert "Granite State Brewing" in customers
    assert "'=HYPERLINK(1)" in customers
    assert {"sales-documents.csv", "catalog-items.csv", "audit-trail.csv"} <= {*pack.namelist()}


@pytest.mark.req("B25")
def test_an_order_comes_as_xml_and_is_answered_and_our_papers_go_as_xml(
    shop: Trade, program: Program
) -> None:
    order = paper_xml(
        Paper(
            False, "PO-7", date(2026, 11, 2), "USD", Party("Granite State Brewing"), Party("Harbor & Pine"),
            (Line(D(2), sellers="TNT-4"),),
        )
    )  # fmt: skip

    def sent(data: bytes, **more: str) -> Any:
        file = SimpleUploadedFile("order.xml", data, content_type="application/xml")
        return program.client.post(
            "/api/v1/xml-messages",
            {"files": file, **more},
            headers={"Authorization": f"Bearer {program.key}"},
        )

    dry = json.loads(sent(order, dry_run="true").content)
    assert (dry["state"], dry["problems"], dry["document_id"]) == ("waiting", [], None)
    taken = program.post(f"xml-messages/{dry['id']}/acts", {"verb": "take"}, 200)
    made = Document.objects.get(pk=taken["document_id"])
    assert (made.kind, made.po_number, made.lines.get().quantity) == (Kind.ORDER, "PO-7", 2)
    again = json.loads(sent(order).content)
    assert (again["id"], again["document_id"]) == (dry["id"], made.pk)
    assert Document.objects.filter(kind=Kind.ORDER, po_number="PO-7").count() == 1
    answer = response_of(program.call("get", f"xml-messages/{dry['id']}/answer").content)
    assert answer.accepted
    ours = paper_of(program.call("get", f"documents/{made.pk}/xml").content)
    assert (ours.id, ours.reference, ours.lines[0].quantity) == ("PO-7", made.number, 2)
    bad = json.loads(sent(order.replace(b"TNT-4", b"NOPE").replace(b"PO-7", b"PO-8")).content)
    assert (bad["state"], bad["document_id"]) == ("waiting", None)
    assert all(problem["cause"] and problem["cure"] for problem in bad["problems"])
    assert program.call("post", f"xml-messages/{bad['id']}/acts", {"verb": "take"}).status_code == 422
    assert sent(b"<x/>").status_code == 422
    program.delete(f"xml-messages/{bad['id']}")
    assert [row["id"] for row in program.get("xml-messages")["items"]] == [dry["id"]]
    assert program.call("get", "xml-schema").content.startswith(b"<?xml")


@pytest.mark.req("B22")
@pytest.mark.parametrize(
    ("method", "path"), [("get", "reports/sales/file"), ("get", "export/item"), ("post", "export")]
)
def test_who_may_not_export_takes_no_file(shop: Trade, method: str, path: str) -> None:
    _row, key = create_api_key(shop.actor, name="narrow", scopes=["sales.view", "catalog.edit"])
    assert Program(shop.actor, key).call(method, path).status_code == 403
