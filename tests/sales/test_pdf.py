"""Documents on paper: what stands on them, in whose language, whatever people typed."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sales.pdftext import pages
from tradepost.kit.errors import Invalid
from tradepost.sales.pdf import BadLogo, Document, Layout, languages, render, render_png
from tradepost.sales.pdf.view import view
from tradepost.sales.states import Kind

LOGO = b"""<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">
<rect width="40" height="20" fill="#0a0"/></svg>"""


def document(lines: int = 2, kind: str = "invoice", text: str = "Cordless drill, 18 V") -> Document:
    return {
        "kind": kind,
        "number": "INV-00042",
        "currency": "EUR",
        "seller": ["Northwind Tools", "Harbour Street 12"],
        "addresses": [{"label": "billing", "lines": ["Ada Lovelace", text]}],
        "fields": {"date": "2026-03-09", "due": "2026-04-08", "po_number": text, "Project": "Bridge"},
        "lines": [
            {
                "sku": f"NW-{i}",
                "description": text,
                "note": text,
                "quantity": "3.0000",
                "unit": "pcs",
                "unit_price": "1129.5000",
                "line_discount": "5",
                "amount": "3219.08",
            }
            for i in range(lines)
        ],
        "sums": [
            {"label": "subtotal", "amount": "6438.16"},
            {"label": "VAT 19 %", "amount": "1223.25"},
            {"label": "total", "amount": "7661.41"},
        ],
        "memo": text,
    }


def read(doc: Document, layout: Layout | None = None) -> str:
    return "\n".join(pages(render(doc, layout or {}))).replace("\N{ZERO WIDTH SPACE}", "")


def test_an_invoice_in_english() -> None:
    text = read(document())
    for shown in (
        "Invoice",
        "INV-00042",
        "BILL TO",
        "9 Mar 2026",
        "Your reference",
        "Project",
        "NW-1",
        "1,129.50",
    ):
        assert shown in text
    for shown in ("3,219.08", "5 %", "€7,661.41", "VAT 19 %", "Page 1 of 1"):
        assert shown in text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_same_in_german() -> None:
    text = read(document(), {"language": "de-DE"}).replace("\N{NO-BREAK SPACE}", " ")
    for shown in ("Rechnung", "09.03.2026", "1.129,50", "7.661,41 €", "Seite 1 von 1"):
        assert shown in text


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", ["quote", "shipment", "statement"])
def test_every_language_has_every_word(kind: str, language: str) -> None:
    assert render(document(1, kind), {"language": language}).startswith(b"%PDF-")


@pytest.mark.parametrize("language", languages())
def test_every_kind_has_a_title_of_its_own(language: str) -> None:
    titles = {view(document(1, kind), {"language": language})["title"] for kind in Kind}
    assert len(titles) == len(Kind)
    assert not titles & set(Kind)


def test_paper_that_goes_with_the_goods_names_no_price() -> None:
    text = read({**document(1, "shipment"), "sums": []})
    assert "NW-0" in text
    assert "3,219.08" not in text
    assert "1,129.50" not in text


def test_long_tables_repeat_their_head_and_count_pages() -> None:
    found = pages(render(document(120), {}))
    assert len(found) > 3
    for number, page in enumerate(found, 1):
        assert f"Page {number} of {len(found)}" in page
        assert "INV-00042" in page
        assert "Description" in page or number == len(found)
    assert re.findall(r"NW-(\d+)", "".join(found)) == [str(n) for n in range(120)]


def test_five_hundred_lines() -> None:
    assert "NW-499" in read(document(500))


HOSTILE = [
    '#panic("x")',
    '#read("/etc/passwd")',
    "$ x^2 $ *bold* _it_ `raw` @ref <label> = Head \\ // c /* d */",
    '"} #let view = (:) {"',
    "{page} of {pages} \\u{41}",
    "https://example.com/" + "a" * 300,
    "nul \x00 bell \x07 esc \x1b[31m",
    "Ελληνικά Кириллица עברית",
    "日本語 العربية 😀",
    "lone \ud800 surrogate",
    "two\nlines",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_was_typed_is_shown_and_never_obeyed(text: str) -> None:
    shown = read(
        {**document(2, text=text), "stamp": text[:20]}, {"footer": [text], "closing": text, "intro": text}
    )
    plain = re.sub(r"[\s\x00-\x1f\ud800-\udfff]", "", text)
    if plain.isascii():
        letters = re.sub(r"\W", "", plain)
        assert letters in re.sub(r"\W", "", shown)
    assert "Total" in shown


@settings(max_examples=25)
@given(st.text(max_size=60))
def test_any_text_can_be_set(text: str) -> None:
    assert render({**document(1, text=text), "stamp": text}, {"footer": [text]}).startswith(b"%PDF-")


def test_letters_beyond_latin_are_set() -> None:
    text = read(document(1, text="Ελληνικά Кириллица"))
    assert "Ελληνικά" in text
    assert "Кириллица" in text


def test_logo_and_look() -> None:
    layout: Layout = {
        "logo": LOGO,
        "colour": "#aa0033",
        "paper": "us-letter",
        "titles": {"invoice": "Tax invoice"},
    }
    assert "Tax invoice" in read(document(), layout)
    assert render(document(), layout) == render(document(), layout)
    assert all(page.startswith(b"\x89PNG") for page in render_png(document(), layout))


def test_a_broken_logo_is_named() -> None:
    with pytest.raises(BadLogo, match="Upload it again"):
        render(document(), {"logo": b"GIF89a nonsense"})


BAD: list[Layout] = [
    {"colour": "red"},
    {"paper": "napkin"},
    {"columns": ["margin"]},
    {"footer": ["x"] * 5},
    {"logo_height": 300},
    {"language": "plain English"},
]


@pytest.mark.parametrize("layout", BAD, ids=str)
def test_a_layout_that_cannot_be_followed_is_named(layout: Layout) -> None:
    with pytest.raises(Invalid) as caught:
        render(document(), layout)
    assert caught.value.fields.keys() == layout.keys()


def test_figures_and_days_must_be_such() -> None:
    with pytest.raises(Invalid, match="is not a number"):
        render({**document(), "sums": [{"label": "total", "amount": "a lot"}]}, {})
    with pytest.raises(Invalid, match="is not a date"):
        render({**document(), "fields": {"date": "soon"}}, {})


def test_several_threads() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: render(document(n), {}), [1, 2, 3, 4] * 3))
    assert found[:4] == found[4:8] == found[8:]
