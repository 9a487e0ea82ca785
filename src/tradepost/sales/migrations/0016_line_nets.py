from django.db import migrations

from tradepost.sales.nets import fill_nets


def fill(apps, schema_editor):
    """A line was stored without its net."""
    documents, lines = (apps.get_model("sales", name)._default_manager for name in ("Document", "Line"))
    fill_nets(documents.all(), lines.all())


class Migration(migrations.Migration):

    atomic = False  # some hundred documents at a time

    dependencies = [
        ('sales', '0015_line_net'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
