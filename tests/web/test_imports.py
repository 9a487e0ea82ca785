"""A clerk uploads a file, matches its columns, reads what would happen, imports, and takes it back."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.sales.test_letterhead import png
from tests.web.desk import desk_of
from tradepost.accounts.models import Membership
from tradepost.accounts.tenancy import Owned
from tradepost.activities.models import ActivityKind, Attachment
from tradepost.activities.records import Record
from tradepost.activities.services import File, add_activity, add_files
from tradepost.catalog.models import Item
from tradepost.catalog.pictures import add_picture
from tradepost.catalog.services import save_item
from tradepost.custom.services import save_field
from tradepost.exchange import tasks
from tradepost.exchange.kinds import KINDS
from tradepost.exchange.models import ImportRun
from tradepost.people.services import save_customer
from tradepost.sales.letterhead import set_logo
from tradepost.sales.models import Kind
from tradepost.sales.services import save_document

pytestmark = pytest.mark.req("B25")

ITEMS = "Artikel,Name,Price\nTNT-4,Tent,210\n=NEW,Thing,5\n,Nameless,1\n"


def uploaded(client: Client, text: str = ITEMS) -> ImportRun:
    file = SimpleUploadedFile("items.csv", text.encode())
    answer = client.post("/import/", {"kind": "item", "file": file})
    run = ImportRun.objects.get()
    assert answer["Location"] == f"/import/{run.pk}/"
    return run


def test_the_whole_way_and_back(client: Client, member: Membership) -> None:
    desk_of(member)
    assert "Up to 64 MB" in client.get("/import/").content.decode()
    run = uploaded(client)
    at = f"/import/{run.pk}/"
    refused = client.post(f"{at}columns/", {"column-1": "name", "column-2": "price"})
    assert refused.status_code == 422
    assert "Choose the column of “SKU”" in refused.content.decode()
    chosen = client.post(f"{at}columns/", {"column-0": "sku", "column-1": "name", "column-2": "price"})
    assert chosen["Location"] == at
    shown = client.get(at).content.decode()
    assert "Stop" in shown and "Items · 3 rows" in shown
    tasks.check(run.pk)
    assert client.get(f"{at}progress/")["HX-Refresh"] == "true"
    page = client.get(at).content.decode()
    assert "Nothing is changed yet" in page
    assert "There is no SKU. Fill it in" in page
    assert Item.objects.get(sku="TNT-4").name == "Tent for four"
    errors = b"".join(client.get(f"{at}errors/").streaming_content).decode()  # type: ignore[attr-defined]
    assert "4,Nameless,There is no SKU." in errors
    client.post(f"{at}apply/")
    tasks.apply(run.pk)
    assert Item.objects.get(sku="=NEW").name == "Thing"
    client.post(f"{at}undo/")
    tasks.undo(run.pk)
    assert Item.objects.get(sku="TNT-4").name == "Tent for four"
    assert f"{at}undo/" not in client.get(at).content.decode()
    client.post(f"{at}forget/")
    assert not ImportRun.objects.exists()


def test_another_sheet_and_heading_and_the_point_are_chosen(client: Client, member: Membership) -> None:
    run = uploaded(client, "Prices of autumn\nArtikel;Preis\nT-1;1.234\n")
    at = f"/import/{run.pk}/"
    client.post(f"{at}reread/", {"heading": "2"})
    page = client.get(at).content.decode()
    assert "Artikel" in page
    assert 'value="2"' in page
    client.post(f"{at}columns/", {"column-0": "sku", "column-1": "price", "point": ","})
    run.refresh_from_db()
    assert (run.heading, run.language) == (2, "de")
    assert client.post(f"{at}reread/", {"heading": "5000"}).status_code == 409


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"PK\x03\x04junk"])
def test_a_file_that_is_no_table_is_refused_at_its_field(client: Client, data: bytes) -> None:
    answer = client.post("/import/", {"kind": "item", "file": SimpleUploadedFile("x.xlsx", data)})
    assert answer.status_code == 422
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_template_can_be_imported_as_it_is(
    client: Client, member: Membership, kind: str, form: str
) -> None:
    template = client.get(f"/import/templates/{kind}.{form}/").content
    client.post("/import/", {"kind": kind, "file": SimpleUploadedFile(f"x.{form}", template)})
    assert ImportRun.objects.get().mapping


def test_everything_is_exported_and_no_formula_runs(client: Client, member: Membership) -> None:
    desk = desk_of(member)
    save_customer(desk.actor, {"name": "=HYPERLINK(1)"})
    data = b"".join(client.post("/export/everything/").streaming_content)  # type: ignore[attr-defined]
    pack = zipfile.ZipFile(io.BytesIO(data))
    assert {"people-customers.csv", "sales-documents.csv", "sales-lines.csv", "activities.csv"} <= {
        *pack.namelist()
    }
    customers = pack.read("people-customers.csv").decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in customers
    assert ",=HYPERLINK" not in customers
    assert {
        "activities-messages.csv",
        "custom-tags.csv",
        "reports-reorder-levels.csv",
        "audit-trail.csv",
    } <= {*pack.namelist()}
    members = pack.read("accounts-members.csv").decode("utf-8-sig")
    assert member.user.email in members
    assert member.user.password not in "".join(
        pack.read(n).decode() for n in pack.namelist() if n.endswith(".csv")
    )


# Logs, queues, keys and what is only of this machine or of somebody's own mailbox; the drafts of imports.
NOT_EXPORTED = {
    "accounts.Invitation", "accounts.ApiKey", "accounts.IdempotencyKey", "jobs.Job", "jobs.Notice",
    "sync.Connection", "sync.Stream", "sync.Run", "sync.RunItem", "sync.Binding", "sync.Delivery", "sync.Review",
    "exchange.ImportRun", "exchange.ImportRow", "exchange.ColumnChoice", "mail.MailAccount", "mail.MailAccess",
    "mail.Outbox", "mail.Mark", "mail.Sighting", "pim.Feed",
}  # fmt: skip


def test_every_table_of_the_company_is_exported(client: Client, member: Membership) -> None:
    """One that is new is either in the archive or named above."""
    pack = zipfile.ZipFile(io.BytesIO(b"".join(client.post("/export/everything/").streaming_content)))  # type: ignore[attr-defined]
    owned = {model for model in apps.get_models() if issubclass(model, Owned)}
    wanted = [model for model in owned if model._meta.label not in NOT_EXPORTED]
    assert (
        len(pack.namelist()) == len(wanted) + 1
    )  # and the settings, which are no table of the company alone


def test_pictures_and_the_logo_are_in_the_export(client: Client, member: Membership) -> None:
    desk = desk_of(member)
    item = save_item(desk.actor, {"sku": "A-1", "name": "Lantern"})
    picture = png()
    add_picture(desk.actor, item.pk, "lantern.png", picture)
    set_logo(desk.actor, picture)
    pack = zipfile.ZipFile(io.BytesIO(b"".join(client.post("/export/everything/").streaming_content)))  # type: ignore[attr-defined]
    digest = hashlib.sha256(picture).hexdigest()
    assert {f"files/{digest}-lantern.png", "files/logo.png"} <= {*pack.namelist()}
    assert pack.read("files/logo.png") == picture


def test_every_file_is_in_the_export_once_and_a_lost_one_is_named(client: Client, member: Membership) -> None:
    desk = desk_of(member)
    record = Record("customer", save_customer(desk.actor, {"name": "Alder"}).pk)
    task = add_activity(desk.actor, ActivityKind.NOTE, record, {"text": "x"})
    add_files(desk.actor, task.pk, [File("a/b.txt", b"one"), File("c.txt", b"one"), File("lost.txt", b"two")])
    default_storage.delete(Attachment.objects.get(name="lost.txt").key)
    data = b"".join(client.post("/export/everything/").streaming_content)  # type: ignore[attr-defined]
    pack = zipfile.ZipFile(io.BytesIO(data))
    [name] = [n for n in pack.namelist() if n.startswith("files/") and n != "files/missing.txt"]
    assert (name, pack.read(name)) == (f"files/{hashlib.sha256(b'one').hexdigest()}-a_b.txt", b"one")
    assert pack.read("files/missing.txt").decode().endswith(" lost.txt")


def test_exported_lists_have_tags_and_custom_fields(client: Client, member: Membership) -> None:
    desk = desk_of(member)
    save_field(desk.actor, {"name": "Web order", "kinds": ["customer", "order"]})
    marks = {"tags": ["VIP", "Web"], "custom": {"web_order": "=W-1"}, "pinned": "Ring twice"}
    buyer = save_customer(desk.actor, {"name": "Alder", **marks})
    save_document(desk.actor, Kind.ORDER, {"customer_id": buyer.pk, **marks}, [])
    for name in ("customers", "orders"):
        text = b"".join(client.get(f"/{name}/export/").streaming_content).decode()  # type: ignore[attr-defined]
        head, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
        [row] = [dict(zip(head, one, strict=True)) for one in rows if "VIP; Web" in one]
        assert (row["Web order"], row["Pinned memo"]) == ("'=W-1", "Ring twice")
