from django.db import migrations, models
from django.db.models import Exists, OuterRef, Q


def mark_known(apps, schema_editor):
    """Whether an order was mailed was not kept beside it: what is past its draft counts as known outside, so that nothing of it
    is lost; one version too many does no harm."""
    document, link = (apps.get_model("sales", name) for name in ("Document", "PublicLink"))
    sent = Q(status="sent") | Q(kind="order", status__in=["open", "partly_shipped"])
    shared = Exists(link._base_manager.filter(document=OuterRef("pk")))
    document._base_manager.filter(sent | shared).update(left_house=True)


class Migration(migrations.Migration):
    dependencies = [
        ("sales", "0019_plain_search"),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="left_house",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunPython(mark_known, migrations.RunPython.noop),
    ]
