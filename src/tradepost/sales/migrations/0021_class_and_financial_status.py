from django.db import migrations, models

from tradepost.sales.paying import keep_all

CLASSES = """
UPDATE sales_document SET class_name = people_customer.class_name FROM people_customer
WHERE people_customer.id = sales_document.customer_id AND people_customer.class_name <> ''
"""


def keep_statuses(apps, schema_editor):
    document, application = (apps.get_model("sales", name) for name in ("Document", "Application"))
    keep_all(document._base_manager, application._base_manager)


class Migration(migrations.Migration):
    dependencies = [
        ("sales", "0020_seen_outside"),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="class_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=60, verbose_name="class"),
        ),
        migrations.AddField(
            model_name="document",
            name="financial_status",
            field=models.CharField(
                blank=True,
                choices=[
                    ("unpaid", "Unpaid"),
                    ("partly_paid", "Partly paid"),
                    ("paid", "Paid"),
                    ("refunded", "Refunded"),
                ],
                db_default="",
                default="",
                max_length=12,
            ),
        ),
        migrations.RunSQL(CLASSES, migrations.RunSQL.noop),
        migrations.RunPython(keep_statuses, migrations.RunPython.noop),
    ]
