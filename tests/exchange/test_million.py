"""What ``make bench NAME=desk.million`` does with a million rows, with a few of the same file."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection

from bench.desk.million import LINES, content, is_bad
from tests.exchange.test_services import received, told
from tests.sales.trade import Trade, trade
from tradepost.catalog.models import Item
from tradepost.exchange import running, services
from tradepost.exchange.models import ImportRun, RunState
from tradepost.people.models import Customer
from tradepost.sales.converting import convert
from tradepost.sales.models import Document, Kind, Line
from tradepost.wire.locks import held, is_held

pytestmark = [pytest.mark.django_db, pytest.mark.req("B25")]
NUMBERS = [5, 6, 77, 100, 277, 300, 477, 677, 700, 877]
GOOD = [n for n in NUMBERS if not is_bad(n)]


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Trade:
    monkeypatch.setattr(running, "BATCH", 3)
    shop = trade()
    of = {"organisation_id": shop.actor.organisation_id}
    wanted = {n + more for n in NUMBERS for more in range(LINES)}
    Customer.objects.bulk_create(Customer(**of, number=f"C-{1 + n}", name=f"Customer {n}") for n in NUMBERS)
    Item.objects.bulk_create(Item(**of, sku=f"SKU-{1 + n}", name=f"Thing {n}", price=5) for n in wanted)
    return shop


def read(shop: Trade) -> ImportRun:
    return received(shop, "order", b"".join(content(NUMBERS)))


class Killed(BaseException):
    """What ends a process in the middle."""


def dies(done: int, total: int, failures: int) -> bool:
    raise Killed


def test_each_bad_order_is_refused_with_its_cause_and_no_other(shop: Trade) -> None:
    run = services.check(shop.actor, read(shop).pk, now=True)
    causes = [cause for _n, action, cause in told(run) if action == "refuse"]
    assert causes == [
        "There is no customer “C-none”.",
        "Row 22: Date: “2026-02-31” is not a day of the calendar.",
        "There is no item “SKU-none”.",
        "Row 37: Quantity: “=1+1” is a formula that was never calculated.",
        "Row 47: The row has 11 cells, the heading 9.",
    ]
    assert (run.counts, Document.objects.count()) == ({"create": len(GOOD), "refuse": 5}, 0)
    services.apply(shop.actor, run.pk, now=True)
    memos = dict(Document.objects.values_list("number", "memo"))
    assert (memos["OLD-5"], memos["OLD-6"], memos["OLD-100"]) == ("Straße", '=HYPERLINK("http://x")', "café")


def test_one_that_is_killed_leaves_nothing_half_goes_on_and_is_taken_back(shop: Trade) -> None:
    run = read(shop)
    with pytest.raises(Killed):
        services.apply(shop.actor, run.pk, now=True, tell=dies)
    assert (Document.objects.count(), Line.objects.count()) == (2, 2 * LINES)  # the batch that was stored
    run.refresh_from_db()
    assert (run.state, services.one(shop.actor, run.pk).state) == (RunState.APPLYING, RunState.STOPPED)
    seen: list[tuple[int, int, int]] = []
    services.apply(shop.actor, run.pk, now=True, tell=lambda *said: not seen.append(said))
    assert seen == [(12, 51, 1), (27, 51, 2), (42, 51, 4), (47, 51, 5)]
    assert sorted(Document.objects.values_list("number", flat=True)) == sorted(f"OLD-{n}" for n in GOOD)
    with pytest.raises(Killed):
        services.undo(shop.actor, run.pk, now=True, tell=dies)
    assert Document.objects.count() == 2
    services.undo(shop.actor, run.pk, now=True)
    run.refresh_from_db()
    assert (run.state, run.counts) == (RunState.UNDONE, {"undone": 5, "refuse": 5})
    assert (Document.everything.count(), Line.objects.count()) == (0, 0)


def test_what_is_taken_back_together_is_kept_where_somebody_uses_it(
    shop: Trade, django_assert_max_num_queries: Any
) -> None:
    run = services.apply(shop.actor, read(shop).pk, now=True)
    first, second, *_rest = Document.objects.filter(kind=Kind.ORDER).order_by("pk")
    Document.objects.filter(pk=first.pk).update(version=first.version + 1)
    convert(shop.actor, second.pk, Kind.INVOICE)
    with django_assert_max_num_queries(100):
        services.undo(shop.actor, run.pk, now=True)
    assert [(n, cause) for n, action, cause in told(run) if action == "kept"] == [
        (2, "Somebody changed the record since."),
        (7, "Other records hang on it."),
    ]
    assert set(Document.objects.filter(kind=Kind.ORDER)) == {first, second}
    Document.objects.filter(pk=first.pk).update(version=first.version)  # as somebody changed it back
    services.undo(shop.actor, run.pk, now=True)
    assert [n for n, action, _cause in told(run) if action == "kept"] == [7]
    Document.objects.get(source_id=second.pk).delete()
    services.undo(shop.actor, run.pk, now=True)
    assert {(action, cause) for _n, action, cause in told(run) if action != "refuse"} == {("undone", "")}
    assert not Document.everything.filter(kind=Kind.ORDER).exists()


def test_a_run_at_which_a_command_works_is_left_to_it(shop: Trade) -> None:
    """A lock of another session, as that of the command, is seen, and gone with it."""
    facts = connection.get_connection_params()
    known = {name: facts[name] for name in ("dbname", "host", "port", "user", "password") if name in facts}
    with psycopg.connect(**known) as other:
        other.execute("SELECT pg_advisory_lock(hashtext('exchange.import'), 7)")
        assert is_held("exchange.import", 7)
        assert not is_held("exchange.import", 8)
    with held("exchange.import", 7):
        assert not is_held("exchange.import", 8)
