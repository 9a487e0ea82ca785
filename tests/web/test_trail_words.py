"""The audit trail in people's words: what was done, to which field, from what to what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db.models import BinaryField, GeneratedField
from django.utils.text import capfirst
from django.utils.translation import override
from django.utils.translation.trans_real import translation

from tradepost.accounts.audit import _SKIP
from tradepost.people.models import Customer
from tradepost.sales.state_table import MACHINES
from tradepost.web.trail_labels import HIDDEN, LABELS
from tradepost.web.trail_values import changed, synced
from tradepost.web.trail_words import done, label, matching, models

ROOT = Path(__file__).resolve().parents[2] / "src" / "tradepost"
# Tables of which the trail never keeps a row as it is: logs, queues, what is seen of the other side, and parts of others.
NEVER_WHOLE = {
    "auditentry", "binding", "delivery", "edimessage", "event", "feed", "heartbeat", "idempotencykey", "importrow",
    "line", "link", "merge", "message", "notice", "outbox", "publiclink", "review", "revision", "runitem",
    "sighting", "stockmove", "tagmerge",
}  # fmt: skip


def verbs(tree: ast.Module) -> Iterator[str]:
    """What is done, of each call that writes an entry: ``save`` of ``audit.record(actor, f"{kind}.save", …)``."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "audit.record":
            texts = [c.value for c in ast.walk(call.args[1]) if isinstance(c, ast.Constant)]
            yield from (
                text.rpartition(".")[2] for text in texts if isinstance(text, str) and text[-1] != "."
            )


def test_whatever_is_done_has_words() -> None:
    written = {verb for path in ROOT.rglob("*.py") for verb in verbs(ast.parse(path.read_text()))}
    written |= {row.verb for machine in MACHINES.values() for row in machine.rows}
    assert len(written) > 80
    with override("en"):
        english = {verb: done(f"note.{verb}") for verb in written}
    with override("de"):
        assert [
            verb for verb in sorted(written) if done(f"note.{verb}") in (english[verb], f"Notiz · {verb}")
        ] == []


@pytest.mark.parametrize(
    ("verb", "german"),
    [
        ("import.apply", "Import · eingelesen"),
        ("import.receive", "Import · hochgeladen"),
        ("application.apply", "Verrechnung · angerechnet"),
        ("payment.receive", "Zahlung · erhalten"),
    ],
)
def test_one_verb_is_worded_by_what_it_is_done_to(verb: str, german: str) -> None:
    with override("de"):
        assert done(verb) == german


def test_every_field_that_the_trail_keeps_has_a_label() -> None:
    known = translation("de")._catalog
    found = {
        (name, field.name)
        for name, model in models().items()
        if name not in NEVER_WHOLE
        for field in model._meta.concrete_fields
        if field.name not in {*_SKIP, *HIDDEN}
        and field.name.removesuffix("_id") not in LABELS
        and not isinstance(field, BinaryField | GeneratedField)
        and not getattr(field, "sealed", False)
        and capfirst(field.name.removesuffix("_id").replace("_", " ")) not in known
    }
    assert found == set()


def test_every_choice_of_a_field_can_be_read_in_german() -> None:
    known = translation("de")._catalog
    plain = {
        (name, field.name, words)
        for name, model in models().items()
        for field in model._meta.concrete_fields
        for _key, words in getattr(field, "flatchoices", ())
        if isinstance(words, str) and words not in known and field.name not in ("language", "currency")
    }
    assert plain == set()


@pytest.mark.parametrize(
    ("verb", "english", "german"),
    [
        ("customer.save", "Customer · saved", "Kunde · gespeichert"),
        ("order.ship_part", "Sales order · partly shipped", "Auftrag · teilweise versandt"),
        ("mail_account.save", "Mail account · saved", "E-Mail-Konto · gespeichert"),
        ("job.cancel", "Background job · cancelled", "Hintergrundauftrag · storniert"),
        ("settings.user", "Settings · changed for oneself", "Einstellungen · für sich selbst geändert"),
        ("event.sync.create", "Event · Sync · created", "Termin · Abgleich · angelegt"),
        ("odd_thing.frob_it", "odd thing · frob it", "odd thing · frob it"),
        ("frob", "frob", "frob"),
    ],
)
def test_what_was_done_is_said_in_the_readers_language(verb: str, english: str, german: str) -> None:
    with override("en"):
        assert done(verb) == english
    with override("de"):
        assert done(verb) == german


def test_what_was_done_is_found_by_its_words_and_by_its_name() -> None:
    verbs = ["customer.save", "order.ship", "frob"]
    with override("de"):
        assert matching(verbs, "GESPEICHERT") == matching(verbs, "r.save") == ["customer.save"]
        assert matching(verbs, "nothing like it") == []


@pytest.mark.parametrize(
    ("name", "german"),
    [
        ("tax.included", "Preise enthalten die Steuer"),
        ("po_number", "Bestellnummer"),
        ("owner_id", "Zuständig"),
        ("frob_count", "Frob count"),
    ],
)
def test_a_field_is_called_by_its_label(name: str, german: str) -> None:
    with override("de"):
        assert label(name) == german


@pytest.mark.parametrize(
    ("kind", "name", "value", "german"),
    [
        ("customer", "credit_hold", True, ["Ja"]),
        ("customer", "credit_hold", False, ["Nein"]),
        ("customer", "name", "Open", ["Open"]),
        ("customer", "tags", ["red", "blue"], ["red, blue"]),
        ("document", "date", "2026-03-09", ["9. Mär 2026"]),
        ("document", "date", "2026-13-45", ["2026-13-45"]),
        ("document", "archived_at", "2026-03-09T08:05:00+00:00", ["9. Mär 2026, 08:05"]),
        ("document", "status", "partly_shipped", ["Teilweise versandt"]),
        ("document", "total", "1234.5000", ["€1,234.50"]),
        ("document", "unit_price", "0.0125", ["0.0125"]),
        ("item", "quantity", "3.0000", ["3"]),
        ("item", "sku", "7", ["7"]),
        ("run", "reason", "It was sent from here.", ["Sie wurde von hier gesendet."]),
        ("apikey", "scopes", ["stock.move", "frob"], ["Bestand bewegen, frob"]),
        ("mailaccess", "role", "sales", ["Verkauf"]),
        ("item", "discount_reach", "above", ["Alle Zeilen darüber"]),
        ("", "tax.included", True, ["Ja"]),
        ("", "attendees", [{"name": "Renata", "answer": "needs-action", "role": "req-participant"}],
         ["Name: Renata, Antwort: noch keine Antwort, Rolle: nötig"]),
        ("connection", "config", {"url": "https://x", "pinned": "ab"},
         ["Adresse: https://x", "Vertrautes Zertifikat: ab"]),
        ("taxcomponent", "rates", {"2023-09-01": "2.2810"}, ["1. Sep 2023: 2.281"]),
        ("", "billing", {"city": "Bonn", "street": "", "id": 3}, ["Ort: Bonn"]),
        ("", "lines", [{"sku": "A", "quantity": "2.0000"}, {"sku": "B"}],
         ["A – Menge: 2", "B"]),
        ("", "app", {"fields": {"subject": "Visit", "all_day": True}}, ["Felder: Betreff: Visit, Ganztägig: Ja"]),
        ("nothing", "frob", "x", ["x"]),
    ],
)  # fmt: skip
def test_a_value_is_said_as_elsewhere(kind: str, name: str, value: Any, german: list[str] | None) -> None:
    with override("de"):
        found = {one.label: one for one in changed(kind, {name: value}, {name: value, "currency": "EUR"})}
        change = found[label(name)]
        assert change.before == change.after == german


def test_what_was_empty_and_still_is_is_not_told() -> None:
    before, after = {"phone": "1", "fax": ""}, {"phone": "", "fax": "2", "website": "", "tags": [], "id": 3}
    with override("en"):
        assert changed("customer", before, after) == [("Fax", ["–"], ["2"]), ("Phone", ["1"], ["–"])]


def test_what_a_run_wrote_is_said_for_here_and_there() -> None:
    link = {"app_id": "7", "etag": "x"}
    write = {"before": {"subject": "Visit", "all_day": False}, "after": {"subject": "Call", "all_day": False}}
    with override("de"):
        rows = synced("event", {}, {"reason": "x", "app": write, "remote": None, "link": link})
        assert rows == [("Hier · Betreff", ["Visit"], ["Call"])]
        assert synced("event", {"remote": {"fields": {"subject": "Visit"}, "body": "BEGIN"}}, {}) == [
            ("Dort · Betreff", ["Visit"], None)
        ]
        place = {"before": {"location": "A"}, "after": {"location": "B"}}
        assert synced("event", {}, {"remote": place}) == [("Dort · Ort", ["A"], ["B"])]
        assert synced("event", {}, {"app": None, "remote": None, "link": link}) == []
        assert synced("activity", {}, {"count": 3}) == [("Anzahl", None, ["3"])]


def test_records_are_called_by_their_names_where_they_are_known() -> None:
    names = {(Customer, "7"): "Pine Ltd"}
    with override("de"):
        write = {"before": {"customer": None}, "after": {"customer": 7}}
        assert synced("project", {}, {"app": write}, names) == [("Hier · Kunde", None, ["Pine Ltd"])]
        assert changed("activity", {"records": ["customer 7", "customer 8"]}, {"records": []}, names) == [
            ("Datensätze", ["Kunde Pine Ltd, Kunde 8"], ["–"])
        ]
        assert changed("", {}, {"customer": 7}, names) == [("Kunde", None, ["Pine Ltd"])]
        assert changed("project", {}, {"customer": 9}, names) == [("Kunde", None, ["9"])]
        assert synced("activity", {}, {"message": 3}) == []
