"""Whole numbers in addresses and forms, which anybody can write."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django_tables2 import RequestConfig, Table

MOST_ROWS = 100  # on a page of a list


def number(text: object, digits: int = 18) -> int | None:
    """``"17"`` → 17, the key of a record or the like; None for what is no number, or has more ``digits`` than one."""
    written = str(text or "")
    return int(written) if written.isdecimal() and len(written) <= digits else None


def numbers(texts: Iterable[str]) -> list[int]:
    """Those of ``texts`` that are one."""
    return [found for found in map(number, texts) if found is not None]


class Pages(Paginator):  # type: ignore[type-arg]
    """Of 1 to ``MOST_ROWS`` rows, whatever ``?per_page=`` asks for, which django-tables2 reads."""

    def __init__(self, rows: Any, per_page: int) -> None:
        super().__init__(rows, max(1, min(per_page, MOST_ROWS)))


def paged(request: HttpRequest, table: Table, per_page: int | None) -> None:
    """Sort the table as the address asks, and turn to its page; with no ``per_page`` it stays whole."""
    pages = {"per_page": per_page, "paginator_class": Pages}
    RequestConfig(request, paginate=pages if per_page else False).configure(table)
