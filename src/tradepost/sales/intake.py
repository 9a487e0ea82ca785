"""Documents that come with a number of their own, many at a time: out of a file, or from another system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.access import Actor
from tradepost.accounts.models import AuditEntry, Organisation
from tradepost.catalog.prices import PriceBook
from tradepost.custom.marking import Marker
from tradepost.kit.errors import Conflict, Fault, Invalid
from tradepost.people.models import Customer, TaxStatus, Vendor
from tradepost.sales import choices, deposits, goods, statuses, words
from tradepost.sales.addresses import AddressBook
from tradepost.sales.buyers import now_buys
from tradepost.sales.currencies import put_rate
from tradepost.sales.entering import Entries
from tradepost.sales.figures import put_taxes, put_totals
from tradepost.sales.joining import Joiner, Joint
from tradepost.sales.models import Document, Kind, Line
from tradepost.sales.numbers import keep_ahead, local_day
from tradepost.sales.services import (
    MAX_LINES,
    LineDraft,
    bought,
    checked_amount,
    make_lines,
    put_values,
)
from tradepost.sales.settling import MONEY
from tradepost.sales.state_table import MACHINES, PURCHASES
from tradepost.sales.tax_choice import TaxChooser
from tradepost.sales.whose import begin, reps_of
from tradepost.wire.copying import store


@dataclass(frozen=True, slots=True)
class Incoming:
    """A document as it comes: its number there, its values (of ``DOCUMENT_FIELDS``, and the ``hold_reason`` of one that is held) and its
    lines, or the ``amount`` of a kind that is one. ``order``: the number of the one that a ship doc or RMA is joined to."""

    number: str
    values: Mapping[str, Any]
    lines: tuple[LineDraft, ...] = ()
    amount: Decimal | None = None
    order: str = ""


def take_over(
    actor: Actor, kind: Kind, several: Sequence[Incoming], *, status: str = ""
) -> list[Document | Fault]:
    """Store each with the number that it has, all in one transaction, and in its ``status`` (default: the initial one).
    In the place of one that does not fit stands the fault that says why; it never stops the others.
    """
    machine = MACHINES[kind]
    actor.require(machine.edit)
    if status and status not in machine.open:
        raise Invalid(
            fields={
                "status": _("A {kind} comes as one of: {known}.").format(
                    kind=words.kind(kind), known=", ".join(machine.open)
                )
            }
        )
    with transaction.atomic():
        maker = _Maker(actor, kind, several, status or machine.initial)
        made = [maker.made(one) for one in several]
        fitting = [(row, lines) for row, lines in (m for m in made if not isinstance(m, Fault))]
        store([row for row, _lines in fitting])
        for row, lines in fitting:
            for line in lines:
                line.document = row
        store([line for _row, lines in fitting for line in lines])
        if goods.usual_location(actor) is not None:  # a company without one keeps no stock
            for row, _lines in fitting:
                goods.hold(actor, row)
                now_buys(actor, row)
        keep_ahead(actor, kind, [row.number for row, _lines in fitting])
        store([_entry(actor, kind, row) for row, _lines in fitting])
    return [m if isinstance(m, Fault) else m[0] for m in made]


def _entry(actor: Actor, kind: Kind, row: Document) -> AuditEntry:
    return AuditEntry(
        organisation_id=actor.organisation_id,
        user_id=actor.user_id,
        via=actor.via,
        verb=f"{kind}.take_over",
        kind="document",
        record_id=row.pk,
        label=str(row),
        after=audit.snapshot(row),
    )


class _Maker:
    """Documents and lines out of what came, with all that they name read at once."""

    def __init__(self, actor: Actor, kind: Kind, several: Sequence[Incoming], status: str) -> None:
        self._actor, self._kind, self._status = actor, kind, status
        self._party = "vendor" if kind in PURCHASES else "customer"
        parties = {one.values.get(f"{self._party}_id") for one in several}
        items = {line.item_id for one in several for line in one.lines}
        model: Any = Vendor if kind in PURCHASES else Customer
        rows = model.objects.of(actor).filter(pk__in=[pk for pk in parties if pk])
        self._parties: dict[int, Customer | Vendor] = {row.pk: row for row in rows}
        self._entries = Entries(actor, items)
        numbers = [one.number for one in several]
        held = Document.everything.of(actor).filter(kind=kind, number__in=numbers)
        self._taken = set(held.values_list("number", flat=True))
        self._reps = reps_of(actor, self._parties.values())
        self._currency = Organisation.objects.values_list("currency", flat=True).get(pk=actor.organisation_id)
        self._day = local_day(actor)
        self._marker = Marker(actor, kind)
        self._book = PriceBook(actor, self._entries.items)
        self._addresses = AddressBook()
        self._addresses.read(self._parties.values())
        self._taxes = TaxChooser(actor.organisation_id, self._addresses)
        self._first = statuses.initial(actor, kind)
        self._joiner = Joiner(actor, kind, [one.order for one in several])

    def made(self, one: Incoming) -> tuple[Document, list[Line]] | Fault:
        try:
            return self._made(one)
        except Fault as fault:
            return fault

    def _made(self, one: Incoming) -> tuple[Document, list[Line]]:
        party = self._parties.get(one.values.get(f"{self._party}_id") or 0)
        if party is None:
            raise Invalid(
                fields={f"{self._party}_id": _("There is no such {name}.").format(name=_(self._party))}
            )
        if not one.number or len(one.number) > 40:
            raise Invalid(fields={"number": _("A number has 1 to 40 characters.")})
        if one.number in self._taken:
            raise Conflict(
                _("There is {kind} {number} already.").format(
                    kind=words.with_article(self._kind), number=one.number
                ),
                cure=_("Leave it out, or change it on its page."),
            )
        if self._kind not in MONEY and not 0 < len(one.lines) <= MAX_LINES:
            raise Invalid(fields={"lines": _("A document has 1 to {most} lines.").format(most=MAX_LINES)})
        row = Document(
            organisation_id=self._actor.organisation_id,
            kind=self._kind,
            number=one.number,
            status=self._status,
            date=self._day,
            currency=self._currency,
            owner_id=self._actor.user_id,
            custom_status=self._first,
            **{self._party: party},
        )
        choices.check_party(row, party)
        choices.check_job(row, one.values)
        drafts = self._entered(one.lines)
        joint = self._joiner.join(one.order, party, drafts, self._entries.items) if one.order else None
        values = self._marker.mark(row, joint.head(one.values) if joint else one.values, new=True)
        put_values(row, {k: v for k, v in values.items() if k != f"{self._party}_id"}, party)
        begin(row, values, party, self._reps, new=True)
        self._addresses.begin(row, values, party, None)
        stated = any(line.tax_rate for line in one.lines)  # a taxable customer's rates in the file hold
        if stated and isinstance(party, Customer) and party.tax_status == TaxStatus.TAXABLE:
            row.tax_code = row.item_tax = None
        else:
            self._taxes.begin(row, values, None)
        row.exchange_rate = None
        if row.currency != self._currency:
            put_rate(row, values, None)
        if self._kind in MONEY:
            row.subtotal = row.total = checked_amount(one.amount, row.currency)
        lines = [] if self._kind in MONEY else self._lines(row, drafts, joint)
        if self._kind in deposits.TAKES:
            deposits.check(row, values)
        self._taken.add(one.number)
        return row, lines

    def _lines(self, row: Document, drafts: Sequence[LineDraft], joint: Joint | None) -> list[Line]:
        drafts = bought(self._actor, row, drafts, self._entries) if row.vendor else drafts
        lines = make_lines(
            self._actor, row, joint.drafts(drafts) if joint else drafts, self._entries, self._book
        )
        put_taxes(row, lines)
        put_totals(row, lines)
        if joint:
            row.source = joint.source
            for n, source in joint.lines.items():
                lines[n].source = source
            self._joiner.take(joint, lines)
        return lines

    def _entered(self, drafts: Sequence[LineDraft]) -> list[LineDraft]:
        for position, draft in enumerate(drafts, 1):
            if draft.item_id and draft.item_id not in self._entries.items:
                raise Invalid(
                    fields={
                        f"lines.{position}": _("Line {position} names no item of yours.").format(
                            position=position
                        )
                    }
                )
        return self._entries.entered(drafts)
