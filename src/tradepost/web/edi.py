"""Orders and invoices as XML: the messages that came, what each would become, take it, answer it; and a document out."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Permission
from tradepost.exchange.edi import out, schema, services
from tradepost.exchange.models import MessageState
from tradepost.kit.errors import Invalid, Missing
from tradepost.sales.models import Kind
from tradepost.web import parts, records
from tradepost.web.kinds import LOOKS
from tradepost.web.parts import Crumb
from tradepost.web.shell import SETTINGS, DeskRequest, GearItem, Section

MOST = 100
_TITLE = gettext_lazy("Orders as XML")


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("XML file"), widget=forms.ClearableFileInput({"accept": ".xml,text/xml"})
    )


def home(request: DeskRequest) -> HttpResponse:
    """What came, the newest first; upload another."""
    if not any(request.actor.may(p) for p in (Permission.SALES_EDIT, Permission.PURCHASING)):
        request.actor.require(Permission.SALES_EDIT)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            row = services.receive(request.actor, file.name, file.read(schema.LARGEST + 1))
        except Invalid as fault:
            for sentence in fault.fields.values() or (fault.cause,):
                form.add_error("file", sentence)
            form.add_error("file", fault.cure)
        else:
            return parts.go(request, reverse("edi-message", args=[row.pk]))
    rows = services.messages(request.actor)[:MOST]
    context = {"form": form, "rows": [(row, LOOKS[Kind(row.kind)].one) for row in rows]}
    return parts.page(request, "edi/home.html", context, status=422 if form.errors else 200)


def message(request: DeskRequest, pk: int) -> HttpResponse:
    """What a message would become, or became: its lines, what is wrong, what differs."""
    row = services.messages(request.actor).pick(request.actor, pk)
    plan = services.plan(request.actor, pk)
    made = row.document or plan.document
    context = {
        "row": row,
        "plan": plan,
        "paper": plan.paper,
        "look": LOOKS[plan.kind],
        "made": made,
        "made_url": records.address(made) if made else "",
        "party_url": records.address(plan.party) if plan.party else "",
        "waiting": row.state == MessageState.WAITING,
        "crumbs": [Crumb(str(_TITLE), reverse("edi")), Crumb(row.number)],
    }
    return parts.page(request, "edi/message.html", context)


@require_POST
def act(request: DeskRequest, pk: int, verb: str) -> HttpResponse:
    """take or forget."""
    if verb == "forget":
        services.forget(request.actor, pk)
        parts.notify(request, _("The message was thrown away"))
        return parts.go(request, reverse("edi"))
    if verb != "take":
        raise Missing(_("act"))
    made = services.take(request.actor, pk)
    parts.notify(request, _("{number} was made").format(number=made.number))
    return parts.go(request, records.address(made))


def answer(request: DeskRequest, pk: int) -> HttpResponse:
    """The ``OrderResponse``, to be sent back."""
    return _xml(f"response-{pk}.xml", services.answer(request.actor, pk))


def document(request: DeskRequest, pk: int) -> HttpResponse:
    """A document of ours as XML."""
    return _xml(*out.document_xml(request.actor, pk))


def published(request: HttpRequest) -> HttpResponse:
    """The schema, for everybody."""
    return _xml(schema.FILE.name, schema.FILE.read_bytes(), download=False)


def _xml(name: str, content: bytes, *, download: bool = True) -> HttpResponse:
    response = HttpResponse(content, content_type="application/xml; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(download, name) or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'"
    return response


section = Section(
    urls=[
        path("import/xml/", home, name="edi"),
        path("import/xml/<int:pk>/", message, name="edi-message"),
        path("import/xml/<int:pk>/answer/", answer, name="edi-answer"),
        path("import/xml/<int:pk>/<str:verb>/", act, name="edi-act"),
        path("documents/<int:pk>/xml/", document, name="document-xml"),
    ],
    gear=(GearItem(SETTINGS, _TITLE, "file-code", "edi", Permission.SALES_EDIT),),
)
entrance = Section(urls=[path("schema/documents-1.xsd", published, name="edi-schema")], public=True)
