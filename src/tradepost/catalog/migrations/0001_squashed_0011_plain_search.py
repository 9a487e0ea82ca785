import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.comparison
import tradepost.wire.orm
from django.conf import settings
from django.db import migrations, models


# What has happened is not changed: a mistake is mended by another movement.
APPEND_ONLY = """
CREATE FUNCTION catalog_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the stock ledger is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON catalog_stockmove
    FOR EACH ROW EXECUTE FUNCTION catalog_append_only();
"""
CHANGEABLE = """
DROP TRIGGER append_only ON catalog_stockmove;
DROP FUNCTION catalog_append_only();
"""


class Migration(migrations.Migration):

    replaces = [('catalog', '0001_initial'), ('catalog', '0002_tags_and_custom_fields'), ('catalog', '0003_entry_and_worth'), ('catalog', '0004_places_and_worth'), ('catalog', '0005_worth'), ('catalog', '0006_vendor_breaks'), ('catalog', '0007_archived_categories'), ('catalog', '0008_archived_prices'), ('catalog', '0009_item_pictures'), ('catalog', '0010_small_pictures'), ('catalog', '0011_plain_search')]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0005_audit_by_verb'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=100)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='catalog.category')),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'category',
                'verbose_name_plural': 'categories',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'parent', 'name'), name='category_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='Item',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('custom', models.JSONField(blank=True, db_default={}, default=dict)),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, db_default=[], default=list, size=None)),
                ('pinned', models.CharField(blank=True, db_default='', default='', max_length=500, verbose_name='pinned memo')),
                ('pinned_in_warehouse', models.BooleanField(db_default=False, default=False)),
                ('mark_words', models.TextField(blank=True, db_default='', default='', editable=False)),
                ('sku', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=200)),
                ('type', models.CharField(choices=[('stock', 'Stock item'), ('assembly', 'Assembly'), ('kit', 'Kit'), ('non_stock', 'Non-stock item'), ('service', 'Service'), ('group', 'Group'), ('other_charge', 'Other charge'), ('discount', 'Discount'), ('matrix', 'Matrix')], default='stock', max_length=20)),
                ('description', models.TextField(blank=True)),
                ('unit', models.CharField(default='each', max_length=20)),
                ('price', models.DecimalField(decimal_places=4, default=0, max_digits=18)),
                ('tax_rate', models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                ('discount_percent', models.DecimalField(db_default=0, decimal_places=4, default=0, max_digits=7)),
                ('discount_reach', models.CharField(choices=[('above', 'All lines above'), ('line', 'The line above')], db_default='above', default='above', max_length=8)),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='catalog.category')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='variants', to='catalog.item')),
                ('options', models.JSONField(blank=True, db_default={}, default=dict)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('search', models.GeneratedField(db_persist=True, expression=models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(django.db.models.functions.comparison.Coalesce(models.F('sku'), models.Value(''), output_field=models.TextField()), django.db.models.functions.comparison.Coalesce(models.F('name'), models.Value(''), output_field=models.TextField()), django.db.models.functions.comparison.Coalesce(models.F('description'), models.Value(''), output_field=models.TextField()), django.db.models.functions.comparison.Coalesce(models.F('mark_words'), models.Value(''), output_field=models.TextField()), arg_joiner=" || ' ' || ", function='normalize', output_field=models.TextField(), template='normalize(%(expressions)s, NFKD)'), models.Value('[\\u0300-\\u036f]+'), models.Value(''), models.Value('g'), function='regexp_replace', output_field=models.TextField()), function='normalize', output_field=models.TextField(), template='normalize(%(expressions)s, NFC)'), function='lower', output_field=models.TextField()), models.Value('łøđðħŧıς'), models.Value('loddhtiσ'), function='translate', output_field=models.TextField()), models.Value('ß'), models.Value('ss'), function='replace', output_field=models.TextField()), models.Value('æ'), models.Value('ae'), function='replace', output_field=models.TextField()), models.Value('œ'), models.Value('oe'), function='replace', output_field=models.TextField()), models.Value('þ'), models.Value('th'), function='replace', output_field=models.TextField()), models.Value('[^[:alnum:]]+'), models.Value(' '), models.Value('g'), function='regexp_replace', output_field=models.TextField()), function='to_tsvector', template="to_tsvector('simple'::regconfig, %(expressions)s)"), output_field=django.contrib.postgres.search.SearchVectorField())),
            ],
            options={
                'verbose_name': 'item',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], name='item_search'), django.contrib.postgres.indexes.GinIndex(fields=['tags'], name='item_tags'), django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(models.F('custom'), name='jsonb_path_ops'), name='item_custom')],
                'constraints': [models.UniqueConstraint(fields=('organisation', 'sku'), name='item_sku'), models.UniqueConstraint(fields=('parent', 'options'), name='variant_once')],
            },
        ),
        migrations.CreateModel(
            name='Barcode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='barcodes', to='catalog.item')),
                ('code', models.CharField(max_length=80)),
                ('unit', models.CharField(blank=True, max_length=20)),
            ],
            options={
                'verbose_name': 'barcode',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'code'), name='barcode_once')],
            },
        ),
        migrations.CreateModel(
            name='ItemPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('whole', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='catalog.item')),
                ('part', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='used_in', to='catalog.item')),
                ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                ('position', models.PositiveIntegerField()),
            ],
            options={
                'verbose_name': 'part',
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('whole', 'part'), name='part_once'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='part_above_zero')],
            },
        ),
        migrations.CreateModel(
            name='ItemPicture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pictures', to='catalog.item')),
                ('position', models.PositiveIntegerField(default=1)),
                ('name', models.CharField(max_length=200)),
                ('content_type', models.CharField(max_length=40)),
                ('width', models.PositiveIntegerField()),
                ('height', models.PositiveIntegerField()),
                ('size', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('key', models.CharField(max_length=200)),
                ('small_key', models.CharField(blank=True, max_length=200, null=True)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'picture',
                'indexes': [models.Index(fields=['organisation', 'key'], name='item_picture_by_key')],
                'constraints': [models.UniqueConstraint(fields=('item', 'sha256'), name='item_picture_once')],
            },
        ),
        migrations.CreateModel(
            name='ItemUnit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='units', to='catalog.item')),
                ('name', models.CharField(max_length=20)),
                ('factor', models.DecimalField(decimal_places=4, max_digits=18)),
            ],
            options={
                'verbose_name': 'unit',
                'constraints': [models.UniqueConstraint(fields=('item', 'name'), name='unit_once'), models.CheckConstraint(condition=models.Q(('factor__gt', 0)), name='unit_above_zero')],
            },
        ),
        migrations.CreateModel(
            name='ItemVendor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='vendors', to='catalog.item')),
                ('position', models.PositiveIntegerField()),
                ('vendor', models.CharField(max_length=200)),
                ('vendor_id', models.BigIntegerField(blank=True, null=True)),
                ('vendor_sku', models.CharField(blank=True, max_length=60)),
                ('price', models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True)),
                ('breaks', models.JSONField(blank=True, db_default=[], default=list)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('lead_days', models.PositiveIntegerField(blank=True, null=True)),
                ('quantity', models.DecimalField(decimal_places=4, default=0, max_digits=18)),
            ],
            options={
                'verbose_name': 'vendor of an item',
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('item', 'vendor'), name='item_vendor_once')],
            },
        ),
        migrations.CreateModel(
            name='Location',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=100)),
                ('is_default', models.BooleanField(db_default=False, default=False)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'location',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'name'), name='location_name'), models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('organisation',), name='location_default_once')],
            },
        ),
        migrations.CreateModel(
            name='Bin',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('location', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bins', to='catalog.location')),
                ('name', models.CharField(max_length=40)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'bin',
                'constraints': [models.UniqueConstraint(fields=('location', 'name'), name='bin_name')],
            },
        ),
        migrations.CreateModel(
            name='PriceLevel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=60)),
                ('percent', models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'price level',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'name'), name='price_level_name')],
            },
        ),
        migrations.CreateModel(
            name='PriceList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=100)),
                ('level', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lists', to='catalog.pricelevel')),
                ('currency', models.CharField(max_length=3)),
                ('starts', models.DateField(blank=True, null=True)),
                ('ends', models.DateField(blank=True, null=True)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'price list',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'name'), name='price_list_name')],
            },
        ),
        migrations.CreateModel(
            name='PriceBreak',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('list', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='breaks', to='catalog.pricelist')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='breaks', to='catalog.item')),
                ('quantity', models.DecimalField(decimal_places=4, default=1, max_digits=18)),
                ('price', models.DecimalField(decimal_places=4, max_digits=18)),
            ],
            options={
                'verbose_name': 'price',
                'constraints': [models.UniqueConstraint(fields=('list', 'item', 'quantity'), name='price_break_once'), models.CheckConstraint(condition=models.Q(('price__gte', 0), ('quantity__gte', 0)), name='price_break_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='StockLevel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('on_hand', models.DecimalField(decimal_places=4, default=0, max_digits=18)),
                ('allocated', models.DecimalField(decimal_places=4, default=0, max_digits=18)),
                ('on_order', models.DecimalField(decimal_places=4, default=0, max_digits=18)),
                ('value', tradepost.wire.orm.AmountField(db_default=0, decimal_places=4, default=0, max_digits=20)),
                ('unit_cost', models.DecimalField(db_default=0, decimal_places=6, default=0, max_digits=24)),
                ('item', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='levels', to='catalog.item')),
                ('location', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='levels', to='catalog.location')),
            ],
            options={
                'verbose_name': 'stock level',
                'constraints': [models.UniqueConstraint(fields=('item', 'location'), name='level_once'), models.CheckConstraint(condition=models.Q(('allocated__gte', 0), ('on_order__gte', 0)), name='level_promises_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='StockMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('on_hand', models.DecimalField(decimal_places=4, default=0, max_digits=18)),
                ('allocated', models.DecimalField(decimal_places=4, default=0, max_digits=18)),
                ('on_order', models.DecimalField(decimal_places=4, default=0, max_digits=18)),
                ('posting', models.UUIDField()),
                ('kind', models.CharField(choices=[('receipt', 'Receipt'), ('shipment', 'Shipment'), ('adjustment', 'Adjustment'), ('transfer', 'Transfer'), ('count', 'Count'), ('build', 'Build'), ('return', 'Return'), ('allocation', 'Allocation'), ('release', 'Release'), ('expectation', 'Expectation'), ('withdrawal', 'Withdrawal'), ('revaluation', 'Revaluation')], max_length=12)),
                ('at', models.DateTimeField()),
                ('item', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.item')),
                ('location', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.location')),
                ('bin', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.bin')),
                ('value', tradepost.wire.orm.AmountField(db_default=0, decimal_places=4, default=0, max_digits=20)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('ref_kind', models.CharField(blank=True, max_length=40)),
                ('ref_id', models.BigIntegerField(blank=True, null=True)),
                ('user', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'stock movement',
                'indexes': [models.Index(fields=['item', 'at'], include=('organisation', 'location', 'on_hand', 'allocated', 'on_order'), name='move_by_item'), models.Index(fields=['organisation', 'at'], name='move_by_time'), models.Index(fields=['posting'], name='move_by_posting'), models.Index(condition=models.Q(('ref_id__isnull', False)), fields=['organisation', 'ref_kind', 'ref_id'], name='move_by_ref'), models.Index(condition=models.Q(('bin__isnull', False)), fields=['item', 'location', 'bin'], name='move_by_bin')],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, reverse_sql=CHANGEABLE),
    ]
