"""One field of a record, edited in place: show, edit, save with Undo, and what becomes of two who edit at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from tradepost.accounts import audit
from tradepost.accounts.models import AuditEntry
from tradepost.kit.errors import Invalid, Stale
from tradepost.web.numbers import number
from tradepost.web.parts import Text, Undo, toast
from tradepost.wire.orm import Versioned

Save = Callable[[str, int | None], object]
Choices = Sequence[tuple[str, Text]]


@dataclass(frozen=True, slots=True)
class Inline:
    """A field that is edited in place at ``url``. ``value`` is what the input holds, ``text`` what is read.

    ``kind`` is an HTML input type, ``textarea``, or ``select``, ``several`` or ``tags`` (then ``choices`` has the pairs;
    several values are joined by a semicolon). ``chips`` are shown as tags, ``link`` leads away from what is read, or calls it;
    ``offers`` complete what is typed. Choices and offers that cost a query come as functions, asked when they are needed. ``row`` is the record
    whose version the form sends back, as the API does with If-Match.
    """

    name: str
    label: Text
    value: str
    url: str
    text: str = ""
    kind: str = "text"
    choices: Choices | Callable[[], Choices] = ()
    editable: bool = True
    row: Versioned | None = None
    chips: Sequence[tuple[str, str]] = ()
    link: str = ""
    help: Text = ""
    offers: Sequence[str] | Callable[[], Sequence[str]] = ()

    @property
    def shown(self) -> str:
        if self.text:
            return self.text
        choices = self.choices() if callable(self.choices) else self.choices
        return str(dict(choices).get(self.value, self.value))

    @property
    def dials(self) -> bool:
        """Whether its link calls somebody."""
        return self.link.startswith("tel:")

    @property
    def parts(self) -> list[str]:
        return [part.strip() for part in self.value.split(";") if part.strip()]

    @property
    def version(self) -> str:
        return str(self.row.version) if self.row else ""


def inline(request: HttpRequest, build: Callable[[], Inline], save: Save) -> HttpResponse:
    """Serve the address of an inline field: show, edit (``?edit=1``), save (POST ``value`` and ``version``) with Undo.

    ``save`` takes the value as typed and the version that it rests on. Where the record was changed since by somebody
    else, the answer is 409: the form with what was typed, what was changed and by whom; its next save replaces that.
    """
    field = build()
    if request.method != "POST":
        part = "edit" if request.GET.get("edit") and field.editable else "show"
        return render(request, f"parts/inline.html#{part}", {"field": field})
    value, version = "; ".join(request.POST.getlist("value")), request.POST.get("version", "")
    try:
        _keep(request, build, save, value, number(version, 9))
    except Invalid as fault:
        sentence = fault.fields.get(field.name) or str(fault)
        return _edit(request, field, value, sentence, 422)
    except Stale as fault:
        now = build()
        return _edit(request, now, value, _explained(fault, now, _since(now, version)), 409)
    saved = build()
    response = render(request, "parts/inline.html#show", {"field": saved})
    rests_on = {"version": saved.version} if saved.version else {}
    undo = Undo(field.url, {"value": field.value, **rests_on}, f"#field-{field.name}")
    return toast(response, _("{label} saved").format(label=field.label), undo)


def _keep(
    request: HttpRequest, build: Callable[[], Inline], save: Save, value: str, version: int | None
) -> None:
    """Save; what the same person changed in another field meanwhile is no news to him."""
    try:
        save(value, version)
    except Stale:
        now = build()
        entries = _since(now, str(version))
        foreign = [e for e in entries if e.user_id != request.user.pk or now.name in e.after]
        if foreign or not entries or now.row is None:
            raise
        save(value, now.row.version)


def _edit(request: HttpRequest, field: Inline, value: str, sentence: str, status: int) -> HttpResponse:
    wrong: dict[str, Any] = {"field": field, "value": value, "error": sentence}
    return render(request, "parts/inline.html#edit", wrong, status=status)


def _since(field: Inline, version: str) -> list[AuditEntry]:
    """What was done to the record since a version of it: each change has one entry."""
    rests_on = number(version, 9)
    if field.row is None or rests_on is None:
        return []
    return audit.latest(field.row, field.row.version - rests_on)


def _explained(fault: Stale, field: Inline, entries: list[AuditEntry]) -> str:
    done = [_told(field, entry) for entry in entries]
    kept = _("What you typed is kept here. Save again to put it in their place, or Cancel.")
    return " ".join([*(done or [fault.cause]), kept])


def _told(field: Inline, entry: AuditEntry) -> str:
    names = [*{**entry.before, **entry.after}]
    changed = ", ".join(_change(field, name, entry) for name in names[:5]) or entry.verb
    who = entry.user or "tradepost"
    return _("{who} changed {what}, {ago} ago.").format(
        who=who, what=changed, ago=timesince(entry.at, depth=1)
    )


def _change(field: Inline, name: str, entry: AuditEntry) -> str:
    if name == field.name and field.kind != "select":
        return f"{field.label}: “{entry.before.get(name) or '–'}” → “{entry.after.get(name) or '–'}”"
    return capfirst(name.removesuffix("_id").replace("_", " "))
