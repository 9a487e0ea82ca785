"""What the scripts say, as a script of its own for each language: translated like all other texts, fetched once.

Printed into the pages it was a twentieth of their weight.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from tradepost.kit.words import gettext_noop
from tradepost.web.shell import Section

# What sentences count; Django makes these plurals out of the names of models, so they stand nowhere else.
PLURALS = (
    gettext_noop("attachments"),
    gettext_noop("cases"),
    gettext_noop("contacts"),
    gettext_noop("customers"),
    gettext_noop("documents"),
    gettext_noop("jobs"),
    gettext_noop("leads"),
    gettext_noop("messages"),
    gettext_noop("price lists"),
)
WORDS: dict[str, str | Promise] = {
    "undo": _("Undo"),
    "dismiss": _("Dismiss"),
    "offline": _("The server did not answer. Nothing was lost; try again."),
    "failed": _("That did not work. Nothing was changed; try again."),
    "yes": _("Yes"),
    "no": _("No"),
    "keep": _("Keep editing"),
    "discard": _("Discard"),
    "discardDraft": _("Discard this draft?"),
    "discarded": _("Draft discarded"),
    "discardChanges": _("Discard your changes?"),
    "restored": _("Your draft was restored."),
    "restoredForm": _("What you typed was restored."),
    "changedSince": _("The record was changed since: compare before you save."),
    "startOver": _("Start over"),
    "savedDraft": _("Draft saved on this device"),
    "unsaved": _("Unsaved changes"),
    "remove": _("Remove"),
    "tooLarge": _("Together these files are larger than {limit}. Remove one, or send a link."),
    "notAddress": _("is not an e-mail address"),
    "nothing": _("Nothing found"),
    "message": _("Message"),
    "contacts": _("Contacts"),
    "formatting": _("Formatting"),
    "bold": _("Bold"),
    "italic": _("Italic"),
    "underline": _("Underline"),
    "bullets": _("Bulleted list"),
    "numbers": _("Numbered list"),
    "quote": _("Quote"),
    "link": _("Link"),
    "linkAddress": _("Link address"),
    "clear": _("Clear formatting"),
    "insertLink": _("Insert link"),
    "entered": _("{sku} was entered as {n} lines"),
    "pasted": _("{n} lines were pasted"),
    "take": _("Take"),
    "noVariant": _("There is no such variant"),
}


def context(_request: HttpRequest) -> dict[str, Any]:
    """Template context processor."""
    return {"words_url": address()}


def address() -> str:
    """Of the script in the language of the moment. It names its content, so that a browser may keep it for ever."""
    language = get_language() or settings.LANGUAGE_CODE
    return reverse("words", args=[language, hashlib.sha256(_script(language)).hexdigest()[:12]])


@cache
def _script(language: str) -> bytes:
    with override(language):
        said = {name: str(text) for name, text in WORDS.items()}
    return f"window.words = {json.dumps(said, ensure_ascii=False)};".encode()


def words(request: HttpRequest, language: str, stamp: str) -> HttpResponse:
    """For everybody: the page of sign-in has scripts too. ``stamp``: as ``address`` gave it; a page that was opened
    before an update asks with an older one, and is answered with the words of now."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    response = HttpResponse(_script(language), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


section = Section(urls=[path("words/<slug:language>/<slug:stamp>.js", words, name="words")], public=True)
