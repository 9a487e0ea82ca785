"""Users and roles: who is in the company, who may do what, invitations, hand-over and leaving (A3, B22)."""

from __future__ import annotations

import logging

from django import forms
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts import services
from tradepost.accounts.access import GRANTS, ROLE_LABELS, Permission, Role
from tradepost.accounts.models import Invitation, Membership
from tradepost.kit import clock
from tradepost.kit.errors import Conflict, Invalid
from tradepost.mail import accounts as mailboxes
from tradepost.mail.models import MailAccount
from tradepost.web import parts
from tradepost.web.shell import SETTINGS, DeskRequest, GearItem, Section, Text

log = logging.getLogger(__name__)
_P = Permission
ABILITIES: dict[Permission, Text] = {
    _P.PEOPLE_VIEW: gettext_lazy("See customers and contacts"),
    _P.PEOPLE_EDIT: gettext_lazy("Change customers and contacts"),
    _P.CATALOG_VIEW: gettext_lazy("See items"),
    _P.CATALOG_EDIT: gettext_lazy("Change items"),
    _P.STOCK_MOVE: gettext_lazy("Move stock"),
    _P.SALES_VIEW: gettext_lazy("See quotes and orders"),
    _P.SALES_EDIT: gettext_lazy("Write quotes and orders"),
    _P.SHIPPING: gettext_lazy("Ship"),
    _P.INVOICING: gettext_lazy("Invoice"),
    _P.PURCHASING: gettext_lazy("Purchase"),
    _P.ACTIVITIES_VIEW: gettext_lazy("See activities"),
    _P.ACTIVITIES_EDIT: gettext_lazy("Add and change activities"),
    _P.ACTIVITIES_PRIVATE: gettext_lazy("See what others keep to themselves"),
    _P.MAIL_SEND: gettext_lazy("Send e-mail"),
    _P.MAIL_CONNECT: gettext_lazy("Connect one's own mailbox"),
    _P.MAIL_SHARED: gettext_lazy("Manage shared mailboxes"),
    _P.SYNC_VIEW: gettext_lazy("See connections and runs"),
    _P.SYNC_MANAGE: gettext_lazy("Manage connections and runs"),
    _P.EXPORT: gettext_lazy("Export"),
    _P.COMPANY_SETTINGS: gettext_lazy("Change company preferences"),
    _P.COMPANY_ACTIVATE: gettext_lazy("Activate mail and calendar"),
    _P.MEMBERS: gettext_lazy("Invite users and change roles"),
    _P.API_KEYS: gettext_lazy("Make API keys"),
    _P.AUDIT_VIEW: gettext_lazy("See the audit trail"),
}
ROLES = [(role.value, label) for role, label in ROLE_LABELS.items() if role is not Role.MASTER_ADMIN]


class InviteForm(forms.Form):
    email = forms.CharField(label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=ROLES, initial=Role.SALES.value)


def listing(request: DeskRequest) -> HttpResponse:
    """The users, open invitations, and what each role may do. A POST invites."""
    request.actor.require(Permission.MEMBERS)
    form, link, mailed = InviteForm(request.POST or None), "", False
    if request.method == "POST" and form.is_valid():
        role = Role(form.cleaned_data["role"])
        try:
            invitation, secret = services.invite(request.actor, email=form.cleaned_data["email"], role=role)
        except (Invalid, Conflict) as fault:
            parts.refuse(form, fault if isinstance(fault, Invalid) else Invalid(str(fault)))
        else:
            link = settings.PUBLIC_URL + reverse("join", args=[secret])
            mailed = _mail(request, invitation, link)
            form = InviteForm()
    rows = (
        Membership.objects.of(request.actor).select_related("user").order_by("ended_at", "user__name", "pk")
    )
    invitations = Invitation.objects.of(request.actor).filter(accepted_at=None).order_by("-created_at")
    context = {
        "form": form,
        "link": link,
        "mailed": mailed,
        "members": rows.filter(ended_at=None),
        "former": rows.exclude(ended_at=None),
        "invitations": invitations,
        "now": clock.now(),
        "roles": ROLES,
        "matrix": _matrix(),
        "role_labels": ROLE_LABELS.values(),
        "may_hand_over": request.actor.may(Permission.COMPANY_ACTIVATE),
    }
    return parts.page(request, "members/list.html", context, status=422 if form.errors else 200)


def _matrix() -> list[tuple[Text, list[bool]]]:
    return [(label, [what in GRANTS[role] for role in ROLE_LABELS]) for what, label in ABILITIES.items()]


def _mail(request: DeskRequest, invitation: Invitation, link: str) -> bool:
    """Mail the link where a mail server is set; it is shown to be copied in any case."""
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        return False
    company = request.membership.organisation.name
    text = _("{who} invites you to {company} on tradepost. The link is good for {days} days:\n\n{link}\n")
    words = text.format(who=request.user, company=company, days=services.INVITATION_DAYS, link=link)
    try:
        send_mail(_("Join {company}").format(company=company), words, None, [invitation.email])
    except OSError as error:
        log.warning("the invitation could not be mailed: %s", error)
        return False
    return True


@require_POST
def role(request: DeskRequest, pk: int) -> HttpResponse:
    chosen = request.POST.get("role", "")
    if chosen not in set(Role):
        raise Invalid(fields={"role": _("Choose a role.")})
    member = services.change_role(request.actor, pk, Role(chosen))
    parts.notify(request, _("{who} is {role} now").format(who=member.user, role=member.get_role_display()))
    return parts.go(request, reverse("members"))


def end(request: DeskRequest, pk: int) -> HttpResponse:
    """First what will happen, then it happens: mailboxes are disconnected, keys revoked, history is kept."""
    request.actor.require(Permission.MEMBERS)
    member = Membership.objects.pick(request.actor, pk, ended_at=None)
    if request.method == "POST":
        with transaction.atomic():
            services.end_membership(request.actor, pk)
            mailboxes.end_of_user(request.actor.organisation_id, member.user_id)
        parts.notify(request, _("{who} is no longer a user").format(who=member.user))
        return parts.go(request, reverse("members"))
    own = MailAccount.objects.of(request.actor).filter(owner_id=member.user_id)
    return parts.page(
        request, "members/end.html", {"member": member, "mailboxes": own, "crumbs": _crumbs(member)}
    )


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
