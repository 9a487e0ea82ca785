"""Files and mails have every row of a report, or are refused."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail

from tests.sales.test_lists import client_of
from tests.sales.trade import Trade, trade
from tradepost.catalog.services import save_location
from tradepost.exchange.table import layout_of, rows_of
from tradepost.kit.errors import Conflict
from tradepost.reports import engine, services, tasks
from tradepost.reports.reordering import set_level
from tradepost.reports.rules import Query
from tradepost.sales.models import Document, Kind

pytestmark = pytest.mark.django_db
EACH = Query("open-orders", ("number",), "all")


def orders(shop: Trade, count: int) -> None:
    """So many open orders of a dollar more each."""
    row = shop.document(Kind.ORDER, "1")
    values = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.generated}
    values |= {"id": None}
    rows = [Document(**{**values, "number": f"W-{n:06}", "total": Decimal(n)}) for n in range(1, count)]
    Document.objects.bulk_create(rows, batch_size=2000)
    Document.objects.filter(pk=row.pk).update(total=0)


def cells(content: bytes) -> list[list[Any]]:
    file = io.BytesIO(content)
    return [row for _n, row in rows_of(file, layout_of(file))]


@pytest.mark.req("B23")
def test_files_and_mails_have_the_rows_that_a_page_has_not() -> None:
    shop, count = trade(), engine.MOST_ROWS + 3
    orders(shop, count)
    client, address = client_of(shop), "/reports/open-orders/?group=number&period=all"
    page = client.get(address).content.decode()
    assert "There are more than 10,000 rows" in page
    assert "W-009999" not in page  # the largest of those that were read would be a bar
    post = {"rhythm": "daily", "hour": 0, "recipients": ["boss@example.com"]}
    services.save(shop.actor, "Open", EACH, **post)
    tasks.post(0)
    [sent] = mail.outbox
    assert f"{count} rows" in sent.body
    files = [client.get(f"{address}&format={form}").content for form in ("csv", "xlsx")]
    for content in (*files, sent.attachments[0][1]):
        rows = cells(content)
        assert len({row[0] for row in rows[1:-1]}) == len(rows) - 2 == count
        assert sum(Decimal(row[2]) for row in rows[1:-1]) == Decimal(rows[-1][2]) == count * (count - 1) // 2


@pytest.mark.parametrize(("count", "refused"), [(2, False), (3, False), (4, True)])
def test_what_is_longer_than_a_file_is_refused_with_its_cure(count: int, refused: bool) -> None:
    shop = trade()
    orders(shop, count)
    part = engine.run(shop.actor, EACH, most=3)
    assert (len(part.rows), part.cut) == (min(count, 3), refused)
    if not refused:
        assert list(engine.whole(shop.actor, EACH, most=3).rows) == part.rows
        return
    with pytest.raises(Conflict, match=r"4 rows, and a file holds 3\. Narrow the period"):
        engine.whole(shop.actor, EACH, most=3)


def test_what_is_computed_is_bounded_as_well() -> None:
    shop = trade()
    place = save_location(shop.actor, {"name": "Main"}).pk
    for item in shop.items[:2]:
        set_level(shop.actor, item, place, Decimal(5), Decimal(9))
    part = engine.run(shop.actor, Query("reorder"), most=1)
    assert (len(part.rows), part.cut) == (1, True)
    assert len(engine.whole(shop.actor, Query("reorder"), most=2).rows) == 2
    with pytest.raises(Conflict):
        engine.whole(shop.actor, Query("reorder"), most=1)
