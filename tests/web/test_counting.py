"""How long lists are counted: exactly while they are short, now and then when they are long."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tradepost.accounts.models import Membership
from tradepost.people.models import Customer
from tradepost.web import counting


@pytest.fixture
def three(member: Membership, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(counting, "MANY", 3)
    return _add(member, 3)


def _add(member: Membership, n: int) -> Any:
    for _n in range(n):
        Customer.objects.create(
            organisation=member.organisation, name="Harbor", number=f"C-{Customer.objects.count()}"
        )
    return Customer.objects.filter(organisation=member.organisation).order_by("name")


def test_a_short_list_is_exact(member: Membership) -> None:
    assert counting.count(_add(member, 2), now=100.0) == 2
    assert counting.count(_add(member, 1), now=100.0) == 3


def test_a_long_one_is_remembered_for_a_minute(member: Membership, three: Any) -> None:
    assert counting.count(three, now=100.0) == 3
    _add(member, 2)
    with CaptureQueriesContext(connection) as asked:
        assert counting.count(three, now=100.0 + counting.KEPT) == 3
    assert len(asked) == 0
    assert counting.count(three, now=101.0 + counting.KEPT) == 5


def test_another_filter_is_another_list(member: Membership, three: Any) -> None:
    assert counting.count(three, now=100.0) == 3
    _add(member, 1)
    assert counting.count(three.exclude(number="C-0"), now=100.0) == 3


def test_one_that_became_short_is_exact_again(member: Membership, three: Any) -> None:
    assert counting.count(three, now=100.0) == 3
    Customer.objects.filter(number="C-0").delete()
    assert counting.count(three, now=101.0 + counting.KEPT) == 2
    Customer.objects.filter(number="C-1").delete()
    assert counting.count(three, now=101.0 + counting.KEPT) == 1


def test_a_filter_that_nothing_can_meet(member: Membership) -> None:
    assert counting.count(_add(member, 1).filter(pk__in=[])) == 0


def test_several_lists_by_one_question(member: Membership) -> None:
    rows = _add(member, 3)
    lists = [
        rows,
        rows.filter(pk__in=[]),
        rows.filter(number="C-0"),
        rows.filter(name__in=["Harbor", "Pine"]),
    ]
    with CaptureQueriesContext(connection) as asked:
        assert counting.counts(lists) == [3, 0, 1, 3]
    assert len(asked) == 1
    assert counting.counts([]) == []


def test_no_further_than_somebody_reads(member: Membership) -> None:
    rows = _add(member, 3)
    assert counting.counts([rows, rows.filter(number="C-0")], most=2) == [2, 1]
    assert [counting.badge(n) for n in (0, 1, 999, 1_000)] == ["", "1", "999", "999+"]


def test_lists_whose_values_begin_alike_are_two(member: Membership, three: Any) -> None:
    alike = [three.filter(custom__contains={"note": "as long as can be " * 9 + end}) for end in "ab"]
    for row, end in zip(three, "aaa", strict=True):
        Customer.objects.filter(pk=row.pk).update(custom={"note": "as long as can be " * 9 + end})
    assert [counting.count(rows, now=100.0) for rows in alike] == [3, 0]
