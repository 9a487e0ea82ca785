"""The pages of leads, opportunities, cases and jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from tradepost.accounts.access import Permission
from tradepost.people import queries
from tradepost.people.changes import CLOSED
from tradepost.people.models import LeadStatus
from tradepost.web.parts import Text
from tradepost.web.people import filters, matter_forms, tables
from tradepost.web.people.look import Act, Cell, Look, of, on
from tradepost.web.people.party_looks import ORDERS
from tradepost.web.people.tables import first_email

NEWEST = ("-created_at", "-id")


def _held(name: str) -> Cell:
    def text(row: Any) -> object:
        display = getattr(row, f"get_{name}_display", None)
        value = display() if display else getattr(row, name)
        plain = isinstance(value, (str, int, Decimal, date))
        return "" if value is None else value if plain else str(value)

    return text


def _party(name: str) -> Callable[[Any], list[Any]]:
    return lambda row: [getattr(row, name)] if getattr(row, name) else []


CONCERNED: dict[Text, Callable[[Any], Iterable[Any]]] = {
    _("Customer"): _party("customer"),
    _("Contact"): _party("contact"),
}


def _sub(row: Any) -> str:
    return " · ".join(filter(None, [row.number, str(row.customer or "")]))


LEAD = Look(
    kind="lead",
    plural="leads",
    one=_("Lead"),
    title=_("Leads"),
    new=_("New lead"),
    icon="user-plus",
    hint=_("Write down who might buy; a lead becomes a customer, a contact and an opportunity in one step."),
    words=_("Name, e-mail or number"),
    table=tables.Leads,
    filters=filters.LeadFilter,
    form=matter_forms.LeadForm,
    rows=queries.leads,
    order=NEWEST,
    columns={
        _("Number"): _held("number"),
        _("Company"): _held("company"),
        _("First name"): _held("first_name"),
        _("Last name"): _held("last_name"),
        _("E-mail"): first_email,
        _("Phone"): _held("phone"),
        _("Source"): _held("source"),
        _("Status"): _held("status"),
        _("Owner"): _held("owner"),
    },
    facts=(
        "company", "first_name", "last_name", "job_title", "phone", "website", "source", "status",
        "status_reason", "owner_id", "notes",
    ),
    sub=lambda lead: " · ".join(filter(None, [lead.number, lead.job_title])),
    hit=lambda lead: " · ".join(filter(None, [lead.get_status_display(), first_email(lead)])),
    keys="f",
    links={**CONCERNED, _("Opportunity"): _party("opportunity")},
    acts=(
        Act(
            _("Convert"), "shuffle", "lead-convert", Permission.PEOPLE_EDIT, of, sheet=True,
            when=lambda lead: lead.status != LeadStatus.CONVERTED,
        ),
    ),
)  # fmt: skip
OPPORTUNITY = Look(
    kind="opportunity",
    plural="opportunities",
    one=_("Opportunity"),
    title=_("Opportunities"),
    new=_("New opportunity"),
    icon="target",
    hint=_("Write down a sale that may come: how much, how likely, by when."),
    words=_("Name or number"),
    table=tables.Opportunities,
    filters=filters.OpportunityFilter,
    form=matter_forms.OpportunityForm,
    rows=partial(queries.matters, kind="opportunity"),
    order=NEWEST,
    columns={
        _("Number"): _held("number"),
        _("Name"): _held("name"),
        _("Customer"): _held("customer"),
        _("Contact"): _held("contact"),
        _("Stage"): _held("stage"),
        _("Probability %"): _held("probability"),
        _("Expected close"): _held("expected"),
        _("Budget"): _held("budget"),
        _("Revenue"): _held("revenue"),
        _("Currency"): _held("currency"),
        _("Why won or lost"): _held("close_reason"),
        _("Owner"): _held("owner"),
    },
    facts=(
        "name", "probability", "expected", "budget", "revenue", "currency", "source", "need", "solution",
        "close_reason", "owner_id", "notes",
    ),
    sub=_sub,
    hit=_sub,
    keys="t",
    lists=(),
    links=CONCERNED,
    state="stage",
    tools=((_("Board"), "columns-3", "opportunity-board"),),
    acts=(
        Act(
            _("Lost"), "thumbs-down", "opportunity-lost", Permission.SALES_EDIT, of, sheet=True,
            when=lambda row: row.stage not in CLOSED,
        ),
        Act(
            _("Won"), "trophy", "opportunity-won", Permission.SALES_EDIT, of, sheet=True,
            when=lambda row: row.stage not in CLOSED,
        ),
    ),
)  # fmt: skip
CASE = Look(
    kind="case",
    plural="cases",
    one=_("Case"),
    title=_("Cases"),
    new=_("New case"),
    icon="life-buoy",
    hint=_("Write down what a customer wants solved; its mail, calls and tasks then stand on it."),
    words=_("Subject or number"),
    table=tables.Cases,
    filters=filters.CaseFilter,
    form=matter_forms.CaseForm,
    rows=partial(queries.matters, kind="case"),
    order=NEWEST,
    columns={
        _("Number"): _held("number"),
        _("Subject"): _held("subject"),
        _("Customer"): _held("customer"),
        _("Contact"): _held("contact"),
        _("Priority"): _held("priority"),
        _("Status"): _held("status"),
        _("Source"): _held("source"),
        _("Due"): _held("due"),
        _("Assigned to"): _held("assignee"),
        _("Resolution"): _held("resolution"),
        _("Owner"): _held("owner"),
    },
    facts=(
        "subject", "description", "priority", "status", "due", "source", "assignee_id", "resolution", "owner_id",
        "notes",
    ),
    sub=lambda case: str(case.customer or ""),  # its number stands in its name
    hit=_sub,
    keys="e",
    lists=(),
    links=CONCERNED,
)  # fmt: skip
PROJECT = Look(
    kind="project",
    plural="projects",
    one=_("Job"),
    title=_("Customer jobs"),
    new=_("New job"),
    icon="hammer",
    hint=_("A job gathers a piece of work for a customer: its days, its budget and what happened."),
    words=_("Name or number"),
    table=tables.Projects,
    filters=filters.ProjectFilter,
    form=matter_forms.ProjectForm,
    rows=partial(queries.matters, kind="project"),
    order=NEWEST,
    columns={
        _("Number"): _held("number"),
        _("Name"): _held("name"),
        _("Customer"): _held("customer"),
        _("Contact"): _held("contact"),
        _("Status"): _held("status"),
        _("Starts"): _held("starts"),
        _("Ends"): _held("ends"),
        _("Budget"): _held("budget"),
        _("Owner"): _held("owner"),
    },
    facts=("name", "status", "starts", "ends", "budget", "owner_id", "notes"),
    sub=_sub,
    hit=_sub,
    keys="j",
    lists=(),
    panes=(replace(ORDERS, key="documents", label=_("Documents")),),
    acts=(Act(_("New order"), "shopping-cart", "order-new", Permission.SALES_EDIT, on),),
    links=CONCERNED,
)
