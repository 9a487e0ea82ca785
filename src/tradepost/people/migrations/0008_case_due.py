from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0007_vendor_language'),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='due',
            field=models.DateField(blank=True, null=True),
        ),
    ]
