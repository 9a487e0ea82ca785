"""Attachments in a storage that is no folder, as an S3-compatible one is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.test import Client

from tests.api.conftest import company, program_of
from tradepost.activities.models import ActivityKind, Attachment
from tradepost.activities.records import Record
from tradepost.activities.services import File, add_activity, add_files
from tradepost.kit import clock
from tradepost.people.services import save_customer
from tradepost.wire import storage

pytestmark = pytest.mark.django_db


class Objects(Storage):
    """No object has a path on a disk; asked to save under a name that is taken, it takes another, as Django has it."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.since: dict[str, datetime] = {}

    def _save(self, name: str, content: Any) -> str:
        self.held[name], self.since[name] = content.read(), clock.now()
        return name

    def _open(self, name: str, mode: str = "rb") -> ContentFile[bytes]:
        if name not in self.held:
            raise FileNotFoundError(name)
        return ContentFile(self.held[name], name)

    def exists(self, name: str) -> bool:
        return name in self.held

    def size(self, name: str) -> int:
        return len(self.held[name])

    def delete(self, name: str) -> None:
        self.held.pop(name, None)

    def get_modified_time(self, name: str) -> datetime:
        return self.since[name]

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        below = f"{path}/" if path else ""
        found = [name.removeprefix(below).partition("/") for name in self.held if name.startswith(below)]
        folders = {first for first, slash, _rest in found if slash}
        return sorted(folders), [first for first, slash, _rest in found if not slash]

    def age(self, name: str, hours: float) -> None:
        self.since[name] = clock.now() - timedelta(hours=hours)


@pytest.fixture(autouse=True)
def objects(settings: Any) -> Any:
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": f"{__name__}.{Objects.__name__}"}}
    return default_storage


def test_bytes_are_kept_once_and_read(objects: Objects) -> None:
    key, digest = storage.keep(7, b"one file")
    assert storage.keep(7, b"one file") == (key, digest)
    assert storage.read(key) == b"one file"
    with pytest.raises(FileNotFoundError):
        storage.read(f"{key}0")
    assert list(objects.held) == [key]


def test_one_that_is_not_whole_is_written_anew(objects: Objects) -> None:
    key, _digest = storage.keep(7, b"one file")
    objects.delete(key)
    objects.save(key, ContentFile(b"one"))
    storage.keep(7, b"one file")
    assert storage.read(key) == b"one file"
    assert list(objects.held) == [key]


def test_old_ones_that_no_row_names_are_swept_and_one_that_is_kept_again_is_young(objects: Objects) -> None:
    dana = company()
    customer = save_customer(dana, {"name": "Harbor"})
    note = add_activity(dana, ActivityKind.NOTE, Record("customer", customer.pk), {"text": "See file"})
    add_files(dana, note.pk, [File("a.txt", b"named")])
    named = Attachment.objects.get().key
    old, young, again = (storage.keep(dana.organisation_id, word)[0] for word in (b"old", b"young", b"again"))
    for key in (named, old, again):
        objects.age(key, 25)
    storage.keep(dana.organisation_id, b"again")  # its row comes with the next commit
    assert storage.sweep() == 1
    assert set(objects.held) == {named, young, again}
    assert storage.read(again) == b"again"


def test_an_attachment_is_downloaded_by_page_and_api(client: Client) -> None:
    dana = company()
    customer = save_customer(dana, {"name": "Harbor"})
    note = add_activity(dana, ActivityKind.NOTE, Record("customer", customer.pk), {"text": "See file"})
    (row,) = add_files(dana, note.pk, [File("a.txt", b"named")])
    client.login(username="dana@example.com", password="Correct-horse-9")
    for answer in (client.get(f"/files/{row.pk}/"), program_of(dana).call("get", f"files/{row.pk}")):
        assert (answer.status_code, answer.getvalue()) == (200, b"named")
    default_storage.delete(row.key)
    assert client.get(f"/files/{row.pk}/").status_code == 404
    assert program_of(dana).call("get", f"files/{row.pk}").status_code == 404
