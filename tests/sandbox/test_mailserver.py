"""The sandbox's mail server, seen through mail programs: IMAPClient, imaplib and smtplib."""

from __future__ import annotations

import imaplib
import smtplib
import socket
from datetime import UTC, datetime
from email import message_from_bytes
from hashlib import sha256
from pathlib import Path

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from tests.sandbox.conftest import BUYER, GONE, SELLER, mailbox, submit, tls
from tests.shared import shared
from tradepost.sandbox.accounts import Account, Directory
from tradepost.sandbox.customer import Persona, answer
from tradepost.sandbox.mailserver import PortTaken, Running, running
from tradepost.sandbox.trails import Program

MAIL = b"From: dana@x\r\nSubject: =?utf-8?q?Caf=C3=A9?= order\r\nMessage-ID: <one@x>\r\n\r\nHello\r\n"


def test_submitted_mail_is_pushed_to_an_idle_client(world: Running) -> None:
    with mailbox(world, BUYER) as client:
        client.idle()
        assert submit(world, MAIL, [BUYER]) == {}
        assert client.idle_check(timeout=10) == [(1, b"EXISTS")]
        client.idle_done()
        raw = client.fetch([1], ["BODY.PEEK[]"])[1][b"BODY[]"]
    assert raw.endswith(MAIL)
    assert message_from_bytes(raw)["Return-Path"] == f"<{SELLER}>"


def test_folders_say_what_they_are_for(world: Running) -> None:
    with mailbox(world) as client:
        uses = {name: flags[-1] for flags, _, name in client.list_folders() if len(flags) > 1}
        assert uses == {
            "Sent": b"\\Sent",
            "Drafts": b"\\Drafts",
            "Trash": b"\\Trash",
            "Junk": b"\\Junk",
            "Archive": b"\\Archive",
        }
        client.create_folder("Kunden/Zoë & Söhne")
        assert [name for _, _, name in client.list_folders("Kunden", "*")] == ["Kunden/Zoë & Söhne"]
        client.rename_folder("Kunden/Zoë & Söhne", "Alt")
        client.delete_folder("Alt")
        assert not client.folder_exists("Alt")


def test_append_find_copy_move_and_expunge(world: Running) -> None:
    with mailbox(world) as client:
        for number in range(3):
            client.append("INBOX", MAIL.replace(b"one@", b"%d@" % number), ["\\Seen"] if number else [])
        assert client.search(["HEADER", "Message-ID", "<1@x>"]) == [2]
        assert client.search(["SUBJECT", "café"], "UTF-8") == [1, 2, 3]
        assert client.search(["UNSEEN"]) == [1]
        assert client.search(["OR", "UID", "1", "NOT", "UID", "1:2"]) == [1, 3]
        assert client.folder_status("INBOX", ["MESSAGES", "UNSEEN", "UIDNEXT"]) == {
            b"MESSAGES": 3,
            b"UNSEEN": 1,
            b"UIDNEXT": 4,
        }
        client.move([1], "Archive")
        client.copy([2], "Archive")
        client.delete_messages([3])
        client.expunge()
        assert client.search() == [2]
        client.select_folder("Archive")
        assert client.search() == [1, 2]


def test_fetch_shows_parts_and_structure(world: Running) -> None:
    raw = (
        b"Subject: two\r\nTo: A <a@x>, b@y\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
        b"--m\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
        b"--m\r\nContent-Type: application/pdf; name=o.pdf\r\n"
        b"Content-Disposition: attachment; filename=o.pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--m--\r\n"
    )
    with mailbox(world) as client:
        client.append("INBOX", raw)
        asked = [
            "BODY[2]",
            "BODY[2.MIME]",
            "BODY.PEEK[HEADER.FIELDS (TO)]",
            "BODY[]<3.8>",
            "BODYSTRUCTURE",
            "ENVELOPE",
        ]
        found = client.fetch([1], asked)[1]
        assert found[b"BODY[2]"].strip() == b"JVBERg=="
        assert found[b"BODY[2.MIME]"].startswith(b"Content-Type: application/pdf")
        assert found[b"BODY[HEADER.FIELDS (TO)]"] == b"To: A <a@x>, b@y\r\n\r\n"
        assert found[b"BODY[]<3>"] == raw[3:11]
        text, pdf = found[b"BODYSTRUCTURE"][0]
        assert (text[:2], pdf[:2]) == ((b"text", b"plain"), (b"application", b"pdf"))
        assert [str(address) for address in found[b"ENVELOPE"].to] == ["A <a@x>", "b@y"]
        assert client.get_flags([1])[1] == (b"\\Seen",)


def test_two_clients_see_each_others_changes(world: Running) -> None:
    with mailbox(world) as one, mailbox(world) as two:
        one.append("INBOX", MAIL)
        one.append("INBOX", MAIL)
        assert (2, b"EXISTS") in two.noop()[1]
        one.add_flags([1], ["\\Flagged"])
        assert two.noop()[1] == [(1, b"FETCH", (b"UID", 1, b"FLAGS", (b"\\Flagged",)))]
        one.add_flags([1], ["\\Deleted"], silent=True)
        one.expunge()
        assert two.search() == [2]
        assert two.fetch([2], ["FLAGS"])[2][b"SEQ"] == 1


def test_condstore_tells_only_what_changed(world: Running) -> None:
    with mailbox(world) as client:
        for _ in range(3):
            client.append("INBOX", MAIL)
        before = client.folder_status("INBOX", ["HIGHESTMODSEQ"])[b"HIGHESTMODSEQ"]
        client.add_flags([2], ["\\Seen"])
        assert list(client.fetch([1, 2, 3], ["FLAGS"], [f"CHANGEDSINCE {before}"])) == [2]
        assert client.search(["MODSEQ", str(before + 1)]) == [2]


def test_large_and_odd_commands_survive(world: Running) -> None:
    client = imaplib.IMAP4_SSL("127.0.0.1", world.server.ports.imaps, ssl_context=tls())
    client.login(SELLER, "secret")
    big = b"Subject: big\r\n\r\n" + b"x" * 5_000_000
    assert client.append("INBOX", "", "", big)[0] == "OK"
    client.select("INBOX")
    assert client.uid("FETCH", ",".join(map(str, range(1, 20_001))), "(RFC822.SIZE)")[1] == [
        b"1 (UID 1 RFC822.SIZE %d)" % len(big)
    ]
    for bad in ("FETCH 1 (NONSENSE)", "SEARCH OR SEEN", "FETCH x FLAGS", "FETCH 1 (FLAGS"):
        with pytest.raises(imaplib.IMAP4.error, match="BAD"):
            client._simple_command("UID", *bad.split(" "))
    assert client.noop()[0] == "OK"
    client.logout()


def test_unknown_addresses_bounce_and_other_domains_are_swallowed(world: Running) -> None:
    submit(world, MAIL, [GONE, "nobody@harborpine.example", "someone@elsewhere.example"])
    with mailbox(world) as client:
        found = client.fetch(client.search(), ["BODY.PEEK[]"])
    [report] = [message_from_bytes(row[b"BODY[]"]) for row in found.values()]
    assert (report["Return-Path"], report.get_content_type()) == ("<>", "multipart/report")
    _, status, returned = report.get_payload()
    failed = [str(part["Final-Recipient"]) for part in status.get_payload() if part["Action"] == "failed"]
    assert failed == [f"rfc822; {GONE}", "rfc822; nobody@harborpine.example"]
    assert "Message-ID: <one@x>" in returned.get_payload()


@pytest.mark.parametrize("encryption", ["none", "starttls", "tls"])
def test_every_encryption_signs_in(world: Running, encryption: str) -> None:
    ports = world.server.ports
    imap = IMAPClient(
        "127.0.0.1",
        ports.imaps if encryption == "tls" else ports.imap,
        ssl=encryption == "tls",
        ssl_context=tls(),
    )
    kind = smtplib.SMTP_SSL if encryption == "tls" else smtplib.SMTP
    smtp = kind("127.0.0.1", ports.smtps if encryption == "tls" else ports.smtp)
    if encryption == "starttls":
        imap.starttls(tls())
        smtp.starttls(context=tls())
    imap.login(SELLER, "secret")
    smtp.login(SELLER, "secret")
    assert imap.folder_exists("Sent")
    assert smtp.mail(BUYER)[0] == 553
    imap.logout()
    smtp.quit()


def test_a_pin_matches_the_certificate_and_outlives_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as world:
        pin = world.server.fingerprint
        plain = socket.create_connection(("127.0.0.1", world.server.ports.imaps))
        with tls().wrap_socket(plain) as secure:
            assert sha256(secure.getpeercert(binary_form=True) or b"").hexdigest() == pin
    with running(tmp_path) as again:
        assert again.server.fingerprint == pin


def test_ports_stay_the_same_and_a_taken_one_is_named(tmp_path: Path) -> None:
    with running(tmp_path) as world:
        ports = world.server.ports
        with pytest.raises(PortTaken, match=f"Port {ports.imaps} is in use"), running(tmp_path):
            pass
    with running(tmp_path) as world:
        assert world.server.ports == ports


def test_mail_and_new_accounts_outlive_a_restart(tmp_path: Path) -> None:
    directory = Directory(tmp_path / "accounts.json")
    with running(tmp_path) as world:
        directory.add([Account(SELLER, "secret")])
        with mailbox(world) as client:
            client.append("INBOX", MAIL, ["\\Flagged"])
            validity = client.folder_status("INBOX", ["UIDVALIDITY"])
    with running(tmp_path) as world, mailbox(world) as client:
        assert client.get_flags([1]) == {1: (b"\\Flagged",)}
        assert client.folder_status("INBOX", ["UIDVALIDITY"]) == validity


def test_faults_of_imap(world: Running) -> None:
    faults = world.server.faults
    faults.refuse_login.add(SELLER)
    with pytest.raises(LoginError, match="AUTHENTICATIONFAILED"), mailbox(world):
        pass
    faults.refuse_login.clear()
    faults.hide.update({"IDLE", "UIDPLUS", "SPECIAL-USE"})
    with mailbox(world) as client:
        assert not client.has_capability("IDLE")
        assert b"APPENDUID" not in client.append("INBOX", MAIL)
        faults.drop_before, faults.drops = {"FETCH"}, 1
        with pytest.raises((OSError, imaplib.IMAP4.abort)):
            client.fetch([1], ["FLAGS"])
    with mailbox(world) as client:
        assert list(client.fetch([1], ["FLAGS"])) == [1]


def test_faults_of_the_sign_in_and_the_folder_list(world: Running) -> None:
    with mailbox(world) as client:
        world.server.faults.unlistable = True
        with pytest.raises(IMAPClient.Error, match="Folders cannot be listed"):
            client.list_folders()
    world.server.faults.unavailable = True
    with pytest.raises(LoginError, match="UNAVAILABLE"), mailbox(world):
        pass
    with pytest.raises(smtplib.SMTPException, match="4.3.2 Try again later"):
        submit(world, MAIL, [BUYER])
    world.server.faults.unavailable = False
    with pytest.raises(smtplib.SMTPAuthenticationError):
        submit(world, MAIL, [BUYER], sender=GONE)


def test_a_connection_lost_after_append_leaves_the_message(world: Running) -> None:
    world.server.faults.drop_after, world.server.faults.drops = {"APPEND"}, 1
    with mailbox(world) as client, pytest.raises((OSError, imaplib.IMAP4.abort)):
        client.append("Sent", MAIL)
    with mailbox(world, folder="Sent") as client:
        assert client.search() == [1]


def test_a_connection_lost_after_data_leaves_the_message(world: Running) -> None:
    world.server.faults.drop_after, world.server.faults.drops = {"DATA"}, 1
    with pytest.raises((OSError, smtplib.SMTPServerDisconnected)):
        submit(world, MAIL, [BUYER])
    with mailbox(world, BUYER) as client:
        assert client.search() == [1]


def test_a_refused_recipient_does_not_stop_the_others(world: Running) -> None:
    world.server.faults.refuse_recipients["x@elsewhere.example"] = "550 5.1.1 No such user"
    assert list(submit(world, MAIL, [BUYER, "x@elsewhere.example"])) == ["x@elsewhere.example"]


def test_changed_uidvalidity_renumbers(world: Running) -> None:
    with mailbox(world) as client:
        for _ in range(3):
            client.append("INBOX", MAIL)
        client.delete_messages([1])
        client.expunge()
        before = client.folder_status("INBOX", ["UIDVALIDITY"])[b"UIDVALIDITY"]
    world.call(lambda server: server.change_uidvalidity(SELLER))
    with mailbox(world) as client:
        assert client.folder_status("INBOX", ["UIDVALIDITY"])[b"UIDVALIDITY"] > before
        assert client.search() == [1, 2]


def test_messages_of_any_shape_are_shown(world: Running) -> None:
    """Every message of the corpora comes back byte for byte, and its envelope, structure and parts without a fault."""
    files = [path for path in sorted(shared("corpora/mime").rglob("*.*")) if path.suffix in {".eml", ".msg"}]
    client = imaplib.IMAP4_SSL("127.0.0.1", world.server.ports.imaps, ssl_context=tls())
    client.login(SELLER, "secret")
    client.select("INBOX")
    failed, reader = {}, Persona(BUYER, "Renata Solis", "Harbor Pine", Program.OUTLOOK)
    for number, path in enumerate(files, 1):
        raw = path.read_bytes()
        client.append("INBOX", "", "", raw)
        client.noop()
        stored = client.uid("FETCH", str(number), "(BODY.PEEK[])")[1]
        assert stored[0][1] == imaplib.MapCRLF.sub(b"\r\n", raw), path
        status, words = client.uid(
            "FETCH", str(number), "(ENVELOPE BODYSTRUCTURE BODY.PEEK[1] BODY.PEEK[1.MIME])"
        )
        if status != "OK":
            failed[path.name] = words
        answer(raw, reader, datetime(2026, 11, 20, tzinfo=UTC))
    assert not failed
    client.logout()
