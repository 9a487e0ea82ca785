"""Words are found as people write them: what is stored and what is asked are folded alike."""

from __future__ import annotations

import re

import pytest
from django.db.models import Q

from tests.sales.trade import trade
from tradepost.kit.text import fold, searched
from tradepost.people.models import Customer
from tradepost.wire.orm import matching

pytestmark = pytest.mark.django_db

_LETTERS = [
    *map(chr, range(0x00C0, 0x0180)),  # of European languages
    *map(chr, range(0x0386, 0x03CF)),  # Greek
    *map(chr, range(0x0400, 0x0460)),  # Cyrillic
    *map(chr, range(0x3042, 0x3094)),  # kana, some of which are another one with a mark
    *"ơưạếỹ中한글ﬁＡ①",
]


def customers(*names: str) -> None:
    company = trade().actor.organisation_id
    rows = [Customer(organisation_id=company, number=f"C-{n}", name=name) for n, name in enumerate(names)]
    Customer.objects.bulk_create(rows)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Łódź Sports", ["lodz", "LODZ", "łódź", "Łodz", "łó"]),
        ("Café Olé", ["cafe", "cafe\u0301", "CAFÉ ole"]),
        ("Cafe\u0301 Ole", ["café"]),
        ("Große Straße 7", ["strasse", "straße", "STRASSE", "grosse stra"]),
        ("GROSSE STRASSE", ["straße"]),
        ("Øslo", ["oslo", "øslo"]),
        ("Oslo", ["øslo"]),
        ("Ærø & Þór", ["aero", "ærø", "thor", "Þor"]),
        ("Đặng Œuvres", ["dang", "oeuvres"]),
        ("Işık", ["isik", "ışık", "IŞIK", "İşik"]),
        ("Οδός", ["οδος", "ΟΔΟΣ"]),
        ("Müller", ["muller"]),
        ("ガス", ["ガス", "ガ"]),
        ("한국", ["한", "한국"]),
        ("SO-10482", ["so-104", "10482"]),
    ],
)
def test_a_word_is_found_however_it_is_accented(name: str, asked: list[str]) -> None:
    customers(name, "Somebody else")
    for words in asked:
        for found in (matching(words), Q(name__holds=words)):
            assert [row.name for row in Customer.objects.filter(found)] == [name], words


def test_what_is_no_accent_still_tells_words_apart() -> None:
    customers("ガス", "Lodge", "Muellers")
    for words in ("カス", "łódź", "müller"):
        assert not Customer.objects.filter(matching(words)).exists(), words
        assert not Customer.objects.filter(name__holds=words).exists(), words


def test_a_sign_of_a_pattern_is_a_sign() -> None:
    customers("100 % wool", "100 x wool", "a_b")
    assert [row.name for row in Customer.objects.filter(name__holds="0 % W")] == ["100 % wool"]
    assert [row.name for row in Customer.objects.filter(name__holds="A_b")] == ["a_b"]


def test_the_database_folds_every_letter_as_we_do() -> None:
    names = [f"x{letter}y" for letter in _LETTERS]
    customers(*names)
    for row in Customer.objects.filter(number__startswith="C-").exclude(name="Granite State Brewing"):
        words = set(re.findall(r"[^\W_]+", searched(row.name)))
        assert words <= set(re.findall(r"'([^']+)'", row.search)), row.name


@pytest.mark.parametrize(
    ("written", "folded"),
    [(" Café  Ünion", "cafe union"), ("Łódź", "lodz"), ("Straße Ærø", "strasse aero"), ("Þ Ð ı Œ", "th d i oe")],
)  # fmt: skip
def test_text_is_folded_for_comparing(written: str, folded: str) -> None:
    assert fold(written) == folded
