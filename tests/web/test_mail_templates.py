"""The pages of e-mail templates, and the composer that offers them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import program_of
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


def test_one_of_a_kind_is_the_usual_one(desk: Any) -> None:
    def made(name: str, **more: str) -> Any:
        return desk.post("/mail-templates/new/", {"name": name, "html": "", **more})

    refused = made("Anything", usual="on")
    assert refused.status_code == 422 and b"Choose the kind of document" in refused.content
    for name in ("Long", "Short"):
        assert made(name, kind="invoice", usual="on").status_code == 302
    assert dict(Template.objects.values_list("name", "usual")) == {"Long": False, "Short": True}
    assert b"Invoice, the usual one" in desk.get("/mail-templates/").content
    long = Template.objects.get(name="Long")
    stale = {"name": "Long", "kind": "invoice", "html": "", "usual": "on", "version": 1}
    assert desk.post(f"/mail-templates/{long.pk}/", stale).status_code == 422
    program = program_of(desk.actor)
    changed = program.call("patch", f"templates/{long.pk}", {"usual": True}).json()
    assert (changed["usual"], Template.objects.get(name="Short").usual) == (True, False)


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
