"""The simulated customers: what they write, in whose manner, and to whom they never answer."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

import pytest

from tests.sandbox.conftest import BUYER, SELLER, mailbox, submit
from tradepost.sandbox.accounts import Account, Directory, Plays
from tradepost.sandbox.customer import Customers, Persona, answer
from tradepost.sandbox.mailserver import Running
from tradepost.sandbox.trails import Program

AT = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)


def persona(program: Program = Program.GMAIL, *, away: bool = False) -> Persona:
    return Persona(BUYER, "Renata Solis", "Harbor Pine Outfitters", program, away)


def mail(subject: str = "Order SO-1042", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"] = f"Dana Whitfield <{SELLER}>"
    message["To"] = BUYER
    message["Subject"] = subject
    message["Date"] = "Fri, 20 Nov 2026 14:00:00 +0000"
    message["Message-ID"] = "<1042.abc@marlowfinch.example>"
    for name, value in headers.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    message.set_content("Hello Renata,\n\nyour order is packed.\n\nDana\n")
    message.add_alternative("<p>Hello Renata,</p><p>your order is packed.</p>", subtype="html")
    return message.as_bytes(policy=SMTP)


def parsed(raw: bytes | None) -> EmailMessage:
    message = message_from_bytes(raw or b"", policy=default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize(
    ("program", "line", "mark"),
    [
        (
            Program.GMAIL,
            f"On Fri, Nov 20, 2026 at 2:00 PM Dana Whitfield <{SELLER}> wrote:",
            'class="gmail_quote"',
        ),
        (Program.OUTLOOK, "Sent: Friday, November 20, 2026 2:00 PM", "border-top:solid #E1E1E1"),
        (
            Program.APPLE,
            f"On Nov 20, 2026, at 2:00 PM, Dana Whitfield <{SELLER}> wrote:",
            '<blockquote type="cite">',
        ),
        (Program.PLAIN, "On 20 Nov 2026 at 14:00, Dana Whitfield wrote:", ""),
    ],
)
def test_an_answer_quotes_in_the_manner_of_its_program(program: Program, line: str, mark: str) -> None:
    reply = parsed(answer(mail(References="<0@x>"), persona(program), AT))
    text, html = reply.get_body(("plain",)), reply.get_body(("html",))
    assert text is not None
    assert line in text.get_content().replace("\r\n", " ").replace("\n", " ")
    assert "your order is packed." in text.get_content()
    assert (html is None) == (program is Program.PLAIN)
    assert html is None or mark in html.get_content()
    assert reply["In-Reply-To"] == "<1042.abc@marlowfinch.example>"
    assert reply["References"] == "<0@x> <1042.abc@marlowfinch.example>"
    assert reply["Subject"].lower() == "re: order so-1042"


def test_the_same_message_gets_the_same_answer() -> None:
    raw = mail()
    assert answer(raw, persona(), AT) == answer(raw, persona(), AT)


def test_some_answers_bring_a_purchase_order() -> None:
    replies = [parsed(answer(mail(f"Quote {number}"), persona(), AT)) for number in range(20)]
    papers = [part for reply in replies for part in reply.iter_attachments()]
    assert 0 < len(papers) < len(replies)
    content = papers[0].get_content()
    assert content.startswith(b"%PDF-1.4")
    assert content[int(content.split()[-2]) :].startswith(b"xref")
    assert papers[0].get_filename().endswith(".pdf")


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<news.x>"},
        {"Return_Path": "<>"},
        {"From": BUYER},
        {"To": "someone.else@harborpine.example", "Cc": BUYER},
    ],
)
def test_nobody_answers_machines_lists_or_themselves(headers: dict[str, str]) -> None:
    assert answer(mail(**headers), persona(), AT) is None
    assert answer(mail(**headers), persona(away=True), AT) is None


def test_an_absent_person_sends_an_automatic_note() -> None:
    reply = parsed(answer(mail(), persona(away=True), AT))
    assert (reply["Auto-Submitted"], reply["Subject"]) == ("auto-replied", "Automatic reply: Order SO-1042")
    assert answer(reply.as_bytes(policy=SMTP), Persona(SELLER, "", "", Program.PLAIN), AT) is None


def test_a_customer_answers_what_arrives(world: Running) -> None:
    Directory(world.server.directory.path).add(
        [Account(BUYER, "secret", "Renata Solis", Plays.CUSTOMER, "Harbor Pine")]
    )
    world.call(lambda server: Customers(server.post, 0.01))
    with mailbox(world) as client:
        client.idle()
        submit(world, mail(Reply_To=f"Dana <dana+so1042@{SELLER.partition('@')[2]}>"), [BUYER])
        assert client.idle_check(timeout=10) == [(1, b"EXISTS")]
        client.idle_done()
        reply = parsed(client.fetch([1], ["BODY.PEEK[]"])[1][b"BODY[]"])
    assert reply["In-Reply-To"] == "<1042.abc@marlowfinch.example>"
    with mailbox(world, BUYER, "Sent") as client:
        assert client.search(["HEADER", "Message-ID", reply["Message-ID"]]) == [1]


def test_two_absent_people_stop_after_one_round(world: Running) -> None:
    both = [Account(SELLER, "secret", "Dana", Plays.AWAY), Account(BUYER, "secret", "Renata", Plays.AWAY)]
    Directory(world.server.directory.path).add([*both, Account("rep@marlowfinch.example", "secret", "Rep")])
    world.call(lambda server: Customers(server.post, 0.01))
    with mailbox(world, "rep@marlowfinch.example") as client:
        client.idle()
        submit(world, mail(From="rep@marlowfinch.example"), [BUYER], sender="rep@marlowfinch.example")
        assert client.idle_check(timeout=10) == [(1, b"EXISTS")]
        client.idle_done()
    submit(world, mail(), [BUYER])
    assert world.call(lambda server: server.messages(SELLER)) == 0
