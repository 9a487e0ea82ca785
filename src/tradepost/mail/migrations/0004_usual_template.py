from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_audit_by_verb'),
        ('mail', '0003_reply_token'),
    ]

    operations = [
        migrations.AddField(
            model_name='template',
            name='usual',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddConstraint(
            model_name='template',
            constraint=models.UniqueConstraint(condition=models.Q(('archived_at', None), ('usual', True)), fields=('organisation', 'kind'), name='template_usual'),
        ),
    ]
