"""What a change of a record needs and brings with it, a function a kind. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tradepost.kit.errors import Conflict, Invalid
from tradepost.people.models import CaseStatus, LeadStatus, Stage

PROBABILITY = {Stage.QUALIFY: 20, Stage.PROPOSE: 50, Stage.NEGOTIATE: 70, Stage.WON: 100, Stage.LOST: 0}
CLOSED = (Stage.WON, Stage.LOST)
SOLVED = (CaseStatus.RESOLVED, CaseStatus.CLOSED)


@dataclass(frozen=True, slots=True)
class Change:
    """A record's columns before (empty for a new one) and now, which of them were given, and when."""

    now: Mapping[str, Any]
    at: datetime
    before: Mapping[str, Any] = field(default_factory=dict)
    given: frozenset[str] = frozenset()

    def moved(self, name: str) -> bool:
        return bool(self.now[name] != self.before.get(name))


Derived = Mapping[str, Any]  # further columns to set


def _need(change: Change, **sentences: str) -> None:
    missing = {name: sentence for name, sentence in sentences.items() if not change.now[name]}
    if missing:
        raise Invalid(fields=missing)


def customer(change: Change) -> Derived:
    _need(change, name=_("Enter the customer's name."))
    return {}


def vendor(change: Change) -> Derived:
    _need(change, name=_("Enter the vendor's name."))
    return {}


def contact(change: Change) -> Derived:
    if not any(change.now[name] for name in ("first_name", "last_name", "email_words")):
        raise Invalid(fields={"last_name": _("Enter a name or an e-mail address.")})
    return {}


def lead(change: Change) -> Derived:
    """A converted lead stays as it was; only ``leads.convert`` makes one of it."""
    if not any(change.now[name] for name in ("company", "first_name", "last_name", "email_words")):
        raise Invalid(fields={"company": _("Enter a company, a name or an e-mail address.")})
    was, now = change.before.get("status"), change.now["status"]
    if was == LeadStatus.CONVERTED and change.moved("status"):
        raise Conflict(
            _("This lead is converted already."), cure=_("Work on with the customer that it became.")
        )
    if now == LeadStatus.CONVERTED and was != now and not change.now["contact_id"]:
        raise Invalid(fields={"status": _("A lead becomes converted by Convert, not by its status.")})
    return {}


def opportunity(change: Change) -> Derived:
    """A new stage brings its usual probability; won and lost set the moment, and losing needs a reason."""
    _need(change, name=_("Enter a name."), customer_id=_("Choose a customer."))
    stage = Stage(change.now["stage"])
    if stage is Stage.LOST:
        _need(change, close_reason=_("Say why it was lost."))
    brought: dict[str, Any] = {}
    if change.moved("stage") and not ("probability" in change.given and change.moved("probability")):
        brought["probability"] = PROBABILITY[stage]
    if stage in CLOSED:
        brought["probability"] = PROBABILITY[stage]
        brought["closed_at"] = change.now["closed_at"] if not change.moved("stage") else change.at
        if stage is Stage.WON and change.now["revenue"] is None:
            brought["revenue"] = change.now["budget"]
    else:
        brought["closed_at"] = None
    return brought


def case(change: Change) -> Derived:
    """Solving needs words, and sets the moment; reopening clears it."""
    _need(change, subject=_("Enter a subject."))
    if change.now["status"] not in SOLVED:
        return {"closed_at": None}
    _need(change, resolution=_("Write how it was resolved."))
    return {"closed_at": change.now["closed_at"] or change.at}


def project(change: Change) -> Derived:
    _need(change, name=_("Enter a name."), customer_id=_("Choose a customer."))
    starts, ends = change.now["starts"], change.now["ends"]
    if starts and ends and ends < starts:
        raise Invalid(fields={"ends": _("The job ends before it starts.")})
    return {}
