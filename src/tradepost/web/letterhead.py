"""Company Preferences, Documents: logo, address, tax number and colour on paper, and texts by kind and language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tradepost.accounts.access import Permission
from tradepost.kit.errors import Invalid, Missing
from tradepost.sales import letterhead
from tradepost.sales.models import Letterhead
from tradepost.sales.paper import specimen
from tradepost.web import parts
from tradepost.web.kinds import LOOKS
from tradepost.web.pdfs import pdf
from tradepost.web.preferences import tabs
from tradepost.web.shell import DeskRequest, Section, Text

PARTS: dict[str, Any] = {
    "intro": gettext_lazy("Header, above the lines"),
    "closing": gettext_lazy("Closing text, below the lines"),
    "footer": gettext_lazy("Footer of every page"),
}


class LetterheadForm(forms.Form):
    address = forms.CharField(
        label=gettext_lazy("Address"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("As it stands below your name, line by line."),
    )
    tax_number = forms.CharField(label=gettext_lazy("Tax number"), required=False, max_length=40)
    colour = forms.CharField(label=gettext_lazy("Colour"), widget=forms.TextInput({"type": "color"}))


class LogoForm(forms.Form):
    logo = forms.FileField(
        label=gettext_lazy("Logo"),
        help_text=gettext_lazy("PNG or JPEG, at most 500 × 500 pixels and 100 KB."),
        widget=forms.ClearableFileInput({"accept": "image/png,image/jpeg"}),
    )


class TextsForm(forms.Form):
    """Three texts in each language; a field is named ``<language>_<part>``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language, _name in settings.LANGUAGES:
            for part, label in PARTS.items():
                self.fields[f"{language}_{part}"] = forms.CharField(
                    label=label, required=False, widget=forms.Textarea({"rows": 3, "lang": language})
                )

    def languages(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(name, [self[f"{lang}_{part}"] for part in PARTS]) for lang, name in settings.LANGUAGES]

    def entered(self, language: str) -> dict[str, str]:
        return {part: self.cleaned_data[f"{language}_{part}"] for part in PARTS}


def kinds() -> dict[str, Text]:
    """What texts are kept for: every kind of document of the desk, and all of them together."""
    return {
        letterhead.EVERY: _("All documents"),
        **{kind.value: look.title for kind, look in LOOKS.items()},
    }


def documents(request: DeskRequest) -> HttpResponse:
    """The letterhead; which kinds have texts, and in which languages."""
    request.actor.require(Permission.COMPANY_SETTINGS)
    row = letterhead.letterhead(request.actor.organisation_id)
    form = LetterheadForm(
        request.POST or None, initial={n: getattr(row, n) for n in LetterheadForm.base_fields}
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if _done(form, lambda: letterhead.save_letterhead(request.actor, values)):
            parts.notify(request, _("Letterhead saved"))
            return parts.go(request, reverse("preferences-documents"))
    return _page(request, row, form, LogoForm())


def _page(request: DeskRequest, row: Letterhead, form: forms.Form, logo_form: forms.Form) -> HttpResponse:
    texts = [
        (kind, title, ", ".join(name for lang, name in settings.LANGUAGES if lang in row.texts.get(kind, {})))
        for kind, title in kinds().items()
    ]
    context = {
        "row": row,
        "form": form,
        "logo_form": logo_form,
        "texts": texts,
        "tabs": tabs(),
        "tab": "documents",
    }
    wrong = form.errors or logo_form.errors
    return parts.page(request, "preferences/documents.html", context, status=422 if wrong else 200)


def _done(form: forms.Form, save: Callable[[], object]) -> bool:
    try:
        save()
    except Invalid as fault:
        parts.refuse(form, fault)
        return False
    return True


def logo(request: DeskRequest) -> HttpResponse:
    """The picture; POST replaces it."""
    request.actor.require(Permission.COMPANY_SETTINGS)
    row = letterhead.letterhead(request.actor.organisation_id)
    if request.method != "POST":
        if not row.logo:
            raise Missing(_("logo"))
        response = HttpResponse(bytes(row.logo), content_type=row.logo_type)
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-cache"
        return response
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        content = form.cleaned_data["logo"].read(letterhead.LOGO_BYTES * 20)
        if _done(form, lambda: letterhead.set_logo(request.actor, content)):
            parts.notify(request, _("Logo saved"))
            return parts.go(request, reverse("preferences-documents"))
    start = {n: getattr(row, n) for n in LetterheadForm.base_fields}
    return _page(request, row, LetterheadForm(initial=start), form)


@require_POST
def logo_remove(request: DeskRequest) -> HttpResponse:
    letterhead.set_logo(request.actor, None)
    parts.notify(request, _("Logo removed"))
    return parts.go(request, reverse("preferences-documents"))


def texts(request: DeskRequest, kind: str) -> HttpResponse:
    """The texts of one kind of document, in every language."""
    request.actor.require(Permission.COMPANY_SETTINGS)
    if kind not in kinds():
        raise Missing(_("kind of document"))
    row = letterhead.letterhead(request.actor.organisation_id)
    start = {
        f"{lang}_{part}": text for lang, by in row.texts.get(kind, {}).items() for part, text in by.items()
    }
    form = TextsForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid() and _texts_saved(request, kind, form):
        parts.notify(request, _("Texts saved"))
        return parts.go(request, reverse("preferences-documents"))
    title = kinds()[kind]
    crumbs = [parts.Crumb(_("Documents"), reverse("preferences-documents")), parts.Crumb(str(title))]
    context = {"form": form, "kind": kind, "title": title, "crumbs": crumbs, "every": letterhead.EVERY}
    return parts.page(request, "preferences/texts.html", context, status=422 if form.errors else 200)


def _texts_saved(request: DeskRequest, kind: str, form: TextsForm) -> bool:
    """All languages at once; what is wrong is said at the language's own field."""
    given = {lang: form.entered(lang) for lang, _name in settings.LANGUAGES}
    wrong = {
        f"{lang}_{part}": sentence
        for lang, entered in given.items()
        for part, sentence in letterhead.text_problems(lang, entered).items()
    }
    if wrong:
        parts.refuse(form, Invalid(fields=wrong))
        return False
    return _done(form, lambda: letterhead.save_letterhead(request.actor, {"texts": {kind: given}}))


def preview(request: DeskRequest, kind: str) -> HttpResponse:
    """A specimen of the kind as PDF, in ``?language=``."""
    request.actor.require(Permission.COMPANY_SETTINGS)
    if kind not in kinds():
        raise Missing(_("kind of document"))
    return pdf(f"{kind}.pdf", specimen(request.actor, kind, request.GET.get("language", "")))


section = Section(
    urls=[
        path("preferences/documents/", documents, name="preferences-documents"),
        path("preferences/documents/logo/", logo, name="letterhead-logo"),
        path("preferences/documents/logo/remove/", logo_remove, name="letterhead-logo-remove"),
        path("preferences/documents/<slug:kind>/", texts, name="letterhead-texts"),
        path("preferences/documents/<slug:kind>/preview/", preview, name="letterhead-preview"),
    ]
)
