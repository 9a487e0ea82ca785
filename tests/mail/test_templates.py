"""E-mail templates, and the bounds of what a template can do."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tradepost.accounts.access import Actor
from tradepost.accounts.models import Organisation
from tradepost.accounts.services import register_company
from tradepost.activities.records import Record
from tradepost.kit.errors import Invalid, Missing
from tradepost.kit.liquid import render
from tradepost.mail.templates import archive_template, fill_in, save_template, templates
from tradepost.people.models import Customer
from tradepost.people.services import save_contact, save_customer
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import LineDraft, save_document


@pytest.fixture
def actor(db: None) -> Actor:
    return register_company(
        company="Marlow", name="Dana", email="dana@example.com", password="Correct-horse-9"
    )


@pytest.fixture
def order(actor: Actor) -> Document:
    customer = save_customer(actor, {"name": "Tom & Sons <script>"})
    contact = save_contact(actor, {"first_name": "Renata"}, customer_ids=[customer.pk])
    lines = [LineDraft(description="Tent", quantity=Decimal(2), unit_price=Decimal("199.50"))]
    return save_document(actor, Kind.ORDER, {"customer_id": customer.pk, "contact_id": contact.pk}, lines)


@pytest.mark.req("A13", "B16")
def test_a_template_is_filled_in_from_the_order(actor: Actor, order: Document) -> None:
    row = save_template(
        actor,
        {
            "name": "Confirmed",
            "subject": "Your order {{ document.number }} of {{ customer.name }}",
            "html": "<p>Dear {{ contact.first_name }}, {% for line in document.lines %}{{ line.quantity }} ×"
            " {{ line.description }}{% endfor %} for {{ customer.name }}: {{ document.total }}</p>",
        },
    )
    subject, html = fill_in(actor, row.pk, Record("document", order.pk))
    assert subject == f"Your order {order.number} of Tom & Sons <script>"
    assert "Dear Renata, 2 × Tent" in html and "399.00" in html
    assert "Tom &amp; Sons &lt;script&gt;" in html


@pytest.mark.parametrize(
    ("company", "customer", "total"),
    [("en-US", "", "$399.00"), ("de-DE", "", "399,00\xa0$"), ("en-US", "de", "399,00\xa0$")],
)
def test_figures_are_those_of_the_paper(
    actor: Actor, order: Document, company: str, customer: str, total: str
) -> None:
    Organisation.objects.filter(pk=actor.organisation_id).update(locale=company)
    Customer.objects.of(actor).update(language=customer)
    row = save_template(actor, {"name": "Total", "subject": "{{ document.total }}"})
    assert fill_in(actor, row.pk, Record("document", order.pk))[0] == " ".join(total.split())


def test_another_companys_template_and_order_do_not_exist(actor: Actor, order: Document) -> None:
    other = register_company(company="B", name="Eve", email="eve@example.com", password="Correct-horse-9")
    row = save_template(actor, {"name": "Confirmed"})
    theirs = save_template(other, {"name": "Confirmed"})
    for template, record in ((row.pk, None), (theirs.pk, Record("document", order.pk))):
        with pytest.raises(Missing):
            fill_in(other, template, record)


def test_a_template_put_away_leaves_the_choice_and_comes_back(actor: Actor) -> None:
    row = save_template(actor, {"name": "Old"})
    archive_template(actor, row.pk)
    assert not templates(actor)
    archive_template(actor, row.pk, undo=True)
    assert list(templates(actor)) == [row]


@pytest.mark.parametrize(
    "source", ["{{ document.number", "{% for %}", "{% include 'x' %}", "{{ 1 | no_such }}"]
)
def test_a_mistake_shows_at_saving_and_nothing_is_kept(actor: Actor, source: str) -> None:
    with pytest.raises(Invalid) as caught:
        save_template(actor, {"name": "Wrong", "html": source})
    assert "html" in caught.value.fields
    assert not templates(actor)


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in (1..5000) %}{% for b in (1..5000) %}x{% endfor %}{% endfor %}",
        "{% assign s = 'aaaaaaaaaa' %}{% for a in (1..60) %}{% assign s = s | append: s %}{% endfor %}{{ s }}",
        "{% for a in (1..9999) %}" + "x" * 900 + "{% endfor %}",
    ],
)
def test_a_bomb_stops_at_its_bounds(source: str) -> None:
    with pytest.raises(Invalid):
        render(source, {})


@pytest.mark.parametrize("name", ["a.__class__", "a.keys", "a.items", "b", "a.x.__class__"])
def test_a_template_sees_plain_data_alone(name: str) -> None:
    with pytest.raises(Invalid, match="undefined"):
        render("{{ " + name + " }}", {"a": {"x": 1}})
