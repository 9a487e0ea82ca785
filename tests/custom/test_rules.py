"""What a value of a custom field may be."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepost.custom.rules import BETWEEN, FieldType, Spec, check, read, shown, tag_names, words

COLOURS = ("Red", "Dark green", "Blue")
SPECS = {
    type: Spec(type.value, type.value.capitalize(), type, choices=COLOURS if type.listed else ())
    for type in FieldType
}
T = FieldType


@pytest.mark.parametrize(
    ("type", "raw", "kept"),
    [
        (T.TEXT, "  PO 12  ", "PO 12"),
        (T.TEXT, "=SUM(A1)", "=SUM(A1)"),
        (T.TEXT, "", None),
        (T.TEXT, None, None),
        (T.LONG, "one\ntwo", "one\ntwo"),
        (T.NUMBER, "0012.500", "12.5"),
        (T.NUMBER, Decimal("1E+3"), "1000"),
        (T.NUMBER, "-0", "0"),
        (T.NUMBER, 0, "0"),
        (T.MONEY, 19.99, "19.99"),
        (T.DATE, "2026-02-28", "2026-02-28"),
        (T.DATE, date(2026, 3, 9), "2026-03-09"),
        (T.YES_NO, "Yes", True),
        (T.YES_NO, False, False),
        (T.CHOICE, "dark GREEN", "Dark green"),
        (T.SEVERAL, "blue; red;", ["Red", "Blue"]),
        (T.SEVERAL, ["Blue", "Blue"], ["Blue"]),
        (T.SEVERAL, [], None),
        (T.LINK, "https://shop.example/orders/7?a=b", "https://shop.example/orders/7?a=b"),
        (T.EMAIL, "a@example.com", "a@example.com"),
        (T.PHONE, "+1 (603) 555-0100 ext. 7", "+1 (603) 555-0100 ext. 7"),
    ],
)
def test_what_is_given_is_kept_in_one_form(type: FieldType, raw: Any, kept: Any) -> None:
    assert read(SPECS[type], raw) == kept


@pytest.mark.parametrize(
    ("type", "raw"),
    [
        (T.TEXT, "one\ntwo"),
        (T.TEXT, "x" * 201),
        (T.TEXT, 7),
        (T.TEXT, "a\0b"),
        (T.LONG, "x" * 10_001),
        (T.NUMBER, "twelve"),
        (T.NUMBER, True),
        (T.NUMBER, "NaN"),
        (T.NUMBER, "Infinity"),
        (T.NUMBER, "1e400"),
        (T.NUMBER, "0.0000001"),
        (T.DATE, "09.03.2026"),
        (T.DATE, "2026-02-30"),
        (T.YES_NO, "perhaps"),
        (T.CHOICE, "Pink"),
        (T.CHOICE, ["Red"]),
        (T.SEVERAL, "Red; Pink"),
        (T.SEVERAL, {"Red": 1}),
        (T.SEVERAL, [7]),
        (T.LINK, "javascript:alert(1)"),
        (T.LINK, "//shop.example"),
        (T.LINK, "https://[broken"),
        (T.EMAIL, "nobody"),
        (T.PHONE, "<b>"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(type: FieldType, raw: Any) -> None:
    found = check([SPECS[type]], {type.value: raw}, {})
    assert found.problems[type.value].endswith(".")
    assert not found.values


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)


@given(
    st.sampled_from(list(T)),
    ANYTHING | st.sampled_from([*COLOURS, "red;blue", "1.50", "2026-01-02", "a@b.example", "http://a"]),
)
def test_anything_is_kept_or_refused_and_what_is_kept_stays_itself(type: FieldType, raw: Any) -> None:
    spec = SPECS[type]
    found = check([spec], {spec.key: raw}, {})
    if found.problems:
        assert found.problems[spec.key].endswith(".")
        return
    kept = found.values.get(spec.key)
    assert read(spec, kept) == kept
    assert read(spec, shown(type, kept)) == kept


@given(
    st.dictionaries(st.sampled_from(["text", "number", "gone"]), st.sampled_from(["1", "2", "x", "", None])),
    st.dictionaries(st.sampled_from(["text", "number", "gone"]), st.sampled_from(["1", "2"])),
)
def test_a_change_touches_only_what_it_names(change: dict[str, Any], held: dict[str, Any]) -> None:
    found = check([SPECS[T.TEXT], SPECS[T.NUMBER]], change, held)
    for key in {*held, *found.values}:
        if key not in change or key in found.problems:
            assert found.values.get(key) == held.get(key)
    assert ("gone" in found.problems) == ("gone" in change)


def test_a_required_field_is_asked_of_a_new_record_and_must_not_be_emptied() -> None:
    need = Spec("po", "Web order", T.TEXT, required=True)
    other = SPECS[T.TEXT]
    assert check([need], {}, {}, new=True).problems == {"po": "Fill in Web order."}
    assert check([need], {"po": ""}, {"po": "7"}).problems == {"po": "Fill in Web order."}
    assert not check([need, other], {"text": "x"}, {}).problems  # the field came after the record
    assert not check([need], {}, {"po": "7"}, new=True).problems


def test_a_new_record_begins_with_the_defaults() -> None:
    spec = Spec("gift", "Gift", T.YES_NO, default=False)
    assert check([spec], {}, {}, new=True).values == {"gift": False}
    assert check([spec], {"gift": None}, {}, new=True).values == {}
    assert check([spec], {}, {}).values == {}


def test_tags_are_once_each_whichever_case_and_space() -> None:
    assert tag_names([" VIP", "vip", "", "big  one"]) == ["VIP", "big one"]
    for wrong in (["a,b"], ["a;b"], ["x" * 41], [7], ["a\x07b"], [str(n) for n in range(31)]):
        with pytest.raises(ValueError, match=r"\.$"):
            tag_names(wrong)


def test_search_finds_tags_and_texts_and_no_figures() -> None:
    found = words(
        list(SPECS.values()), {"text": "WEB-77", "number": "5", "several": ["Red", "Blue"]}, ["VIP"]
    )
    assert found == f"{BETWEEN}VIP{BETWEEN}WEB-77 Red; Blue"
