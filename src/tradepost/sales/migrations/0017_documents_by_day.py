from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_key_expiry_and_sign_out'),
        ('catalog', '0010_small_pictures'),
        ('people', '0004_lead_conversion'),
        ('sales', '0016_line_nets'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='document',
            name='document_by_total',
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(condition=models.Q(('trashed_at', None)), fields=['organisation', '-date', '-id'], name='document_by_day'),
        ),
    ]
