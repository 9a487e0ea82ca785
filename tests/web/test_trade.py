"""The pages of the trade without a browser: they open, obey roles and companies, and refuse with sentences."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.web.desk import Desk, colleague, desk_of, mail, mailbox
from tradepost.accounts.access import Role
from tradepost.accounts.models import Membership, Organisation, User
from tradepost.activities.models import Activity, ActivityKind, Link, Message
from tradepost.activities.records import Record
from tradepost.activities.services import add_activity
from tradepost.kit import clock
from tradepost.mail.models import Outbox
from tradepost.mail.tokens import reply_address
from tradepost.people.models import Contact
from tradepost.people.saving import Email
from tradepost.people.services import save_contact, save_customer
from tradepost.sales.models import Document, Kind
from tradepost.sales.services import save_document
from tradepost.wire import storage

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def desk(member: Membership) -> Desk:
    return desk_of(member)


def pages(desk: Desk) -> list[str]:
    order, quote, customer, contact = desk.order.pk, desk.quote.pk, desk.customer.pk, desk.contact.pk
    vendor = desk.vendor.pk
    tabs = ["", "?tab=history", "?tab=open"]
    return [
        "/orders/", "/orders/?status=late&q=granite&sort=-total", "/orders/new/", f"/orders/{order}/edit/", "/orders/export/",
        "/", "/items/", "/items/new/", f"/items/{desk.item.pk}/", "/quotes/", "/quotes/new/", f"/quotes/{quote}/edit/", "/quotes/export/",
        *(f"/orders/{order}/{t}" for t in tabs), *(f"/quotes/{quote}/{t}" for t in tabs),
        "/customers/", "/customers/?archived=1", "/customers/new/", f"/customers/{customer}/edit/", "/customers/export/",
        "/contacts/", "/contacts/new/", f"/contacts/{contact}/edit/", "/contacts/export/",
        *(f"/customers/{customer}/{t}" for t in [*tabs, "?tab=orders", "?tab=contacts"]),
        *(f"/contacts/{contact}/{t}" for t in [*tabs, "?tab=orders"]),
        "/vendors/", "/vendors/?status=active&q=casc", "/vendors/new/", f"/vendors/{vendor}/edit/", "/vendors/export/",
        *(f"/vendors/{vendor}/{t}" for t in [*tabs, "?tab=contacts"]), f"/vendors/{vendor}/field/status/?edit=1",
        f"/compose/?on=vendor:{vendor}", "/vendors/complete/?q=casc",
        f"/documents/{order}/pdf/", f"/documents/{order}/move/hold/", f"/documents/{order}/field/owner_id/?edit=1",
        f"/customers/{customer}/field/notes/?edit=1", f"/contacts/{contact}/field/phone/",
        f"/compose/?on=document:{order}", f"/compose/?on=customer:{customer}", f"/compose/?on=contact:{contact}",
        *(f"/activities/add/{kind}/?on=document:{order}" for kind in ("note", "call", "task")),
        f"/events/new/?on=document:{order}",
        "/people/complete/?q=ren", "/customers/complete/?q=gran", "/contacts/complete/", "/items/complete/?q=tnt",
        "/records/complete/?q=so", "/search/?q=granite", *matter_pages(desk),
    ]  # fmt: skip


def matter_pages(desk: Desk) -> list[str]:
    found = ["/opportunities/board/", "/opportunities/board/?owner=1"]
    for kind, pk in desk.matters.items():
        plural = "opportunities" if kind == "opportunity" else f"{kind}s"
        found += [
            f"/{plural}/",
            f"/{plural}/?q=x&archived=1&sort=-owner",
            f"/{plural}/new/",
            f"/{plural}/export/",
        ]
        found += [
            f"/{plural}/{pk}/{end}"
            for end in ("", "?tab=history", "?tab=open", "edit/", "field/owner_id/?edit=1")
        ]
        found += [f"/compose/?on={kind}:{pk}", f"/activities/add/task/?on={kind}:{pk}"]
        found += [f"/customers/{desk.customer.pk}/?tab={plural}"]
    deal = desk.matters["opportunity"]
    return [
        *found,
        f"/opportunities/{deal}/won/",
        f"/opportunities/{deal}/lost/",
        f"/leads/{desk.matters['lead']}/convert/",
    ]


def test_every_page_opens(client: Client, desk: Desk) -> None:
    for url in pages(desk):
        answer = client.get(url)
        assert answer.status_code == 200, url


def test_a_pane_shows_more_rows_as_one_asks_for_them(client: Client, desk: Desk) -> None:
    held = Document.objects.get(pk=desk.order.pk)
    for n in range(101):
        held.pk, held.number = None, f"MORE-{n:03}"
        held.save()
    pane = f"/customers/{desk.customer.pk}/?tab=orders"
    assert re.search(r"Documents\s*<span[^>]*>\s*103", client.get(pane).content.decode())
    for url, shown, following in (
        (pane, 50, "shown=100"),
        (f"{pane}&shown=100", 100, "shown=150"),
        (f"{pane}&shown=99999", 103, ""),  # with the order and the quote that the desk has
        (f"{pane}&shown=-1", 50, "shown=100"),
    ):
        text = client.get(url).content.decode()
        assert text.count('class="flex-fill"><a href=') == shown
        assert following in text if following else "Show more" not in text


def test_another_company_finds_nothing(desk: Desk) -> None:
    """Every address with an id of another company answers 404."""
    other = Organisation.objects.create(name="Other", token_key=b"x" * 32)
    eve = User.objects.create_user("eve@example.com", "correct horse battery")
    Membership.objects.create(organisation=other, user=eve, role=Role.MASTER_ADMIN)
    stranger = Client()
    stranger.force_login(eve, backend="allauth.account.auth_backends.AuthenticationBackend")
    message = mail(desk, html="<p>Hi</p>", files=[("a.txt", b"abc", "text/plain")])
    file = message.attachments.get()
    own = [url for url in pages(desk) if re.search(r"[/:]\d", url)]
    own += [f"/messages/{message.pk}/frame/", f"/files/{file.pk}/", f"/activities/{message.activity_id}/"]
    own += [f"/activities/{message.activity_id}/{act}/" for act in ("edit", "move")]
    own += [f"/activities/pulse/document:{desk.order.pk}/"]
    for url in own:
        assert stranger.get(url).status_code == 404, url
    for url in [
        f"/documents/{desk.order.pk}/move/close/",
        f"/quotes/{desk.quote.pk}/order/",
        f"/activities/{message.activity_id}/status/",
        f"/activities/{message.activity_id}/unlink/?on=document:{desk.order.pk}",
        f"/messages/{message.pk}/again/",
        f"/customers/{desk.customer.pk}/archive/",
    ]:
        assert stranger.post(url).status_code == 404, url


def compose(client: Client, url: str, **values: Any) -> Any:
    return client.post(url, {"subject": "Hello", "body": "<p>Hi <b>there</b></p>", **values})


class TestCompose:
    @pytest.mark.req("A12", "A13")
    def test_send_with_the_document_as_pdf(self, client: Client, desk: Desk) -> None:
        account = mailbox(desk.actor)
        url = f"/compose/?on=document:{desk.order.pk}"
        opened = client.get(url).content.decode()
        assert "&quot;Renata Solberg&quot; &lt;renata@granite.example&gt;" in opened
        assert 'value="SO-00001 – "' in opened
        pdf = f"/documents/{desk.order.pk}/pdf/"
        answer = compose(client, url, account=account.pk, to="renata@granite.example", attached=pdf)
        assert answer.status_code == 204
        assert "sheet-close" in answer["HX-Trigger"]
        message = Message.objects.get()
        assert (message.text, message.to) == ("Hi there", [{"email": "renata@granite.example", "name": ""}])
        assert [(f.name, f.content_type) for f in message.attachments.all()] == [
            ("SO-00001.pdf", "application/pdf")
        ]
        assert Outbox.objects.get().recipients == ["renata@granite.example"]
        shown = client.get(f"{desk.order_url}?tab=history", headers=HTMX).content.decode()
        assert "Queued" in shown
        assert "SO-00001.pdf" in shown

    @pytest.mark.parametrize(
        ("typed", "sent"), [("SO-00001 – ", "SO-00001"), ("SO-00001 – your tents", "SO-00001 – your tents")]
    )
    def test_a_subject_that_nothing_was_added_to_loses_its_dash(
        self, client: Client, desk: Desk, typed: str, sent: str
    ) -> None:
        account, url = mailbox(desk.actor), f"/compose/?on=document:{desk.order.pk}"
        compose(client, url, account=account.pk, to="renata@granite.example", subject=typed)
        assert Message.objects.get().subject == sent

    def test_a_refused_mail_keeps_text_and_files(self, client: Client, desk: Desk) -> None:
        account = mailbox(desk.actor)
        url = f"/compose/?on=document:{desk.order.pk}"
        file = SimpleUploadedFile("label.txt", b"ship it")
        answer = compose(client, url, account=account.pk, to="nobody", files=file)
        shown = answer.content.decode()
        assert answer.status_code == 422
        assert "“nobody” is not an e-mail address." in shown
        assert "&lt;p&gt;Hi &lt;b&gt;there&lt;/b&gt;&lt;/p&gt;" in shown
        held = re.search(r'name="attached" value="([^"]+)"', shown)
        assert held
        again = compose(client, url, account=account.pk, to="b@granite.example", attached=held[1])
        assert again.status_code == 204
        assert storage.read(Message.objects.get().attachments.get().key) == b"ship it"
        forged = compose(client, url, account=account.pk, to="b@granite.example", attached=held[1] + "x")
        assert forged.status_code == 422
        assert Message.objects.count() == 1

    def test_reply_answers_the_message_and_leaves_own_addresses_out(self, client: Client, desk: Desk) -> None:
        account = mailbox(desk.actor)
        ours = ("dana@example.com", reply_address("dana@example.com", "a", 7, b"key"))
        others = [{"email": email, "name": "Dana"} for email in ours]
        message = mail(desk, to=[*others, {"email": "bob@granite.example", "name": ""}])
        url = f"/compose/?on=document:{desk.order.pk}&reply={message.pk}&all=1"
        opened = client.get(url).content.decode()
        held = dict(re.findall(r'name="(to|cc)"\s+value="([^"]*)"', opened))
        assert held["to"] == "&quot;Renata Solberg&quot; &lt;renata@granite.example&gt;"
        assert held["cc"] == "bob@granite.example"
        assert "Renata Solberg wrote:" in opened
        assert compose(client, url, account=account.pk, to="renata@granite.example").status_code == 204
        sent = Message.objects.get(outgoing=True)
        assert (sent.in_reply_to, sent.activity_id) == (message.message_id, message.activity_id)

    def test_an_answer_goes_where_the_sender_asked_for_it(self, client: Client, desk: Desk) -> None:
        """And the composer says so: it is another address than the one that wrote."""
        mailbox(desk.actor)
        ours = ("dana@example.com", reply_address("dana@example.com", "a", 7, b"key"))
        there = [{"email": email, "name": "Orders"} for email in ("orders@granite.example", *ours)]
        message = mail(desk, reply_to=there, cc=[{"email": "bob@granite.example", "name": ""}])
        url = f"/compose/?on=document:{desk.order.pk}&reply={message.pk}"
        opened = client.get(url).content.decode()
        held = dict(re.findall(r'name="(to|cc)"\s+value="([^"]*)"', opened))
        assert held["to"] == "&quot;Orders&quot; &lt;orders@granite.example&gt;"
        assert "Renata Solberg asked for answers at orders@granite.example." in opened
        everyone = client.get(url + "&all=1").content.decode()
        assert dict(re.findall(r'name="(to|cc)"\s+value="([^"]*)"', everyone))["cc"] == "bob@granite.example"

    @pytest.mark.parametrize("asked", ["renata@granite.example", "dana@example.com"])
    def test_who_asks_for_answers_at_his_own_address_or_at_ours_is_answered_himself(
        self, client: Client, desk: Desk, asked: str
    ) -> None:
        mailbox(desk.actor)
        message = mail(desk, reply_to=[{"email": asked, "name": ""}])
        opened = client.get(f"/compose/?on=document:{desk.order.pk}&reply={message.pk}").content.decode()
        held = dict(re.findall(r'name="(to|cc)"\s+value="([^"]*)"', opened))
        assert "renata@granite.example" in held["to"]
        assert "asked for answers" not in opened

    def test_forward_brings_the_files(self, client: Client, desk: Desk) -> None:
        account = mailbox(desk.actor)
        message = mail(desk, files=[("photo.png", b"\x89PNG\r\n\x1a\n", "image/png")])
        url = f"/compose/?on=document:{desk.order.pk}&forward={message.pk}"
        opened = client.get(url).content.decode()
        assert "Fwd: SO-00001" in opened
        file = f"/files/{message.attachments.get().pk}/"
        assert f'value="{file}"' in opened
        assert compose(client, url, account=account.pk, to="b@oak.example", attached=file).status_code == 204
        assert Message.objects.get(outgoing=True).attachments.get().name == "photo.png"

    def test_without_a_mailbox_it_says_what_to_do(self, client: Client, desk: Desk) -> None:
        shown = client.get(f"/compose/?on=document:{desk.order.pk}").content.decode()
        assert "No mailbox is connected yet" in shown
        assert "Mail and Calendar Integration" in shown

    @pytest.mark.req("B15")
    def test_the_sender_is_chosen_among_the_accounts_that_one_may_use(
        self, client: Client, desk: Desk
    ) -> None:
        mailbox(desk.actor)
        second = mailbox(desk.actor, "Sales", "sales@example.com")
        shown = client.get(f"/compose/?on=document:{desk.order.pk}").content.decode()
        assert f'<option value="{second.pk}">Sales · sales@example.com</option>' in shown
        url = f"/compose/?on=document:{desk.order.pk}"
        assert compose(client, url, account=second.pk, to="b@oak.example").status_code == 204
        assert Message.objects.get().sender_email == "sales@example.com"


WHEN = {"start_date": "2026-12-01", "start_time": "10:00", "end_date": "2026-12-01", "end_time": "11:00"}


class TestTimeline:
    @pytest.mark.req("A17", "A18")
    def test_an_event_stands_in_open_activities_until_it_is_done(self, client: Client, desk: Desk) -> None:
        url = f"/events/new/?on=document:{desk.order.pk}"
        values = {"title": "New meeting", "visibility": "all", **WHEN}
        wrong = client.post(url, {**values, "start_date": ""})
        assert wrong.status_code == 422
        assert client.post(url, values).status_code == 204
        waiting = client.get(f"{desk.order_url}?tab=open", headers=HTMX).content.decode()
        done = re.search(r"/activities/\d+/status/\?to=done", waiting)
        assert done
        answer = client.post(done[0])
        assert "Undo" not in waiting
        assert '"undo"' in answer["HX-Trigger"]
        assert "New meeting" not in client.get(f"{desk.order_url}?tab=open", headers=HTMX).content.decode()
        assert "New meeting" in client.get(f"{desk.order_url}?tab=history", headers=HTMX).content.decode()
        assert "New meeting" in client.get(f"/customers/{desk.customer.pk}/?tab=history").content.decode()

    def test_times_are_those_of_the_company(self, client: Client, desk: Desk) -> None:
        Organisation.objects.update(time_zone="America/Los_Angeles")
        values = {"title": "Call", "visibility": "all", **WHEN}
        client.post(f"/events/new/?on=document:{desk.order.pk}", values)
        assert Activity.objects.get().starts == datetime(2026, 12, 1, 18, tzinfo=UTC)
        assert "Dec 1, 10:00" in client.get(f"{desk.order_url}?tab=open").content.decode()

    @pytest.mark.req("A16")
    def test_the_files_of_a_reply_stand_in_activity_attachment(self, client: Client, desk: Desk) -> None:
        message = mail(desk, files=[("ship-to.pdf", b"%PDF-1.4", "application/pdf")])
        shown = client.get(f"/activities/{message.activity_id}/edit/").content.decode()
        assert "Activity Attachment" in shown
        assert "ship-to.pdf" in shown

    def test_unlink_and_move_are_undone(self, client: Client, desk: Desk) -> None:
        message = mail(desk)
        here, other = f"document:{desk.order.pk}", f"document:{desk.quote.pk}"
        moved = client.post(f"/activities/{message.activity_id}/move/?on={here}", {"onto": other})
        assert moved.status_code == 204
        toast = json.loads(moved["HX-Trigger"])["toast"]
        assert on(desk, message) == {"quote"}
        client.post(toast["undo"]["url"], toast["undo"]["values"])
        assert on(desk, message) == {"order"}
        gone = client.post(f"/activities/{message.activity_id}/unlink/?on={here}")
        toast = json.loads(gone["HX-Trigger"])["toast"]
        assert on(desk, message) == set()
        client.post(toast["undo"]["url"], toast["undo"]["values"])
        assert on(desk, message) == {"order"}

    def test_the_pulse_beats_only_when_something_changed(self, client: Client, desk: Desk) -> None:
        url = f"/activities/pulse/document:{desk.order.pk}/"
        before = client.get(url)["ETag"]
        assert client.get(url, headers={"If-None-Match": before}).status_code == 304
        message = mail(desk)
        after = client.get(url, headers={"If-None-Match": before})
        assert after.status_code == 204
        Message.objects.filter(pk=message.pk).update(state="bounced")
        assert client.get(url, headers={"If-None-Match": after["ETag"]}).status_code == 204

    @pytest.mark.parametrize("mails", [0, 1, 25])
    @pytest.mark.parametrize("task", [False, True])
    @pytest.mark.parametrize("shown", ["tab=history", "tab=open", "tab=history&kind=note"])
    def test_a_page_beats_as_its_pulse_does(
        self, client: Client, desk: Desk, shown: str, task: bool, mails: int
    ) -> None:
        for n in range(mails):
            mail(desk, f"Mail {n}", at=clock.now() - timedelta(hours=n))
        if task:
            add_activity(
                desk.actor, ActivityKind.TASK, Record("document", desk.order.pk), {"subject": "Call"}
            )
        page = client.get(f"{desk.order_url}?{shown}").content.decode()
        beat = re.search(r"etag='([^']+)'", page)
        assert beat
        url = f"/activities/pulse/document:{desk.order.pk}/"
        assert client.get(url, headers={"If-None-Match": html.unescape(beat[1])}).status_code == 304

    def test_older_pages_follow_without_gap_or_double(self, client: Client, desk: Desk) -> None:
        now = clock.now()
        for n in range(35):
            mail(desk, f"Mail {n:02}", at=now - timedelta(hours=n))
        first = client.get(f"{desk.order_url}?tab=history", headers=HTMX).content.decode()
        link = re.search(r'hx-get="\?(tab=history&amp;before=[^"]+)"', first)
        assert link
        second = client.get(f"{desk.order_url}?{html.unescape(link[1])}", headers=HTMX).content.decode()
        found = re.findall(r"<b>(Mail \d\d)</b>", first + second)
        assert found == [f"Mail {n:02}" for n in range(35)]
        mail(desk, "Newest")
        again = re.search(r'class="timeline" hx-get="\?([^"]+)"', first)
        assert again
        fresh = client.get(f"{desk.order_url}?{html.unescape(again[1])}", headers=HTMX).content.decode()
        assert re.findall(r"<b>(Mail \d\d|Newest)</b>", fresh) == ["Newest", *found[:20]]

    def test_what_others_keep_to_themselves_is_not_shown(self, client: Client, desk: Desk) -> None:
        message = mail(desk, html="<p>secret</p>", files=[("a.txt", b"x", "text/plain")])
        boss = User.objects.create_user("boss@example.com", "correct horse battery")
        Activity.objects.filter(pk=message.activity_id).update(visibility="owner", owner=boss)
        assert "Splitting" not in client.get(f"{desk.order_url}?tab=history").content.decode()
        for url in (f"/messages/{message.pk}/frame/", f"/files/{message.attachments.get().pk}/"):
            assert client.get(url).status_code == 404


def on(desk: Desk, message: Message) -> set[str]:
    """Which of the desk's two documents a message stands on."""
    ids = Link.objects.filter(activity=message.activity_id, record_kind="document").values_list("record_id")
    return {"order" if pk == desk.order.pk else "quote" for (pk,) in ids}


class TestFiles:
    def test_only_pictures_are_drawn_and_nothing_is_sniffed(self, client: Client, desk: Desk) -> None:
        files = [
            ("photo.png", b"\x89PNG\r\n\x1a\n", "image/png"),
            ("evil.svg", b"<svg onload=alert(1)>", "image/svg+xml"),
            ('a"\r\nX: y.html', b"<script>alert(1)</script>", "text/html"),
        ]
        message = mail(desk, files=files)
        answers = [client.get(f"/files/{f.pk}/?inline=1") for f in message.attachments.order_by("id")]
        assert [a["Content-Disposition"].partition(";")[0] for a in answers] == [
            "inline", "attachment", "attachment",
        ]  # fmt: skip
        assert [a["Content-Type"] for a in answers[1:]] == ["application/octet-stream"] * 2
        for answer in answers:
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert "X" not in answer.headers or answer["Content-Security-Policy"].endswith("sandbox")
            assert "\n" not in answer["Content-Disposition"]

    def test_the_frame_has_no_scripts_and_no_remote_images(self, client: Client, desk: Desk) -> None:
        body = '<p onclick=x()>Hi<script>alert(1)</script><img src="https://t.example/p.gif"></p>'
        message = mail(desk, html=body)
        plain = client.get(f"/messages/{message.pk}/frame/")
        assert "https://t.example" not in plain.content.decode()
        assert not re.search("onclick|<script", plain.content.decode())
        assert "default-src 'none'" in plain["Content-Security-Policy"]
        assert "allow-scripts" not in plain["Content-Security-Policy"]
        asked = client.get(f"/messages/{message.pk}/frame/?images=1")
        assert "https://t.example/p.gif" in asked.content.decode()
        shown = client.get(f"{desk.order_url}?tab=history").content.decode()
        assert "Show remote images" in shown
        assert "alert(1)" not in shown


def form(desk: Desk, **values: Any) -> dict[str, Any]:
    head = {"customer_id": desk.customer.pk, "version": desk.order.version, "po_number": "PO-1"}
    line = {
        "line-item": [str(desk.item.pk), ""],
        "line-sku": ["TNT-4", ""],
        "line-description": ["Tent", "Packing"],
        "line-quantity": ["3", "1"],
        "line-unit_price": ["100", "12,50"],
        "line-discount_percent": ["10", ""],
        "line-tax_rate": ["", ""],
    }
    return {**head, **line, **values}


class TestDocument:
    def test_lines_are_saved_with_totals(self, client: Client, desk: Desk) -> None:
        answer = client.post(f"{desk.order_url}edit/", form(desk))
        assert answer.status_code == 302
        order = Document.objects.get(pk=desk.order.pk)
        assert (order.po_number, order.total) == ("PO-1", Decimal("282.50"))
        live = client.post("/documents/totals/order/", form(desk)).json()
        assert (live["amounts"], live["totals"][-1]) == (["$270.00", "$12.50"], ["Total", "$282.50"])

    def test_what_a_new_order_takes_from_its_customer_is_told_before_it_is_saved(
        self, client: Client, desk: Desk
    ) -> None:
        save_customer(desk.actor, {"class_name": "A"}, customer_id=desk.customer.pk)
        told = client.post("/documents/totals/order/", form(desk)).json()["taken"]
        assert told == {"terms": "Net 15", "class_name": "A"}
        client.post("/orders/new/", form(desk, terms="", class_name=""))
        made = Document.objects.latest("pk")
        assert {"terms": made.terms, "class_name": made.class_name} == told
        changed = f"/documents/totals/order/?document={made.pk}"
        assert client.post(changed, form(desk)).json()["taken"] == {}  # there an empty one stays empty

    def test_wrong_lines_are_named_and_nothing_is_written(self, client: Client, desk: Desk) -> None:
        answer = client.post(f"{desk.order_url}edit/", form(desk, **{"line-quantity": ["many", "1"]}))
        assert answer.status_code == 422
        shown = answer.content.decode()
        assert "The quantity “many” is not a number." in shown
        assert re.findall(r"<output>([^<]*)</output>", shown)[:2] == ["", "$12.50"]
        assert Document.objects.get(pk=desk.order.pk).po_number == "PO-38214"

    def test_a_change_by_somebody_else_loses_nothing(self, client: Client, desk: Desk) -> None:
        save_document(desk.actor, Kind.ORDER, {"po_number": "PO-OTHER"}, document_id=desk.order.pk)
        answer = client.post(f"{desk.order_url}edit/", form(desk))
        shown = answer.content.decode()
        assert answer.status_code == 422
        assert "changed by someone else" in shown
        assert "Customer PO: PO-OTHER" in shown
        assert 'value="PO-1"' in shown
        version = re.search(r'name="version" value="(\d+)"', shown)
        assert version
        assert client.post(f"{desk.order_url}edit/", form(desk, version=version[1])).status_code == 302

    def test_verbs_of_the_table(self, client: Client, desk: Desk) -> None:
        move = f"/documents/{desk.order.pk}/move"
        assert client.post(f"{move}/hold/", {"reason": ""}).status_code == 422
        assert client.post(f"{move}/hold/", {"reason": "Credit"}).status_code == 302
        assert "On hold" in client.get(desk.order_url).content.decode()
        assert client.post(f"{move}/hold/", {"reason": "Twice"}).status_code == 409
        assert client.post(f"{move}/release/").status_code == 302
        assert client.post(f"{move}/close/").status_code == 302
        assert client.post(f"{move}/confirm/").status_code == 409
        assert client.post(f"{desk.order_url}edit/", form(desk, version=6)).status_code in (409, 422)

    def test_a_quote_becomes_an_order_once(self, client: Client, desk: Desk) -> None:
        first = client.post(f"/quotes/{desk.quote.pk}/order/")["Location"]
        assert client.post(f"/quotes/{desk.quote.pk}/order/")["Location"] == first
        assert desk.quote.number in client.get(first).content.decode()

    def test_the_pdf(self, client: Client, desk: Desk) -> None:
        answer = client.get(f"/documents/{desk.order.pk}/pdf/?download=1")
        assert answer.content.startswith(b"%PDF")
        assert answer["Content-Disposition"] == 'attachment; filename="SO-00001.pdf"'


class TestLists:
    def test_every_row_leads_to_its_record(self, client: Client, desk: Desk) -> None:
        for url, row in {
            "/orders/": desk.order_url,
            "/quotes/": f"/quotes/{desk.quote.pk}/",
            "/customers/": f"/customers/{desk.customer.pk}/",
            "/contacts/": f"/contacts/{desk.contact.pk}/",
            "/vendors/": f"/vendors/{desk.vendor.pk}/",
            "/items/": f"/items/{desk.item.pk}/",
        }.items():
            assert f'href="{row}"' in client.get(url).content.decode()

    def test_the_primary_address_of_a_contact_stands_before_its_others(
        self, client: Client, desk: Desk
    ) -> None:
        emails = [Email("old@granite.example"), Email("new@granite.example", primary=True)]
        its = {"customer_ids": [desk.customer.pk]}
        save_contact(desk.actor, {"first_name": "Mo", "last_name": "Bay"}, emails=emails, **its)
        shown = client.get(f"/customers/{desk.customer.pk}/?tab=contacts").content.decode()
        assert "new@granite.example · old@granite.example" in shown

    def test_export_is_safe_against_formulas(self, client: Client, desk: Desk) -> None:
        save_customer(desk.actor, {"name": '=HYPERLINK("http://x")'})
        text = b"".join(client.get("/customers/export/")).decode()  # type: ignore[call-overload]
        assert "'=HYPERLINK" in text
        assert "Granite State Brewing" in text

    def test_saved_views(self, client: Client, desk: Desk) -> None:
        client.post("/views/orders/", {"label": "Big ones", "query": "status=open&page=3&sort=-total"})
        shown = client.get("/orders/?status=open&sort=-total").content.decode()
        assert re.search(r'class="view on"[^>]*href="\?status=open&amp;sort=-total">Big ones', shown)
        assert "Remove “Big ones”" in shown
        client.post("/views/orders/", {"remove": "Big ones"})
        assert "Big ones" not in client.get("/orders/").content.decode()

    def test_bulk_does_what_fits_and_says_what_does_not(self, client: Client, desk: Desk) -> None:
        held = save_document(desk.actor, Kind.ORDER, {"customer_id": desk.customer.pk})
        client.post(f"/documents/{held.pk}/move/hold/", {"reason": "Credit"})
        elsewhere = {"pk": desk.order.pk, "act": "nothing", "next": "//evil.example/"}
        assert client.post("/orders/bulk/", elsewhere)["Location"] == "/orders/"
        answer = client.post("/orders/bulk/", {"pk": [desk.order.pk, held.pk], "act": "hold"}, follow=True)
        shown = answer.content.decode()
        assert "1 changed" in shown
        assert "1 were not changed: It is on hold: Credit." in shown

    def test_archive_and_back(self, client: Client, desk: Desk) -> None:
        gone = client.post(f"/customers/{desk.customer.pk}/archive/")
        assert "Granite" not in client.get("/customers/").content.decode()
        undo = json.loads(gone["HX-Trigger"])["toast"]["undo"]
        client.post(undo["url"])
        assert "Granite" in client.get("/customers/").content.decode()

    def test_the_trash_and_back(self, client: Client, desk: Desk) -> None:
        lead = f"/leads/{desk.matters['lead']}"
        gone = client.post(f"{lead}/archive/?to=trash")
        assert "Tide" not in client.get("/leads/").content.decode()
        assert "Tide" in client.get("/leads/?trash=1").content.decode()
        assert "lies in the trash" in client.get(f"{lead}/").content.decode()
        client.post(json.loads(gone["HX-Trigger"])["toast"]["undo"]["url"])
        assert "Tide" in client.get("/leads/").content.decode()
        client.post("/leads/bulk/", {"pk": [desk.matters["lead"]], "act": "trash"})
        client.post("/leads/bulk/", {"pk": [desk.matters["lead"]], "act": "restore"})
        assert "Tide" in client.get("/leads/").content.decode()

    @pytest.mark.req("X1")
    def test_a_double_is_shown_merged_and_taken_back(self, client: Client, desk: Desk) -> None:
        shown = client.get("/customers/alike/?name=Granite+State+Brewing+Inc").content.decode()
        assert f'href="/customers/{desk.customer.pk}/"' in shown
        twin = save_customer(desk.actor, {"name": "Granit State Brewing", "website": "granite.example"})
        sheet = f"/customers/{twin.pk}/merge/"
        assert f'<option value="{desk.customer.pk}"' in client.get(sheet).content.decode()
        preview = client.get(f"{sheet}?other={desk.customer.pk}").content.decode()
        assert "2 documents" in preview
        client.post(sheet, {"other": desk.customer.pk})
        assert Document.objects.get(pk=desk.order.pk).customer_id == twin.pk
        page = client.get(f"/customers/{twin.pk}/").content.decode()
        assert "Granite State Brewing was merged into this" in page
        undo = re.search(r"/merges/\d+/undo/", page)
        assert undo
        client.post(undo[0])
        assert Document.objects.get(pk=desk.order.pk).customer_id == desk.customer.pk

    def test_several_addresses_are_kept_in_order(self, client: Client, desk: Desk) -> None:
        values = {
            "first_name": "Bo",
            "customer_ids": [desk.customer.pk],
            "email": ["bo@granite.example", "bo@home.example"],
            "email-label": ["Work", "Home"],
        }
        assert client.post("/contacts/new/", values).status_code == 302
        bo = Contact.objects.get(first_name="Bo")
        rows = list(bo.emails.order_by("id").values_list("email", "label", "primary"))
        assert rows == [("bo@granite.example", "Work", True), ("bo@home.example", "Home", False)]
        twice = client.post("/contacts/new/", values)
        assert (twice.status_code, Contact.objects.filter(first_name="Bo").count()) == (409, 1)
        said = twice.content.decode()
        assert f'href="/contacts/{bo.pk}/"' in said and "Save all the same" in said
        assert client.post("/contacts/new/", {**values, "seen": f"contact:{bo.pk}"}).status_code == 302
        wrong = client.post("/contacts/new/", {**values, "email": ["nonsense", ""]})
        assert wrong.status_code == 422
        assert "“nonsense” is not an e-mail address" in html.unescape(wrong.content.decode())


def test_a_reader_sees_but_does_not_touch(client: Client, desk: Desk, member: Membership) -> None:
    Membership.objects.filter(pk=member.pk).update(role=Role.READ_ONLY)
    for url in (
        desk.order_url,
        f"{desk.order_url}?tab=history",
        "/orders/",
        "/customers/",
        f"/items/{desk.item.pk}/",
    ):
        shown = client.get(url).content.decode()
        assert not re.search(r"New order|Send Email|/edit/|name=\"act\"", shown), url
    for url in (
        f"{desk.order_url}edit/",
        "/orders/new/",
        "/orders/export/",
        f"/compose/?on=document:{desk.order.pk}",
    ):
        assert client.get(url).status_code == 403, url
    assert client.post(f"/documents/{desk.order.pk}/move/close/").status_code == 403


def test_the_palette_finds_every_kind(client: Client, desk: Desk) -> None:
    mail(desk, "About the tent")
    for words, found in {
        "SO-00001": desk.order_url,
        "PO-38214": desk.order_url,
        "granite": f"/customers/{desk.customer.pk}/",
        "renata": f"/contacts/{desk.contact.pk}/",
        "tnt": f"/items/{desk.item.pk}/",
        "casc": f"/vendors/{desk.vendor.pk}/",
        "about tent": "/activities/",
    }.items():
        assert found in client.get("/search/", {"q": words}).content.decode(), words


@pytest.mark.parametrize(
    ("url", "before", "name", "value"),
    [
        ("/documents/{order}/field/po_number/", "PO-38214", "po_number", "PO-LEE"),
        ("/customers/{customer}/field/terms/", "Net 15", "terms", "Net 60"),
    ],
)
def test_a_field_that_somebody_else_changed_is_refused_with_who_and_what(
    client: Client, desk: Desk, url: str, before: str, name: str, value: str
) -> None:
    url = url.format(order=desk.order.pk, customer=desk.customer.pk)
    version = held_version(client, url)
    lee = colleague(desk, role=Role.ADMIN)
    if name == "terms":
        save_customer(lee, {name: value}, customer_id=desk.customer.pk)
    else:
        save_document(lee, Kind.ORDER, {name: value}, document_id=desk.order.pk)
    refused = client.post(url, {"value": "Mine", "version": version}, headers=HTMX)
    page = html.unescape(refused.content.decode())
    assert refused.status_code == 409
    assert "Lee changed" in page
    assert f"“{before}” → “{value}”" in page
    assert 'value="Mine"' in page
    again = re.search(r'name="version" value="(\d+)"', page)
    assert again
    assert client.post(url, {"value": "Mine", "version": again[1]}, headers=HTMX).status_code == 200
    assert "Mine" in client.get(url).content.decode()


def test_what_one_changed_oneself_in_another_field_is_no_obstacle(client: Client, desk: Desk) -> None:
    terms, phone = (f"/customers/{desk.customer.pk}/field/{name}/" for name in ("terms", "phone"))
    both = held_version(client, terms)
    assert client.post(phone, {"value": "1", "version": both}, headers=HTMX).status_code == 200
    assert client.post(terms, {"value": "Net 7", "version": both}, headers=HTMX).status_code == 200
    assert client.post(terms, {"value": "Net 8", "version": both}, headers=HTMX).status_code == 409


def held_version(client: Client, url: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', client.get(f"{url}?edit=1").content.decode())
    assert found
    return found[1]
