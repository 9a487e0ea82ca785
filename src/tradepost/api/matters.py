"""Leads, opportunities, cases and jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from django.http import HttpResponse
from ninja import Router, Schema
from pydantic import Field

from tradepost.accounts.access import Permission
from tradepost.api import records
from tradepost.api.call import Call, expected_version, needs
from tradepost.api.people import REACH, KeptIn, KeptOut, PartyIn, PartyRow, Reached
from tradepost.api.records import Listed, Room
from tradepost.api.schema import Id, In
from tradepost.people import leads
from tradepost.people.models import (
    CaseStatus,
    CustomerStatus,
    Kept,
    LeadStatus,
    Priority,
    ProjectStatus,
    Source,
    Stage,
)

router = Router(tags=["Leads, opportunities, cases and jobs"])

Amount = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2)]
Percent = Annotated[int, Field(ge=0, le=100)]
By = Source | Literal[""]


class LeadIn(PartyIn):
    """``number`` is given out where it is not sent. A lead becomes ``converted`` by its own address, not by ``status``."""

    number: str = ""
    company: str = ""
    first_name: str = ""
    last_name: str = ""
    job_title: str = ""
    website: str = ""
    source: By = ""
    status: LeadStatus = LeadStatus.NEW
    status_reason: str = ""


class LeadRow(PartyRow):
    number: str
    company: str
    first_name: str
    last_name: str
    job_title: str
    website: str
    source: str
    status: LeadStatus
    status_reason: str
    customer_id: int | None
    contact_id: int | None
    opportunity_id: int | None


class LeadOut(Reached, LeadRow):
    pass


class MatterIn(KeptIn):
    """``number`` is given out where it is not sent."""

    number: str = ""
    customer_id: Id | None = None
    contact_id: Id | None = None


class MatterOut(KeptOut):
    number: str
    customer_id: int | None
    contact_id: int | None


class OpportunityIn(MatterIn):
    """A new ``stage`` brings its usual ``probability``; ``lost`` needs a ``close_reason``. See ``MatterIn`` for the rest."""

    name: str = ""
    stage: Stage = Stage.QUALIFY
    probability: Percent = 20
    expected: date | None = None
    budget: Amount | None = None
    revenue: Amount | None = None
    currency: str = ""
    source: By = ""
    need: str = ""
    solution: str = ""
    close_reason: str = ""


class OpportunityOut(MatterOut):
    name: str
    stage: Stage
    probability: int
    expected: date | None
    budget: Decimal | None
    revenue: Decimal | None
    currency: str
    source: str
    need: str
    solution: str
    close_reason: str
    closed_at: datetime | None


class CaseIn(MatterIn):
    """``resolved`` and ``closed`` need a ``resolution``. See ``MatterIn`` for the rest."""

    subject: str = ""
    description: str = ""
    priority: Priority = Priority.NORMAL
    status: CaseStatus = CaseStatus.OPEN
    source: By = ""
    assignee_id: Id | None = None
    due: date | None = None
    resolution: str = ""


class CaseOut(MatterOut):
    subject: str
    description: str
    priority: Priority
    status: CaseStatus
    source: str
    assignee_id: int | None
    due: date | None
    resolution: str
    closed_at: datetime | None


class ProjectIn(MatterIn):
    name: str = ""
    status: ProjectStatus = ProjectStatus.PLANNED
    starts: date | None = None
    ends: date | None = None
    budget: Amount | None = None


class ProjectOut(MatterOut):
    name: str
    status: ProjectStatus
    starts: date | None
    ends: date | None
    budget: Decimal | None


# -- addresses -------------------------------------------------------------------------------------------------------

Newest = Literal["number", "-number", "created_at", "-created_at", "updated_at", "-updated_at"]


class LeadFilter(Listed):
    email: str = ""
    status: LeadStatus | None = None
    source: Source | None = None
    sort: Newest = "-created_at"


class MatterFilter(Listed):
    customer_id: Id | None = None
    contact_id: Id | None = None
    sort: Newest = "-created_at"


class OpportunityFilter(MatterFilter):
    stage: Stage | None = None


class CaseFilter(MatterFilter):
    status: CaseStatus | None = None
    priority: Priority | None = None
    assignee_id: Id | None = None
    due_before: date | None = None
    PATHS: ClassVar[Mapping[str, str]] = {**Listed.PATHS, "due_before": "due__lt"}


class ProjectFilter(MatterFilter):
    status: ProjectStatus | None = None


WORDS = "``q`` looks for words in their number and name."
LEADS = Room("lead", "leads", LeadIn, LeadRow, LeadOut, LeadFilter, WORDS, REACH, REACH)
for _room in (
    LEADS,
    Room(
        "opportunity",
        "opportunities",
        OpportunityIn,
        OpportunityOut,
        OpportunityOut,
        OpportunityFilter,
        WORDS,
    ),
    Room("case", "cases", CaseIn, CaseOut, CaseOut, CaseFilter, WORDS),
    Room(
        "project", "projects", ProjectIn, ProjectOut, ProjectOut, ProjectFilter, f"They are the jobs. {WORDS}"
    ),
):
    records.add(router, _room)


class OpportunityOfLead(In):
    """What an opportunity made by the conversion begins with; its name is the lead's where none is sent."""

    name: str = ""
    budget: Amount | None = None
    expected: date | None = None

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.given().items() if value not in (None, "")}


class ConvertIn(In):
    """Without ``customer_id`` a customer is made, of ``status``, and a contact without ``contact_id``; without ``opportunity``
    none is made."""

    customer_id: Id | None = None
    contact_id: Id | None = None
    status: CustomerStatus = CustomerStatus.PROSPECT
    opportunity: OpportunityOfLead | None = None


class ConvertedOut(Schema):
    customer_id: int
    contact_id: int
    opportunity_id: int | None


@router.post("leads/{int:id}/convert", response={201: ConvertedOut})
@needs(Permission.PEOPLE_EDIT)
def convert_lead(request: Call, id: Id, body: ConvertIn, force: bool = False) -> dict[str, int | None]:
    """Make a customer, a contact and, if wished, an opportunity of a lead; its activities stand on them too. 409 with
    ``candidates`` where customer or contact may be here already, unless with ``force``."""
    made = leads.convert(
        request.actor,
        id,
        customer_id=body.customer_id,
        contact_id=body.contact_id,
        force=force,
        status=body.status,
        opportunity=body.opportunity.values() if body.opportunity else None,
        version=expected_version(request),
    )
    return {
        "customer_id": made.customer.pk,
        "contact_id": made.contact.pk,
        "opportunity_id": made.opportunity.pk if made.opportunity else None,
    }


@router.post("leads/{int:id}/revert", response=LeadOut)
@needs(Permission.PEOPLE_EDIT)
def revert_lead(request: Call, id: Id, response: HttpResponse) -> Kept:
    """Take a conversion back: what it made goes to the trash. 409 where documents, further people or a merge stand in the
    way."""
    leads.revert(request.actor, id, version=expected_version(request))
    return LEADS.answer(request, id, response)
