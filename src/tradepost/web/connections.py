"""Connections: the health of each with its reason and cure, Sync Now, pause and resume; the banner of a broken one (X4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Actor, Permission
from tradepost.activities.records import Record
from tradepost.kit.errors import Fault, Missing
from tradepost.mail.models import MailAccount
from tradepost.pim.calendars import CONNECTOR
from tradepost.sync import registry, services
from tradepost.sync.action import Foreseen
from tradepost.sync.models import Connection, Health, Run, Stream
from tradepost.sync.silence import CURE
from tradepost.web import parts
from tradepost.web.records import address, rows_of
from tradepost.web.sentences import told
from tradepost.web.shell import WORK, Alarm, Banner, DeskRequest, NavItem, Section
from tradepost.web.sync_words import what

SHOWN = 500  # lines of a preview; the counts are of all


def _fix_url(connection: Connection, actor: Actor) -> str:
    """Where a connection is mended: the page of its mail account or calendar account, for who may open it."""
    if connection.connector == CONNECTOR:
        own = connection.owner_id == actor.user_id and actor.may(Permission.MAIL_CONNECT)
        return reverse("calendar-account", args=[connection.pk]) if own else ""
    account = MailAccount.objects.filter(connection=connection).first()
    mine = connection.owner_id == actor.user_id or (
        connection.owner_id is None and actor.may(Permission.MAIL_SHARED)
    )
    return reverse("mail-account", args=[account.pk]) if account and mine else ""


def listing(request: DeskRequest) -> HttpResponse:
    rows = _listed(request.actor)
    return parts.page(request, "sync/connections.html", {"connections": rows})


def _listed(actor: Actor) -> Any:
    streams = Prefetch("streams", Stream.objects.order_by("kind", "label"))
    return services.connections(actor).prefetch_related(streams)


def _content(actor: Actor, connection: Connection) -> bool:
    """Whether the actor may read what ran over the connection, and act on it."""
    return connection.owner_id in (None, actor.user_id)


def show(request: DeskRequest, pk: int) -> HttpResponse:
    actor = request.actor
    connection = _listed(actor).filter(pk=pk).first()
    if connection is None:
        raise Missing(_("connection"))
    content = _content(actor, connection)
    runs = Run.objects.of(actor).filter(stream__connection=connection).select_related("stream")
    context = {
        "connection": connection,
        "runs": runs.order_by("-started_at")[:20] if content else (),
        "content": content,
        "may_manage": connection.owner_id == actor.user_id or actor.may(Permission.SYNC_MANAGE),
        "fix": _fix_url(connection, actor),
        "silence": CURE if connection.silent else "",
        "crumbs": [parts.Crumb(_("Connections"), reverse("connections")), parts.Crumb(connection.label)],
    }
    return parts.page(request, "sync/connection.html", context, part="health")


@dataclass(frozen=True, slots=True)
class _Line:
    """What would be done to one record; ``on`` are titles and addresses of what it goes on."""

    label: str
    action: str
    reason: str
    on: list[tuple[str, str]]


def foreseen(request: DeskRequest, pk: int) -> HttpResponse:
    """What a pass would do: the page at once, the plan as soon as the mailbox is read (``?plan=1``). Nothing is written."""
    actor = request.actor
    stream = services.readable(actor, pk)
    connection = stream.connection
    crumbs = [
        parts.Crumb(_("Connections"), reverse("connections")),
        parts.Crumb(connection.label, reverse("connection", args=[connection.pk])),
        parts.Crumb(_("Preview")),
    ]
    context: dict[str, Any] = {"stream": stream, "crumbs": crumbs}
    if not request.GET.get("plan"):
        return parts.page(request, "sync/preview.html", context)
    try:
        plan = services.preview(actor, pk)
    except Fault as fault:
        return parts.page(request, "sync/plan.html", {**context, "fault": fault})
    context |= {
        "counts": [(what(action), n) for action, n in Counter(one.action for one in plan).items()],
        "lines": _lines(actor, plan[:SHOWN]),
        "total": len(plan),
    }
    return parts.page(request, "sync/plan.html", context)


def _lines(actor: Actor, plan: list[Foreseen]) -> list[_Line]:
    rows = rows_of(actor, (Record(*one) for each in plan for one in each.on))
    return [
        _Line(
            one.label or "–",
            what(one.action),
            told(one.reason),
            [(str(row), address(row)) for on in one.on if (row := rows.get(Record(*on)))],
        )
        for one in plan
    ]


@require_POST
def act(request: DeskRequest, pk: int) -> HttpResponse:
    """Sync Now, pause, resume: the button's ``verb`` says which."""
    verb = request.POST.get("verb")
    if verb == "pause":
        services.pause(request.actor, pk)
        parts.notify(request, _("Paused"))
    elif verb == "resume":
        services.resume(request.actor, pk)
        parts.notify(request, _("Resumed"))
    else:
        n = services.sync_now(request.actor, pk)
        parts.notify(
            request, ngettext("Sync of {n} stream asked for", "Sync of {n} streams asked for", n).format(n=n)
        )
    return parts.go(request, reverse("connection", args=[pk]))


def _ailing(actor: Actor) -> QuerySet[Any]:
    return services.connections(actor).filter(Q(health=Health.BROKEN) | Q(silent=True))  # type: ignore[no-any-return]


def _broken(actor: Actor, rows: QuerySet[Any]) -> Iterable[Banner]:
    """One's own broken connections, and the company's for who manages them; and, once, that none is read any more."""
    mine = [row for row in rows[:50] if _content(actor, row)]
    if quiet := [row for row in mine if row.silent]:
        yield _silence(quiet)
    for row in [row for row in mine if row.health == Health.BROKEN][:5]:
        title = _("{label} needs attention.").format(label=row.label)
        fix = _fix_url(row, actor)
        url, action = (fix, _("Reconnect")) if fix else (reverse("connection", args=[row.pk]), _("Open"))
        yield Banner(title, told(f"{row.reason} {row.cure}"), url, action)


def _silence(quiet: list[Connection]) -> Banner:
    labels = ", ".join(row.label for row in quiet[:3]) + (" …" if len(quiet) > 3 else "")
    title = _("Nothing has been read for a while: {labels}.").format(labels=labels)
    return Banner(title, CURE, reverse("connections"), _("Connections"))


def _loose(actor: Actor) -> QuerySet[MailAccount]:
    """One's own mailboxes and the shared ones that believe any certificate (defaults.md row 25)."""
    rows = MailAccount.objects.of(actor).exclude(connection__health=Health.OFF)
    rows = rows.filter(Q(connection__owner=None) | Q(connection__owner_id=actor.user_id))
    loose = Q(connection__config__imap__tls_verify="off") | Q(connection__config__smtp__tls_verify="off")
    return rows.filter(loose).select_related("connection")


def _unverified(actor: Actor, rows: QuerySet[MailAccount]) -> Iterable[Banner]:
    for row in rows[:5]:
        if registry.connector(row.connection.connector).unverified(row.connection.config):
            title = _("{label} does not verify certificates.").format(label=row.name)
            text = _("Somebody on the way could pass for the mail server and read your password and mail.")
            fix = _fix_url(row.connection, actor)
            url, action = (fix, _("Verify them")) if fix else (reverse("connections"), _("Connections"))
            yield Banner(title, text, url, action, icon="shield-alert")


def _troubled(actor: Actor) -> QuerySet[Any]:
    return services.connections(actor).filter(health=Health.BROKEN)  # type: ignore[no-any-return]


section = Section(
    urls=[
        path("connections/", listing, name="connections"),
        path("connections/<int:pk>/", show, name="connection"),
        path("connections/<int:pk>/act/", act, name="connection-act"),
        path("streams/<int:pk>/preview/", foreseen, name="stream-preview"),
    ],
    nav=(
        NavItem(
            WORK,
            gettext_lazy("Connections"),
            "plug-zap",
            "connections",
            Permission.SYNC_VIEW,
            badge=_troubled,
            within=("connection", "stream-preview"),
        ),
    ),
    alarms=(Alarm(_ailing, _broken), Alarm(_loose, _unverified)),
)
