"""What is written is read again and follows the schema; what does not is refused with its line and element."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradepost.exchange.edi import schema
from tradepost.exchange.edi.messages import (
    ADDRESS,
    Line,
    Paper,
    Party,
    Response,
    Totals,
    paper_of,
    paper_xml,
    response_of,
    response_xml,
)
from tradepost.kit.errors import Fault

pytestmark = pytest.mark.req("B25")
D = Decimal


def texts(most: int) -> st.SearchStrategy[str]:
    """Any text that XML can hold, single-spaced as its type is."""
    characters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp", "Cn"])
    words = st.text(st.one_of(characters, st.sampled_from("<>&'\" é")), min_size=1, max_size=most)
    return words.map(lambda text: " ".join(text.split())).filter(bool)


AMOUNTS = st.decimals(-99999, 99999, places=4, allow_nan=False)
PERCENTS = st.decimals(0, 100, places=4, allow_nan=False)
DAYS = st.dates(date(1900, 1, 1), date(2200, 1, 1))
ADDRESSES = st.dictionaries(st.sampled_from(list(ADDRESS)), texts(40))
PARTIES = st.builds(Party, texts(200), st.one_of(st.just(""), texts(60)), ADDRESSES)
TOTALS = st.builds(Totals, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
LINES = st.builds(
    Line,
    quantity=AMOUNTS,
    name=st.one_of(st.just(""), texts(80)),
    sellers=st.one_of(st.just(""), texts(60)),
    buyers=st.one_of(st.just(""), texts(60)),
    barcode=st.one_of(st.just(""), texts(20)),
    unit=st.one_of(st.just(""), texts(20)),
    price=st.none() | AMOUNTS,
    discount_percent=PERCENTS,
    tax_percent=st.none() | PERCENTS,
    amount=st.none() | AMOUNTS,
)
NOTES = st.one_of(st.just(""), st.lists(texts(40), min_size=1, max_size=3).map("\n".join))


@st.composite
def papers(draw: st.DrawFn) -> Paper:
    invoice = draw(st.booleans())
    return Paper(
        invoice=invoice,
        id=draw(texts(60)),
        date=draw(DAYS),
        currency=draw(st.sampled_from(["USD", "EUR", "JPY"])),
        buyer=draw(PARTIES),
        seller=draw(PARTIES),
        lines=tuple(draw(st.lists(LINES, min_size=1, max_size=5))),
        reference=draw(st.one_of(st.just(""), texts(60))),
        due=draw(st.none() | DAYS) if invoice else None,
        note=draw(NOTES),
        requested=draw(st.none() | DAYS),
        delivery=draw(ADDRESSES),
        terms=draw(st.one_of(st.just(""), texts(60))),
        discount_percent=draw(PERCENTS),
        freight=draw(AMOUNTS),
        tax_included=draw(st.booleans()),
        totals=draw(TOTALS if invoice else st.none() | TOTALS),
    )


@given(papers())
@settings(max_examples=150)
def test_what_was_written_is_read(paper: Paper) -> None:
    assert paper_of(paper_xml(paper)) == paper


@given(st.builds(Response, texts(60), DAYS, st.booleans(), texts(60), st.just("USD"), PARTIES, PARTIES,
                 st.one_of(st.just(""), texts(60)), st.lists(texts(80), max_size=3).map(tuple), st.none() | TOTALS))  # fmt: skip
def test_an_answer_that_was_written_is_read(response: Response) -> None:
    assert response_of(response_xml(response)) == response


ORDER = """<?xml version="1.0"?>
<Order xmlns="urn:tradepost:documents:1">
  <ID>PO-4711</ID>
  <IssueDate>2026-11-02</IssueDate>
  <DocumentCurrencyCode>USD</DocumentCurrencyCode>
  <BuyerCustomerParty><Name>Granite State Brewing</Name></BuyerCustomerParty>
  <SellerSupplierParty><Name>Harbor &amp; Pine</Name></SellerSupplierParty>
  <OrderLine>
    <Quantity>2</Quantity>
    <Item><SellersItemIdentification>TNT-4</SellersItemIdentification></Item>
  </OrderLine>
</Order>
"""

WRONG = [
    ("<ID>PO-4711</ID>", "", "Line 4: Order lacks its element ID; IssueDate stands in its place."),
    ("2026-11-02", "2026-02-30", "Line 4: Order/IssueDate is “2026-02-30” and not a day like 2026-11-02."),
    ("<Quantity>2", "<Quantity>two", "Line 9: Order/OrderLine/Quantity is “two” and not a number like 1234.50."),
    ("<Quantity>2", "<Quantity>1.00001", "Line 9: Order/OrderLine/Quantity is “1.00001” and has more than 4 decimals."),
    ("<Quantity>2", "<Quantity>" + "9" * 19, "and has more than 18 digits."),
    ("USD", "usd", "Line 5: Order/DocumentCurrencyCode is “usd” and does not match [A-Z]{3}."),
    ("<ID>PO-4711</ID>", "<ID> </ID>", "Line 3: Order/ID is empty."),
    ("PO-4711", "9" * 61, "Line 3: Order/ID is longer than 60 characters."),
    ("<ID>PO-4711</ID>", "<ID>1</ID><ID>2</ID>", "Order lacks its element IssueDate; ID stands in its place."),
    ("<Quantity>2</Quantity>", "<Quantity>2</Quantity><Colour>red</Colour>", "Colour stands in its place."),
    ("</OrderLine>", "</OrderLine><Extra/>", "Line 11: Order/Extra is not in the schema."),
    ("</OrderLine>", "</OrderLine><Note>late</Note>", "Order/Note stands out of order or too often."),
    ("<OrderLine>", "<OrderLine lang='x'>", "Line 8: Order/OrderLine has an attribute lang"),
    ("<OrderLine>", "<OrderLine>words", "Line 8: Order/OrderLine holds text beside its elements."),
    ("<ID>PO-4711</ID>", "<ID><b>x</b></ID>", "Line 3: Order/ID/b does not belong here."),
    ("urn:tradepost:documents:1", "urn:x", "Line 2: the element {urn:x}Order is none of Order, Invoice"),
    ("<?xml version=\"1.0\"?>", "<!DOCTYPE x [<!ENTITY e 'boom'>]>", "document type"),
    ("</Order>", "", "no element found in line"),
    ("<ID>", "<ID>" + "<x>" * 80, "nested deeper than 64"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentence"), WRONG)
def test_what_is_wrong_is_named_with_line_and_element(old: str, new: str, sentence: str) -> None:
    with pytest.raises(Fault) as fault:
        paper_of(ORDER.replace(old, new, 1).encode())
    assert sentence in fault.value.cause
    assert fault.value.cure


def test_several_faults_are_named_at_once() -> None:
    with pytest.raises(schema.NotByTheSchema) as fault:
        paper_of(ORDER.replace("USD", "usd").replace("2</Q", "two</Q").encode())
    assert list(fault.value.fields) == [
        "line 5, Order/DocumentCurrencyCode",
        "line 9, Order/OrderLine/Quantity",
    ]


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(schema.NotByTheSchema, match="larger than 2 MB"):
        paper_of(ORDER.encode() + b" " * schema.LARGEST)


def test_encodings_and_spaces_do_not_matter() -> None:
    plain = paper_of(ORDER.encode())
    assert paper_of(ORDER.replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16")) == plain
    assert paper_of(ORDER.replace("PO-4711", "\n  PO-4711\t").encode()) == plain


def by_xmllint(path: Path) -> bool:
    """What an independent validator says."""
    command = ["xmllint", "--noout", "--nonet", "--schema", str(schema.FILE), str(path)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(shutil.which("xmllint") is None, reason="xmllint (libxml2-utils) is not installed")
def test_another_validator_agrees(tmp_path: Path) -> None:
    paper = Paper(
        True, "INV-1", date(2026, 11, 2), "USD", Party("Granite", "C-1", {"city": "Concord", "country": "US"}),
        Party("Harbor & Pine"), (Line(D("-2.5"), "Zelt für 4", "TNT-4", price=D("19.99"), tax_percent=D("8.25")),),
        reference="PO-1", due=date(2026, 12, 2), note="one\ntwo", delivery={"street": "4 Mill Road\nUnit 2"},
        freight=D("4.5"), freight_tax_percent=D(19), totals=Totals(D(1), D(0), D(0), D(0), D(1)),
    )  # fmt: skip
    answer = Response(
        "R-1", date(2026, 11, 2), False, "PO-1", "USD", paper.buyer, paper.seller, notes=("No.",)
    )
    file = tmp_path / "x.xml"
    for content in (paper_xml(paper), response_xml(answer), ORDER.encode()):
        file.write_bytes(content)
        assert by_xmllint(file), content.decode()
    for old, new, _sentence in WRONG:
        text = ORDER.replace(old, new, 1)
        if "DOCTYPE" not in new and "<x>" not in new:  # what we refuse beyond the schema
            file.write_text(text)
            assert not by_xmllint(file), text
