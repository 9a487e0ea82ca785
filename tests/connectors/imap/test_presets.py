"""Presets and the proposal of folders: pure, so tables."""

from __future__ import annotations

import pytest

from tradepost.connectors.imap.config import Encryption, dump, in_one_selector, parse
from tradepost.connectors.imap.connector import CONNECTOR
from tradepost.connectors.imap.presets import PRESETS, preset_for, propose
from tradepost.mail.folders import folder_of, propose_folders
from tradepost.mail.types import Folder, FolderUse


@pytest.mark.req("B2")
def test_the_three_kinds() -> None:
    assert [preset.label for preset in PRESETS] == [
        "Gmail Account",
        "Microsoft 365 Account (Corporate)",
        "Generic Mail",
    ]


@pytest.mark.req("B12", "B13")
@pytest.mark.parametrize(
    ("address", "imap", "smtp", "sending", "filed"),
    [
        ("a@gmail.com", "imap.gmail.com:993", "smtp.gmail.com:465", Encryption.TLS, True),
        ("a@GoogleMail.com ", "imap.gmail.com:993", "smtp.gmail.com:465", Encryption.TLS, True),
        ("a@outlook.com", "outlook.office365.com:993", "smtp.office365.com:587", Encryption.STARTTLS, True),
        (
            "a@firm.onmicrosoft.com",
            "outlook.office365.com:993",
            "smtp.office365.com:587",
            Encryption.STARTTLS,
            True,
        ),
        ("a@shop.example", "imap.shop.example:993", "smtp.shop.example:465", Encryption.TLS, False),
        ("a@notgmail.com", "imap.notgmail.com:993", "smtp.notgmail.com:465", Encryption.TLS, False),
    ],
)
def test_proposal_by_address(address: str, imap: str, smtp: str, sending: Encryption, filed: bool) -> None:
    config = propose(address)
    assert f"{config.imap.host}:{config.imap.port}" == imap
    assert f"{config.smtp.host}:{config.smtp.port}" == smtp
    assert (config.imap.encryption, config.smtp.encryption) == (Encryption.TLS, sending)
    assert (CONNECTOR.files_sent_mail(dump(config)), config.match_imap_credentials) == (filed, True)
    assert config.imap.username == address.strip()
    assert parse(dump(config)) == config


@pytest.mark.req("B9", "B11", "B12", "B13")
@pytest.mark.parametrize(
    ("host", "port", "ssl", "tls", "encryption"),
    [
        ("imap.gmail.com", 993, True, False, Encryption.TLS),
        ("smtp.gmail.com", 465, True, False, Encryption.TLS),
        ("smtp.gmail.com", 587, False, True, Encryption.STARTTLS),
        ("outlook.office365.com", 993, True, True, Encryption.TLS),
        ("outlook.office365.com", 587, True, True, Encryption.STARTTLS),
        ("mail.shop.example", 465, False, True, Encryption.TLS),
        ("mail.shop.example", 587, True, False, Encryption.TLS),
        ("mail.shop.example", 25, False, False, Encryption.NONE),
    ],
)
def test_ssl_and_tls_of_an_old_set_up_become_one_selector(
    host: str, port: int, ssl: bool, tls: bool, encryption: Encryption
) -> None:
    """B12 as the guide has it, B13 with both ticked, and what a person may have ticked."""
    side = {"host": host, "port": port, "use_ssl": ssl, "use_tls": tls}
    found = parse(in_one_selector({"imap": {"host": "x", "encryption": "none"}, "smtp": side}))
    assert (found.smtp.encryption, found.smtp.port) == (encryption, port)
    assert found.imap.encryption is Encryption.NONE


@pytest.mark.req("B10", "B13")
@pytest.mark.parametrize(
    ("host", "filed"),
    [("smtp.gmail.com", True), ("SMTP.Gmail.com ", True), ("outlook.office365.com", True), ("smtp.mail.me.com", True),
     ("smtp.zoho.com", True), ("smtp.gmx.net", False), ("smtp.gmail.com.evil.example", False), ("", False)],
)  # fmt: skip
def test_which_providers_file_sent_mail_themselves(host: str, filed: bool) -> None:
    assert CONNECTOR.files_sent_mail({"smtp": {"host": host}}) is filed


def test_hints_never_advise_to_lower_security() -> None:
    hints = " ".join(preset.hint for preset in PRESETS).lower()
    assert "less secure" not in hints
    assert "app password" in hints
    assert not preset_for("a@outlook.com").passwords


def names(*listed: str) -> list[Folder]:
    return [Folder(name) for name in listed]


@pytest.mark.req("B7")
@pytest.mark.parametrize(
    ("folders", "sent", "drafts", "trash"),
    [
        (names("INBOX", "Sent", "Draft", "Trash"), "Sent", "Draft", "Trash"),
        (names("Sent Items", "Drafts", "Deleted Items"), "Sent Items", "Drafts", "Deleted Items"),
        (names("INBOX/Gesendet", "INBOX/Entwürfe", "INBOX/Müll"), "INBOX/Gesendet", "INBOX/Entwürfe", None),
        (names("Gesendete Objekte", "Papierkorb"), "Gesendete Objekte", None, "Papierkorb"),
        (names("Éléments envoyés", "Brouillons", "Corbeille"), "Éléments envoyés", "Brouillons", "Corbeille"),
        (names("ELEMENTOS ENVIADOS", "Borradores", "Papelera"), "ELEMENTOS ENVIADOS", "Borradores", "Papelera"),
        (names("Отправленные", "Черновики", "Корзина"), "Отправленные", "Черновики", "Корзина"),
        (names("送信済みアイテム", "下書き", "ゴミ箱"), "送信済みアイテム", "下書き", "ゴミ箱"),
        (names("Wysłane", "Szkice", "Kosz"), "Wysłane", "Szkice", "Kosz"),
        (names("Archive/2024/Sent", "Sent"), "Sent", None, None),
        (names("Orders", "Consent"), None, None, None),
        ([Folder("Sent"), Folder("Verschickt", FolderUse.SENT)], "Verschickt", None, None),
        ([Folder("Sent", selectable=False), Folder("INBOX.Sent", delimiter=".")], "INBOX.Sent", None, None),
    ],
)  # fmt: skip
def test_folders_are_proposed(
    folders: list[Folder], sent: str | None, drafts: str | None, trash: str | None
) -> None:
    proposed = propose_folders(folders)
    assert proposed.get(FolderUse.SENT) == sent
    assert proposed.get(FolderUse.DRAFTS) == drafts
    assert proposed.get(FolderUse.TRASH) == trash
    assert propose_folders(folders[::-1]) == proposed


@pytest.mark.parametrize(
    ("flags", "name", "expected"),
    [
        ((b"\\HasNoChildren", b"\\Sent"), "Sent", Folder("Sent", FolderUse.SENT)),
        ((b"\\AllMail",), "[Gmail]/All Mail", Folder("[Gmail]/All Mail", FolderUse.ALL)),
        ((b"\\Noselect",), "[Gmail]", Folder("[Gmail]", selectable=False)),
        ((), "inbox", Folder("INBOX", FolderUse.INBOX)),
    ],
)
def test_a_listed_folder(flags: tuple[bytes, ...], name: str, expected: Folder) -> None:
    assert folder_of(flags, b"/", name) == expected
