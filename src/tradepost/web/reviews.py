"""Reviews: what the machine must not decide alone, and what a person decides about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Actor, Permission
from tradepost.activities.records import Record
from tradepost.activities.services import RECORD_MODELS
from tradepost.kit.errors import Invalid, Missing
from tradepost.sync import services
from tradepost.sync.models import Review
from tradepost.web import parts, records
from tradepost.web.sentences import told
from tradepost.web.shell import WORK, DeskRequest, NavItem, Section, Text

CHOICES: dict[str, Text] = {
    "file": gettext_lazy("File it here"),
    "ignore": gettext_lazy("Ignore"),
    "send": gettext_lazy("Send again"),
    "sent": gettext_lazy("It was sent"),
    "keep_all": gettext_lazy("Keep them all"),
    "ignore_all": gettext_lazy("Ignore them all"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A review with the words of its buttons, and the candidates by ``kind:id`` and name. ``sides``: of a conflict, each
    field with its value here and there; ``label`` is the record that it is about."""

    review: Review
    buttons: list[tuple[str, Text]]
    candidates: list[tuple[str, str]]
    files: bool
    sides: list[tuple[str, str, str]]
    label: str = ""


def listing(request: DeskRequest) -> HttpResponse:
    rows = services.reviews(request.actor)
    decided = rows.exclude(resolved_at=None).order_by("-resolved_at")[:30]
    context = {
        "open": [_shown(request.actor, row) for row in rows.filter(resolved_at=None)[:100]],
        "decided": [(row, _labels(row).get(row.choice, row.choice)) for row in decided],
    }
    return parts.page(request, "reviews/list.html", context)


def _shown(actor: Actor, review: Review) -> Shown:
    files = "file" in review.options
    labels = _labels(review)
    buttons = [
        (option, labels.get(option, option.replace("_", " ").capitalize())) for option in review.options
    ]
    named = _candidates(actor, review.facts.get("candidates", [])) if files else []
    others = [button for button in buttons if button[0] != "file"]
    return Shown(review, others, named, files, _sides(review.facts), review.facts.get("label", ""))


def _labels(review: Review) -> dict[str, Text]:
    """What the answers of a review are called."""
    return {**CHOICES, **{answer: told(label) for answer, label in review.facts.get("labels", {}).items()}}


def _sides(facts: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The fields that both sides changed, as a person reads them."""
    rows = zip(facts.get("cells", ()), facts.get("app", ()), facts.get("remote", ()), strict=False)
    return [(_field(cell), _read(app), _read(remote)) for cell, app, remote in rows]


def _field(cell: str) -> str:
    """``overrides/2026-12-01T10:00:00`` → ``on 2026-12-01 10:00``."""
    name, _slash, original = cell.partition("/")
    at = original.replace("T", " ").removesuffix(":00")
    return _("on {date}").format(date=at) if original else name.replace("_", " ")


def _read(value: Any) -> str:
    """A stored value in words: a person by the address, a date by its times, a list by its items."""
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(_read, value))
    if isinstance(value, dict):
        if "email" in value:
            return " ".join(filter(None, (value["email"], value.get("answer", ""))))
        return "; ".join(f"{name.replace('_', ' ')} {_read(one)}" for name, one in value.items())
    text = str(value)
    return text.replace("T", " ").removesuffix(":00") if text[4:5] == "-" and "T" in text[:11] else text


def _candidates(actor: Actor, found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    named = []
    for one in found:
        model = RECORD_MODELS.get(one["kind"])
        row = model.objects.of(actor).filter(pk=one["id"]).first() if model else None
        if row is not None:
            named.append((f"{one['kind']}:{one['id']}", str(row)))
    return named


@require_POST
def resolve(request: DeskRequest, pk: int) -> HttpResponse:
    """The button's ``choice``; for a message also the ``record`` (``kind:id``), or an ``other`` one searched for."""
    choice = request.POST.get("choice", "")
    answer = (
        {"record": _record(request.POST.get("other") or request.POST.get("record", ""))}
        if choice == "file"
        else {}
    )
    services.resolve(request.actor, pk, choice, answer)
    parts.notify(request, _("Filed; it appears in a moment") if choice == "file" else _("Decided"))
    review = services.reviews(request.actor).get(pk=pk)
    if choice == "choose" and review.stream is not None:  # the calendar is gone: to the others of its account
        return parts.go(request, reverse("calendar-settings", args=[review.stream_id]))
    return parts.go(request, reverse("reviews"))


def _record(text: str) -> Record:
    try:
        return records.parse(text)
    except Missing:
        raise Invalid(fields={"record": _("Choose the record that the message belongs to.")}) from None


def waiting(actor: Actor) -> QuerySet[Any]:
    return services.reviews(actor).filter(resolved_at=None)  # type: ignore[no-any-return]


section = Section(
    urls=[
        path("reviews/", listing, name="reviews"),
        path("reviews/<int:pk>/", resolve, name="review"),
    ],
    nav=(
        NavItem(
            WORK, gettext_lazy("Reviews"), "inbox", "reviews", Permission.SYNC_VIEW, badge=waiting, keys="g r"
        ),
    ),
)
