"""The audit trail keeps no secret, also of before it knew that."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.state import ProjectState

from tradepost.accounts.models import AuditEntry, Organisation

pytestmark = pytest.mark.django_db


def _migrate(name: str) -> None:
    """As Django applies it."""
    module: Any = import_module(f"tradepost.accounts.migrations.{name}")
    with connection.schema_editor(atomic=False) as editor:
        module.Migration(name, "accounts").apply(ProjectState(), editor)


@pytest.mark.parametrize(
    ("kind", "before", "after", "left"),
    [
        ("connection", {}, {"label": "Mail", "secrets": {"password": "hunter2"}}, ({}, {"label": "Mail"})),
        ("connection", {"secrets": {"password": "hunter2"}, "state": "ok"}, {"secrets": {}, "state": "broken"},
         ({"state": "ok"}, {"state": "broken"})),
        ("connection", {"label": "Mail"}, {"label": "Post"}, ({"label": "Mail"}, {"label": "Post"})),
        ("project", {}, {"secrets": "of a custom field"}, ({}, {"secrets": "of a custom field"})),
    ],
)  # fmt: skip
def test_passwords_of_connections_go_out_of_the_trail_and_all_else_stays(
    kind: str, before: dict[str, Any], after: dict[str, Any], left: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    company = Organisation.objects.create(name="Marlow", token_key=b"k" * 32)
    entry = AuditEntry.objects.create(
        organisation=company,
        via="web",
        verb=f"{kind}.save",
        kind=kind,
        label="Mail",
        before=before,
        after=after,
    )
    at = entry.at
    _migrate("0004_no_secrets_in_the_trail")
    entry.refresh_from_db()
    assert (entry.before, entry.after) == left
    assert (entry.verb, entry.label, entry.at) == (f"{kind}.save", "Mail", at)
