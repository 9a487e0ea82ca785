import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('reports', '0001_reports'), ('reports', '0002_reorder_levels'), ('reports', '0003_report_posts')]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0005_audit_by_verb'),
        ('catalog', '0001_squashed_0011_plain_search'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
                ('paused', models.BooleanField(default=False)),
                ('problem', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'saved report',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'owner', 'name'), name='saved_report_name')],
            },
        ),
        migrations.CreateModel(
            name='ReportPost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='posts', to='reports.savedreport')),
                ('at', models.DateTimeField()),
                ('recipients', models.JSONField(default=list)),
                ('problem', models.TextField(blank=True)),
            ],
            options={
                'verbose_name': 'mail of a report',
                'indexes': [models.Index(fields=['report', '-at'], name='report_post_at')],
            },
        ),
        migrations.CreateModel(
            name='ReorderLevel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.item')),
                ('location', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.location')),
                ('minimum', models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True)),
                ('maximum', models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True)),
                ('multiple', models.DecimalField(decimal_places=4, default=0, max_digits=18)),
            ],
            options={
                'verbose_name': 'reorder level',
                'constraints': [models.UniqueConstraint(fields=('item', 'location'), name='reorder_level_once'), models.CheckConstraint(condition=models.Q(('multiple__gte', 0), models.Q(('minimum', None), ('minimum__gte', 0), _connector='OR'), models.Q(('maximum', None), ('maximum__gte', 0), _connector='OR')), name='reorder_level_not_negative')],
            },
        ),
    ]
