"""Every change leaves an entry in the audit trail: each operation of the API, on records that exist."""

from __future__ import annotations

import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import program_of
from tests.api.test_tenancy import ask, filled, operations
from tests.api.world import world
from tradepost.accounts.models import AuditEntry

WRITE = re.compile(r'^(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
SILENT = {"read_notices"}  # what somebody has read is no change of the company's
# What is asked of these leaves the record as it is, so that there is no before and no after.
UNMOVED = {
    *(
        "change_company",
        "change_import",
        "change_letterhead",
        "change_settings",
        "choose_customer_main_contact",
    ),
    *(
        "choose_vendor_main_contact",
        "make_picture_first",
        "move_activity",
        "move_event",
        "put_item_makeup",
        "remove_logo",
    ),
    *(
        "restore_entry",
        "restore_item_tax",
        "restore_tax",
        "restore_tax_code",
        "restore_template",
        "resume_connection",
    ),
}


@pytest.mark.django_db
def test_every_change_leaves_an_entry() -> None:
    """Whatever writes a row writes an entry too, with who, by which face, and what was before and after. Each operation is
    rolled back, so that the next finds the same records."""
    ours = world()
    mine = program_of(ours.actor)
    mine.get("me")  # the first use of a key is written
    changing, silent, broken, wordless = 0, set(), [], set()
    last = AuditEntry.objects.latest("pk").pk
    for path, method, operation in operations():
        if method == "get":
            continue
        with transaction.atomic(), CaptureQueriesContext(connection) as log:
            answer = ask(mine, filled(path, ours.ids), method, operation)
            left = list(
                AuditEntry.objects.filter(pk__gt=last).values_list("user_id", "via", "before", "after")
            )
            transaction.set_rollback(True)
        written = {found[1] for query in log.captured_queries if (found := WRITE.match(query["sql"]))}
        broken += [operation["operationId"]] if answer.status_code == 500 else []
        if answer.status_code < 400 and written:
            changing += 1
            silent |= set() if "accounts_auditentry" in written else {operation["operationId"]}
            told = any(before or after for _who, _via, before, after in left)
            wordless |= {operation["operationId"]} if left and not told else set()
            assert {(who, via) for who, via, *_words in left} <= {(ours.actor.user_id, "api")}, operation[
                "operationId"
            ]
    assert not broken
    assert changing > 100
    assert silent == SILENT
    assert wordless <= UNMOVED, wordless - UNMOVED
