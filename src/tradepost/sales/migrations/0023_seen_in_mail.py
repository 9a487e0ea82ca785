from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sales', '0022_purchase_kinds'),
    ]

    operations = [
        migrations.AddField(
            model_name='document',
            name='seen_in_mail',
            field=models.BigIntegerField(blank=True, null=True),
        ),
    ]
