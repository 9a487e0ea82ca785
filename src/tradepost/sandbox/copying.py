"""Documents that follow others, in bulk: a follower is a copy of its source in a few statements, so that amounts agree to the
cent without a second sum; what holds a part of its source is summed by the rule that splits documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Count, Prefetch

from tradepost.accounts.access import Actor
from tradepost.catalog.models import Location
from tradepost.sales.currencies import company_currency, share, worth
from tradepost.sales.figures import put_part
from tradepost.sales.models import Application, Document, Kind, Line, Returned
from tradepost.sales.numbers import take_numbers
from tradepost.wire.copying import store

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Follower:
    """What differs from the source. ``share``: how much of it is paid or used up, of a payment how much of its source it pays, after the share
    ``before``, and ``less`` is what a credit did. ``part``: 1 the first half of the lines, 2 the others, 3 one or two of the first, 0 all."""

    source: int
    day: date
    status: str
    due: date | None = None
    share: Decimal = ZERO
    method: str = ""
    carrier: str = ""
    tracking: str = ""
    part: int = 0
    less: Decimal | None = None
    before: Decimal = ZERO


_GIVEN = """unnest(%s::bigint[], %s::date[], %s::text[], %s::date[], %s::numeric[], %s::text[], %s::text[],
    %s::text[], %s::int[], %s::numeric[], %s::numeric[], %s::text[])
    AS f(source_id, date, status, due, share, method, carrier, tracking, part, less, before, number)"""
_AMOUNT = "round(d.total * (f.before + f.share), 2) - round(d.total * f.before, 2) - coalesce(f.less, 0)"
_AMOUNT_ONLY = {  # a payment is an amount: it has no lines, taxes or freight
    **dict.fromkeys(("subtotal", "total", "applied"), _AMOUNT),
    **dict.fromkeys(("freight", "discount", "discount_percent", "tax"), "0"),
    "taxes": "'[]'",
    **dict.fromkeys(("tax_code_id", "item_tax_id", "location_id", "promised"), "NULL"),
    **dict.fromkeys(("po_number", "channel"), "''"),
}
_KEPT_RATE = (Kind.CREDIT_NOTE, Kind.RMA)  # they take back what was charged at that rate


def _columns(model: type[Document] | type[Line]) -> list[str]:
    fields = model._meta.concrete_fields
    return [str(field.column) for field in fields if not (field.primary_key or field.generated)]


def follow(actor: Actor, kind: Kind, rows: Sequence[Follower], *, whole: bool = True) -> list[int]:
    """Write the followers down with their lines, numbered in the order of their days. Returns ids as ``rows``."""
    in_turn = sorted(range(len(rows)), key=lambda n: (rows[n].day, rows[n].source))
    numbers = take_numbers(actor, kind, len(rows))
    columns = zip(*(astuple(rows[n]) for n in in_turn), strict=True)
    given = [list(column) for column in columns] or [[]] * 11
    changed = {
        **{
            name: f"f.{name}"
            for name in ("source_id", "date", "status", "due", "method", "carrier", "tracking", "number")
        },
        "applied": "round(d.total * f.share, 2)",
        "kind": f"'{kind.value}'",
        "hold_reason": "''",
        "left_house": "false",
        "seen_in_mail": "NULL",
        "financial_status": "''",
        **({} if whole else _AMOUNT_ONLY),
    }
    names = _columns(Document)
    values = ", ".join(changed.get(name, f'd."{name}"') for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO sales_document ({_quoted(names)}) SELECT {values} FROM {_GIVEN}"  # noqa: S608 - our own names
            " JOIN sales_document d ON d.id = f.source_id ORDER BY f.number RETURNING number, id",
            [*given, numbers],
        )
        ids: dict[str, int] = dict(cursor.fetchall())
        made = [ids[number] for number in numbers]
        if whole:
            parts = {pk: rows[n].part for n, pk in zip(in_turn, made, strict=True) if rows[n].part}
            _copy_lines(cursor, [pk for pk in made if pk not in parts])
            if parts:
                _copy_parts(cursor, parts)
        if kind not in _KEPT_RATE:
            cursor.execute(_RATES, [made, company_currency(actor.organisation_id)])
    by_place = dict(zip(in_turn, made, strict=True))
    _sum_parts([by_place[n] for n, row in enumerate(rows) if row.part])
    return [by_place[n] for n in range(len(rows))]


def _copy_lines(cursor: CursorWrapper, documents: Sequence[int]) -> None:
    """All lines of the sources."""
    cursor.execute(
        f"{_insert_lines()} FROM sales_document d JOIN sales_line l ON l.document_id = d.source_id"
        " WHERE d.id = ANY(%s) ORDER BY d.id, l.position",
        [list(documents)],
    )


def _copy_parts(cursor: CursorWrapper, parts: Mapping[int, int]) -> None:
    """Of each document, by id, that part of the lines of its source."""
    counted = Document.objects.filter(pk__in=parts).annotate(n=Count("source__lines"))
    half = {pk: (n + 1) // 2 for pk, n in counted.values_list("pk", "n")}
    spans = {1: (1, 0), 2: (0, 9999), 3: (1, 1)}
    given = []
    for pk, part in parts.items():
        first, last = spans[part]
        given.append((pk, first or half[pk] + 1, last or half[pk], 2 if part == 3 else 999_999))
    cursor.execute(
        f"{_insert_lines('least(l.quantity, g.most)')} FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[])"
        " AS g(id, first, last, most) JOIN sales_document d USING (id) JOIN sales_line l ON l.document_id = d.source_id"
        " WHERE l.position BETWEEN g.first AND g.last ORDER BY d.id, l.position",
        [list(column) for column in zip(*given, strict=True)],
    )


def _insert_lines(quantity: str = "l.quantity") -> str:
    names = _columns(Line)
    changed = {"document_id": "d.id", "source_id": "l.id", "quantity": quantity}
    values = ", ".join(changed.get(name, f'l."{name}"') for name in names)
    return f"INSERT INTO sales_line ({_quoted(names)}) SELECT {values}"


_RATES = """UPDATE sales_document d SET exchange_rate =
    (SELECT rate FROM sales_exchangerate r WHERE r.organisation_id = d.organisation_id AND r.currency = d.currency
      AND r.day <= d.date ORDER BY r.day DESC LIMIT 1)
    WHERE id = ANY(%s) AND currency <> %s"""


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _sum_parts(documents: Sequence[int]) -> None:
    """Together the parts of a source come to the whole: the first bears the freight, the last takes what is left."""
    in_turn = Prefetch("lines", Line.objects.order_by("position"))
    rows = list(
        Document.objects.filter(pk__in=documents)
        .select_related("source__tax_code")
        .prefetch_related(in_turn, Prefetch("source__lines", Line.objects.order_by("position")))
        .order_by("source", "date", "pk")
    )
    earlier: dict[int, list[Document]] = {}
    for row in rows:
        assert row.source
        before = earlier.setdefault(row.source.pk, [])
        taken = {
            line.source_id: line.quantity for one in before for line in one.lines.all() if line.source_id
        }
        freight = row.kind != Kind.RMA and not before
        row.applied = ZERO
        put_part(row, list(row.lines.all()), row.source, taken, freight, before or None)
        before.append(row)
    Document.objects.bulk_update(
        rows,
        ["subtotal", "discount", "freight", "freight_net", "tax", "total", "taxes", "applied"],
        batch_size=500,
    )
    Line.objects.bulk_update(
        [line for row in rows for line in row.lines.all()], ["amount", "net"], batch_size=1000
    )


# -- money -------------------------------------------------------------------------------------------------------


def settle(actor: Actor, kind: Kind, rows: Sequence[Follower]) -> None:
    """Payments of an invoice or bill each."""
    ids = follow(actor, kind, rows, whole=False)
    _apply(actor, [(pk, row.source) for pk, row in zip(ids, rows, strict=True)])


def link(actor: Actor, credits: Mapping[int, int]) -> dict[int, Decimal]:
    """Credit notes, each of the invoice that it settles. Returns how much by invoice."""
    _apply(actor, list(credits.items()))
    totals = dict(Document.objects.filter(pk__in=credits).values_list("pk", "total"))
    by_invoice = {invoice: totals[pk] for pk, invoice in credits.items()}
    unpaid = list(Document.objects.filter(pk__in=by_invoice, applied=0))
    for row in unpaid:
        row.applied = by_invoice[row.pk]
    Document.objects.bulk_update(unpaid, ["applied"])
    return by_invoice


def _apply(actor: Actor, pairs: Sequence[tuple[int, int]]) -> None:
    """All of each credit or payment settles its document; in other money, with what that was worth at either rate."""
    company = company_currency(actor.organisation_id)
    ids = {pk for pair in pairs for pk in pair}
    found = Document.objects.filter(pk__in=ids).values_list("pk", "total", "currency", "exchange_rate")
    known = {pk: (total, currency, rate) for pk, total, currency, rate in found}
    counted: dict[int, tuple[Decimal, Decimal]] = {}
    if held := Application.objects.filter(document__in=ids, owed_value__isnull=False):
        counted = {one.document_id: (one.amount, one.owed_value or ZERO) for one in held}
    rows = []
    for credit, debt in pairs:
        (amount, currency, rate), (total, _same, owed_rate) = known[credit], known[debt]
        one = Application(
            organisation_id=actor.organisation_id, payment_id=credit, document_id=debt, amount=amount
        )
        if currency != company and rate and owed_rate:
            before, value = counted.get(debt, (ZERO, ZERO))
            whole = worth(total, currency, owed_rate, company) or ZERO
            one.paid_value = worth(amount, currency, rate, company)
            one.owed_value = share(total, whole, company, before + amount, value)
            counted[debt] = before + amount, value + one.owed_value
        rows.append(one)
    store(rows)


# -- goods -------------------------------------------------------------------------------------------------------

_VALUE = {
    "receipt": "round(l.amount * coalesce(d.exchange_rate, 1), 2)",
    # What was bought for a month is shared by what was sold in it; the last piece takes what is left.
    "shipment": "round(b.value * m.before / b.quantity, 2) - round(b.value * m.upto / b.quantity, 2)",
}
_MOVES = """WITH bought AS (
    SELECT item_id, date_trunc('month', at + interval '4 days') AS month, sum(value) AS value, sum(on_hand) AS quantity
    FROM catalog_stockmove WHERE organisation_id = %(organisation)s AND kind = 'receipt' GROUP BY 1, 2),
  m AS (
    SELECT l.id, sum(l.quantity) OVER t AS upto, sum(l.quantity) OVER t - l.quantity AS before
    FROM sales_line l JOIN sales_document d ON d.id = l.document_id WHERE d.id = ANY(%(documents)s)
    WINDOW t AS (PARTITION BY l.item_id, date_trunc('month', d.date) ORDER BY d.date, l.id))
INSERT INTO catalog_stockmove (organisation_id, posting, kind, at, item_id, location_id, on_hand, value,
    allocated, on_order, reason, ref_kind, ref_id, user_id, created_at)
  SELECT d.organisation_id, d.posting, %(kind)s, d.date + time '15:00', l.item_id, %(location)s,
    %(sign)s * l.quantity, {value}, 0, 0, '', 'line', l.id, %(user)s, now()
  FROM (SELECT *, gen_random_uuid() AS posting FROM sales_document WHERE id = ANY(%(documents)s) OFFSET 0) d
  JOIN sales_line l ON l.document_id = d.id JOIN catalog_item i ON i.id = l.item_id JOIN m ON m.id = l.id
  LEFT JOIN bought b ON b.item_id = l.item_id AND b.month = date_trunc('month', d.date)
  WHERE i.type = 'stock' ORDER BY d.date, l.id"""


def move(actor: Actor, location: Location, documents: Sequence[int], kind: str, sign: int) -> None:
    """The ledger's lines of receipts, then of what went out. Both together come to nothing, so no kept sum changes."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVES.format(value=_VALUE[kind]),
            {
                "organisation": actor.organisation_id, "documents": list(documents), "kind": kind,
                "location": location.pk, "sign": sign, "user": actor.user_id,
            },
        )  # fmt: skip


_SCRAP = """INSERT INTO catalog_stockmove (organisation_id, posting, kind, at, item_id, location_id, on_hand, value,
    allocated, on_order, reason, ref_kind, ref_id, user_id, created_at)
  SELECT d.organisation_id, gen_random_uuid(), %(kind)s, d.date + time '15:00', l.item_id, %(location)s,
    %(sign)s * l.quantity, %(sign)s * round(l.quantity * i.price * 0.55, 2), 0, 0, %(reason)s, 'line', l.id, %(user)s, now()
  FROM sales_document d JOIN sales_line l ON l.document_id = d.id JOIN catalog_item i ON i.id = l.item_id
  WHERE d.id = ANY(%(documents)s) ORDER BY d.date, l.id"""


def receive_back(actor: Actor, location: Location, returns: Sequence[int], reason: str) -> None:
    """All that RMAs name comes in and is scrapped: the ledger knows of both."""
    lines = Line.objects.filter(document__in=returns).values_list("pk", "quantity")
    Returned.objects.bulk_create(
        Returned(
            organisation_id=actor.organisation_id, line_id=pk, quantity=quantity, fate=Returned.Fate.SCRAP,
            reason=reason, user_id=actor.user_id,
        )
        for pk, quantity in lines
    )  # fmt: skip
    given = {"location": location.pk, "user": actor.user_id, "documents": list(returns)}
    with connection.cursor() as cursor:
        cursor.execute(_SCRAP, {**given, "kind": "return", "sign": 1, "reason": ""})
        cursor.execute(_SCRAP, {**given, "kind": "adjustment", "sign": -1, "reason": f"Scrapped: {reason}"})


def look_at() -> None:
    """Let the database know how much there is now: it plans by what it knew, and nobody has told it inside the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE sales_document, sales_line, sales_application, catalog_stockmove, people_customer"
        )
