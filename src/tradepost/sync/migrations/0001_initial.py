import django.db.models.deletion
import tradepost.wire.secrets
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
            name='Connection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('connector', models.CharField(max_length=40)),
                ('label', models.CharField(max_length=120)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('config', models.JSONField(default=dict)),
                ('secrets', tradepost.wire.secrets.SealedField(blank=True, default=dict)),
                ('health', models.CharField(choices=[('new', 'Not started'), ('ok', 'Working'), ('trouble', 'Retrying'), ('broken', 'Needs attention'), ('paused', 'Paused'), ('inactive', 'Not activated'), ('off', 'Disconnected')], default='new', max_length=10)),
                ('reason', models.TextField(blank=True)),
                ('cure', models.TextField(blank=True)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('last_success_at', models.DateTimeField(blank=True, null=True)),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('version', models.PositiveIntegerField(default=1)),
            ],
            options={
                'verbose_name': 'connection',
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='sync.connection')),
                ('remote_id', models.CharField(max_length=200)),
                ('topic', models.CharField(blank=True, max_length=100)),
                ('body', models.BinaryField()),
                ('received_at', models.DateTimeField(auto_now_add=True)),
                ('handled_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name_plural': 'deliveries',
                'constraints': [models.UniqueConstraint(fields=('connection', 'remote_id'), name='delivery_once')],
            },
        ),
        migrations.CreateModel(
            name='Stream',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('connection', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='streams', to='sync.connection')),
                ('kind', models.CharField(max_length=40)),
                ('remote_id', models.CharField(max_length=500)),
                ('label', models.CharField(blank=True, max_length=200)),
                ('direction', models.CharField(choices=[('both', 'Both ways'), ('to_remote', 'From here to there'), ('to_app', 'From there to here')], default='to_app', max_length=10)),
                ('enabled', models.BooleanField(default=True)),
                ('interval', models.PositiveIntegerField(default=300)),
                ('cursor', models.JSONField(default=dict)),
                ('policy', models.JSONField(default=dict)),
                ('health', models.CharField(choices=[('new', 'Not started'), ('ok', 'Working'), ('trouble', 'Retrying'), ('broken', 'Needs attention'), ('paused', 'Paused'), ('inactive', 'Not activated'), ('off', 'Disconnected')], default='new', max_length=10)),
                ('reason', models.TextField(blank=True)),
                ('cure', models.TextField(blank=True)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('last_success_at', models.DateTimeField(blank=True, null=True)),
                ('next_run_at', models.DateTimeField(blank=True, db_index=True, null=True)),
                ('lease_token', models.CharField(blank=True, max_length=36)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('connection', 'kind', 'remote_id'), name='stream_once')],
            },
        ),
        migrations.CreateModel(
            name='Binding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('stream', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bindings', to='sync.stream')),
                ('kind', models.CharField(max_length=40)),
                ('record_id', models.BigIntegerField()),
                ('remote_id', models.CharField(max_length=500)),
                ('etag', models.CharField(blank=True, max_length=200)),
                ('local_base', models.JSONField(default=dict)),
                ('remote_base', models.JSONField(default=dict)),
                ('base_hash', models.CharField(blank=True, max_length=64)),
                ('shadow', models.JSONField(default=dict)),
                ('tombstone', models.CharField(blank=True, max_length=10)),
                ('tombstoned_at', models.DateTimeField(blank=True, null=True)),
                ('synced_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('stream', 'kind', 'record_id'), name='binding_once_here'), models.UniqueConstraint(fields=('stream', 'kind', 'remote_id'), name='binding_once_there')],
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('stream', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='sync.stream')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('trigger', models.CharField(default='schedule', max_length=20)),
                ('state', models.CharField(choices=[('preview', 'Preview'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Stopped'), ('undone', 'Undone')], default='running', max_length=10)),
                ('counts', models.JSONField(default=dict)),
                ('seen', models.PositiveIntegerField(default=0)),
                ('reason', models.TextField(blank=True)),
                ('cure', models.TextField(blank=True)),
                ('cancel_requested', models.BooleanField(default=False)),
                ('started_at', models.DateTimeField(auto_now_add=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['organisation', '-started_at'], name='run_by_time')],
            },
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('stream', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='sync.stream')),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reviews', to='sync.run')),
                ('kind', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=300)),
                ('title', models.CharField(max_length=300)),
                ('reason', models.TextField(blank=True)),
                ('facts', models.JSONField(default=dict)),
                ('options', models.JSONField(default=list)),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
                ('resolved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('choice', models.CharField(blank=True, max_length=40)),
            ],
            options={
                'indexes': [models.Index(fields=['organisation', 'resolved_at', '-created_at'], name='review_open')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('resolved_at', None)), fields=('organisation', 'kind', 'key'), name='review_asked_once')],
            },
        ),
        migrations.CreateModel(
            name='RunItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='sync.run')),
                ('action', models.CharField(max_length=20)),
                ('kind', models.CharField(blank=True, max_length=40)),
                ('record_id', models.BigIntegerField(null=True)),
                ('remote_id', models.CharField(blank=True, max_length=500)),
                ('label', models.CharField(blank=True, max_length=300)),
                ('reason', models.TextField(blank=True)),
                ('cure', models.TextField(blank=True)),
                ('failed', models.BooleanField(default=False)),
                ('retried_at', models.DateTimeField(blank=True, null=True)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('before', models.JSONField(default=dict)),
                ('after', models.JSONField(default=dict)),
                ('at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'run item',
                'indexes': [models.Index(fields=['run', 'id'], name='item_by_run'), models.Index(fields=['organisation', 'kind', 'record_id'], name='item_by_record')],
            },
        ),
    ]
