"""The pages of e-mail templates, and the composer that offers them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mail.world import company
from tradepost.accounts.models import User
from tradepost.mail.accounts import save_account
from tradepost.mail.models import Template
from tradepost.mail.templates import save_template
from tradepost.people.services import Email, save_customer
from tradepost.sales.models import Kind
from tradepost.sales.services import LineDraft, save_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Any) -> Any:
    actor = company()
    client.force_login(User.objects.get(pk=actor.user_id))
    client.actor = actor
    return client


def test_a_template_is_made_changed_put_away_and_offered_again(desk: Any) -> None:
    assert b"No templates yet" in desk.get("/mail-templates/").content
    made = desk.post(
        "/mail-templates/new/", {"name": "Thanks", "subject": "Thanks for {{ document.number }}", "html": ""}
    )
    row = Template.objects.get()
    assert made.status_code == 302 and row.name == "Thanks"
    refused = desk.post(
        f"/mail-templates/{row.pk}/", {"name": "Thanks", "html": "{{ document.number", "version": 1}
    )
    assert refused.status_code == 422 and b"cannot be filled in" in refused.content
    desk.post(f"/mail-templates/{row.pk}/archive/")
    assert b"Offer again" in desk.get(f"/mail-templates/{row.pk}/").content
    desk.post(f"/mail-templates/{row.pk}/archive/", {"undo": "1"})
    assert b"Thanks" in desk.get("/mail-templates/").content


@pytest.mark.req("A13")
def test_the_composer_opens_with_the_chosen_template_filled_in(desk: Any) -> None:
    servers = {side: {"host": "mail.shop.test", "port": 993, "username": "d"} for side in ("imap", "smtp")}
    save_account(
        desk.actor,
        {"name": "Dana", "sender_email": "dana@shop.test"},
        config=servers,
        secrets={"imap_password": "x"},
    )
    customer = save_customer(desk.actor, {"name": "Harbor & Pine"}, emails=[Email("r@pine.test")])
    lines = [LineDraft(description="Tent")]
    order = save_document(desk.actor, Kind.ORDER, {"customer_id": customer.pk}, lines)
    values = {
        "subject": "Order {{ document.number }}",
        "html": "<p>For {{ customer.name }}<script>x</script></p>",
    }
    row = save_template(desk.actor, {"name": "Confirm", **values})
    save_template(desk.actor, {"name": "Quotes only", "kind": "quote"})
    url = f"/compose/?on=document:{order.pk}"
    plain = desk.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "Confirm" in plain and "Quotes only" not in plain
    filled = desk.get(f"{url}&template={row.pk}", headers={"HX-Request": "true"}).content.decode()
    assert f'value="Order {order.number}"' in filled
    assert "Harbor &amp;amp; Pine" in filled and "&lt;script" not in filled
