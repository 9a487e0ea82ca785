import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('accounts', '__first__'),
        ('activities', '0001_initial'),
        ('sync', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('activity', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='event', to='activities.activity')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('uid', models.CharField(max_length=500)),
                ('stream', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='events', to='sync.stream')),
                ('zone', models.CharField(blank=True, max_length=64)),
                ('details', models.JSONField(default=dict)),
                ('recurring', models.BooleanField(default=False)),
                ('repeats_until', models.DateTimeField(blank=True, null=True)),
                ('cancelled_there', models.BooleanField(default=False)),
                ('deleted_at', models.DateTimeField(blank=True, null=True)),
                ('revision', models.PositiveIntegerField(default=1)),
            ],
            options={
                'verbose_name': 'event',
                'indexes': [models.Index(fields=['organisation', 'recurring', 'repeats_until'], name='event_series')],
                'constraints': [models.UniqueConstraint(fields=('organisation', 'uid'), name='event_uid_once')],
            },
        ),
        migrations.CreateModel(
            name='Feed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('read_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'calendar feed',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'user'), name='feed_once')],
            },
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='pim.event')),
                ('email', models.EmailField(max_length=254)),
                ('sender', models.EmailField(max_length=254)),
                ('sequence', models.PositiveIntegerField(default=0)),
                ('sent_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'invitation',
                'indexes': [models.Index(fields=['organisation', 'email'], name='invited_by_mail')],
                'constraints': [models.UniqueConstraint(fields=('event', 'email'), name='invited_once')],
            },
        ),
    ]
