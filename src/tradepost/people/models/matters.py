"""What we are doing with parties: leads to follow, opportunities to win, cases to solve, jobs to carry out."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tradepost.custom.models import mark_indexes
from tradepost.kit.words import gettext_noop
from tradepost.people.models.parties import Contact, Customer, Kept
from tradepost.wire.orm import search_column, search_index


class Source(models.TextChoices):
    """By which way somebody came."""

    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")
    WEB = "web", _("Web")
    REFERRAL = "referral", _("Referral")
    FAIR = "fair", _("Trade fair")
    OTHER = "other", _("Other")


class LeadStatus(models.TextChoices):
    NEW = "new", _("New")
    CONTACTED = "contacted", _("Contacted")
    QUALIFIED = "qualified", _("Qualified")
    DISQUALIFIED = "disqualified", _("Disqualified")
    CONVERTED = "converted", _("Converted")


class Stage(models.TextChoices):
    QUALIFY = "qualify", _("Qualify")
    PROPOSE = "propose", _("Propose")
    NEGOTIATE = "negotiate", _("Negotiate")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


class Priority(models.TextChoices):
    LOW = "low", _("Low")
    NORMAL = "normal", _("Normal")
    HIGH = "high", _("High")


class CaseStatus(models.TextChoices):
    OPEN = "open", pgettext_lazy("state of a document", "Open")
    IN_PROGRESS = "in_progress", _("In progress")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", pgettext_lazy("state of a document", "Closed")


class ProjectStatus(models.TextChoices):
    PLANNED = "planned", _("Planned")
    ACTIVE = "active", _("Active")
    ON_HOLD = "on_hold", _("On hold")
    COMPLETED = "completed", pgettext_lazy("state of a document", "Completed")
    CANCELLED = "cancelled", pgettext_lazy("state of a document", "Cancelled")


class Numbered(Kept):
    number = models.CharField(max_length=30)

    class Meta:
        abstract = True


def _once(kind: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=["organisation", "number"], name=f"{kind}_number")


class Opportunity(Numbered):
    """A sale that may come. ``budget`` in ``currency`` (empty: the company's own) until it is won or lost, then
    ``revenue``; ``probability`` in percent."""

    name = models.CharField(max_length=200)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="opportunities")
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="opportunities"
    )
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.QUALIFY)
    probability = models.PositiveSmallIntegerField(default=20, validators=[MaxValueValidator(100)])
    expected = models.DateField("expected close", null=True, blank=True)
    budget = models.DecimalField(
        max_digits=18, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    revenue = models.DecimalField(
        max_digits=18, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(max_length=3, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices, blank=True)
    need = models.TextField("customer need", blank=True)
    solution = models.TextField("proposed solution", blank=True)
    close_reason = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    search = search_column("number", "name", "need", "mark_words")

    class Meta:
        verbose_name = gettext_noop("opportunity")
        verbose_name_plural = gettext_noop("opportunities")
        constraints = [_once("opportunity")]
        indexes = [
            models.Index(fields=["organisation", "stage", "expected"], name="opportunity_by_stage"),
            search_index("opportunity_search"),
            *mark_indexes("opportunity"),
        ]

    def __str__(self) -> str:
        return self.name


class Lead(Numbered):
    """Somebody who may become a customer. What it was converted into is named in ``customer``, ``contact`` and
    ``opportunity``."""

    company = models.CharField(max_length=200, blank=True)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    job_title = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    website = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices, blank=True)
    status = models.CharField(max_length=12, choices=LeadStatus.choices, default=LeadStatus.NEW)
    status_reason = models.CharField(max_length=200, blank=True)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.SET_NULL, related_name="leads"
    )
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="leads"
    )
    opportunity = models.ForeignKey(
        Opportunity, null=True, blank=True, on_delete=models.SET_NULL, related_name="leads"
    )
    conversion = models.JSONField(
        default=dict, editable=False
    )  # see ``leads``; empty for who is not converted
    email_words = models.TextField(blank=True, editable=False)  # kept by the verbs, for search
    search = search_column(
        "number", "company", "first_name", "last_name", "phone", "email_words", "mark_words"
    )

    class Meta:
        verbose_name = gettext_noop("lead")
        constraints = [_once("lead")]
        indexes = [
            models.Index(fields=["organisation", "status", "-created_at"], name="lead_by_status"),
            search_index("lead_search"),
            *mark_indexes("lead"),
        ]

    @property
    def person(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def __str__(self) -> str:
        names = ", ".join(filter(None, [self.person, self.company]))
        return names or self.email_words.partition(" ")[0] or self.number


class Case(Numbered):
    """Something that a customer wants solved, by the end of the day ``due`` where there is one. ``resolution`` says how it was."""

    subject = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.SET_NULL, related_name="cases"
    )
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="cases"
    )
    priority = models.CharField(max_length=6, choices=Priority.choices, default=Priority.NORMAL)
    status = models.CharField(max_length=12, choices=CaseStatus.choices, default=CaseStatus.OPEN)
    source = models.CharField(max_length=10, choices=Source.choices, blank=True)
    assignee = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    due = models.DateField(null=True, blank=True)
    resolution = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    search = search_column("number", "subject", "description", "mark_words")

    class Meta:
        verbose_name = gettext_noop("case")
        constraints = [_once("case")]
        indexes = [
            models.Index(fields=["organisation", "status", "-created_at"], name="case_by_status"),
            search_index("case_search"),
            *mark_indexes("case"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"


class Project(Numbered):
    """A job: a piece of work for a customer, to which its documents and activities belong."""

    name = models.CharField(max_length=200)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="projects")
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="projects"
    )
    status = models.CharField(max_length=10, choices=ProjectStatus.choices, default=ProjectStatus.PLANNED)
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)
    budget = models.DecimalField(
        max_digits=18, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    search = search_column("number", "name", "mark_words")

    class Meta:
        verbose_name = gettext_noop("job")
        constraints = [_once("project")]
        indexes = [
            models.Index(fields=["organisation", "status", "ends"], name="project_by_status"),
            search_index("project_search"),
            *mark_indexes("project"),
        ]

    def __str__(self) -> str:
        return self.name
