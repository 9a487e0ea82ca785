"""Mail accounts: one's own connect page (A6, A7), the list, the form with Test Connection, who may use them (B2–B17)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from tradepost.accounts.access import ROLE_LABELS, Actor, Permission, Role
from tradepost.accounts.models import Membership
from tradepost.kit.errors import Conflict, Fault, Invalid, Missing, Stale
from tradepost.mail import access as reach
from tradepost.mail import accounts
from tradepost.mail.models import MailAccount
from tradepost.mail.preferences import ACTIVE, MAX_ACCOUNTS
from tradepost.mail.types import Step, StepResult
from tradepost.pim import preferences as calendar
from tradepost.sync import registry
from tradepost.web import mailbox_form, parts
from tradepost.web.mailbox_form import MailboxForm
from tradepost.web.numbers import number
from tradepost.web.shell import GENERAL, DeskRequest, GearItem, Section
from tradepost.web.streaming import as_asked

STEPS = {
    Step.NAME: gettext_lazy("Find the IMAP server"),
    Step.CONNECT: gettext_lazy("Connect to it"),
    Step.TLS: gettext_lazy("Encrypt the connection"),
    Step.LOGIN: gettext_lazy("Sign in"),
    Step.FOLDERS: gettext_lazy("List the folders"),
    Step.SMTP_NAME: gettext_lazy("Find the SMTP server"),
    Step.SMTP_CONNECT: gettext_lazy("Connect to it"),
    Step.SMTP_TLS: gettext_lazy("Encrypt the connection"),
    Step.SMTP_LOGIN: gettext_lazy("Sign in to send"),
}


def _connector() -> Any:
    return registry.connector(accounts.CONNECTOR)


def _preset(key: str) -> Any:
    found = _connector().presets
    return next((preset for preset in found if preset.key == key), found[-1])


def _activators(actor: Actor) -> str:
    """Who can activate mail: T1 wants the name said."""
    master = Membership.objects.of(actor).filter(role=Role.MASTER_ADMIN, ended_at=None).select_related("user")
    return ", ".join(str(member.user) for member in master)


# --- one's own page, and the list -----------------------------------------------------------------------------------


def mine(request: DeskRequest) -> HttpResponse:
    """Mail and Calendar Integration: what the user himself has connected, and what he may connect."""
    actor = request.actor
    actor.require(Permission.MAIL_CONNECT)
    own = reach.manageable(actor).filter(owner_id=actor.user_id)
    context = {
        "active": ACTIVE.value(actor.organisation_id),
        "calendar": calendar.ACTIVE.value(actor.organisation_id),
        "activators": _activators(actor),
        "may_activate": actor.may(Permission.COMPANY_ACTIVATE),
        "own": own,
        "shared": reach.reachable(actor).exclude(owner_id=actor.user_id),
        "presets": _connector().presets,
    }
    return parts.page(request, "mailboxes/mine.html", context)


def listing(request: DeskRequest) -> HttpResponse:
    actor = request.actor
    actor.require(Permission.MAIL_CONNECT)
    rows = reach.manageable(actor).prefetch_related("accesses__user")
    context = {
        "accounts": rows,
        "active": ACTIVE.value(actor.organisation_id),
        "activators": _activators(actor),
        "may_activate": actor.may(Permission.COMPANY_ACTIVATE),
        "perms_shared": actor.may(Permission.MAIL_SHARED),
    }
    return parts.page(request, "mailboxes/list.html", context)


# --- the form -------------------------------------------------------------------------------------------------------


@sensitive_post_parameters("imap_password", "smtp_password")
def create(request: DeskRequest) -> HttpResponse:
    shared = bool(request.GET.get("shared"))
    request.actor.require(Permission.MAIL_SHARED if shared else Permission.MAIL_CONNECT)
    if not ACTIVE.value(request.actor.organisation_id):
        return parts.go(request, reverse("my-mail"))
    preset = _preset(request.GET.get("service", ""))
    start = {
        "preset": preset.key,
        "copy_to_sent": not preset.files_sent_mail,
        "sender_name": "" if shared else str(request.user),
        **mailbox_form.servers(_connector().propose("", preset.key)),
    }
    form = MailboxForm(request.POST or None, initial=start, presets=_connector().presets)
    return _form(request, form, None, shared)


@sensitive_post_parameters("imap_password", "smtp_password")
def change(request: DeskRequest, pk: int) -> HttpResponse:
    account = _account(request.actor, pk)
    form = MailboxForm(
        request.POST or None, initial=mailbox_form.initial(account), presets=_connector().presets
    )
    return _form(request, form, account, account.owner_id is None)


def _account(actor: Actor, pk: int) -> MailAccount:
    actor.require(Permission.MAIL_CONNECT)
    account: MailAccount | None = reach.manageable(actor).filter(pk=pk).first()
    if account is None:
        raise Missing(_("mail account"))
    return account


def _form(request: DeskRequest, form: MailboxForm, account: MailAccount | None, shared: bool) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save(request.actor, form, account, shared)
        except (Invalid, Stale, Conflict) as fault:
            mailbox_form.refuse(form, fault)
        else:
            parts.notify(request, _("Mail account “{name}” saved").format(name=saved.name))
            return parts.go(request, reverse("mail-account", args=[saved.pk]))
    return parts.page(
        request,
        "mailboxes/form.html",
        _shown(request, form, account, shared),
        status=422 if form.errors else 200,
    )


def _save(actor: Actor, form: MailboxForm, account: MailAccount | None, shared: bool) -> MailAccount:
    data = form.cleaned_data
    return accounts.save_account(
        actor,
        mailbox_form.values(data),
        config=mailbox_form.config(data),
        secrets=mailbox_form.secrets(data),
        account_id=account.pk if account else None,
        version=data["version"] if account else None,
        shared=shared,
    )


def _shown(
    request: DeskRequest, form: MailboxForm, account: MailAccount | None, shared: bool
) -> dict[str, Any]:
    actor = request.actor
    chosen = _preset(str(form["preset"].value() or ""))
    locked = account is not None and account.legacy and not request.GET.get("edit")
    context: dict[str, Any] = {
        "form": form,
        "account": account,
        "shared": shared,
        "preset": chosen,
        "presets": _connector().presets,
        "locked": locked,
        "crumbs": [
            parts.Crumb(_("Mail Accounts"), reverse("mail-accounts")),
            parts.Crumb(account.name if account else _("New mail account")),
        ],
        "tested": _waiting(),
    }
    if account is not None and shared and actor.may(Permission.MAIL_SHARED):
        context |= {
            "accesses": account.accesses.select_related("user").order_by("pk"),
            "people": Membership.objects.of(actor)
            .filter(ended_at=None)
            .select_related("user")
            .order_by("user__name", "pk"),
            "roles": ROLE_LABELS,
            "limit": MAX_ACCOUNTS.value(actor.organisation_id),
        }
    return context


def propose(request: DeskRequest) -> JsonResponse:
    """The servers for ``?address=…&preset=…``, as values of the form's fields; the page fills in what nobody typed."""
    request.actor.require(Permission.MAIL_CONNECT)
    address, key = request.GET.get("address", "").strip(), request.GET.get("preset", "")
    if "@" in address and not key:
        key = _connector().preset_for(address)
    config = _connector().propose(address, key)
    fields = {**mailbox_form.servers(config), "copy_to_sent": not _connector().files_sent_mail(config)}
    return JsonResponse({"preset": _preset(key).key, "fields": fields})


# --- Test Connection ------------------------------------------------------------------------------------------------


@require_POST
@sensitive_post_parameters("imap_password", "smtp_password")
def test(request: DeskRequest, pk: int | None = None) -> HttpResponse | StreamingHttpResponse:
    """Walk the steps; each is sent as soon as it is taken, as one more state of the whole list."""
    if pk is not None:
        _account(request.actor, pk)
    form = MailboxForm(request.POST, presets=_connector().presets)
    form.is_valid()
    if wrong := [name for name in form.errors if name.startswith(("imap_", "smtp_"))]:
        return _told(_("Correct the field “{field}” first.").format(field=form.fields[wrong[0]].label))
    data = {**dict.fromkeys(form.fields, ""), **form.cleaned_data}
    entered: dict[str, Any] = {
        "account_id": pk,
        "config": mailbox_form.config(data),
        "secrets": mailbox_form.secrets(data),
    }
    try:
        walk = accounts.walk_connection(request.actor, **entered)
    except Invalid as fault:
        return _told(str(fault))
    response = StreamingHttpResponse(as_asked(_walk(request.actor, walk, entered)))
    response["Content-Encoding"] = "identity"  # a compressor would hold the steps back
    response["X-Accel-Buffering"] = "no"
    response["Cache-Control"] = "no-store"
    return response


def _told(sentence: str) -> HttpResponse:
    return HttpResponse(render_to_string("mailboxes/walk.html", {"steps": [], "wrong": sentence}), status=200)


def _walk(actor: Actor, walk: Iterator[StepResult], entered: dict[str, Any]) -> Iterator[str]:
    results: list[StepResult] = []
    yield _state(results)
    for result in walk:
        results.append(result)
        yield _state(results)
    if all(result.ok for result in results):
        try:
            names, mapping = accounts.server_folders(actor, **entered)
        except Fault:
            names, mapping = [], {}
        yield _state(results, done=True, names=names, mapping=mapping)


def _state(results: list[StepResult], **more: Any) -> str:
    failed = next((result for result in results if not result.ok), None)
    side = "smtp" if failed and failed.step.startswith("smtp") else "imap"
    context = {"steps": _steps(results), "failed": failed, "side": side, **more}
    return render_to_string("mailboxes/walk.html", context) + "\x1e"  # a record separator ends each state


def _steps(results: list[StepResult]) -> list[parts.Step]:
    failed = any(not result.ok for result in results)
    shown = [_step(result) for result in results]
    for n, label in enumerate(list(STEPS.values())[len(results) :]):
        state = "skipped" if failed else "running" if n == 0 else "waiting"
        shown.append(parts.Step(label, state))
    return shown


def _step(result: StepResult) -> parts.Step:
    took = _("{n} ms").format(n=max(1, round(result.took * 1000)))
    if not result.ok:
        return parts.Step(STEPS[result.step], "failed", result.cause, result.cure)
    return parts.Step(STEPS[result.step], "done", f"{took} · {result.cause}" if result.cause else took)


def _waiting() -> list[parts.Step]:
    return [parts.Step(label, "waiting") for label in STEPS.values()]


# --- what else one does with an account -----------------------------------------------------------------------------


@require_POST
def copy(request: DeskRequest, pk: int) -> HttpResponse:
    """B4: Create Copy, without a secret."""
    made = accounts.create_copy(request.actor, pk)
    parts.notify(request, _("Copied to “{name}”. Enter its address and password.").format(name=made.name))
    return parts.go(request, reverse("mail-account", args=[made.pk]))


@require_POST
def disconnect(request: DeskRequest, pk: int) -> HttpResponse:
    account = accounts.disconnect(request.actor, pk)
    parts.notify(request, _("“{name}” is disconnected. What was logged stays.").format(name=account.name))
    return parts.go(request, _back(request))


@require_POST
def delete(request: DeskRequest, pk: int) -> HttpResponse:
    accounts.delete_account(request.actor, pk)
    parts.notify(request, _("Mail account deleted"))
    return parts.go(request, reverse("mail-accounts"))


@require_POST
def grant(request: DeskRequest, pk: int) -> HttpResponse:
    """Accessible Email Accounts (B15): a user (``user:7``) or a role (``role:sales``)."""
    kind, _sep, which = request.POST.get("who", "").partition(":")
    if kind == "user" and (user := number(which)):
        given = reach.grant(request.actor, pk, user_id=user)
    elif kind == "role" and which in set(Role):
        given = reach.grant(request.actor, pk, role=Role(which))
    else:
        raise Invalid(fields={"who": _("Choose a user or a role.")})
    who = given.user or ROLE_LABELS[Role(given.role)]
    parts.notify(request, _("{who} may use this mail account now").format(who=who))
    return parts.go(request, reverse("mail-account", args=[pk]))


@require_POST
def revoke(request: DeskRequest, pk: int, access: int) -> HttpResponse:
    reach.revoke(request.actor, access)
    parts.notify(request, _("Access removed"))
    return parts.go(request, reverse("mail-account", args=[pk]))


def _back(request: HttpRequest) -> str:
    return reverse("my-mail") if request.POST.get("from") == "mine" else reverse("mail-accounts")


section = Section(
    urls=[
        path("mail-and-calendar/", mine, name="my-mail"),
        path("mail-accounts/", listing, name="mail-accounts"),
        path("mail-accounts/new/", create, name="mail-account-new"),
        path("mail-accounts/propose/", propose, name="mail-account-propose"),
        path("mail-accounts/test/", test, name="mail-account-test-new"),
        path("mail-accounts/<int:pk>/", change, name="mail-account"),
        path("mail-accounts/<int:pk>/test/", test, name="mail-account-test"),
        path("mail-accounts/<int:pk>/copy/", copy, name="mail-account-copy"),
        path("mail-accounts/<int:pk>/disconnect/", disconnect, name="mail-account-disconnect"),
        path("mail-accounts/<int:pk>/delete/", delete, name="mail-account-delete"),
        path("mail-accounts/<int:pk>/access/", grant, name="mail-account-grant"),
        path("mail-accounts/<int:pk>/access/<int:access>/", revoke, name="mail-account-revoke"),
    ],
    gear=(
        GearItem(
            GENERAL,
            gettext_lazy("Mail and Calendar Integration"),
            "plug-zap",
            "my-mail",
            Permission.MAIL_CONNECT,
        ),
        GearItem(GENERAL, gettext_lazy("Mail Accounts"), "mail", "mail-accounts", Permission.MAIL_CONNECT),
    ),
)
