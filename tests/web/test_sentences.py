"""What the database keeps as an English sentence is read in the reader's language."""

from __future__ import annotations

import pytest
from django.utils.translation import gettext, override

from tradepost.exchange.kinds import KINDS, Kind
from tradepost.exchange.services import _TITLES
from tradepost.web.sentences import told


@pytest.mark.parametrize(
    ("said", "german"),
    [
        ("", ""),
        ("It was sent from here.", "Sie wurde von hier gesendet."),
        ("New here. Deleted there; added again.", "Neu hier. Dort gelöscht; wieder angelegt."),
        ("3 mails of Bob Miller wait", "3 Mails von Bob Miller warten"),
        ("Was “Your order 7” sent?", "Wurde „Your order 7“ gesendet?"),
        (
            "“Visit”: It was deleted here and changed there.",
            "“Visit”: Er wurde hier gelöscht und dort geändert.",
        ),
        ("Row 5: “x” is not a number.", "Zeile 5: „x“ ist keine Zahl."),
        ("Price: “x” is not a number.", "Preis: „x“ ist keine Zahl."),
        ("Subject changed here.", "Betreff hier geändert."),
        (
            "Subject changed here; start, all day changed there.",
            "Betreff hier geändert; Beginn, Ganztägig dort geändert.",
        ),
        ("Frob changed there.", "Frob dort geändert."),
        ("Location was changed on both sides.", "Ort wurde auf beiden Seiten geändert."),
        ("There is no customer with the name “Open”.", "Nicht gefunden: Kunde mit dem Namen „Open“."),
        ("Bob Miller accepted: Visit", "Bob Miller hat zugesagt: Visit"),
        ("New lead from the web: Bob Miller", "Neuer Interessent aus dem Web: Bob Miller"),
        ("RMA-00001 scrapped: torn", "RMA-00001 verschrottet: torn"),
        ("Taken back: torn", "Zurückgenommen: torn"),
        ("Receipt voided", "Wareneingang storniert"),
        ("Generic Mail", "Anderer Anbieter"),
        ("Check customers.csv (Customer)", "customers.csv prüfen (Kunde)"),
        (
            "Matched by the id that it carries. The server said 550.",
            "Erkannt durch die Kennung, die er trägt. The server said 550.",
        ),
        ("550 5.1.1 User unknown: try later", "550 5.1.1 User unknown: try later"),
        (
            "A price cannot be negative. Use a discount instead. Correct the row, and import it again.",
            "Ein Preis kann nicht unter null liegen. Nehmen Sie stattdessen einen Rabatt. "
            "Berichtigen Sie die Zeile, und importieren Sie sie noch einmal.",
        ),
        (
            "There are documents or exchange rates in EUR already, so it stays. Register another company for another "
            "currency. Sign in instead.",
            "Es gibt schon Belege oder Wechselkurse in EUR, deshalb bleibt die Währung. Registrieren Sie für eine andere "
            "Währung eine weitere Firma. Sign in instead.",
        ),
    ],
)
def test_a_stored_sentence_is_worded_for_whoever_reads_it(said: str, german: str) -> None:
    assert told(said) == said
    with override("de"):
        assert told(said) == german


@pytest.mark.parametrize("act", _TITLES)
@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.key)
def test_the_job_of_an_import_is_worded_for_whoever_reads_it(kind: Kind, act: str) -> None:
    title = _TITLES[act].format(kind=kind.label, name="prices 1 May.csv")
    with override("de"):
        assert told(title) == gettext(_TITLES[act]).format(kind=gettext(kind.label), name="prices 1 May.csv")
        assert gettext(_TITLES[act]) != _TITLES[act]


@pytest.mark.parametrize("part", ["a", ": ", ". A", "is ", "“", "Row 5: ", "There is no field “", " of “x” "])
@pytest.mark.parametrize("times", [30, 2_000])
def test_a_long_text_of_somebody_elses_is_told_as_it_stands_or_in_part(part: str, times: int) -> None:
    with override("de"):
        assert part.strip()[-1] in told(part * times)
