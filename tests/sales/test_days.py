"""When an invoice falls due by terms that no list of the company has: as their words say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sales.trade import trade
from tradepost.sales.days import days_in
from tradepost.sales.models import Kind, Terms
from tradepost.sales.moving import move
from tradepost.sales.payments import save_terms


@pytest.mark.parametrize(
    ("terms", "days"),
    [
        ("Net 30", 30),
        ("net30", 30),
        ("Net-45 EOM", 45),
        ("2/10 net 30", 30),
        ("2/10 n/30", 30),
        ("30 days", 30),
        ("14 days net", 14),
        ("30 Tage netto", 30),
        ("14 Tage 2 % Skonto, 30 Tage netto", 30),
        ("Zahlbar binnen 10 Tagen", 10),
        ("60 jours fin de mois", 60),
        ("30 net", 30),
        ("", 0),
        ("Due on receipt", 0),
        ("50 % in advance", 0),
        ("Prepaid, order 4711", 0),
        ("Contract 2026-30", 0),
    ],
)
def test_terms_are_read_for_their_days(terms: str, days: int) -> None:
    assert days_in(terms) == days


@pytest.mark.django_db
@pytest.mark.parametrize(("known", "days"), [(None, 30), (45, 45)])
def test_an_invoice_falls_due_by_the_words_of_its_terms_unless_the_company_says_otherwise(
    known: int | None, days: int
) -> None:
    shop = trade()
    if known:
        save_terms(shop.actor, {"name": "30 Tage netto", "type": Terms.Type.RECEIVABLE, "days": known})
    row = shop.document(Kind.INVOICE, terms="30 Tage netto")
    assert move(shop.actor, row.pk, "issue").due == row.date + timedelta(days=days)
