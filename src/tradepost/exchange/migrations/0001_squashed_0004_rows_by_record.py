import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('exchange', '0001_exchange'), ('exchange', '0002_xml_messages'), ('exchange', '0003_sheets_and_headings'), ('exchange', '0004_rows_by_record')]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0005_audit_by_verb'),
        ('sales', '0001_squashed_0022_purchase_kinds'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('kind', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=200)),
                ('path', models.CharField(max_length=200)),
                ('state', models.CharField(choices=[('uploaded', 'Choose columns'), ('checking', 'Checking'), ('checked', 'Checked'), ('applying', 'Importing'), ('done', 'Imported'), ('stopped', 'Stopped'), ('failed', 'Failed'), ('undoing', 'Taking back'), ('undone', 'Taken back')], default='uploaded', max_length=10)),
                ('encoding', models.CharField(blank=True, max_length=20)),
                ('separator', models.CharField(blank=True, max_length=1)),
                ('sheet', models.CharField(blank=True, max_length=100)),
                ('sheets', models.JSONField(default=list)),
                ('heading', models.PositiveIntegerField(default=1)),
                ('day_first', models.BooleanField(default=False)),
                ('language', models.CharField(blank=True, max_length=16)),
                ('columns', models.JSONField(default=list)),
                ('sample', models.JSONField(default=list)),
                ('mapping', models.JSONField(default=dict)),
                ('rows', models.PositiveIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('counts', models.JSONField(default=dict)),
                ('message', models.TextField(blank=True)),
                ('job_id', models.BigIntegerField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'import',
                'indexes': [models.Index(fields=['organisation', '-created_at'], name='import_by_time')],
            },
        ),
        migrations.CreateModel(
            name='ImportRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='outcomes', to='exchange.importrun')),
                ('number', models.PositiveIntegerField()),
                ('action', models.CharField(choices=[('create', 'Create'), ('update', 'Update'), ('same', 'Unchanged'), ('refuse', 'Refused'), ('undone', 'Taken back'), ('kept', 'Kept')], max_length=8)),
                ('key', models.CharField(blank=True, max_length=254)),
                ('label', models.CharField(blank=True, max_length=200)),
                ('cause', models.TextField(blank=True)),
                ('cure', models.TextField(blank=True)),
                ('record_id', models.BigIntegerField(blank=True, null=True)),
                ('version', models.PositiveIntegerField(blank=True, null=True)),
                ('before', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name': 'row of an import',
                'indexes': [models.Index(fields=['run', 'action', 'number'], name='import_row_by_action'), models.Index(fields=['run', 'key'], name='import_row_by_key'), models.Index(condition=models.Q(('record_id__isnull', False)), fields=['organisation', 'record_id'], name='import_row_by_record')],
                'constraints': [models.UniqueConstraint(fields=('run', 'number'), name='import_row_once')],
            },
        ),
        migrations.CreateModel(
            name='ColumnChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('kind', models.CharField(max_length=20)),
                ('column', models.CharField(max_length=100)),
                ('field', models.CharField(max_length=40)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organisation', 'kind', 'column'), name='column_choice_once')],
            },
        ),
        migrations.CreateModel(
            name='EdiMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('name', models.CharField(max_length=200)),
                ('kind', models.CharField(max_length=20)),
                ('number', models.CharField(max_length=60)),
                ('sender_name', models.CharField(max_length=200)),
                ('sender', models.BigIntegerField(blank=True, null=True)),
                ('digest', models.CharField(max_length=64)),
                ('content', models.TextField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('taken', 'Taken')], default='waiting', max_length=10)),
                ('document', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sales.document')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('taken_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'XML message',
                'verbose_name_plural': 'XML messages',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'digest'), name='edi_received_once'), models.UniqueConstraint(condition=models.Q(('state', 'taken')), fields=('organisation', 'kind', 'sender', 'number'), name='edi_taken_once')],
            },
        ),
    ]
