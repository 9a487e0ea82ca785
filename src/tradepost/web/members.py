"""Users and roles: who is in the company, who may do what, invitations, hand-over and leaving (A3, B22)."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts import inviting, roles, services
from tradepost.accounts.access import GRANTS, ROLE_LABELS, Permission, Role
from tradepost.accounts.models import CustomRole, Invitation, Membership
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid
from tradepost.mail import accounts as mailboxes
from tradepost.sync.models import Connection, Health
from tradepost.web import parts
from tradepost.web.abilities import ABILITIES
from tradepost.web.numbers import number
from tradepost.web.shell import SETTINGS, DeskRequest, GearItem, Section, Text

BUILT_IN = [(role.value, label) for role, label in ROLE_LABELS.items() if role is not Role.MASTER_ADMIN]
OWN_PREFIX = "own:"  # before the id of a role of the company's own, as forms name it


class InviteForm(forms.Form):
    email = forms.CharField(label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput)
    role = forms.ChoiceField(label=gettext_lazy("Role"), initial=Role.SALES.value)

    def __init__(self, *args: Any, roles: list[tuple[str, Text]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["role"]).choices = roles


def listing(request: DeskRequest) -> HttpResponse:
    """The users, open invitations, and what each role may do. A POST invites."""
    request.actor.require(Permission.MEMBERS)
    own = list(roles.listed(request.actor))
    choices = _choices(own)
    form, link, mailed = InviteForm(request.POST or None, roles=choices), "", False
    if request.method == "POST" and form.is_valid():
        try:
            invitation, secret = services.invite(
                request.actor, email=form.cleaned_data["email"], role=_named(form.cleaned_data["role"])
            )
        except (Invalid, Conflict) as fault:
            parts.refuse(form, fault if isinstance(fault, Invalid) else Invalid(str(fault)))
        else:
            link, mailed = inviting.link_of(secret), inviting.mail(invitation, secret)
            form = InviteForm(roles=choices)
    rows = (
        Membership.objects.of(request.actor)
        .select_related("user", "custom_role")
        .order_by("ended_at", "user__name", "pk")
    )
    invitations = Invitation.objects.of(request.actor).filter(accepted_at=None).select_related("custom_role")
    context = {
        "form": form,
        "link": link,
        "mailed": mailed,
        "members": rows.filter(ended_at=None),
        "former": rows.exclude(ended_at=None),
        "invitations": invitations.order_by("-created_at"),
        "now": clock.now(),
        "roles": choices,
        "matrix": _matrix(own),
        "role_labels": [*ROLE_LABELS.values(), *own],
        "may_hand_over": request.actor.may(Permission.COMPANY_ACTIVATE),
    }
    return parts.page(request, "members/list.html", context, status=422 if form.errors else 200)


def _choices(own: list[CustomRole]) -> list[tuple[str, Text]]:
    """What a member or an invitation can be given: the built-in roles but the Master Admin's, then the company's own."""
    return [*BUILT_IN, *((f"{OWN_PREFIX}{role.pk}", role.name) for role in own)]


def _named(chosen: str) -> Role | int:
    """The role that a form names: the value of a built-in one, or ``own:`` and an id."""
    own = chosen.removeprefix(OWN_PREFIX)
    if own != chosen and (pk := number(own)) is not None:
        return pk
    if chosen not in set(Role):
        raise Invalid(fields={"role": _("Choose a role.")})
    return Role(chosen)


def _matrix(own: list[CustomRole]) -> list[tuple[Text, list[bool]]]:
    columns = [*(GRANTS[role] for role in ROLE_LABELS), *(role.grants for role in own)]
    return [(ability.label, [what in grants for grants in columns]) for what, ability in ABILITIES.items()]


@require_POST
def role(request: DeskRequest, pk: int) -> HttpResponse:
    member = services.change_role(request.actor, pk, _named(request.POST.get("role", "")))
    parts.notify(request, _("{who} is {role} now").format(who=member.user, role=member.role_name))
    return parts.go(request, reverse("members"))


def end(request: DeskRequest, pk: int) -> HttpResponse:
    """First what will happen, then it happens: mailboxes are disconnected, keys revoked, history is kept."""
    request.actor.require(Permission.MEMBERS)
    member = Membership.objects.pick(request.actor, pk, ended_at=None)
    if request.method == "POST":
        with transaction.atomic():
            services.end_membership(request.actor, pk)
            mailboxes.end_of_user(request.actor, member.user_id)
        parts.notify(request, _("{who} is no longer a user").format(who=member.user))
        return parts.go(request, reverse("members"))
    theirs = Connection.objects.of(request.actor).filter(owner_id=member.user_id)
    own = theirs.exclude(health=Health.OFF).order_by("label", "pk")
    return parts.page(request, "members/end.html", {"member": member, "own": own, "crumbs": _crumbs(member)})


def hand_over(request: DeskRequest, pk: int) -> HttpResponse:
    """The Master Admin hands the role to somebody else, after a page that says what it means."""
    request.actor.require(Permission.COMPANY_ACTIVATE)
    member = Membership.objects.pick(request.actor, pk, ended_at=None)
    if request.method == "POST":
        services.hand_over(request.actor, pk)
        parts.notify(request, _("{who} is the Master Admin now").format(who=member.user))
        return parts.go(request, reverse("members"))
    return parts.page(request, "members/hand_over.html", {"member": member, "crumbs": _crumbs(member)})


def _crumbs(member: Membership) -> list[parts.Crumb]:
    return [parts.Crumb(_("Users and roles"), reverse("members")), parts.Crumb(str(member.user))]


@require_POST
def withdraw(request: DeskRequest, pk: int) -> HttpResponse:
    services.withdraw_invitation(request.actor, pk)
    parts.notify(request, _("Invitation withdrawn"))
    return parts.go(request, reverse("members"))


section = Section(
    urls=[
        path("users/", listing, name="members"),
        path("users/<int:pk>/role/", role, name="member-role"),
        path("users/<int:pk>/end/", end, name="member-end"),
        path("users/<int:pk>/hand-over/", hand_over, name="member-hand-over"),
        path("users/invitations/<int:pk>/withdraw/", withdraw, name="invitation-withdraw"),
    ],
    gear=(GearItem(SETTINGS, gettext_lazy("Users and roles"), "users", "members", Permission.MEMBERS),),
)
