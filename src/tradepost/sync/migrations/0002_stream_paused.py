"""Streams that go on with their connection are told from those that a person stopped."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.models import Q


def mark(apps: Any, schema_editor: Any) -> None:
    """What was paused or disconnected before goes on as it would have: nobody knows which of it had been stopped."""
    stopped = apps.get_model("sync", "Stream").objects.filter(enabled=False)
    before = Q(connection__health="paused") | Q(connection__health="off", last_success_at__isnull=False)
    stopped.filter(before).update(paused=True)


class Migration(migrations.Migration):
    dependencies = [("sync", "0001_initial")]

    operations = [
        migrations.AddField("stream", "paused", models.BooleanField(default=False, db_default=False)),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
