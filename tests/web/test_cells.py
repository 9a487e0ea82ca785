"""The cells of a list: what django-tables2 puts into them, asked once for a column."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
import pytest

from tradepost.accounts.models import Membership
from tradepost.people.models import Customer, CustomerStatus
from tradepost.web import cells, columns


class Everything(tables.Table):
    """A column of each sort: own render, a field with choices, through a relation, a method, nothing, a link, many."""

    name = columns.Title(linkify=lambda record: f"/customers/{record.pk}/")
    status = columns.Plain()
    terms = columns.Plain()
    owner_name = columns.Person(accessor="owner__name")
    owner_language = columns.Plain(accessor="owner__language")
    parent_status = columns.Plain(accessor="parent__status")
    said = columns.Plain(accessor="__str__")
    missing = columns.Plain(accessor="nowhere__at_all", default="none")
    whole = tables.Column(accessor="name", empty_values=())
    contacts = tables.ManyToManyColumn()
    page = tables.LinkColumn("customer", args=[tables.A("pk")], text="Open", accessor="pk")

    def render_whole(self, record: Customer, table: Any, bound_row: Any, **more: Any) -> str:
        return f"{record.name} of {type(table).__name__}, {len(more)}"


@pytest.fixture
def customers(member: Membership) -> list[Customer]:
    given: dict[str, Any] = {"organisation": member.organisation}
    head = Customer.objects.create(name="Harbor", number="C-1", status=CustomerStatus.PROSPECT, **given)
    Customer.objects.create(name="", number="C-2", terms="Net 30", owner=member.user, parent=head, **given)
    return list(Customer.objects.order_by("number"))


@pytest.mark.parametrize("listed", [False, True])
def test_a_cell_holds_what_the_library_puts_into_it(customers: list[Customer], listed: bool) -> None:
    """``listed``: rows that come as a list, of which nobody knows the model."""
    table = Everything(customers if listed else Customer.objects.order_by("number"))
    ours = [[str(cell) for cell in row] for _row, row in cells.rows(table)]
    assert ours == [[str(cell) for _column, cell in row.items()] for row in table.rows]
    assert "Prospect" in ours[0][1]
    assert "Prospect" in ours[1][5]
