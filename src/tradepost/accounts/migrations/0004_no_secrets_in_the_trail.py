from django.db import migrations

# What was typed as a password stood in the entry of the connection that it was typed for.
WITHOUT = """
UPDATE accounts_auditentry SET before = before - 'secrets', after = after - 'secrets'
WHERE kind = 'connection' AND (before ? 'secrets' OR after ? 'secrets')
"""


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0003_key_expiry_and_sign_out"),
    ]

    operations = [migrations.RunSQL(WITHOUT, migrations.RunSQL.noop)]
