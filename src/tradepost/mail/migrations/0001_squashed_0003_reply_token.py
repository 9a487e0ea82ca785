import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('mail', '0001_initial'), ('mail', '0002_taken_back'), ('mail', '0003_reply_token')]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0005_audit_by_verb'),
        ('activities', '0001_squashed_0005_thread_index'),
        ('sync', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MailAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('connection', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='mail_account', to='sync.connection')),
                ('name', models.CharField(max_length=120)),
                ('preset', models.CharField(default='generic', max_length=30)),
                ('sender_name', models.CharField(blank=True, max_length=120)),
                ('sender_email', models.EmailField(max_length=254)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('folders', models.JSONField(default=dict)),
                ('copy_to_sent', models.BooleanField(default=True)),
                ('reply_token', models.BooleanField(default=False)),
                ('signature', models.TextField(blank=True)),
                ('legacy', models.BooleanField(default=False)),
                ('disconnected_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'mail account',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'name'), name='mail_account_name')],
            },
        ),
        migrations.CreateModel(
            name='MailAccess',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='accesses', to='mail.mailaccount')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('role', models.CharField(blank=True, max_length=20)),
            ],
            options={
                'verbose_name_plural': 'mail accesses',
                'constraints': [models.UniqueConstraint(fields=('account', 'user', 'role'), name='access_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('user', None), models.Q(('role', ''), _negated=True)), models.Q(('role', ''), ('user__isnull', False)), _connector='OR'), name='access_of_user_or_role')],
            },
        ),
        migrations.CreateModel(
            name='Mark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('key', models.CharField(max_length=1020)),
                ('message', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='marks', to='activities.message')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organisation', 'key'), name='mark_once')],
            },
        ),
        migrations.CreateModel(
            name='Outbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outbox', to='mail.mailaccount')),
                ('message', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='outbox', to='activities.message')),
                ('raw_key', models.CharField(max_length=200)),
                ('recipients', models.JSONField(default=list)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('sending_since', models.DateTimeField(blank=True, null=True)),
                ('accepted', models.JSONField(default=list)),
                ('accepted_at', models.DateTimeField(blank=True, null=True)),
                ('filed_at', models.DateTimeField(blank=True, null=True)),
                ('gave_up_at', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name_plural': 'outbox',
            },
        ),
        migrations.CreateModel(
            name='Sighting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('stream', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='sync.stream')),
                ('uidvalidity', models.BigIntegerField()),
                ('uid', models.BigIntegerField()),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sightings', to='activities.message')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('stream', 'uidvalidity', 'uid'), name='sighting_once')],
            },
        ),
        migrations.CreateModel(
            name='Template',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=100)),
                ('subject', models.CharField(blank=True, max_length=300)),
                ('html', models.TextField(blank=True)),
                ('kind', models.CharField(blank=True, max_length=20)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'template',
                'constraints': [models.UniqueConstraint(condition=models.Q(('archived_at', None)), fields=('organisation', 'name'), name='template_name')],
            },
        ),
    ]
