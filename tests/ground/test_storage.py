"""Where attachments lie, by one setting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import default_storage, storages

from tests.ground.conftest import no_room
from tradepost.cli.doctor import files
from tradepost.settings import attachment_storage
from tradepost.wire import storage
from tradepost.wire.outage import outage


def test_on_disk_by_default(tmp_path: Path) -> None:
    made = attachment_storage("disk", tmp_path)
    assert made["OPTIONS"] == {"location": str(tmp_path)}


def test_in_an_s3_compatible_store_by_configuration(tmp_path: Path) -> None:
    made = attachment_storage("s3://files/desk?endpoint=https://s3.shop.example&region=eu-1", tmp_path)
    store = storages.create_storage(made)
    assert (store.bucket_name, store.location, store.endpoint_url) == (
        "files",
        "desk",
        "https://s3.shop.example",
    )
    assert store.default_acl is None and not store.file_overwrite


@pytest.mark.django_db
def test_a_store_that_is_away_is_told_by_the_doctor_and_to_whom_it_concerns(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "desk")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    assert files().ok  # where the tests keep theirs
    away = attachment_storage("s3://desk?endpoint=http://127.0.0.1:9", tmp_path)
    settings.STORAGES = {**settings.STORAGES, "default": away}
    told = files()
    assert (told.ok, "Could not connect to the endpoint" in told.text) == (False, True)
    with pytest.raises(EndpointConnectionError) as caught:
        storage.keep(7, b"an order")
    assert str(outage(caught.value)).startswith("The store of attachments does not answer as it should")


@pytest.mark.parametrize("place", ["", "s3://", "ftp://x/y", "/var/files"])
def test_anything_else_is_refused_with_the_cure(place: str, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="Write “disk”"):
        attachment_storage(place, tmp_path)


def test_a_full_disk_keeps_no_half_of_a_file() -> None:
    content = b"half" * 1000
    with no_room(3000), pytest.raises(OSError, match="too large"):
        storage.keep(7, content)
    assert not list(Path(default_storage.path("7")).rglob("*.*"))
    key, _ = storage.keep(7, content)
    Path(default_storage.path(key)).write_bytes(content[:3000])  # as a release before this one left it
    assert storage.keep(7, content)[0] == key
    assert storage.read(key) == content


def test_the_same_bytes_are_stored_once_a_company() -> None:
    first, again, other = (storage.keep(o, b"one file") for o in (1, 1, 2))
    assert first == again and first[1] == other[1] and first[0] != other[0]
    assert storage.read(first[0]) == b"one file"
