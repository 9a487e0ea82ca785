"""E-mail templates (B16): the list, and the form of one. The composer offers them; see ``compose``."""

from __future__ import annotations

import django_tables2 as tables
from django import forms
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Permission
from tradepost.kit.errors import Invalid, Stale
from tradepost.mail import templates
from tradepost.mail.models import Template
from tradepost.web import columns, parts
from tradepost.web.kinds import LOOKS
from tradepost.web.parts import Crumb, Empty
from tradepost.web.shell import SETTINGS, DeskRequest, GearItem, Section

KINDS = [("", gettext_lazy("Anything")), *((kind.value, look.one) for kind, look in LOOKS.items())]


class Templates(tables.Table):
    name = columns.Title(
        verbose_name=gettext_lazy("Name"), linkify=lambda record: reverse("mail-template", args=[record.pk])
    )
    subject = columns.Plain(verbose_name=gettext_lazy("Subject"), place="at-sub")
    kind = columns.Plain(verbose_name=gettext_lazy("For"), place="at-end", empty_values=())

    def render_kind(self, value: str, record: Template) -> str:
        kind = str(dict(KINDS).get(value, value))
        return _("{kind}, the usual one").format(kind=kind) if record.usual else kind


class TemplateForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    kind = forms.ChoiceField(label=gettext_lazy("For"), choices=KINDS, required=False)
    usual = forms.BooleanField(
        label=gettext_lazy("The usual one of its kind"),
        required=False,
        help_text=gettext_lazy("“Send now” takes it where a kind of document has several."),
    )
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=300, required=False)
    html = forms.CharField(
        label=gettext_lazy("Text"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 12, "class": "font-monospace"}),
        help_text=gettext_lazy(
            "HTML. Filled in where it is used: {{ document.number }}, {{ document.total }}, {{ customer.name }}, "
            "{{ contact.first_name }}, {{ sender.name }}, {{ company.name }}."
        ),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)


def listing(request: DeskRequest) -> HttpResponse:
    may_edit = request.actor.may(Permission.COMPANY_SETTINGS)
    return parts.listing(
        request,
        "mail_templates/list.html",
        rows=templates.templates(request.actor),
        table=Templates,
        empty=Empty(
            _("No templates yet"),
            _("A template is a text you send again and again, filled in with the order it is sent from."),
            reverse("mail-template-new") if may_edit else "",
            _("New template"),
            "file-text",
        ),
        context={"may_edit": may_edit},
    )


def edit(request: DeskRequest, pk: int | None = None) -> HttpResponse:
    """The form of a new template or of the one with this key; read-only for who may not change it."""
    request.actor.require(Permission.MAIL_SEND if pk else Permission.COMPANY_SETTINGS)
    row = Template.objects.pick(request.actor, pk) if pk else None
    form = TemplateForm(
        request.POST or None, initial={n: getattr(row, n) for n in TemplateForm.base_fields} if row else {}
    )
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        version = values.pop("version")
        try:
            saved = templates.save_template(
                request.actor, values, template_id=pk, version=version if row else None
            )
        except (Invalid, Stale) as fault:
            parts.refuse(form, fault)
        else:
            parts.notify(request, _("{name} saved").format(name=saved.name))
            return parts.go(request, reverse("mail-templates"))
    may_edit = request.actor.may(Permission.COMPANY_SETTINGS)
    for field in form.fields.values():
        field.disabled = not may_edit
    title = row.name if row else _("New template")
    crumbs = [Crumb(_("E-mail templates"), reverse("mail-templates")), Crumb(title)]
    shown = {"form": form, "row": row, "may_edit": may_edit, "title": title, "crumbs": crumbs}
    return parts.page(request, "mail_templates/edit.html", shown, status=422 if form.errors else 200)


@require_POST
def archive(request: DeskRequest, pk: int) -> HttpResponse:
    """Put a template away, or with ``undo`` take it back; its page offers the other."""
    undo = bool(request.POST.get("undo"))
    row = templates.archive_template(request.actor, pk, undo=undo)
    text = _("{name} is offered again") if undo else _("{name} is put away")
    parts.notify(request, text.format(name=row.name))
    return parts.go(request, reverse("mail-template", args=[pk]))


section = Section(
    urls=[
        path("mail-templates/", listing, name="mail-templates"),
        path("mail-templates/new/", edit, name="mail-template-new"),
        path("mail-templates/<int:pk>/", edit, name="mail-template"),
        path("mail-templates/<int:pk>/archive/", archive, name="mail-template-archive"),
    ],
    gear=(
        GearItem(
            SETTINGS, gettext_lazy("E-mail templates"), "file-text", "mail-templates", Permission.MAIL_SEND
        ),
    ),
)
