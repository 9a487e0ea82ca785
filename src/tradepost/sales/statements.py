"""What a customer owes on a day, as a document of its own, and how it came to that: its lines are what is open, or with a first day the
balance carried forward and everything since. It bears no tax, for the invoices did."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from tradepost.accounts.access import Actor, Permission
from tradepost.accounts.models import AuditEntry, Organisation
from tradepost.accounts.tenancy import ScopedQuerySet
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid
from tradepost.people.models import Customer
from tradepost.sales import pdf
from tradepost.sales.deposits import TAKES
from tradepost.sales.ledger import WRITTEN_OFF, Account, Posting, Settled, account, given_up
from tradepost.sales.models import Application, Document, Kind
from tradepost.sales.numbers import local_day
from tradepost.sales.services import MAX_LINES, LineDraft, save_document
from tradepost.sales.settling import CREDITS, OWED
from tradepost.sales.standing import branches
from tradepost.sales.state_table import DEAD

# What is posted to a customer's account, and on which side. A cash sale is paid as it is sold.
_SIDES = {Kind.INVOICE: 1, Kind.REFUND: 1, Kind.PAYMENT: -1, Kind.CREDIT_NOTE: -1}


def make_statement(
    actor: Actor,
    customer_id: int,
    *,
    currency: str = "",
    first: date | None = None,
    last: date | None = None,
    with_branches: bool = False,
) -> Document:
    """A statement as of the end of ``last`` (today) in one currency (by default the customer's). With ``first`` it carries the balance
    forward to that day and shows each invoice, credit, payment and refund since; without, what is open, the oldest first. Of more
    than a document holds, the oldest are one line. ``Conflict`` where there is nothing to say, with the currencies in
    which something is open."""
    actor.require(Permission.INVOICING)
    customer = Customer.objects.pick(actor, customer_id)
    company = Organisation.objects.get(pk=actor.organisation_id)
    currency, today = currency.strip().upper() or customer.currency or company.currency, local_day(actor)
    last = last or today
    if last > today:
        raise Invalid(fields={"last": _("The last day is still to come.")})
    if first and first > last:
        raise Invalid(fields={"first": _("The first day lies after the last.")})
    members = [customer.pk, *(branches(customer) if with_branches else ())]
    found = account_of(actor, members, currency, first, last)
    lines = _Words(customer.language or company.locale, last).lines(found, forward=first is not None)
    if not lines:
        raise _nothing(actor, customer, members, currency, first, last)
    kept = {"last": last.isoformat(), "ages": [str(age) for age in found.ages]}
    with transaction.atomic():
        values = {"customer_id": customer.pk, "currency": currency, "date": last}
        row = save_document(actor, Kind.STATEMENT, values, lines)
        row.account = kept | ({"first": first.isoformat()} if first else {})
        row.save(update_fields=["account"])
    return row


def account_of(
    actor: Actor, customers: Collection[int], currency: str, first: date | None, last: date
) -> Account:
    """The account of these customers in a currency, as the books say it now; what was cancelled or voided is not in it."""
    rows = list(
        Document.objects.of(actor)
        .filter(kind__in=_SIDES, customer__in=customers, currency=currency, date__lte=last)
        .exclude(status__in=("draft", *DEAD))
        .select_related("source")
    )
    several = len(customers) > 1
    postings = {row.pk: _posting(row, several) for row in rows}
    applied = Application.objects.of(actor).filter(Q(payment__in=postings) | Q(document__in=postings))
    settled = [Settled(*one) for one in applied.values_list("payment_id", "document_id", "amount")]
    used: dict[int, Decimal] = {}
    for one in settled:
        for key in (one.credit, one.debt):
            used[key] = used.get(key, Decimal(0)) + one.amount
    days = _written_off(actor, [row.pk for row in rows if row.status == WRITTEN_OFF])
    for row in rows:
        posting = postings[row.pk]
        lost = given_up(posting, used.get(row.pk, Decimal(0)), _open(row), days.get(row.pk, row.date))
        if lost:
            postings[lost[0].key] = lost[0]
            settled.append(lost[1])
    return account(postings.values(), settled, first, last)


def _posting(row: Document, several: bool) -> Posting:
    # A refund is what it pays back of a credit; one that pays back none is outside the account.
    amount = row.applied if row.kind == Kind.REFUND else row.total
    return Posting(
        key=row.pk,
        day=row.date,
        amount=_SIDES[Kind(row.kind)] * amount,
        kind=row.kind,
        number=row.number,
        due=row.due if row.kind == Kind.INVOICE else None,
        note=row.po_number,
        deposit_for=row.source.number
        if row.kind == Kind.PAYMENT and row.source and row.source.kind in TAKES
        else "",
        of=row.customer_name if several else "",
    )


def _open(row: Document) -> Decimal:
    """What the books still hold of a document, without its sign."""
    kind = Kind(row.kind)
    states = OWED[kind] if kind in OWED else CREDITS[kind].states if kind in CREDITS else ()
    return abs(row.balance) if row.status in states else Decimal(0)


def _written_off(actor: Actor, keys: Sequence[int]) -> dict[int, date]:
    """The day on which each of these invoices was written off last."""
    zone = Organisation.objects.values_list("time_zone", flat=True).get(pk=actor.organisation_id)
    entries = AuditEntry.objects.of(actor).filter(
        kind="document", record_id__in=keys, verb=f"{Kind.INVOICE}.write_off"
    )
    found = entries.values_list("record_id").annotate(Max("at")).order_by()
    return {key: clock.local_date(at, zone) for key, at in found}


def _nothing(
    actor: Actor, customer: Customer, members: Collection[int], currency: str, first: date | None, last: date
) -> Conflict:
    others = ", ".join(
        sorted(set(_unsettled(actor, members).values_list("currency", flat=True)) - {currency})
    )
    cure = (
        _("Something is open in {others}: choose that.").format(others=others)
        if others
        else _("Choose another customer.")
    )
    if first is None:
        return Conflict(
            _("{customer} owes nothing in {currency}.").format(customer=customer, currency=currency),
            cure=cure,
        )
    sentence = _("Nothing moved on the account of {customer} in {currency} from {first} to {last}.")
    return Conflict(
        sentence.format(customer=customer, currency=currency, first=first.isoformat(), last=last.isoformat()),
        cure=cure,
    )


def _unsettled(actor: Actor, members: Collection[int]) -> ScopedQuerySet[Document]:
    """What is open of customers now, in every currency."""
    owed = Q(kind=Kind.INVOICE, status__in=OWED[Kind.INVOICE])
    for kind in (Kind.PAYMENT, Kind.CREDIT_NOTE):
        owed |= Q(kind=kind, status__in=CREDITS[kind].states)
    return Document.objects.of(actor).filter(owed, customer__in=members, total__gt=F("applied"))


class _Words:
    """The lines of a statement, in the language of its paper."""

    def __init__(self, language: str, last: date) -> None:
        self.words, self.last = pdf.words_in(language), last
        self.owed: set[int] = set()

    def lines(self, found: Account, *, forward: bool) -> list[LineDraft]:
        """A line each; of more than fit, the oldest together. None where there is nothing to say."""
        self.owed = {p.key for p, _rest in found.open}
        shown = [(p, p.amount) for p in found.moves] if forward else list(found.open)
        if not forward:
            return self._folded(shown, MAX_LINES)
        if not shown and not found.opening:
            return []
        return [_draft(self.words["opening"], found.opening), *self._folded(shown, MAX_LINES - 1)]

    def _folded(self, shown: Sequence[tuple[Posting, Decimal]], most: int) -> list[LineDraft]:
        if len(shown) <= most:
            return [self._line(*one) for one in shown]
        older, newer = shown[: 1 - most], shown[1 - most :]
        words = self.words["older"].format(n=len(older), day=self._day(older[-1][0].day))
        owed = sum((amount for _posting, amount in older), Decimal(0))
        return [_draft(words, owed), *(self._line(*one) for one in newer)]

    def _line(self, posting: Posting, amount: Decimal) -> LineDraft:
        kind = self.words["kinds"].get(posting.kind) or self.words[posting.kind]
        said = [posting.number, kind, self._day(posting.day), posting.of, posting.note]
        if posting.deposit_for:
            said.append(self.words["deposit_for"].format(number=posting.deposit_for))
        if posting.due:
            late = "overdue" if posting.due < self.last and posting.key in self.owed else "due_on"
            said.append(self.words[late].format(day=self._day(posting.due)))
        return _draft(" · ".join(filter(None, said)), amount)

    def _day(self, day: date) -> str:
        return pdf.day_in(day.isoformat(), self.words["day"])


def _draft(words: str, owed: Decimal) -> LineDraft:
    return LineDraft(description=words, unit_price=owed, tax_rate=Decimal(0), taxable=False)
