"""A program uploads a workbook, chooses its sheet and its columns, and reads what became of each row."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.api.conftest import Program
from tests.exchange.test_rough import book, grid
from tradepost.exchange import tasks

pytestmark = [pytest.mark.django_db, pytest.mark.req("B25")]


def test_a_program_imports_a_sheet(dana: Program) -> None:
    data = book(grid(("Notes",)), grid(("Autumn",), ("Artikel", "Name"), ("T-1", "Tent")))
    answer = dana.client.post(
        "/api/v1/imports",
        {"kind": "item", "files": SimpleUploadedFile("x.xlsx", data)},
        headers={"Authorization": f"Bearer {dana.key}"},
    ).json()
    at = f"imports/{answer['id']}"
    assert (answer["sheets"], answer["sheet"]) == (["One", "Two"], "Two")
    assert dana.patch(at, {"sheet": "One"})["columns"] == ["Notes"]
    told = dana.patch(at, {"sheet": "Two", "heading": 2, "mapping": {"sku": "Artikel", "name": 1}})
    assert (told["columns"], told["mapping"], told["heading"]) == (
        ["Artikel", "Name"],
        {"sku": 0, "name": 1},
        2,
    )
    assert dana.patch(at, {"sheet": "Three"}, status=422)["detail"]
    dana.post(f"{at}/acts", {"verb": "check"}, status=202)
    tasks.check(answer["id"])
    [row] = dana.get(f"{at}/rows")["items"]
    assert (row["action"], row["label"]) == ("create", "T-1 Tent")
