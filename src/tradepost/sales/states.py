"""What may become of a document, decided by the table in ``state_table``.

A state is never assigned: a verb asks :func:`next_state` and gets a :class:`Transition`, or a
:class:`Refusal` to show. Buttons come from the same table, so a page never offers what a verb would refuse. A
company's own statuses stand beside the fixed ones and never decide.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tradepost.accounts.access import Permission
from tradepost.kit.errors import Conflict
from tradepost.kit.words import within
from tradepost.sales import words
from tradepost.sales.guards import Facts, Guard, Refusal, refusal
from tradepost.sales.state_table import MACHINES, PURCHASES, Kind

__all__ = [
    "CONVERSIONS",
    "Button",
    "Conversion",
    "Facts",
    "Kind",
    "Refusal",
    "Transition",
    "buttons",
    "conversion",
    "editable",
    "follow",
    "follows",
    "names_vendor",
    "next_state",
    "require",
]


@dataclass(frozen=True, slots=True)
class Transition:
    """A verb that may be done now: where it leads, and the permission that the verb must ask for."""

    verb: str
    target: str
    permission: Permission


@dataclass(frozen=True, slots=True)
class Button:
    """A verb as a page shows it. ``refusal``: shown, but not to be pressed now, and why."""

    verb: str
    label: str
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Conversion:
    """A kind of document that another can be made from, in the states ``sources``, with the ``permission`` of
    whoever makes the new one. It takes quantities or
    amounts, as often as something is left (``rules.remaining``)."""

    source: Kind
    target: Kind
    sources: tuple[str, ...]
    guards: tuple[Guard, ...] = (Guard.HAS_LEFT,)

    @property
    def permission(self) -> Permission:
        return MACHINES[self.target].edit


def _conversions() -> dict[tuple[Kind, Kind], Conversion]:
    k, left, free = Kind, (Guard.HAS_LEFT,), (Guard.NOT_ON_HOLD, Guard.HAS_LEFT)
    priced = (Guard.NOT_ON_HOLD, Guard.HAS_PRICE, Guard.HAS_LEFT)
    active, invoiced, ordered = (
        "open partly_shipped",
        "issued partly_paid paid",
        "sent confirmed partly_received",
    )
    table = [
        (k.QUOTE, k.ORDER, "draft sent accepted", left),
        (k.QUOTE, k.INVOICE, "draft sent accepted", left),
        (k.QUOTE, k.CASH_SALE, "draft sent accepted", left),
        (k.ORDER, k.PICK, active, free),
        (k.ORDER, k.SHIPMENT, active, free),
        (k.ORDER, k.INVOICE, f"{active} shipped", left),
        (k.ORDER, k.PURCHASE_QUOTE, f"draft {active}", left),
        (k.ORDER, k.PURCHASE_ORDER, active, free),
        (k.ORDER, k.PAYMENT, f"draft {active} shipped", left),
        (k.PICK, k.SHIPMENT, "picked", free),
        (k.SHIPMENT, k.INVOICE, "shipped delivered", left),
        (k.SHIPMENT, k.RMA, "shipped delivered", left),
        (k.INVOICE, k.PAYMENT, "issued partly_paid", left),
        (k.INVOICE, k.CREDIT_NOTE, invoiced, left),
        (k.INVOICE, k.RMA, invoiced, left),
        (k.CASH_SALE, k.CREDIT_NOTE, "completed", left),
        (k.CASH_SALE, k.RMA, "completed", left),
        (k.RMA, k.CREDIT_NOTE, "approved partly_received received", left),
        (k.RMA, k.ORDER, "approved partly_received received", left),
        (k.CREDIT_NOTE, k.REFUND, "issued", left),
        (k.PAYMENT, k.REFUND, "received deposited", left),
        (k.PURCHASE_QUOTE, k.PURCHASE_QUOTE, "draft sent answered accepted declined expired", left),
        (k.PURCHASE_QUOTE, k.PURCHASE_ORDER, "answered accepted", priced),
        (k.PURCHASE_QUOTE, k.CASH_PURCHASE, "answered accepted", priced),
        (k.PURCHASE_ORDER, k.RECEIPT, ordered, left),
        (k.PURCHASE_ORDER, k.BILL, f"{ordered} received", left),
        (k.RECEIPT, k.BILL, "received", left),
        (k.PURCHASE_ORDER, k.BILL_PAYMENT, f"{ordered} received", left),
        (k.BILL, k.BILL_PAYMENT, "approved partly_paid", left),
        (k.BILL, k.VENDOR_CREDIT, "approved partly_paid paid", left),
        (k.CASH_PURCHASE, k.VENDOR_CREDIT, "completed", left),
        (k.BILL_PAYMENT, k.VENDOR_REFUND, "paid", left),
        (k.VENDOR_CREDIT, k.VENDOR_REFUND, "approved", left),
    ]
    return {
        (source, target): Conversion(source, target, tuple(states.split()), guards)
        for source, target, states, guards in table
    }


CONVERSIONS = _conversions()


def names_vendor(source: Kind, target: Kind) -> bool:
    """Whether whoever makes a ``target`` chooses its vendor: a purchase for a sale, or another vendor who is asked for the same."""
    return target in PURCHASES and (source not in PURCHASES or source is target)


def next_state(kind: Kind, state: str, verb: str, facts: Facts) -> Transition | Refusal:
    """What ``verb`` would do to a document of ``kind`` in ``state``. An unknown verb is refused like an unfit
    one."""
    machine = MACHINES[kind]
    row = machine.row(verb)
    if row is None or state not in row.sources:
        possible = words.either(
            [within(words.verb(r.verb)) for r in machine.rows if state in r.sources and not r.follows]
        )
        cure = (
            _("What can be done now: {possible}.").format(possible=possible)
            if possible
            else _("Copy it into a new document instead.")
        )
        return Refusal(
            _("“{verb}” does not fit {kind} that is {state}.").format(
                verb=within(words.verb(verb)), kind=words.with_article(kind), state=words.state(state)
            ),
            cure,
        )
    return refusal(row.guards, facts) or Transition(verb, row.target or state, row.permission)


def require(kind: Kind, state: str, verb: str, facts: Facts) -> Transition:
    """As :func:`next_state`; a refusal is raised as ``Conflict``, and so is a verb that only follows from other
    documents. The permission is still the caller's to ask."""
    if follows(kind, verb):
        raise Conflict(
            _("“{verb}” follows from other documents.").format(verb=within(words.verb(verb))),
            cure=_("Make, finish or void those instead."),
        )
    found = next_state(kind, state, verb, facts)
    if isinstance(found, Refusal):
        raise Conflict(found.cause, cure=found.cure)
    return found


def follow(kind: Kind, state: str, target: str, facts: Facts) -> Transition | Refusal | None:
    """The transition by which a document comes to ``target`` because of what was made from it; None if it stands
    there or is past it (a closed order stays closed)."""
    for row in MACHINES[kind].rows:
        if row.follows and row.target == target and state in row.sources and state != target:
            return refusal(row.guards, facts) or Transition(row.verb, target, row.permission)
    return None


def follows(kind: Kind, verb: str) -> bool:
    """Whether a verb is never pressed, but follows from other documents."""
    row = MACHINES[kind].row(verb)
    return row is not None and row.follows


def editable(kind: Kind, state: str) -> bool:
    """Whether the lines and the head may still be changed. What left the house is revised or credited
    instead."""
    return state in MACHINES[kind].open


def buttons(kind: Kind, state: str, facts: Facts, permissions: Collection[Permission]) -> tuple[Button, ...]:
    """The verbs that fit the state, for somebody with ``permissions``, in the table's order."""
    return tuple(
        Button(row.verb, words.verb(row.verb), refusal(row.guards, facts))
        for row in MACHINES[kind].rows
        if state in row.sources and row.permission in permissions and not row.follows
    )


def conversion(source: Kind, state: str, target: Kind, facts: Facts) -> Conversion | Refusal:
    """Whether a ``target`` can be made from a document of ``source`` in ``state``. ``facts`` are the
    source's."""
    found = CONVERSIONS.get((source, target))
    made = words.with_article(target)
    kinds = {"target": made[0].upper() + made[1:], "source": words.with_article(source)}
    if found is None:
        cause = _("{target} is not made from {source}.").format(**kinds)
        return Refusal(cause, _("Create it by itself."))
    if state not in found.sources:
        cause = _("{target} is not made from {source} that is {state}.").format(
            **kinds, state=words.state(state)
        )
        must = words.either([words.state(name) for name in found.sources])
        return Refusal(cause, _("It must be {states}.").format(states=must))
    return refusal(found.guards, facts) or found
