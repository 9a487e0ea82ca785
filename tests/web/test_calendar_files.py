"""Events as files: download, the secret address, .ics files of mails; and the list of recipients before an invitation."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.web.desk import Desk, desk_of, mail, mailbox
from tradepost.accounts.models import Membership
from tradepost.activities.models import Activity, Attachment
from tradepost.activities.records import Record
from tradepost.kit import clock
from tradepost.mail.models import Outbox
from tradepost.pim import mapping, queries, services
from tradepost.pim.invite import answered
from tradepost.pim.models import Event, Feed, Invitation

REQUEST = """BEGIN:VCALENDAR\r
VERSION:2.0\r
METHOD:REQUEST\r
BEGIN:VEVENT\r
UID:42@granite.example\r
DTSTAMP:20261101T080000Z\r
DTSTART:20261203T090000Z\r
DTEND:20261203T100000Z\r
SUMMARY:Tasting\r
ORGANIZER;CN=Renata Solberg:mailto:renata@granite.example\r
ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:dana@example.com\r
END:VEVENT\r
END:VCALENDAR\r
"""


@pytest.fixture
def shop(member: Membership) -> Desk:
    return desk_of(member)


def add(shop: Desk, title: str = "Unload", **values: Any) -> Event:
    given = {"title": title, "start": f"{clock.now():%Y-%m-%d}T10:00", "zone": "Europe/Berlin", **values}
    return services.add_event(shop.actor, Record("document", shop.order.pk), given)


GUESTS = [{"email": "renata@granite.example", "name": "Renata Solberg"}, {"email": "bob@oak.example"}]


@pytest.mark.req("X2")
def test_an_event_is_downloaded_as_a_file(client: Client, shop: Desk) -> None:
    row = add(shop, rrule="FREQ=WEEKLY;COUNT=4", attendees=GUESTS)
    answer = client.get(f"/events/{row.activity_id}/event.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    text = answer.content.decode()
    one = mapping.read(text)
    assert (one.title, one.zone, one.rrule) == ("Unload", "Europe/Berlin", ("RRULE:FREQ=WEEKLY;COUNT=4",))
    assert "TRADEPOST-ID" not in text
    assert "SCHEDULE-AGENT" not in text


def test_the_secret_address_is_read_renewed_and_revoked(client: Client, shop: Desk) -> None:
    add(shop)
    add(shop, "Stand-up", rrule="FREQ=DAILY;COUNT=3")
    services.delete_event(shop.actor, add(shop, "Gone").pk)
    page = client.post("/calendar/share/", {"verb": "open"}).content.decode()
    address = re.search(r'value="(http[^"]+\.ics)"', page)
    assert address
    stranger, path = Client(), "/" + address[1].split("/", 3)[3]
    answer = stranger.get(path)
    titles = {mapping.read(text).title for text in mapping.objects(answer.content.decode())}
    assert titles == {"Unload", "Stand-up"}
    assert stranger.get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert address[1] not in client.get("/calendar/share/").content.decode()
    assert path.rpartition("/")[2].removesuffix(".ics") not in str(Feed.objects.values())
    client.post("/calendar/share/", {"verb": "open"})
    assert stranger.get(path).status_code == 404
    client.post("/calendar/share/", {"verb": "close"})
    assert not Feed.objects.exists()


def test_who_left_the_company_reads_nothing(client: Client, shop: Desk, member: Membership) -> None:
    page = client.post("/calendar/share/", {"verb": "open"}).content.decode()
    path = "/" + re.findall(r'value="http://[^/]+/([^"]+\.ics)"', page)[0]
    Membership.objects.filter(pk=member.pk).update(ended_at=clock.now())
    assert Client().get(path).status_code == 404


def test_a_calendar_file_of_a_mail_is_accepted_and_called_off(client: Client, shop: Desk) -> None:
    mail(shop, files=[("invite.ics", REQUEST.encode(), "text/calendar")])
    page = client.get(f"{shop.order_url}?tab=history").content.decode()
    assert "Add to my calendar" in page
    file = Attachment.objects.get()
    for _ in range(2):
        assert client.post(f"/files/{file.pk}/accept/").status_code == 204
    row = Event.objects.get()
    assert row.activity.links.filter(record_kind="document", record_id=shop.order.pk).exists()
    one = queries.event(shop.actor, row.pk)[1]
    assert (one.title, one.organizer and one.organizer.email) == ("Tasting", "renata@granite.example")
    sheet = client.get(f"/events/{row.activity_id}/").content.decode()
    assert "organises this meeting" in sheet
    assert "Accept" in sheet
    client.post(f"/events/{row.activity_id}/act/", {"verb": "accepted"})
    assert queries.event(shop.actor, row.pk)[1].attendees[0].answer == "accepted"
    mail(
        shop,
        files=[("off.ics", REQUEST.replace("METHOD:REQUEST", "METHOD:CANCEL").encode(), "text/calendar")],
    )
    client.post(f"/files/{Attachment.objects.latest('pk').pk}/accept/")
    assert Activity.objects.get(pk=row.activity_id).status == "cancelled"


@pytest.mark.parametrize("content", [b"nonsense", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", b"\xff\xfe\x00"])
def test_a_file_that_is_no_calendar_is_refused_with_a_reason(
    client: Client, shop: Desk, content: bytes
) -> None:
    mail(shop, files=[("x.ics", content, "text/calendar")])
    answer = client.post(f"/files/{Attachment.objects.get().pk}/accept/")
    assert answer.status_code == 422
    assert not Event.objects.exists()


def test_of_a_file_with_many_events_what_can_be_read_is_taken(client: Client, shop: Desk) -> None:
    """Several calendars, one event twice, one without an end to its start, and a task."""
    older = REQUEST.replace("SUMMARY:Tasting", "SUMMARY:Old tasting\r\nSEQUENCE:0")
    newer = REQUEST.replace("SUMMARY:Tasting", "SUMMARY:Tasting\r\nSEQUENCE:1")
    both = newer.replace("END:VCALENDAR\r\n", older[older.index("BEGIN:VEVENT") :])
    bad = REQUEST.replace("UID:42", "UID:43").replace("DTSTART:2026", "DTSTART:x")
    task = "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
    mail(shop, files=[("all.ics", (both + bad + task).encode(), "text/calendar")])
    answer = client.post(f"/files/{Attachment.objects.get().pk}/accept/")
    assert answer.status_code == 204
    assert "1 could not be read" in answer["HX-Trigger"] and "is no date" in answer["HX-Trigger"]
    assert [row.activity.subject for row in Event.objects.select_related("activity")] == ["Tasting"]


def test_a_file_about_one_date_of_a_series_changes_that_date_alone(client: Client, shop: Desk) -> None:
    series = REQUEST.replace("SUMMARY", "RRULE:FREQ=WEEKLY;COUNT=4\r\nSUMMARY")
    date = REQUEST.replace(
        "UID:42@granite.example", "UID:42@granite.example\r\nRECURRENCE-ID:20261210T090000Z"
    )
    date = date.replace("20261203T", "20261211T").replace("Tasting", "Tasting, on Friday")
    off = date.replace("20261210T", "20261217T").replace("METHOD:REQUEST", "METHOD:CANCEL")
    for text in (series, date, off):
        mail(shop, files=[("invite.ics", text.encode(), "text/calendar")])
        assert client.post(f"/files/{Attachment.objects.latest('pk').pk}/accept/").status_code == 204
    one = queries.event(shop.actor, Event.objects.get().pk)[1]
    assert (one.title, one.rrule) == ("Tasting", ("RRULE:FREQ=WEEKLY;COUNT=4",))
    moved = one.overrides["2026-12-10T09:00:00"]
    assert moved and (moved.title, moved.start.day) == ("Tasting, on Friday", 11)
    assert one.overrides["2026-12-17T09:00:00"] is None


@pytest.mark.req("X2")
def test_nobody_is_invited_before_the_list_was_seen_and_pressed(client: Client, shop: Desk) -> None:
    row = add(shop, attendees=GUESTS)
    assert "Connect a mailbox" in client.get(f"/events/{row.activity_id}/invite/").content.decode()
    account = mailbox(shop.actor)
    sheet = client.get(f"/events/{row.activity_id}/invite/").content.decode()
    assert all(who["email"] in sheet for who in GUESTS)
    assert not Outbox.objects.exists()
    url, values = f"/events/{row.activity_id}/invite/", {"account": account.pk, "text": "Do come."}
    assert client.post(url, {**values, "email": "stranger@x.example"}).status_code == 422
    assert not Outbox.objects.exists()
    assert client.post(url, {**values, "email": ["bob@oak.example"]}).status_code == 204
    assert Outbox.objects.get().recipients == ["bob@oak.example"]
    assert (Invitation.objects.get().email, Invitation.objects.get().sequence) == ("bob@oak.example", 0)
    client.post(url, {**values, "email": ["bob@oak.example"]})
    assert Invitation.objects.get().sequence == 1


def _reply(row: Event, who: str, answer: str, stamp: str = "20261122T100000Z", more: str = "") -> bytes:
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "METHOD:REPLY", "BEGIN:VEVENT", f"UID:{row.uid}", f"DTSTAMP:{stamp}",
             *([more] if more else []), f"ATTENDEE;PARTSTAT={answer}:mailto:{who}", "END:VEVENT", "END:VCALENDAR", "")  # fmt: skip
    return "\r\n".join(lines).encode()


def test_only_the_invited_answer_for_themselves_and_the_newest_counts(client: Client, shop: Desk) -> None:
    row = add(shop, attendees=GUESTS, start="2026-12-01T10:00", rrule="FREQ=DAILY;COUNT=3")
    account, here, bob = mailbox(shop.actor), shop.actor.organisation_id, "bob@oak.example"
    client.post(f"/events/{row.activity_id}/invite/", {"account": account.pk, "email": [bob]})

    def told() -> str:
        return queries.event(shop.actor, row.pk)[1].attendees[1].answer

    assert answered(here, "mallory@x.example", _reply(row, bob, "DECLINED")) == []
    assert answered(here, "renata@granite.example", _reply(row, "renata@granite.example", "ACCEPTED")) == []
    assert told() == ""
    assert answered(here, bob, _reply(row, bob, "ACCEPTED")) == ["Unload"]
    assert told() == "accepted"
    assert answered(here, bob, _reply(row, bob, "DECLINED", "20261122T090000Z")) == []
    assert told() == "accepted"
    one = "RECURRENCE-ID:20261202T090000Z"
    assert answered(here, bob, _reply(row, bob, "DECLINED", "20261122T110000Z", one)) == ["Unload"]
    series = queries.event(shop.actor, row.pk)[1]
    date = series.overrides["2026-12-02T10:00:00"]
    assert date
    assert (date.attendees[1].answer, series.attendees[1].answer) == ("declined", "accepted")
