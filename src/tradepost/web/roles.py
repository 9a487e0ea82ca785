"""The editor of roles: copy a built-in role, tick what it grants, see who has it, delete it when nobody does (B22)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts import roles
from tradepost.accounts.access import GRANTS, ROLE_LABELS, Actor, Permission, Role
from tradepost.accounts.models import CustomRole, Membership
from tradepost.kit.errors import Invalid, Missing
from tradepost.web import parts, trash
from tradepost.web.abilities import ABILITIES, ROOMS, Ability
from tradepost.web.shell import SETTINGS, DeskRequest, GearItem, Section, Text


class RoleForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    permissions = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        required=False,
        choices=[(what.value, ability.label) for what, ability in ABILITIES.items()],
    )

    def chosen(self) -> list[Permission]:
        return [Permission(value) for value in self.cleaned_data["permissions"]]


@dataclass(frozen=True, slots=True)
class Tick:
    """A permission in the editor; ``fixed`` where who edits may not give it."""

    permission: Permission
    ability: Ability
    on: bool
    fixed: bool


def ticks(
    actor: Actor, on: frozenset[Permission], had: frozenset[Permission]
) -> list[tuple[Text, list[Tick]]]:
    """The permissions by room. What the role has already can be taken away by anyone who edits roles."""

    def tick(what: Permission, ability: Ability) -> Tick:
        fixed = what is Permission.COMPANY_ACTIVATE or not (actor.may(what) or what in had)
        return Tick(what, ability, what in on, fixed)

    return [(room, [tick(what, ability) for what, ability in rows.items()]) for room, rows in ROOMS]


def listing(request: DeskRequest) -> HttpResponse:
    """The built-in roles, each to be copied, and the company's own, with how many have them."""
    request.actor.require(Permission.MEMBERS)
    members = Membership.objects.of(request.actor).filter(ended_at=None, custom_role=None)
    given = list(members.values_list("role", flat=True))
    built_in = [
        (role, label, len(GRANTS[role]), given.count(role), role is not Role.MASTER_ADMIN)
        for role, label in ROLE_LABELS.items()
    ]
    context = {
        "built_in": built_in,
        "own": roles.listed(request.actor),
        "crumbs": [*_crumbs(), parts.Crumb(_("Roles"))],
    }
    return parts.page(request, "roles/list.html", context)


def new(request: DeskRequest) -> HttpResponse:
    """A copy of a built-in role (``?base=sales``), named and ticked before it is made."""
    request.actor.require(Permission.MEMBERS)
    base = request.GET.get("base", Role.SALES.value)
    if base not in set(Role) - {Role.MASTER_ADMIN}:
        raise Missing(_("role"))
    row = CustomRole(organisation_id=request.actor.organisation_id, base=base)
    start = frozenset(p for p in GRANTS[Role(base)] if request.actor.may(p))
    return _edit(request, row, start, _("New role"))


def role(request: DeskRequest, pk: int) -> HttpResponse:
    request.actor.require(Permission.MEMBERS)
    row = roles.listed(request.actor).pick(request.actor, pk)
    return _edit(request, row, row.grants, row.name)


def _edit(request: DeskRequest, row: CustomRole, start: frozenset[Permission], title: str) -> HttpResponse:
    form = RoleForm(request.POST or None, initial={"name": row.name})
    on = start
    if request.method == "POST":
        on = frozenset(p for p in Permission if p.value in request.POST.getlist("permissions"))
        if form.is_valid():
            try:
                saved = _save(request.actor, row, form)
            except Invalid as fault:
                parts.refuse(form, fault)
            else:
                parts.notify(request, _("Role “{name}” saved").format(name=saved.name))
                return parts.go(request, reverse("roles"))
    context: dict[str, Any] = {
        "form": form,
        "role": row,
        "title": title,
        "base": ROLE_LABELS[Role(row.base)],
        "rooms": ticks(request.actor, on, row.grants),
        "crumbs": [*_crumbs(), parts.Crumb(_("Roles"), reverse("roles")), parts.Crumb(title)],
        "holders": _holders(request.actor, row),
    }
    return parts.page(request, "roles/form.html", context, status=422 if form.errors else 200)


def _save(actor: Actor, row: CustomRole, form: RoleForm) -> CustomRole:
    name, permissions = form.cleaned_data["name"], form.chosen()
    if row.pk:
        return roles.change(actor, row.pk, name=name, permissions=permissions)
    return roles.add(actor, name=name, base=Role(row.base), permissions=permissions)


def _holders(actor: Actor, row: CustomRole) -> list[Membership]:
    if not row.pk:
        return []
    rows = Membership.objects.of(actor).filter(custom_role=row, ended_at=None)
    return list(rows.select_related("user").order_by("user__name", "pk"))


def _crumbs() -> list[parts.Crumb]:
    return [parts.Crumb(_("Users and roles"), reverse("members"))]


@require_POST
def remove(request: DeskRequest, pk: int) -> HttpResponse:
    roles.remove(request.actor, pk)
    undo = trash.undo(request.actor, "customrole", [pk], reverse("roles"))
    parts.notify(request, _("Role deleted"), undo)
    return parts.go(request, reverse("roles"))


section = Section(
    urls=[
        path("roles/", listing, name="roles"),
        path("roles/new/", new, name="role-new"),
        path("roles/<int:pk>/", role, name="role"),
        path("roles/<int:pk>/remove/", remove, name="role-remove"),
    ],
    gear=(
        GearItem(
            SETTINGS, gettext_lazy("Roles and permissions"), "shield-check", "roles", Permission.MEMBERS
        ),
    ),
)
