"""Categories: the tree on its page and by API, chosen for items, put away and taken back."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.web.desk import Desk, desk_of
from tradepost.accounts.models import AuditEntry, Membership
from tradepost.catalog.categories import archive_category, paths, save_category, tree
from tradepost.catalog.models import Category
from tradepost.catalog.services import save_item
from tradepost.kit.errors import Conflict, Invalid


@pytest.fixture
def shop(member: Membership) -> Desk:
    """Camping › Tents › Family, the item being a tent; and Garden."""
    shop = desk_of(member)
    camping = save_category(shop.actor, {"name": "Camping"})
    tents = save_category(shop.actor, {"name": "Tents", "parent_id": camping.pk})
    save_category(shop.actor, {"name": "Family", "parent_id": tents.pk})
    save_category(shop.actor, {"name": "garden"})
    save_item(shop.actor, {"category_id": tents.pk}, item_id=shop.item.pk)
    return shop


def of(name: str) -> Category:
    return Category.objects.get(name=name)


def test_a_category_is_made_renamed_and_moved_with_all_in_it(client: Client, shop: Desk) -> None:
    assert [(b.path, b.depth, b.items) for b in tree(shop.actor, counted=True)] == [
        ("Camping", 0, 0), ("Camping › Tents", 1, 1), ("Camping › Tents › Family", 2, 0), ("garden", 0, 0),
    ]  # fmt: skip
    within = {"name": "Stoves", "parent_id": of("Camping").pk}
    assert client.post("/categories/new/", within).status_code == 302
    moved = {"name": "Shelters", "parent_id": of("garden").pk, "version": of("Tents").version}
    assert client.post(f"/categories/{of('Tents').pk}/", moved).status_code == 302
    assert [path for _pk, path in paths(shop.actor)] == [
        "Camping", "Camping › Stoves", "garden", "garden › Shelters", "garden › Shelters › Family",
    ]  # fmt: skip
    taken = client.post("/categories/new/", within)
    assert (taken.status_code, "a category Stoves in this place" in taken.content.decode()) == (422, True)
    stale = client.post(f"/categories/{of('Shelters').pk}/", moved)
    assert (stale.status_code, of("Shelters").parent) == (422, of("garden"))


def test_no_category_stands_within_itself(client: Client, shop: Desk) -> None:
    form = client.get(f"/categories/{of('Tents').pk}/").content.decode()
    assert "Camping</option>" in form
    assert "Family</option>" not in form
    with pytest.raises(Invalid, match="cannot be placed within itself"):
        save_category(shop.actor, {"parent_id": of("Family").pk}, category_id=of("Camping").pk)


def test_what_is_put_away_is_kept_by_its_items_and_chosen_no_more(client: Client, shop: Desk) -> None:
    refused = client.post(f"/categories/{of('Tents').pk}/archive/")
    assert (refused.status_code, "Archive what is in it first" in refused.content.decode()) == (409, True)
    for name in ("Family", "Tents"):
        assert client.post(f"/categories/{of(name).pk}/archive/").status_code == 302
    assert "Tents" in client.get(f"/items/{shop.item.pk}/").content.decode()
    assert "Tents" not in client.get("/items/new/").content.decode()
    save_item(shop.actor, {"name": "Tent for five"}, item_id=shop.item.pk)
    for values in ({"category_id": of("Tents").pk}, {"category_id": of("Family").pk}):
        with pytest.raises(Invalid, match="is archived. Restore it"):
            save_item(shop.actor, {"sku": "NEW", "name": "New", **values})
    with pytest.raises(Invalid, match="is archived. Restore it"):
        save_category(shop.actor, {"name": "Small", "parent_id": of("Tents").pk})
    with pytest.raises(Conflict, match="is in Tents, which is archived"):
        archive_category(shop.actor, of("Family").pk, undo=True)
    assert "Tents" not in client.get("/categories/").content.decode()
    assert "Tents" in client.get("/categories/?archived=1").content.decode()
    assert client.post(f"/categories/{of('Tents').pk}/restore/").status_code == 302
    assert client.post(f"/categories/{of('Tents').pk}/restore/").status_code == 409
    assert client.post(f"/categories/{of('Tents').pk}/remove/").status_code == 404
    done = AuditEntry.objects.filter(kind="category", record_id=of("Tents").pk).order_by("pk")
    assert [entry.verb for entry in done] == ["category.save", "category.archive", "category.restore"]
