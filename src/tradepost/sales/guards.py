"""What stands in the way of a verb, in words: facts in, a refusal with cause and cure out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards look at, read by the verb under the document's lock.

    ``hold``: the reason why the document, or the order it serves, is on hold; empty if it is not.
    ``left``: something of it has still to be converted. ``followers``: documents made from it that are not
    cancelled or voided. ``paid``: some of it is paid, or applied to another document. ``priced``: it comes to
    something. ``credit``: why nothing goes out to the customer; empty if it may.
    """

    hold: str = ""
    lines: int = 1
    left: bool = True
    followers: int = 0
    paid: bool = False
    priced: bool = True
    credit: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, and what to do about it: a sentence each."""

    cause: str
    cure: str


class Guard(StrEnum):
    NOT_ON_HOLD = "not_on_hold"
    ON_HOLD = "on_hold"
    HAS_LINES = "has_lines"
    HAS_PRICE = "has_price"
    HAS_LEFT = "has_left"
    NOTHING_FOLLOWS = "nothing_follows"
    NOTHING_PAID = "nothing_paid"
    CREDIT_ALLOWS = "credit_allows"


def refusal(guards: tuple[Guard, ...], facts: Facts) -> Refusal | None:
    """The first guard that does not let it pass."""
    return next((_WORDS[guard](facts) for guard in guards if not _PASSES[guard](facts)), None)


_PASSES: Mapping[Guard, Callable[[Facts], bool]] = {
    Guard.NOT_ON_HOLD: lambda f: not f.hold,
    Guard.ON_HOLD: lambda f: bool(f.hold),
    Guard.HAS_LINES: lambda f: f.lines > 0,
    Guard.HAS_PRICE: lambda f: f.priced,
    Guard.HAS_LEFT: lambda f: f.left,
    Guard.NOTHING_FOLLOWS: lambda f: not f.followers,
    Guard.NOTHING_PAID: lambda f: not f.paid,
    Guard.CREDIT_ALLOWS: lambda f: not f.credit,
}
_WORDS: Mapping[Guard, Callable[[Facts], Refusal]] = {
    Guard.NOT_ON_HOLD: lambda f: Refusal(
        _("It is on hold: {hold}.").format(hold=f.hold.rstrip(".")), _("Release the hold first.")
    ),
    Guard.ON_HOLD: lambda f: Refusal(_("It is not on hold."), _("There is nothing to release.")),
    Guard.HAS_LINES: lambda f: Refusal(_("It has no lines."), _("Add a line first.")),
    Guard.HAS_PRICE: lambda f: Refusal(
        _("No price of the vendor is entered."), _("Enter what the vendor asks for it first.")
    ),
    Guard.HAS_LEFT: lambda f: Refusal(
        _("Nothing of it is left to convert."), _("Look at the documents made from it.")
    ),
    Guard.NOTHING_FOLLOWS: lambda f: Refusal(
        _("Other documents were made from it."),
        _("Cancel or void them first; the links on this page lead there."),
    ),
    Guard.NOTHING_PAID: lambda f: Refusal(
        _("A payment or credit is applied to it."), _("Take the payment off first.")
    ),
    Guard.CREDIT_ALLOWS: lambda f: Refusal(
        f"{f.credit}.", _("Take a payment, or let a bookkeeper change the customer's credit.")
    ),
}
