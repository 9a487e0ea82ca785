"""Secrets: sealed at rest, masked in logs, never given out under a wrong key."""

from __future__ import annotations

import copy
import os
import pickle
import stat
import threading
from pathlib import Path

import pytest
import structlog
from django.test import override_settings

from tradepost.wire import secrets
from tradepost.wire.secrets import MASK, Sealed, SealedField, Secret, new_key, reseal, seal, unseal

VALUES = {"imap_password": "hunter2 é", "token": ""}
OLD, NEW = new_key(), new_key()


def test_what_is_sealed_comes_back_and_does_not_show() -> None:
    sealed = seal(VALUES)
    assert unseal(sealed) == VALUES
    assert "hunter2" not in sealed
    assert seal(VALUES) != sealed
    assert unseal("") == {}


def test_a_new_key_in_front_reads_the_old_and_reseals() -> None:
    with override_settings(SEAL_KEYS=[OLD]):
        sealed = seal(VALUES)
    with override_settings(SEAL_KEYS=[NEW, OLD]):
        resealed = reseal(sealed)
    with override_settings(SEAL_KEYS=[NEW]):
        assert unseal(resealed) == VALUES
        with pytest.raises(secrets.WrongKey):
            unseal(sealed)


@pytest.mark.parametrize(
    ("keys", "kind", "words"),
    [
        ([], secrets.NoKey, "seal.keys"),
        ([NEW], secrets.WrongKey, "former key"),
        ([OLD, "short"], secrets.BadKey, "Key 2"),
    ],
)
def test_without_the_key_there_is_a_cure_and_no_ciphertext(
    keys: list[str], kind: type[secrets.SealFault], words: str
) -> None:
    with override_settings(SEAL_KEYS=[OLD]):
        sealed = seal(VALUES)
    with override_settings(SEAL_KEYS=keys), pytest.raises(kind) as caught:
        unseal(sealed)
    assert words in str(caught.value)
    assert caught.value.cure
    assert sealed not in str(caught.value)


@pytest.mark.parametrize("damaged", ["x", "gAAAAA", "gAAAAABm" + "A" * 92, "é", '{"password": "clear"}'])
def test_a_damaged_value_is_refused(damaged: str) -> None:
    with pytest.raises(secrets.WrongKey):
        unseal(damaged)


def test_the_field_seals_and_opens_only_when_read() -> None:
    field = SealedField()
    stored = field.get_prep_value(VALUES)
    assert unseal(stored) == VALUES
    value = field.from_db_value(stored, None, None)
    assert value == VALUES
    assert value is not None
    assert value["imap_password"] == "hunter2 é"
    assert "hunter2" not in repr(value)
    assert field.get_prep_value(value) == stored
    assert field.get_prep_value({}) == ""
    assert field.get_prep_value(None) is None
    with pytest.raises(TypeError):
        field.get_prep_value("hunter2")
    with override_settings(SEAL_KEYS=[NEW]):
        unread = field.from_db_value(stored, None, None)
        assert unread is not None
        with pytest.raises(secrets.WrongKey):
            unread["token"]


def test_a_sealed_value_is_copied_sealed() -> None:
    value = Sealed(seal(VALUES))
    assert copy.deepcopy(value) == VALUES
    assert b"hunter2" not in pickle.dumps(Sealed(value.text))


def test_a_secret_shows_only_when_asked() -> None:
    secret = Secret("hunter2")
    shown = f"{secret} {secret!r} {secret!s} {[secret]} {f'{secret}'} { ({'a': secret}) }"
    assert "hunter2" not in shown
    assert secret.reveal() == "hunter2"
    assert secret == Secret("hunter2")
    assert not Secret("")


def test_logs_mask_what_looks_secret_at_any_depth() -> None:
    log = structlog.wrap_logger(
        structlog.testing.CapturingLogger(),
        processors=[secrets.mask_secrets, structlog.processors.KeyValueRenderer()],
    )
    log.info(
        "connected",
        host="mail.test",
        password="p1",
        imap_password="p2",
        headers={"Authorization": "Bearer p3", "X-Shop-Access-Token": "p4", "Accept": "text/html"},
        tries=[{"api_key": "p5", "client_secret": "p6"}, ("fine",)],
        secret=Secret("p7"),
        Cookie="p8",
    )
    line = log._logger.calls[0].args[0]
    assert not any(f"p{n}" in line for n in range(1, 9))
    assert all(word in line for word in ("mail.test", "text/html", "fine", MASK))


def test_a_key_file_is_private_whole_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "data" / "seal.keys"
    made: list[bool] = []
    threads = [threading.Thread(target=lambda: made.append(secrets.new_key_file(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False] * 7 + [True]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = path.read_text().split()
    with override_settings(SEAL_KEYS=first):
        sealed = seal(VALUES)
    secrets.rotate_key_file(path)
    both = path.read_text().split()
    assert both[1:] == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["seal.keys"]
    with override_settings(SEAL_KEYS=both):
        assert unseal(sealed) == VALUES


def test_a_rotated_file_is_in_force_at_once_and_a_broken_one_never(tmp_path: Path) -> None:
    path = tmp_path / "seal.keys"
    secrets.new_key_file(path)
    old = path.read_text().split()
    with override_settings(SEAL_KEYS=[], SEAL_KEYS_FILE=path):
        sealed = seal(VALUES)
        secrets.rotate_key_file(path)
        new = path.read_text().split()
        assert unseal(sealed) == VALUES
        resealed = reseal(sealed)
        for broken in (b"", b"half", f"{OLD}\nhalf".encode(), b"\xff"):
            path.write_bytes(broken)
            assert unseal(sealed) == unseal(resealed) == VALUES
        path.unlink()
        assert unseal(reseal(sealed)) == VALUES
        path.write_text(new[0])
        with pytest.raises(secrets.WrongKey):
            unseal(sealed)
    with override_settings(SEAL_KEYS=new[:1]):
        assert unseal(resealed) == VALUES
    assert old == new[1:]


def test_rotation_keeps_who_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "seal.keys"
    secrets.new_key_file(path)
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
    before = path.stat()
    secrets.rotate_key_file(path)
    after = path.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert list(tmp_path.iterdir()) == [path]
