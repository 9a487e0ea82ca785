import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('accounts', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('name', models.CharField(max_length=100)),
                ('report', models.CharField(max_length=40)),
                ('query', models.JSONField(default=dict)),
                ('shared', models.BooleanField(default=False)),
                ('rhythm', models.CharField(blank=True, choices=[('', 'Not mailed'), ('daily', 'Every day'), ('weekly', 'Every Monday'), ('monthly', 'On the first of the month')], default='', max_length=8)),
                ('hour', models.PositiveSmallIntegerField(default=7)),
                ('recipients', models.JSONField(default=list)),
                ('posted_on', models.DateField(blank=True, null=True)),
                ('problem', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'saved report',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'owner', 'name'), name='saved_report_name')],
            },
        ),
    ]
