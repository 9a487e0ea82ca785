"""Pictures of items: what is taken is decided by the bytes alone, and who sees them by the company."""

from __future__ import annotations

import os
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.api.conftest import program_of
from tests.catalog.shop import company, thing
from tests.web.desk import desk_of
from tradepost.accounts import trash
from tradepost.accounts.access import Actor
from tradepost.accounts.models import Membership
from tradepost.catalog import pictures
from tradepost.catalog.models import ItemPicture
from tradepost.catalog.tasks import make_thumbnails
from tradepost.catalog.thumbnails import size
from tradepost.kit.errors import Conflict, Invalid
from tradepost.kit.picture import picture
from tradepost.wire import storage

pytestmark = [pytest.mark.django_db]
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def png(width: int = 2, height: int = 3, shade: int = 0) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes([0, *[shade] * width]) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture
def dana() -> Actor:
    return company()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("logo.svg", SVG, "neither a PNG nor a JPEG"),
        ("sly.png", SVG, "neither a PNG nor a JPEG"),
        ("page.jpg", b"<html><script>alert(1)</script>", "neither a PNG nor a JPEG"),
        ("a.gif", b"GIF89a\x01\x00\x01\x00", "neither a PNG nor a JPEG"),
        ("empty.png", b"", "neither a PNG nor a JPEG"),
        ("flat.png", png(0, 4), "neither a PNG nor a JPEG"),
        ("wide.png", png()[:16] + struct.pack(">II", 8001, 1) + png()[24:], "at most 3 MB and 8000 pixels"),
        ("big.png", png() + bytes(3_000_000), "at most 3 MB and 8000 pixels"),
    ],
)
def test_what_is_no_picture_is_refused(dana: Actor, name: str, content: bytes, sentence: str) -> None:
    item = thing(dana, "TENT")
    with pytest.raises(Invalid) as refused:
        pictures.add_picture(dana, item.pk, name, content)
    assert sentence in refused.value.fields["file"]
    assert not ItemPicture.objects.exists()


def test_several_one_first_and_each_once(dana: Actor) -> None:
    item = thing(dana, "TENT")
    one, two, three = (pictures.add_picture(dana, item.pk, f"{n}.png", png(shade=n)) for n in range(3))
    assert pictures.add_picture(dana, item.pk, "again.png", png(shade=1)).pk == two.pk

    def order() -> list[int]:
        return [row.pk for row in pictures.pictures(dana, item.pk)]

    assert order() == [one.pk, two.pk, three.pk]
    pictures.make_first(dana, three.pk)
    assert (order(), pictures.first_of([item.pk])) == ([three.pk, one.pk, two.pk], {item.pk: three.pk})
    pictures.archive_picture(dana, three)
    assert (order(), pictures.first_of([item.pk])) == ([one.pk, two.pk], {item.pk: one.pk})
    trash.restore(dana, "picture", three.pk)
    assert order() == [one.pk, two.pk, three.pk]
    with pytest.raises(Conflict):
        pictures.archive_picture(dana, three, undo=True)
    pictures.archive_picture(dana, one)
    assert pictures.add_picture(dana, item.pk, "0.png", png(shade=0)).pk == one.pk
    assert order() == [two.pk, three.pk, one.pk]
    for n in range(3, pictures.MOST):
        pictures.add_picture(dana, item.pk, "x.png", png(shade=n))
    with pytest.raises(Conflict, match="TENT has 12 pictures already"):
        pictures.add_picture(dana, item.pk, "x.png", png(shade=99))


def test_the_page_the_list_below_a_line_and_the_bytes(client: Client, member: Membership) -> None:
    desk = desk_of(member)
    url = f"/items/{desk.item.pk}/pictures/"
    files = [
        SimpleUploadedFile("<b>.png", png(4, 5), "text/html"),
        SimpleUploadedFile("x.svg", SVG, "image/png"),
    ]
    answer = client.post(url, {"files": files})
    assert answer.status_code == 422
    assert "x.svg: " in answer.content.decode()
    row = ItemPicture.objects.get()
    assert (row.name, row.content_type, row.width, row.height) == ("<b>.png", "image/png", 4, 5)
    assert client.post(url, {"files": [SimpleUploadedFile("2.png", png(shade=9))]}).status_code == 302
    page = client.get(url).content.decode()
    assert f'src="/pictures/{row.pk}/"' in page
    assert "<b>.png" not in page
    shown = client.get(f"/pictures/{row.pk}/")
    assert b"".join(shown.streaming_content) == png(4, 5)
    assert (shown["Content-Type"], shown["X-Content-Type-Options"], shown["Content-Security-Policy"]) == (
        "image/png", "nosniff", "default-src 'none'; sandbox",
    )  # fmt: skip
    [offered] = [
        one for one in client.get(f"/items/complete/?q={desk.item.sku}").json() if one["id"] == desk.item.pk
    ]
    small = f"/pictures/{row.pk}/?small=1"
    assert offered["picture"] == small
    assert f'class="item-thumb" src="{small}"' in client.get("/items/").content.decode()
    assert f'class="item-thumb line-thumb" src="{small}"' in client.get(desk.order_url).content.decode()
    assert b"".join(client.get(small).streaming_content) == png(4, 5)  # it is as small itself
    assert (
        f'<img src="/pictures/{row.pk}/" alt="Picture of Tent for four"'
        in client.get(f"/items/{desk.item.pk}/").content.decode()
    )
    second = ItemPicture.objects.latest("pk")
    assert client.post(f"/pictures/{second.pk}/first/").status_code == 302
    assert pictures.first_of([desk.item.pk]) == {desk.item.pk: second.pk}
    assert client.post(f"/pictures/{second.pk}/archive/").status_code == 302
    assert pictures.first_of([desk.item.pk]) == {desk.item.pk: row.pk}
    storage.default_storage.delete(row.key)
    assert client.get(f"/pictures/{row.pk}/").status_code == 404


def noise(width: int, height: int) -> bytes:
    """A grey PNG that no packing makes small, as photographs are."""
    rows = zlib.compress(b"".join(b"\0" + os.urandom(width) for _ in range(height)))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", rows), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(
    ("whole", "small"),
    [((400, 300), (160, 120)), ((3, 8000), (1, 160)), ((160, 90), (160, 90)), ((2, 3), (2, 3))],
)
def test_a_small_one_keeps_its_proportions(whole: tuple[int, int], small: tuple[int, int]) -> None:
    assert size(*whole) == small


def test_a_list_is_sent_the_small_one(dana: Actor) -> None:
    item, content = thing(dana, "TENT"), noise(400, 300)
    row = pictures.add_picture(dana, item.pk, "a.png", content)
    mine = program_of(dana)
    drawn, whole = (
        b"".join(mine.call("get", f"pictures/{row.pk}{query}").streaming_content)
        for query in ("?small=true", "")
    )
    assert whole == content
    assert len(drawn) < len(content) / 2
    assert picture(drawn) == ("image/png", 160, 120)
    os.utime(storage.default_storage.path(row.small_key or ""), (0, 0))
    storage.sweep()
    assert storage.read(row.small_key or "") == drawn


def test_what_cannot_be_drawn_stands_for_itself_and_old_ones_are_drawn_at_night(dana: Actor) -> None:
    item = thing(dana, "TENT")
    broken = pictures.add_picture(dana, item.pk, "b.png", png(400, 300)[:33] + bytes(500))
    assert broken.small_key == ""
    row, gone = (pictures.add_picture(dana, item.pk, "a.png", noise(200, 200)) for _ in range(2))
    storage.default_storage.delete(gone.key)
    ItemPicture.objects.update(small_key=None)
    make_thumbnails(0)
    for one in (broken, row, gone):
        one.refresh_from_db()
    assert (broken.small_key, gone.small_key) == ("", "")
    assert picture(storage.read(row.small_key or "")) == ("image/png", 160, 160)


def test_by_api_and_never_another_companys(dana: Actor) -> None:
    item = thing(dana, "TENT")
    mine, theirs = program_of(dana), program_of(company("Other"))
    send = {"file": SimpleUploadedFile("tent.png", png())}
    answer = mine.client.post(
        f"/api/v1/items/{item.pk}/pictures", send, headers={"Authorization": f"Bearer {mine.key}"}
    )
    made = answer.json()
    assert answer.status_code == 201
    assert (made["position"], made["width"], made["size"]) == (1, 2, len(png()))
    assert [one["id"] for one in mine.get(f"items/{item.pk}/pictures")] == [made["id"]]
    assert theirs.call("get", f"pictures/{made['id']}").status_code == 404
    assert theirs.call("delete", f"pictures/{made['id']}").status_code == 404
    assert mine.call("get", f"pictures/{made['id']}")["Content-Type"] == "image/png"
    assert mine.call("delete", f"pictures/{made['id']}").status_code == 204
    assert mine.get(f"items/{item.pk}/pictures") == []
    assert mine.call("post", f"trash/picture/{made['id']}/restore").status_code == 204


def test_a_picture_that_an_item_has_is_not_swept(dana: Actor) -> None:
    row = pictures.add_picture(dana, thing(dana, "TENT").pk, "a.png", png())
    loose, _digest = storage.keep(dana.organisation_id, png(shade=200))
    for key in (row.key, loose):
        os.utime(storage.default_storage.path(key), (0, 0))
    storage.sweep()
    assert storage.read(row.key) == png()
    with pytest.raises(FileNotFoundError):
        storage.read(loose)
