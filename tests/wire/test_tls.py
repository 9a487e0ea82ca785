"""TLS that verifies or pins, and says why not."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from tests.wire.servers import DAY, NOW, Issued, issue, listening, tls_greeting
from tradepost.kit.errors import Invalid, Temper
from tradepost.wire import tls
from tradepost.wire.tls import Trust


def greet(issued: Issued, trust: Trust, host: str = "shop.test", heard: list[bytes] | None = None) -> bytes:
    with listening(tls_greeting(issued, heard)) as address:
        sock = socket.create_connection(address, 5)
        with tls.secure(sock, host, trust) as secured:
            return secured.recv(5)


def test_an_own_authority_is_believed(leaf: Issued, authority: Issued) -> None:
    assert greet(leaf, Trust(authority=authority.pem)) == b"hello"


def test_a_pinned_certificate_is_believed_whatever_its_name_and_dates(folder: Path) -> None:
    old = issue(folder, "other.test", since=NOW - 30 * DAY, until=NOW - DAY)
    assert greet(old, Trust(pinned=old.fingerprint)) == b"hello"
    colons = ":".join(old.fingerprint[i : i + 2] for i in range(0, 64, 2)).upper()
    assert greet(old, Trust(pinned=colons)) == b"hello"


def test_who_chose_not_to_verify_believes_anybody_and_a_pin_is_still_a_pin(
    leaf: Issued, selfmade: Issued
) -> None:
    assert greet(selfmade, Trust(verify=False), host="elsewhere.test") == b"hello"
    with pytest.raises(tls.WrongPin):
        greet(leaf, Trust(pinned=selfmade.fingerprint, verify=False))


def test_another_certificate_than_the_pinned_one_is_refused_before_any_data(
    leaf: Issued, selfmade: Issued
) -> None:
    heard: list[bytes] = []
    with pytest.raises(tls.WrongPin) as caught:
        greet(leaf, Trust(pinned=selfmade.fingerprint), heard=heard)
    assert caught.value.certificate
    assert caught.value.certificate.fingerprint == leaf.fingerprint
    assert not any(heard)


def test_a_pin_replaces_the_authority(leaf: Issued, selfmade: Issued, authority: Issued) -> None:
    with pytest.raises(tls.WrongPin):
        greet(leaf, Trust(pinned=selfmade.fingerprint, authority=authority.pem))


def test_each_cause_has_its_name_and_its_cure(
    folder: Path, leaf: Issued, selfmade: Issued, authority: Issued
) -> None:
    expired = issue(folder, "shop.test", by=authority, since=NOW - 9 * DAY, until=NOW - DAY)
    early = issue(folder, "shop.test", by=authority, since=NOW + DAY)
    own, system = Trust(authority=authority.pem), Trust()
    cases: list[tuple[Issued, Trust, str, type[tls.TlsFault], str]] = [
        (expired, own, "shop.test", tls.CertificateExpired, f"expired on {NOW - DAY:%Y-%m-%d}"),
        (early, own, "shop.test", tls.CertificateNotYetValid, f"valid only from {NOW + DAY:%Y-%m-%d}"),
        (leaf, own, "mail.test", tls.WrongHost, "presented for mail.test is for shop.test"),
        (leaf, own, "192.0.2.1", tls.WrongHost, "is for shop.test"),
        (selfmade, system, "shop.test", tls.SelfSigned, "self-signed"),
        (leaf, system, "shop.test", tls.UnknownAuthority, "issued by CN=Test Authority"),
    ]
    for issued, trust, host, kind, words in cases:
        with pytest.raises(kind) as caught:
            greet(issued, trust, host)
        fault = caught.value
        assert words in fault.cause
        assert fault.cure
        assert fault.temper is Temper.MISCONFIGURED
        assert fault.certificate
        assert fault.certificate.fingerprint == issued.fingerprint


def test_a_server_without_tls_is_said_so() -> None:
    greeting = b"220 mail.test ESMTP\r\n"
    with (
        listening(lambda sock: sock.sendall(greeting)) as address,
        pytest.raises(tls.NotTls, match="STARTTLS"),
    ):
        tls.secure(socket.create_connection(address, 5), "shop.test")


def test_a_dropped_handshake_may_be_tried_again() -> None:
    with listening(lambda sock: None) as address, pytest.raises(tls.TlsFault) as caught:
        tls.secure(socket.create_connection(address, 5), "shop.test")
    assert caught.value.temper is Temper.RETRYABLE


def test_what_a_server_presents_is_shown_unverified(selfmade: Issued) -> None:
    with listening(tls_greeting(selfmade)) as address:
        shown = tls.presented(socket.create_connection(address, 5), "anything.test")
    assert shown.fingerprint == selfmade.fingerprint
    assert shown.subject == shown.issuer == "CN=shop.test"
    assert shown.names == ("shop.test",)
    assert shown.not_after == (NOW + 30 * DAY).replace(microsecond=0)


def test_asyncio_gets_the_same_checks_and_words(leaf: Issued, selfmade: Issued) -> None:
    async def ask(address: tuple[str, int], trust: Trust) -> bytes:
        try:
            reader, writer = await asyncio.open_connection(
                *address, ssl=tls.context(trust), server_hostname="shop.test"
            )
        except OSError as error:
            raise tls.tls_fault(error, "shop.test") from error
        try:
            return await reader.readexactly(5)
        finally:
            writer.close()

    with listening(tls_greeting(selfmade)) as address:
        assert asyncio.run(ask(address, Trust(pinned=selfmade.fingerprint))) == b"hello"
        with pytest.raises(tls.WrongPin):
            asyncio.run(ask(address, Trust(pinned=leaf.fingerprint)))
        with pytest.raises(tls.SelfSigned) as caught:
            asyncio.run(ask(address, Trust()))
    assert caught.value.certificate
    assert caught.value.certificate.fingerprint == selfmade.fingerprint


@pytest.mark.parametrize(
    "trust",
    [Trust(pinned="12"), Trust(pinned="g" * 64), Trust(authority="no certificate"), Trust(authority="é")],
)
def test_what_is_no_trust_is_said_so(trust: Trust) -> None:
    with pytest.raises(Invalid) as caught:
        tls.context(trust)
    assert set(caught.value.fields) <= {"pinned", "authority"}


def test_a_machine_without_authorities_gets_those_that_come_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "absent"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    tls.context.cache_clear()
    try:
        assert tls.context().cert_store_stats()["x509_ca"] > 50
    finally:
        tls.context.cache_clear()
