"""What the bulk bar of a list of documents does with the chosen ones."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from tradepost.kit.errors import Conflict
from tradepost.sales import services, trashing
from tradepost.sales.models import Kind
from tradepost.sales.words import CANCEL
from tradepost.web import marks, parts, trash, usual_mail
from tradepost.web.bulk import on_each
from tradepost.web.kinds import LOOKS
from tradepost.web.numbers import number
from tradepost.web.shell import DeskRequest

VERBS: dict[Kind, tuple[tuple[str, parts.Text], ...]] = {
    Kind.ORDER: (
        ("hold", gettext_lazy("Hold")),
        ("release", gettext_lazy("Release")),
        ("close", gettext_lazy("Close")),
    ),
    Kind.QUOTE: (("send", gettext_lazy("Mark as sent")), ("cancel", CANCEL)),
    Kind.PICK: (("start", gettext_lazy("Start")), ("finish", gettext_lazy("Finish"))),
    Kind.SHIPMENT: (("ship", gettext_lazy("Ship")), ("deliver", gettext_lazy("Mark as delivered"))),
    Kind.INVOICE: (("issue", gettext_lazy("Issue")),),
    Kind.PAYMENT: (
        ("receive", gettext_lazy("Receive")),
        ("deposit", pgettext_lazy("verb of a document", "Deposit")),
    ),
    Kind.PURCHASE_QUOTE: (("send", gettext_lazy("Mark as sent")), ("cancel", CANCEL)),
    Kind.PURCHASE_ORDER: (
        ("send", gettext_lazy("Mark as sent")),
        ("confirm", gettext_lazy("Confirm")),
        ("close", gettext_lazy("Close")),
    ),
    Kind.RECEIPT: (("receive", gettext_lazy("Receive")),),
    Kind.BILL: (("approve", gettext_lazy("Approve")),),
    Kind.BILL_PAYMENT: (("pay", gettext_lazy("Mark as paid")),),
}


def bulk(request: DeskRequest, kind: Kind) -> HttpResponse:
    """Assign an owner to, or do a verb on, the chosen rows. One that does not fit never stops the rest."""
    here = parts.local(request.POST.get("next", ""), reverse(LOOKS[kind].plural))
    if request.POST.get("act") == "trash":
        gone: list[int] = []
        if done := on_each(request, lambda pk: gone.append(trashing.trash(request.actor, pk).pk)):
            said = ngettext("{n} in the trash", "{n} in the trash", done).format(n=done)
            parts.notify(request, said, trash.undo(request.actor, "document", gone, here))
    elif request.POST.get("act") == "mail":
        usual_mail.send_each(request)
    elif done := on_each(request, lambda pk: _one(request, kind, pk)):
        parts.notify(request, ngettext("{n} changed", "{n} changed", done).format(n=done))
    return parts.go(request, here)


def _one(request: DeskRequest, kind: Kind, pk: int) -> None:
    act = request.POST.get("act", "")
    if tagged := marks.bulk_values(request):
        services.save_document(request.actor, kind, tagged, document_id=pk)
    elif act == "owner":
        services.save_document(
            request.actor, kind, {"owner_id": number(request.POST.get("owner"))}, document_id=pk
        )
    elif act == "custom_status":
        chosen = {"custom_status_id": number(request.POST.get("custom_status"))}
        services.save_document(request.actor, kind, chosen, document_id=pk)
    elif act in dict(VERBS.get(kind, ())):
        services.move(request.actor, pk, act, _("Held from the list"))
    else:
        raise Conflict(_("Nothing was chosen to do."), cure=_("Press one of the buttons."))
