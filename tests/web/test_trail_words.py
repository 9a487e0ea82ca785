"""The audit trail in people's words: what was done, to which field, from what to what."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.translation import override

from tradepost.web.trail_values import changed, synced
from tradepost.web.trail_words import done, label, matching


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
    [("po_number", "Bestellnummer"), ("owner_id", "Zuständig"), ("frob_count", "Frob count")],
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
        ("document", "archived_at", "2026-03-09T08:05:00+00:00", ["09.03.2026 08:05"]),
        ("document", "status", "partly_shipped", ["Teilweise versandt"]),
        ("document", "total", "1234.5000", ["€1,234.50"]),
        ("document", "unit_price", "0.0125", ["0.0125"]),
        ("item", "quantity", "3.0000", ["3"]),
        ("item", "sku", "7", ["7"]),
        ("run", "reason", "It was sent from here.", ["Sie wurde von hier gesendet."]),
        ("", "billing", {"city": "Bonn", "street": "", "id": 3}, ["Ort: Bonn"]),
        ("", "lines", [{"sku": "A", "quantity": "2.0000"}, {"sku": "B"}],
         ["Artikelnummer: A, Menge: 2", "Artikelnummer: B"]),
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
