"""What is kept about one contact: to hand it over as an archive, and to erase it for good."""

from __future__ import annotations

from tempfile import TemporaryFile

from django import forms
from django.http import FileResponse, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Permission
from tradepost.exchange import erasing, person
from tradepost.kit.errors import Invalid
from tradepost.web import parts
from tradepost.web.shell import DeskRequest


class EraseForm(forms.Form):
    confirm = forms.CharField(
        label=gettext_lazy("The name of the person, to confirm"),
        max_length=220,
        widget=forms.TextInput({"autocomplete": "off"}),
    )


def show(request: DeskRequest, pk: int) -> HttpResponse:
    """What is kept, what erasing would do to it; POST erases."""
    request.actor.require(Permission.COMPANY_SETTINGS)
    plan = erasing.preview(request.actor, pk)
    form = EraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            erasing.erase(request.actor, pk, form.cleaned_data["confirm"])
        except Invalid as fault:
            parts.refuse(form, fault)
        else:
            parts.notify(request, _("The person is erased"))
            return parts.go(request, reverse("contacts"))
    context = {
        "plan": plan,
        "deleted": erasing.said(plan.deleted),
        "kept": erasing.said(plan.kept),
        "form": form,
        "pk": pk,
        "may_export": request.actor.may(Permission.EXPORT),
        "may_erase": request.actor.may(Permission.PEOPLE_EDIT),
        "crumbs": [
            parts.Crumb(_("Contacts"), reverse("contacts")),
            parts.Crumb(plan.name, reverse("contact", args=[pk])),
            parts.Crumb(_("Kept data")),
        ],
    }
    return parts.page(request, "people/person.html", context, status=422 if form.errors else 200)


@require_POST
def pack(request: DeskRequest, pk: int) -> FileResponse:
    """The archive."""
    request.actor.require(Permission.COMPANY_SETTINGS)
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it
    person.pack(request.actor, pk, file)
    file.seek(0)
    return FileResponse(
        file, content_type="application/zip", filename=f"contact-{pk}.zip", as_attachment=True
    )
