"""Tags and custom fields over the API."""

from __future__ import annotations

import pytest

from tests.api.conftest import Program

pytestmark = pytest.mark.django_db


def test_a_program_sets_filters_and_clears_them(dana: Program) -> None:
    field = {"name": "Web order", "kinds": ["customer", "order", "item"], "required": True}
    assert dana.post("custom-fields", field)["key"] == "web_order"
    sizes = {"name": "Sizes", "kinds": ["order"], "type": "several", "choices": ["S", "M"]}
    dana.post("custom-fields", sizes)
    refused = dana.post("customers", {"name": "A"}, 422)
    assert refused["errors"] == {"custom.web_order": "Fill in Web order."}
    customer = dana.post("customers", {"name": "A", "custom": {"web_order": "C-1"}, "tags": ["VIP"]})
    assert (customer["custom"], customer["tags"]) == ({"web_order": "C-1"}, ["VIP"])
    order = {
        "kind": "order",
        "customer_id": customer["id"],
        "custom": {"web_order": "W:1", "sizes": ["M", "S"]},
        "tags": ["vip", "Fair"],
        "pinned": "Call first",
        "pinned_in_warehouse": True,
    }
    one = dana.post("documents", order)
    dana.post("documents", {**order, "custom": {"web_order": "W2"}, "tags": []})
    for query in ("tag=VIP", "tag=VIP&tag=Fair", "custom=web_order:W:1", "custom=sizes:M&tag=Fair", "q=w+1"):
        found = dana.get(f"documents?{query}")["items"]
        assert [row["id"] for row in found] == [one["id"]], query
    assert dana.get("customers?tag=VIP&custom=web_order:C-1")["items"][0]["id"] == customer["id"]
    assert not dana.get("items?tag=VIP")["items"]
    dana.get("documents?custom=nothing:1", 422)
    path = f"documents/{one['id']}"
    changed = dana.patch(path, {"custom": {"sizes": None}, "remove_tags": ["fair"]})
    assert changed["custom"] == {"web_order": "W:1"}
    assert (changed["tags"], changed["pinned"]) == (["VIP"], "Call first")
    dana.patch(path, {"custom": {"web_order": ""}}, 422)
    assert dana.patch(path, {"custom": {"other": "1"}}, 422)["errors"].keys() == {"custom.other"}


def test_tags_are_renamed_merged_and_given_back(dana: Program) -> None:
    item = dana.post("items", {"sku": "T", "name": "T", "tags": ["a"]})
    [a] = dana.get("tags")["items"]
    b = dana.post("tags", {"name": "b", "colour": "red"})
    dana.patch(f"tags/{a['id']}", {"name": "B"}, 422)
    merge = dana.post(f"tags/{b['id']}/merge", {"gone_id": a["id"]}, 200)
    assert dana.get(f"items/{item['id']}")["tags"] == ["b"]
    dana.delete(f"tags/{b['id']}", 409)
    assert dana.post(f"tag-merges/{merge['id']}/undo", {}, 200)["name"] == "a"
    assert dana.get(f"items/{item['id']}")["tags"] == ["a"]
    dana.delete(f"tags/{b['id']}")
