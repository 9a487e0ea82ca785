import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('activities', '0001_initial'), ('activities', '0002_memos_and_trash'), ('activities', '0003_open_memos'), ('activities', '0004_plain_search'), ('activities', '0005_thread_index')]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0005_audit_by_verb'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Activity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('kind', models.CharField(choices=[('email', 'E-mail'), ('note', 'Note'), ('memo', 'Memo'), ('call', 'Call'), ('task', 'Task'), ('event', 'Event')], max_length=10)),
                ('status', models.CharField(choices=[('open', 'Open'), ('done', 'Done'), ('cancelled', 'Cancelled')], default='done', max_length=10)),
                ('subject', models.CharField(blank=True, max_length=500)),
                ('text', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('due', models.DateTimeField(blank=True, null=True)),
                ('starts', models.DateTimeField(blank=True, null=True)),
                ('ends', models.DateTimeField(blank=True, null=True)),
                ('all_day', models.BooleanField(default=False)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('visibility', models.CharField(choices=[('owner', 'Only me'), ('team', 'My team'), ('all', 'Everybody here')], default='all', max_length=6)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='answers', to='activities.activity')),
                ('trashed_at', models.DateTimeField(blank=True, null=True)),
                ('search', models.GeneratedField(db_persist=True, expression=models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(django.db.models.functions.comparison.Coalesce(models.F('subject'), models.Value(''), output_field=models.TextField()), arg_joiner=" || ' ' || ", function='normalize', output_field=models.TextField(), template='normalize(%(expressions)s, NFKD)'), models.Value('[\\u0300-\\u036f]+'), models.Value(''), models.Value('g'), function='regexp_replace', output_field=models.TextField()), function='normalize', output_field=models.TextField(), template='normalize(%(expressions)s, NFC)'), function='lower', output_field=models.TextField()), models.Value('łøđðħŧıς'), models.Value('loddhtiσ'), function='translate', output_field=models.TextField()), models.Value('ß'), models.Value('ss'), function='replace', output_field=models.TextField()), models.Value('æ'), models.Value('ae'), function='replace', output_field=models.TextField()), models.Value('œ'), models.Value('oe'), function='replace', output_field=models.TextField()), models.Value('þ'), models.Value('th'), function='replace', output_field=models.TextField()), models.Value('[^[:alnum:]]+'), models.Value(' '), models.Value('g'), function='regexp_replace', output_field=models.TextField()), function='to_tsvector', template="to_tsvector('simple'::regconfig, %(expressions)s)"), output_field=django.contrib.postgres.search.SearchVectorField())),
                ('holders', models.ManyToManyField(blank=True, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'activity',
                'verbose_name_plural': 'activities',
                'indexes': [models.Index(models.F('organisation'), django.db.models.functions.comparison.Coalesce('starts', 'due'), models.F('id'), condition=models.Q(('status', 'open')), name='activity_open'), models.Index(condition=models.Q(('kind', 'memo'), ('status', 'open')), fields=['organisation', 'id'], name='activity_open_memo'), models.Index(fields=['organisation', '-at'], name='activity_by_time'), models.Index(condition=models.Q(('trashed_at__isnull', False)), fields=['organisation', '-trashed_at'], name='activity_in_trash'), django.contrib.postgres.indexes.GinIndex(fields=['search'], name='activity_search')],
            },
        ),
        migrations.CreateModel(
            name='Link',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('activity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='activities.activity')),
                ('record_kind', models.CharField(max_length=12)),
                ('record_id', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('open', models.BooleanField(default=False)),
            ],
            options={
                'indexes': [models.Index(fields=['organisation', 'record_kind', 'record_id', 'open', '-at', '-id'], name='link_timeline')],
                'constraints': [models.UniqueConstraint(fields=('activity', 'record_kind', 'record_id'), name='link_once')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('activity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='activities.activity')),
                ('outgoing', models.BooleanField()),
                ('message_id', models.CharField(max_length=998)),
                ('in_reply_to', models.CharField(blank=True, max_length=998)),
                ('references', models.JSONField(default=list)),
                ('sender', models.JSONField(default=dict)),
                ('sender_email', models.CharField(blank=True, max_length=254)),
                ('to', models.JSONField(default=list)),
                ('cc', models.JSONField(default=list)),
                ('bcc', models.JSONField(default=list)),
                ('subject', models.CharField(blank=True, max_length=998)),
                ('at', models.DateTimeField()),
                ('text', models.TextField(blank=True)),
                ('quoted', models.TextField(blank=True)),
                ('html', models.TextField(blank=True)),
                ('automatic', models.CharField(blank=True, max_length=40)),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('sending', 'Sending'), ('sent', 'Sent'), ('partly', 'Partly refused'), ('failed', 'Failed'), ('bounced', 'Bounced'), ('received', 'Received')], default='received', max_length=10)),
                ('state_reason', models.TextField(blank=True)),
                ('reason', models.TextField(blank=True)),
                ('matched_by', models.CharField(blank=True, max_length=30)),
                ('problems', models.JSONField(default=list)),
                ('account_ref', models.CharField(blank=True, max_length=60)),
                ('thread_index', models.CharField(blank=True, max_length=700)),
            ],
            options={
                'verbose_name': 'message',
                'indexes': [models.Index(fields=['activity', '-at'], name='message_by_activity'), models.Index(fields=['organisation', 'sender_email', '-at'], name='message_by_sender')],
            },
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('activity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='activities.activity')),
                ('message', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='activities.message')),
                ('name', models.CharField(max_length=255)),
                ('content_type', models.CharField(max_length=100)),
                ('size', models.PositiveBigIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('key', models.CharField(max_length=200)),
                ('content_id', models.CharField(blank=True, max_length=255)),
                ('inline', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('trashed_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'attachment',
                'indexes': [models.Index(fields=['organisation', 'sha256'], name='attachment_by_hash'), models.Index(condition=models.Q(('trashed_at__isnull', False)), fields=['organisation', '-trashed_at'], name='attachment_in_trash')],
            },
        ),
    ]
