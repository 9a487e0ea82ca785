"""Every change leaves an entry in the audit trail: each operation of the API, on records that exist."""

from __future__ import annotations

import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import program_of
from tests.api.test_tenancy import ask, filled, operations
from tests.api.world import world

WRITE = re.compile(r'^(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
SILENT = {"read_notices"}  # what somebody has read is no change of the company's


@pytest.mark.django_db
def test_every_change_leaves_an_entry() -> None:
    """Whatever writes a row writes an entry too. Each operation is rolled back, so that the next finds the same records."""
    ours = world()
    mine = program_of(ours.actor)
    mine.get("me")  # the first use of a key is written
    changing, silent, broken = 0, set(), []
    for path, method, operation in operations():
        if method == "get":
            continue
        with transaction.atomic(), CaptureQueriesContext(connection) as log:
            answer = ask(mine, filled(path, ours.ids), method, operation)
            transaction.set_rollback(True)
        written = {found[1] for query in log.captured_queries if (found := WRITE.match(query["sql"]))}
        broken += [operation["operationId"]] if answer.status_code == 500 else []
        if answer.status_code < 400 and written:
            changing += 1
            silent |= set() if "accounts_auditentry" in written else {operation["operationId"]}
    assert not broken
    assert changing > 100
    assert silent == SILENT
