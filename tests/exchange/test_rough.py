"""Files as they really come: titles above the heading or none at all, several sheets, merged cells, formulas that nobody
calculated, mixed encodings, figures and days of another country, and files that are not what their name says."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.exchange.test_services import received, told
from tests.sales.trade import Trade, trade
from tradepost.catalog.models import Item
from tradepost.exchange import services
from tradepost.exchange.days import day_first_in, day_of
from tradepost.exchange.guess import habits_in, heading_row
from tradepost.exchange.kinds import KINDS
from tradepost.exchange.rules import Habits, records
from tradepost.exchange.table import headings, layout_of, rows_of
from tradepost.kit import xlsx
from tradepost.kit.errors import Fault, Invalid
from tradepost.people.models import Customer

pytestmark = pytest.mark.req("B25")
ITEM, ORDER = KINDS["item"], KINDS["order"]
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def read(data: bytes) -> list[list[str]]:
    file = io.BytesIO(data)
    return [row for _number, row in rows_of(file, layout_of(file))]


def book(*sheets: str, names: tuple[str, ...] = ("One", "Two", "Three"), **more: str) -> bytes:
    """A workbook of sheets given by their XML within ``worksheet``; ``more`` are further parts by the name of their file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        listed = "".join(
            f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"{state}/>'
            for n, (name, state) in enumerate(
                (
                    (name.strip("~"), ' state="hidden"' if "~" in name else "")
                    for name in names[: len(sheets)]
                ),
                1,
            )
        )
        links = "".join(
            f'<Relationship Id="r{n}" Target="worksheets/s{n}.xml"/>' for n in range(1, len(sheets) + 1)
        )
        pack.writestr(
            "xl/workbook.xml", f'<workbook {NS} xmlns:r="{RELS}"><sheets>{listed}</sheets></workbook>'
        )
        pack.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>',
        )
        for n, sheet in enumerate(sheets, 1):
            pack.writestr(f"xl/worksheets/s{n}.xml", f"<worksheet {NS}>{sheet}</worksheet>")
        for name, part in more.items():
            pack.writestr(f"xl/{name}.xml", part)
    return file.getvalue()


def grid(*rows: tuple[str, ...], after: str = "") -> str:
    """Rows of texts as ``sheetData``; a cell that begins with ``<`` is XML of its own."""
    cells = (
        "".join(c if c.startswith("<") else f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in row)
        for row in rows
    )
    body = "".join(f'<row r="{n}">{row}</row>' for n, row in enumerate(cells, 1))
    return f"<sheetData>{body}</sheetData>{after}"


# --- where the heading is -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "heading", "columns"),
    [
        ("SKU,Name,Price\nT,Tent,5\n", 1, ["SKU", "Name", "Price"]),
        ("Price list 2026\n\nas of 2026-11-02,,\nSKU,Name,Price\nT,Tent,5\n", 4, ["SKU", "Name", "Price"]),
        ("T-1,Tent,19.99\nT-2,Mat,5\n", 0, ["Column 1", "Column 2", "Column 3"]),
        ("T-1,ilse@harbor.example\n", 0, ["Column 1", "Column 2"]),
        ("Artikel,Bezeichnung\nT-1,Tent\n", 1, ["Artikel", "Bezeichnung"]),
        ("SKU,Name,Name,,SKU\nT,Tent,x,y,z\n", 1, ["SKU", "Name", "Name ·", "Column 4", "SKU ·"]),
    ],
)
def test_the_heading_is_found(text: str, heading: int, columns: list[str]) -> None:
    file = io.BytesIO(text.encode())
    rows = list(rows_of(file, layout_of(file)))
    assert heading_row(ITEM, rows) == heading
    named = next((row for n, row in rows if n == heading), [""] * max(len(row) for _n, row in rows))
    assert headings(named) == columns


@pytest.fixture
def shop() -> Trade:
    return trade()


@pytest.mark.django_db
def test_a_file_without_a_heading_is_imported_whole(shop: Trade) -> None:
    run = received(shop, "item", "T-1,Tent,19.99\nT-2,Mat,5\n")
    assert (run.heading, run.columns, run.mapping) == (0, ["Column 1", "Column 2", "Column 3"], {})
    services.choose(shop.actor, run.pk, {"sku": 0, "name": 1, "price": 2})
    assert services.apply(shop.actor, run.pk, now=True).counts == {"create": 2}
    assert received(shop, "item", "T-3,Chair,9\n").mapping == {"sku": 0, "name": 1, "price": 2}
    again = received(shop, "item", "note,x\nArtikel,Name\nT-9,Bowl\n")
    assert services.reread(shop.actor, again.pk, heading=2).columns == ["Artikel", "Name"]
    with pytest.raises(Invalid, match="first 1000 rows"):
        services.reread(shop.actor, again.pk, heading=5000)


@pytest.mark.django_db
def test_the_sheet_that_fits_is_read_and_another_can_be_chosen(shop: Trade) -> None:
    data = book(
        grid(("Notes",), ("Made by Ilse",)),
        grid(("SKU", "Name"), ("T-1", "Tent")),
        grid(("SKU",), ("SECRET",)),
        names=("Cover", "Items", "~Hidden"),
    )
    run = received(shop, "item", data, "x.xlsx")
    assert (run.sheets, run.sheet, run.columns) == (["Cover", "Items"], "Items", ["SKU", "Name"])
    assert services.reread(shop.actor, run.pk, sheet="Cover").columns == ["Notes"]
    with pytest.raises(Invalid, match="no sheet"):
        services.reread(shop.actor, run.pk, sheet="Hidden")
    services.reread(shop.actor, run.pk, sheet="Items")
    services.apply(shop.actor, run.pk, now=True)
    assert Item.objects.get(sku="T-1").name == "Tent"
    with pytest.raises(Fault):
        services.reread(shop.actor, run.pk, sheet="Cover")


# --- cells ----------------------------------------------------------------------------------------------------------


def test_merged_cells_stand_in_each_of_their_rows() -> None:
    merged = '<mergeCells count="2"><mergeCell ref="A2:A4"/><mergeCell ref="B1:C1"/></mergeCells>'
    rows = (
        ("Order", "Item", ""),
        ("SO-1", "TENT", "1"),
        ("", "MAP", "2"),
        ("", "STV", "3"),
        ("SO-2", "MAP", "4"),
    )
    assert [row[0] for row in read(book(grid(*rows, after=merged)))] == [
        "Order",
        "SO-1",
        "SO-1",
        "SO-1",
        "SO-2",
    ]


def test_rows_that_a_workbook_leaves_out_are_counted() -> None:
    sheet = '<sheetData><row r="2"><c r="A2"><v>1</v></c></row><row r="9"><c r="B9"><v>2</v></c></row></sheetData>'
    file = io.BytesIO(book(sheet))
    assert list(rows_of(file, layout_of(file))) == [(2, ["1"]), (9, ["", "2"])]


@pytest.mark.parametrize(
    ("cell", "cause"),
    [
        ("<c><f>A2*2</f></c>", "“=A2*2” is a formula that was never calculated."),
        ('<c t="e"><f>1/0</f><v>#DIV/0!</v></c>', "“#DIV/0!” is an error of the spreadsheet."),
        ('<c t="e"><v>#N/A</v></c>', "“#N/A” is an error of the spreadsheet."),
        ("<c><f>A2*2</f><v>42.5</v></c>", ""),
    ],
)
def test_formulas_count_by_their_value_and_are_refused_without_one(cell: str, cause: str) -> None:
    [_head, row] = read(book(grid(("SKU", "Price"), ("T", cell))))
    [record] = records(ITEM, {"sku": 0, "price": 1}, [(2, row)], Habits())
    assert (record.wrong.cause if record.wrong else "") == (f"Price: {cause}" if cause else "")
    assert record.wrong is None or record.wrong.cure
    assert cause or record.values["price"] == Decimal("42.5")


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        (["T"], ""),
        (["T", "Tent", "5", "", ""], ""),
        (["T", "Tent, green", "5"], ""),
        (["T", "Tent", " green", "5"], "The row has 4 cells, the heading 3."),
    ],
)
def test_a_row_that_goes_beyond_the_heading_is_refused(cells: list[str], wrong: str) -> None:
    [record] = records(ITEM, {"sku": 0, "name": 1}, [(2, cells)], Habits(), width=3)
    assert (record.wrong.cause if record.wrong else "") == wrong


def test_line_breaks_in_cells_are_kept_where_a_text_may_be_long() -> None:
    data = b'SKU,Name,Description\r\nT,"Tent\r\nfor four","Green.\r\nFour seasons."\r\n\r\nM\0AP,M,\r\n'
    [_head, *rows] = read(data)
    first, second = records(ITEM, {"sku": 0, "name": 1, "description": 2}, enumerate(rows, 2), Habits())
    assert first.values == {"sku": "T", "name": "Tent for four", "description": "Green.\nFour seasons."}
    assert second.values["sku"] == "MAP"


# --- encodings, figures, days ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("Name\nCafé Müller\n".encode("utf-8-sig"), "Café Müller"),
        ("Name\nCafé Müller\n".encode("cp1252"), "Café Müller"),
        ("Name\nCafé Müller\n".encode("utf-16"), "Café Müller"),
        ("Name\nCafé Müller €\n".encode() + "Zoë\n".encode("cp1252"), "Café Müller €"),
        ('sep=;\nName;City\n"Café; Müller";x\n'.encode(), "Café; Müller"),
    ],
)
def test_words_are_read_in_whatever_they_were_written(data: bytes, words: str) -> None:
    rows = read(data)
    assert rows[1][0] == words
    assert all("�" not in cell and "Ã" not in cell for row in rows for cell in row)
    assert len(rows) < 3 or rows[2] == ["Zoë"]


@pytest.mark.parametrize(
    ("prices", "company", "language"),
    [
        (["12,50", "1.234"], "en-us", "de"),
        (["12.50", "1,234"], "de", "en"),
        (["1.234", "5.678"], "en-us", "en-us"),
        (["12,50", "12.50"], "en-us", "en-us"),
        (["1.234.567", "5"], "en-us", "de"),
        (["$1,234.50"], "de", "en"),
        (["8,25 %"], "en", "de"),
    ],
)
def test_figures_are_read_as_the_file_writes_them(prices: list[str], company: str, language: str) -> None:
    rows = [[f"T-{n}", price] for n, price in enumerate(prices)]
    assert habits_in(ITEM, {"sku": 0, "price": 1}, rows, Habits(company)).language == language


@pytest.mark.parametrize(
    ("text", "day_first", "expected"),
    [
        ("46328", False, date(2026, 11, 2)),
        ("46328.75", False, date(2026, 11, 2)),
        ("20261102", False, date(2026, 11, 2)),
        ("2026-11-02T09:30:00", False, date(2026, 11, 2)),
        ("11/2/2026", False, date(2026, 11, 2)),
        ("02/11/2026", True, date(2026, 11, 2)),
        ("2. 11. 2026", False, date(2026, 11, 2)),
        ("02-Nov-26", False, date(2026, 11, 2)),
        ("Nov 2, 2026", True, date(2026, 11, 2)),
        ("2nd November 2026", False, date(2026, 11, 2)),
        ("2. Dezember 2026", False, date(2026, 12, 2)),
        ("29/02/80", True, date(1980, 2, 29)),
        ("12345", False, None),
        ("2026-13-40", False, None),
        ("2 Smarch 2026", False, None),
        ("1/2/3", False, None),
    ],
)
def test_days_as_people_and_spreadsheets_write_them(
    text: str, day_first: bool, expected: date | None
) -> None:
    if expected:
        assert day_of(text, day_first) == expected
    else:
        with pytest.raises(Invalid) as fault:
            day_of(text, day_first)
        assert fault.value.cure


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["03/04/2026", "31/12/2026"], True),
        (["03/04/2026", "12/31/2026"], False),
        (["03/04/2026", "2026-12-31"], None),
        (["31/12/2026", "12/31/2026"], None),
        (["31.12.2026"], None),
    ],
)
def test_the_order_of_day_and_month_is_found_in_the_file(cells: list[str], found: bool | None) -> None:
    assert day_first_in(cells) is found


@pytest.mark.django_db
def test_a_file_of_another_country_comes_right_by_itself(shop: Trade) -> None:
    text = 'SKU;Name;Price;Description\nT-1;Zelt;1.234;"Vier Jahreszeiten,\ngrün"\nT-2;Matte;12,50;\n'
    run = services.apply(shop.actor, received(shop, "item", text.encode("cp1252")).pk, now=True)
    assert (run.encoding, run.separator, run.language) == ("cp1252", ";", "de")
    assert Item.objects.get(sku="T-1").price == 1234
    assert Item.objects.get(sku="T-1").description == "Vier Jahreszeiten,\ngrün"


# --- files that are none --------------------------------------------------------------------------------------------


def _zip(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as pack:
        for name in names:
            pack.writestr(name, "x")
    return file.getvalue()


def _bombs() -> Iterator[tuple[str, bytes]]:
    blank = " " * (64 << 20)
    yield "unpacks to", book(f"<sheetData>{blank}</sheetData>")
    yield "unpacks to", book(grid(("a",)), sharedStrings=f"<sst {NS}>{blank}</sst>")
    yield "unpacks to", book(grid(("a",)), styles=f"<styleSheet {NS}>{blank}</styleSheet>")
    yield "more than 16,384 columns", book(f"<sheetData><row>{'<c/>' * 16_385}</row></sheetData>")
    yield "longer than 131,072", book(grid(("x" * 131_073,)))
    yield "more than 1,048,576 rows", book('<sheetData><row r="1"/><row r="1048577"/></sheetData>')


@pytest.mark.parametrize(
    ("data", "cause", "cure"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "Excel 97", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "password", "take the password off"),
        (b"<html><table><tr><td>SKU</td></tr></table>", "web page or XML", "save it as CSV"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "web page or XML", "save it as CSV"),
        (_zip("mimetype", "content.xml"), "OpenDocument", "Excel workbook"),
        (_zip("word/document.xml"), "text document", "XLSX"),
        (_zip("xl/workbook.bin"), "binary workbook", "Excel workbook"),
        (_zip("items.csv"), "ZIP of other files", "Unpack it"),
        (b"\x1f\x8b\x08", "gzip", "Unpack it"),
        (b"\xff\xd8\xff\xe0", "picture", "Export the table"),
        (b"%PDF-1.7", "PDF", "Export the table"),
    ],
)  # fmt: skip
def test_what_a_file_really_is_is_said_with_what_to_do(data: bytes, cause: str, cure: str) -> None:
    with pytest.raises(Fault) as fault:
        read(data)
    assert cause in fault.value.cause
    assert cure in fault.value.cure


def test_a_workbook_that_unpacks_to_too_much_is_refused_in_little_memory() -> None:
    for cause, data in _bombs():
        assert len(data) < 1 << 20
        tracemalloc.start()
        with pytest.raises(Fault, match=cause) as fault:
            read(data)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert fault.value.cure
        assert peak < 96 << 20


def test_the_texts_of_a_large_workbook_take_little_memory() -> None:
    count = 50_000
    rows = "".join(f'<row><c t="s"><v>{n}</v></c></row>' for n in range(count))
    data = book(
        f"<sheetData>{rows}</sheetData>",
        sharedStrings=f"<sst {NS}>{''.join(f'<si><t>SKU-{n:06}</t></si>' for n in range(count))}</sst>",
    )
    file = io.BytesIO(data)
    found = layout_of(file)
    tracemalloc.start()
    last = None
    seen = 0
    for seen, (_number, last) in enumerate(rows_of(file, found), 1):  # noqa: B007
        pass
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (seen, last) == (count, ["SKU-049999"])
    assert peak < 4 << 20


@pytest.mark.django_db
@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_what_looks_like_a_formula_goes_out_safe_and_comes_back_whole(shop: Trade, sign: str) -> None:
    from tradepost.kit.text import safe

    name = f"{sign}SUM(A1)"
    text = f"Name\n{safe(name)}\n"
    services.apply(shop.actor, received(shop, "customer", text).pk, now=True)
    assert Customer.objects.filter(name=name).exists()
    rows: Any = [["Name"], [name]]
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(xlsx.write("x", rows))).read("xl/worksheets/sheet1.xml")
    assert told(received(shop, "customer", text)) == []
