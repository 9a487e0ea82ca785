"""Take the next Ref # of a kind, and change how its numbers look (B26). What a pattern means is ``numbering``'s."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import Organisation
from tradepost.kit import clock
from tradepost.kit.errors import Invalid
from tradepost.sales import numbering
from tradepost.sales.models import Counter, Document, Kind

PATTERNS = {
    Kind.QUOTE: "Q-{n:05}",
    Kind.ORDER: "SO-{n:05}",
    Kind.PICK: "PL-{n:05}",
    Kind.SHIPMENT: "SH-{n:05}",
    Kind.INVOICE: "INV-{n:05}",
    Kind.PAYMENT: "PAY-{n:05}",
    Kind.CASH_SALE: "CS-{n:05}",
    Kind.CREDIT_NOTE: "CN-{n:05}",
    Kind.REFUND: "RF-{n:05}",
    Kind.RMA: "RMA-{n:05}",
    Kind.STATEMENT: "ST-{n:05}",
    Kind.PURCHASE_QUOTE: "PQ-{n:05}",
    Kind.PURCHASE_ORDER: "PO-{n:05}",
    Kind.RECEIPT: "RC-{n:05}",
    Kind.BILL: "BILL-{n:05}",
    Kind.BILL_PAYMENT: "BP-{n:05}",
    Kind.CASH_PURCHASE: "CP-{n:05}",
    Kind.VENDOR_CREDIT: "VC-{n:05}",
    Kind.VENDOR_REFUND: "VR-{n:05}",
}


def take_number(actor: Actor, kind: Kind) -> str:
    """The next Ref # of a kind. Holds the kind's lock until the transaction ends: no gap, no double."""
    return take_numbers(actor, kind, 1)[0]


def take_numbers(actor: Actor, kind: Kind, count: int) -> list[str]:
    """As many as asked, in order; see :func:`take_number`."""
    day = local_day(actor)
    pattern = _locked(actor, kind)
    period = numbering.period(pattern.pattern, day)
    counter = pattern if not period else _counter(actor, kind, pattern.pattern, period)
    first = counter.next_number
    counter.next_number += count
    counter.save(update_fields=["next_number"])
    return [numbering.render(pattern.pattern, n, day) for n in range(first, first + count)]


def set_pattern(actor: Actor, kind: Kind, pattern: str, next_number: int | None = None) -> str:
    """Change the pattern of a kind, and the number to go on with. What was numbered keeps its number; a number that
    would come twice is refused. Returns the Ref # that the next document gets."""
    actor.require(Permission.COMPANY_SETTINGS)
    pattern = numbering.check_pattern(pattern)
    with transaction.atomic():
        row = _locked(actor, kind)
        before = audit.snapshot(row)
        day = local_day(actor)
        period = numbering.period(pattern, day)
        counter = row if not period else _counter(actor, kind, pattern, period)
        wanted = _wanted(actor, kind, pattern, period, counter.next_number, next_number)
        row.pattern = pattern
        row.save(update_fields=["pattern"])
        counter.next_number = wanted
        counter.save(update_fields=["next_number"])
        row.refresh_from_db()
        after = {**audit.snapshot(row), "next_number": wanted}
        audit.record(actor, f"{kind.value}.number", row, before, after)
    return numbering.render(pattern, wanted, day)


def _wanted(actor: Actor, kind: Kind, pattern: str, period: str, counted: int, asked: int | None) -> int:
    """The number to go on with: the one that is ``asked``, else the next that nobody has."""
    used = _used(actor, kind, pattern, period)
    wanted = max(counted, used + 1) if asked is None else asked
    if not used < wanted < 10**9:
        sentence = _("{wanted} was given already: the highest so far is {used}.").format(
            wanted=wanted, used=used
        )
        raise Invalid(
            fields={"next_number": sentence}, cure=_("Go on with {used} or more.").format(used=used + 1)
        )
    return wanted


def _used(actor: Actor, kind: Kind, pattern: str, period: str) -> int:
    given = Document.everything.of(actor).filter(kind=kind).values_list("number", flat=True)
    return highest(pattern, period, given.iterator())


@dataclass(frozen=True, slots=True)
class Series:
    """How documents of a kind are numbered: ``upcoming`` are the next Ref #s if nothing else happens."""

    kind: Kind
    pattern: str
    next_number: int
    upcoming: tuple[str, ...]


def series(actor: Actor) -> list[Series]:
    """Of every kind. Nothing is taken."""
    actor.require(Permission.SALES_VIEW)
    held = {(row.kind, row.period): row for row in Counter.objects.of(actor)}
    day = local_day(actor)
    return [_series(actor, kind, day, held) for kind in PATTERNS]


def _series(actor: Actor, kind: Kind, day: date, held: Mapping[tuple[str, str], Counter]) -> Series:
    row = held.get((kind, ""))
    pattern = row.pattern if row else PATTERNS[kind]
    period = numbering.period(pattern, day)
    counter = held.get((kind, period))
    if counter is None and period:
        return _numbered(kind, pattern, _used(actor, kind, pattern, period) + 1, day)
    return _numbered(kind, pattern, counter.next_number if counter else 1, day)


def _numbered(kind: Kind, pattern: str, first: int, day: date, count: int = 3) -> Series:
    shown = tuple(numbering.render(pattern, n, day) for n in range(first, first + count))
    return Series(kind, pattern, first, shown)


def tried(actor: Actor, kind: Kind, pattern: str, next_number: int | None = None) -> Series:
    """What :func:`set_pattern` would make of it; raises as it does, and changes nothing."""
    actor.require(Permission.COMPANY_SETTINGS)
    pattern = numbering.check_pattern(pattern)
    day = local_day(actor)
    period = numbering.period(pattern, day)
    counter = Counter.objects.of(actor).filter(kind=kind, period=period).first()
    counted = counter.next_number if counter else 1
    return _numbered(kind, pattern, _wanted(actor, kind, pattern, period, counted, next_number), day)


def keep_ahead(actor: Actor, kind: Kind, numbers: Iterable[str]) -> None:
    """Numbers that came from elsewhere are in use: the counter goes on behind the highest of them."""
    row, day = _locked(actor, kind), local_day(actor)
    period = numbering.period(row.pattern, day)
    counter = row if not period else _counter(actor, kind, row.pattern, period)
    if (used := highest(row.pattern, period, numbers)) >= counter.next_number:
        counter.next_number = used + 1
        counter.save(update_fields=["next_number"])


def highest(pattern: str, period: str, numbers: Iterable[str]) -> int:
    """The highest ``{n}`` that ``pattern`` has given in ``period`` (as ``numbering.period`` names it); 0 if none."""
    found = [ref for number in numbers if (ref := numbering.parse(pattern, number))]
    return max((ref.n for ref in found if _period(ref) == period), default=0)


def _period(ref: numbering.Ref) -> str:
    year = f"{ref.year:04}" if ref.year else ""
    return f"{year}-{ref.month:02}" if ref.month else year


def _locked(actor: Actor, kind: Kind) -> Counter:
    if kind not in PATTERNS:
        raise Invalid(
            fields={
                "kind": _("Documents of the kind “{kind}” are not numbered here.").format(kind=kind.value)
            }
        )
    Counter.objects.get_or_create(
        organisation_id=actor.organisation_id, kind=kind, period="", defaults={"pattern": PATTERNS[kind]}
    )
    return Counter.objects.select_for_update().get(
        organisation_id=actor.organisation_id, kind=kind, period=""
    )


def _counter(actor: Actor, kind: Kind, pattern: str, period: str) -> Counter:
    """The counter of a year or month, whose pattern's row is locked already; a new one begins behind what is numbered so,
    such as by an import."""
    known = Counter.objects.of(actor).filter(kind=kind, period=period).first()
    return known or Counter.objects.create(
        organisation_id=actor.organisation_id,
        kind=kind,
        period=period,
        pattern="",
        next_number=_used(actor, kind, pattern, period) + 1,
    )


def local_day(actor: Actor) -> date:
    """The calendar day at the company."""
    zone = Organisation.objects.values_list("time_zone", flat=True).get(pk=actor.organisation_id)
    return clock.local_date(clock.now(), zone)
