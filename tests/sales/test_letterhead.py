"""The company's look on paper, as the PDF shows it."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import replace

import pytest

from tests.sales.pdftext import colours, pages
from tests.sales.trade import Trade, trade
from tradepost.accounts.access import Role
from tradepost.accounts.models import AuditEntry
from tradepost.accounts.services import update_company
from tradepost.kit.errors import Invalid, Refused
from tradepost.people.services import save_customer, save_vendor
from tradepost.sales.letterhead import letterhead, merged, save_letterhead, set_logo, text
from tradepost.sales.models import Kind, Letterhead
from tradepost.sales.paper import document_pdf, on_paper, specimen
from tradepost.sales.pdf.view import COLOUR, words_in
from tradepost.sales.state_table import PURCHASES

TEXTS = {
    "all": {"en": {"intro": "Hello", "footer": "Bank A"}, "de": {"intro": "Guten Tag"}},
    "invoice": {"en": {"intro": "Please pay"}},
}


def png(width: int = 40, height: int = 20, padding: int = 0) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x20\x90\x60" * width) * height)
    parts = (chunk(b"IHDR", head), chunk(b"tEXt", b"x" * padding), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("kind", "part", "languages", "found"),
    [
        ("order", "intro", ["de", "en"], "Guten Tag"),
        ("invoice", "intro", ["en"], "Please pay"),
        ("invoice", "intro", ["de", "en"], "Guten Tag"),
        ("invoice", "footer", ["de", "en"], "Bank A"),
        ("order", "closing", ["de", "en"], ""),
    ],
)
def test_the_readers_language_comes_before_the_kinds_own_text(
    kind: str, part: str, languages: list[str], found: str
) -> None:
    assert text(TEXTS, kind, part, languages) == found


def test_a_change_touches_one_kind_and_language_and_drops_what_is_empty() -> None:
    changed = merged(TEXTS, {"invoice": {"en": {"intro": " "}}, "all": {"de": {"closing": "Danke"}}})
    assert changed == {"all": {"en": TEXTS["all"]["en"], "de": {"closing": "Danke"}}}


@pytest.fixture
def shop(db: None) -> Trade:
    return trade()


def read(shop: Trade, kind: Kind = Kind.INVOICE) -> str:
    row = shop.document(kind)
    return "\n".join(pages(document_pdf(shop.actor, row.pk)[1])).replace("\N{NO-BREAK SPACE}", " ")


def test_the_paper_shows_address_tax_number_and_texts_in_the_customers_language(shop: Trade) -> None:
    update_company(shop.actor, name="Harbor & Pine", time_zone="UTC", currency="EUR", locale="en-GB")
    address = "Long Wharf 9\n#set text(red) Boston"
    save_letterhead(shop.actor, {"address": address, "tax_number": "DE 99", "colour": "#aa3300"})
    german = {"intro": "Vielen Dank", "closing": "Mit Gruß", "footer": "Bank B\nIBAN 1"}
    english = {"intro": "Thank you", "closing": "Kind regards"}
    save_letterhead(shop.actor, {"texts": {"invoice": {"de": german, "en": english}}})
    shown = read(shop)
    assert all(
        t in shown for t in ("Long Wharf 9", "#set text(red)", "Tax no. DE 99", "Thank you", "Kind regards")
    )
    assert "Vielen Dank" not in shown
    save_customer(shop.actor, {"language": "de"}, customer_id=shop.customer)
    shown = read(shop)
    assert all(t in shown for t in ("Rechnung", "Steuernr. DE 99", "Vielen Dank", "Mit Gruß", "IBAN 1"))
    assert "Vielen Dank" not in read(shop, Kind.ORDER)
    assert AuditEntry.objects.filter(verb="letterhead.update").count() == 2


@pytest.mark.parametrize("kind", sorted(PURCHASES))
def test_what_goes_to_a_vendor_is_in_its_language(shop: Trade, kind: Kind) -> None:
    row = shop.document(kind)
    save_customer(shop.actor, {"language": "de"}, customer_id=shop.customer)
    english = document_pdf(shop.actor, row.pk)[1]
    save_vendor(shop.actor, {"language": "de"}, vendor_id=shop.vendor)
    german = document_pdf(shop.actor, row.pk)[1]
    for shown, language in ((english, "en"), (german, "de")):
        assert words_in(language)["kinds"][kind] in pages(shown)[0], language


def test_a_vendors_language_is_one_that_papers_are_written_in(shop: Trade) -> None:
    with pytest.raises(Invalid) as refused:
        save_vendor(shop.actor, {"language": "xx"}, vendor_id=shop.vendor)
    assert list(refused.value.fields) == ["language"]


@pytest.mark.parametrize(
    ("kind", "shipping", "labels"),
    [
        (Kind.ORDER, {}, ["billing"]),
        (Kind.ORDER, {"city": "Keene"}, ["billing", "shipping"]),
        (Kind.PICK, {}, ["shipping"]),
        (Kind.SHIPMENT, {}, ["shipping"]),
        (Kind.SHIPMENT, {"city": "Keene"}, ["billing", "shipping"]),
        (Kind.RMA, {}, ["billing"]),
        (Kind.PURCHASE_ORDER, {}, ["vendor"]),
        (Kind.PURCHASE_ORDER, {"city": "Keene"}, ["vendor", "shipping"]),
    ],
)
def test_each_address_says_whose_it_is(
    shop: Trade, kind: Kind, shipping: dict[str, str], labels: list[str]
) -> None:
    row = shop.document(kind, billing={"city": "Concord"}, shipping=shipping or {"city": "Concord"})
    assert [one["label"] for one in on_paper(row, letterhead(row.organisation_id))["addresses"]] == labels


def test_a_receipt_says_how_it_was_paid(shop: Trade) -> None:
    row = shop.document(Kind.PAYMENT, method="Cheque", terms="Net 15", po_number="0815")
    fields = on_paper(row, letterhead(row.organisation_id))["fields"]
    assert (fields["method"], fields["terms"], fields["po_number"]) == ("Cheque", "", "0815")


def test_what_travels_says_with_whom_and_in_how_many_packages(shop: Trade) -> None:
    values = {"carrier": "UPS Ground", "tracking": "1Z 999", "packages": 3}
    row = shop.document(Kind.SHIPMENT, **values)
    save_customer(shop.actor, {"language": "de"}, customer_id=shop.customer)
    shown = "\n".join(pages(document_pdf(shop.actor, row.pk)[1])).replace("\N{NO-BREAK SPACE}", " ")
    for label, value in (("Spediteur", "UPS Ground"), ("Sendungsnr.", "1Z 999"), ("Packstücke", "3")):
        assert re.search(rf"{label}\n+{value}\n", shown, re.IGNORECASE), (label, shown)
    none = document_pdf(shop.actor, shop.document(Kind.SHIPMENT, packages=0).pk)[1]
    assert "packstücke" not in "\n".join(pages(none)).lower()


@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.SHIPMENT, Kind.PAYMENT])
def test_the_companys_colour_is_the_only_one_on_its_paper(shop: Trade, kind: Kind) -> None:
    row = shop.document(kind)
    assert colours(document_pdf(shop.actor, row.pk)[1]) == {COLOUR}
    save_letterhead(shop.actor, {"colour": "#aa3300"})
    assert colours(document_pdf(shop.actor, row.pk)[1]) == {"#aa3300"}


def test_the_logo_stands_in_place_of_the_name(shop: Trade) -> None:
    bare = document_pdf(shop.actor, shop.document(Kind.QUOTE).pk)[1]
    assert b"/Subtype/Image" not in bare.replace(b" ", b"")
    assert set_logo(shop.actor, png()).logo_type == "image/png"
    shown = document_pdf(shop.actor, shop.document(Kind.QUOTE).pk)[1]
    assert b"/Subtype/Image" in shown.replace(b" ", b"")
    set_logo(shop.actor, None)
    assert Letterhead.objects.get().logo == b""


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither"),
        (b"GIF89a" + bytes(60), "neither"),
        (png(501, 20), "501 × 20"),
        (png(padding=100 * 1024), "101 KB"),
        (png()[:60], "damaged"),
    ],
)
def test_a_logo_that_cannot_be_printed_is_refused(shop: Trade, content: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        set_logo(shop.actor, content)
    assert sentence in refused.value.fields["logo"]
    assert not Letterhead.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"texts": {"letter": {"en": {}}}}, "texts"),
        ({"texts": {"all": {"xx": {}}}}, "texts"),
        ({"texts": {"all": {"en": {"footer": "1\n2\n3\n4\n5\n6"}}}}, "footer"),
        ({"texts": {"all": {"en": {"intro": "x" * 2001}}}}, "intro"),
        ({"address": "1\n2\n3\n4\n5\n6\n7"}, "address"),
    ],
)
def test_what_cannot_be_printed_is_refused(shop: Trade, values: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        save_letterhead(shop.actor, values)
    assert field in refused.value.fields


def test_only_who_sets_the_company_up_may(shop: Trade) -> None:
    clerk = replace(shop.actor, role=Role.SALES)
    for act in (lambda: save_letterhead(clerk, {}), lambda: set_logo(clerk, None)):
        with pytest.raises(Refused):
            act()


def test_a_specimen_of_every_kind(shop: Trade) -> None:
    save_letterhead(shop.actor, {"address": "Long Wharf 9"})
    assert "Lieferschein" in "\n".join(pages(specimen(shop.actor, "shipment", "de")))
    assert "Long Wharf 9" in "\n".join(pages(specimen(shop.actor, "all")))
