"""An erased person is found in no column of any table; what is not searched is listed, with the reason."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from tests.api.world import world
from tradepost.accounts import audit
from tradepost.accounts.tenancy import Owned
from tradepost.activities.models import Message
from tradepost.exchange.erasing import erase
from tradepost.exchange.sweeping import GONE, LEFT, SWEPT
from tradepost.jobs.services import notify, open_job
from tradepost.kit import clock
from tradepost.mail.models import MailAccount, Outbox
from tradepost.people.services import Email, save_contact
from tradepost.pim.models import Event, Invitation
from tradepost.reports.models import ReportPost
from tradepost.reports.rules import Query
from tradepost.reports.services import save as save_report

NAME, EMAIL, PHONE = "Quillon Zephyrine", "quillon@zephyrine.example", "+99 555 0199"
TEXTS = (models.CharField, models.TextField, models.JSONField)


def words_of(model: Any) -> set[str]:
    """The columns that can hold words: no choices, none that the database computes."""
    columns = [f for f in model._meta.concrete_fields if isinstance(f, (*TEXTS, models.BinaryField))]
    return {f.name for f in columns if not f.choices and not isinstance(f, models.GeneratedField)}


def test_every_column_of_words_is_searched_or_left_for_a_reason() -> None:
    owned = {m._meta.label_lower: m for m in apps.get_models() if issubclass(m, Owned)}
    open_ = {
        label: words - set(SWEPT.get(label, ()))
        for label, model in owned.items()
        if (words := words_of(model))
    }
    assert sorted(label for label, columns in open_.items() if columns and label not in LEFT) == []
    assert [one for one in (*SWEPT, *LEFT, *GONE) if one not in owned] == []
    for label, columns in SWEPT.items():
        assert set(columns) <= words_of(owned[label]), label


def _planted(model: Any, columns: tuple[str, ...], row: Any) -> None:
    """The person's name, address and number in every column."""
    for name in columns:
        field = model._meta.get_field(name)
        text = f"{NAME.upper()} {EMAIL} {PHONE}"[: field.max_length or 200]
        listed = isinstance(field, models.JSONField) and isinstance(getattr(row, name), list)
        value: Any = text if not isinstance(field, models.JSONField) else [text] if listed else {"x": [text]}
        model._default_manager.filter(pk=row.pk).update(**{name: value})


@pytest.mark.django_db
def test_nothing_of_an_erased_person_is_left_in_any_table() -> None:
    actor = world().actor
    notify(actor.organisation_id, "x", "x")
    open_job(actor, "x", "x")
    report = save_report(actor, "x", Query("sales"))
    ReportPost.objects.create(
        organisation_id=actor.organisation_id, report=report, at=clock.now(), recipients=["x"]
    )
    audit.record(actor, "x", None, {}, {"x": 1})
    ours = {"organisation_id": actor.organisation_id}
    message, account = Message.objects.filter(**ours).first(), MailAccount.objects.filter(**ours).first()
    assert message is not None and account is not None
    Outbox.objects.create(
        organisation_id=actor.organisation_id, account=account, message=message, raw_key="x", recipients=["x"]
    )
    event = Event.objects.filter(**ours).first()
    assert event is not None
    Invitation.objects.create(
        organisation_id=actor.organisation_id,
        event=event,
        email=EMAIL,
        sender="z@z.example",
        sent_at=event.activity.at,
    )
    person = save_contact(
        actor,
        {"first_name": "Quillon", "last_name": "Zephyrine", "birthday": date(1980, 1, 1)},
        emails=[Email(EMAIL)],
        phones=[{"number": PHONE}],
    )
    for label, columns in SWEPT.items():
        model: Any = apps.get_model(label)
        rows = model.objects.filter(organisation_id=actor.organisation_id)
        row = (rows.exclude(pk=person.pk) if isinstance(person, model) else rows).first()
        assert row is not None, label
        _planted(model, columns, row)
    assert Outbox.objects.filter(recipients__icontains=EMAIL).exists()
    erase(actor, person.pk, NAME)
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text ILIKE %s OR t::text LIKE %s',
                           ["%zephyrine%", f"%{PHONE}%"])  # fmt: skip
            found += [table] if cursor.fetchone()[0] else []
    assert found == []
