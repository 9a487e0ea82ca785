import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import tradepost.wire.orm
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


PURCHASES = frozenset(
    {
        'purchase_quote', 'purchase_order', 'receipt', 'bill', 'bill_payment', 'cash_purchase', 'vendor_credit',
        'vendor_refund',
    }
)


class Migration(migrations.Migration):

    replaces = [('sales', '0001_initial'), ('sales', '0002_tags_and_custom_fields'), ('sales', '0003_price_sources'), ('sales', '0004_drop_ship'), ('sales', '0005_letterhead'), ('sales', '0006_lists'), ('sales', '0007_entry_and_returns'), ('sales', '0008_returned_goods'), ('sales', '0009_money'), ('sales', '0010_freight_tax'), ('sales', '0011_drafts_in_trash'), ('sales', '0012_document_project'), ('sales', '0013_statement_account'), ('sales', '0014_documents_by_worth'), ('sales', '0015_line_net'), ('sales', '0016_line_nets'), ('sales', '0017_documents_by_day'), ('sales', '0018_documents_by_change'), ('sales', '0019_plain_search'), ('sales', '0020_seen_outside'), ('sales', '0021_class_and_financial_status'), ('sales', '0022_purchase_kinds')]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0005_audit_by_verb'),
        ('catalog', '0001_squashed_0011_plain_search'),
        ('people', '0001_squashed_0007_vendor_language'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CustomStatus',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=60)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_default', models.BooleanField(default=False)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('kind', models.CharField(choices=[('quote', 'Quote'), ('order', 'Sales order'), ('pick', 'Pick list'), ('shipment', 'Ship doc'), ('invoice', 'Invoice'), ('payment', 'Payment'), ('cash_sale', 'Cash sale'), ('credit_note', 'Credit note'), ('refund', 'Refund'), ('rma', 'RMA'), ('statement', 'Statement'), ('purchase_quote', 'Purchase quote'), ('purchase_order', 'Purchase order'), ('receipt', 'Receipt'), ('bill', 'Bill'), ('bill_payment', 'Bill payment'), ('cash_purchase', 'Cash purchase'), ('vendor_credit', 'Vendor credit'), ('vendor_refund', 'Vendor refund')], max_length=20)),
                ('colour', models.CharField(choices=[('blue', 'Blue'), ('azure', 'Azure'), ('indigo', 'Indigo'), ('purple', 'Purple'), ('pink', 'Pink'), ('red', 'Red'), ('orange', 'Orange'), ('yellow', 'Yellow'), ('lime', 'Lime'), ('green', 'Green'), ('teal', 'Teal')], default='blue', max_length=10)),
            ],
            options={
                'verbose_name': 'custom status',
                'verbose_name_plural': 'custom statuses',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'kind', 'name'), name='custom_status_once')],
            },
        ),
        migrations.CreateModel(
            name='ItemSalesTax',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('code', models.CharField(max_length=30)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('is_default', models.BooleanField(default=False)),
            ],
            options={
                'verbose_name': 'item sales tax',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'code'), name='item_sales_tax')],
            },
        ),
        migrations.CreateModel(
            name='SalesTaxCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('code', models.CharField(max_length=30)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('taxable', models.BooleanField(default=True)),
                ('is_default', models.BooleanField(default=False)),
            ],
            options={
                'verbose_name': 'sales tax code',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'code'), name='sales_tax_code')],
            },
        ),
        migrations.CreateModel(
            name='Document',
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
                ('kind', models.CharField(choices=[('quote', 'Quote'), ('order', 'Sales order'), ('pick', 'Pick list'), ('shipment', 'Ship doc'), ('invoice', 'Invoice'), ('payment', 'Payment'), ('cash_sale', 'Cash sale'), ('credit_note', 'Credit note'), ('refund', 'Refund'), ('rma', 'RMA'), ('statement', 'Statement'), ('purchase_quote', 'Purchase quote'), ('purchase_order', 'Purchase order'), ('receipt', 'Receipt'), ('bill', 'Bill'), ('bill_payment', 'Bill payment'), ('cash_purchase', 'Cash purchase'), ('vendor_credit', 'Vendor credit'), ('vendor_refund', 'Vendor refund')], max_length=20)),
                ('number', models.CharField(max_length=40)),
                ('status', models.CharField(max_length=20)),
                ('hold_reason', models.CharField(blank=True, max_length=200)),
                ('custom_status', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='sales.customstatus')),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='people.customer')),
                ('vendor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='people.vendor')),
                ('contact', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='people.contact')),
                ('financial_status', models.CharField(blank=True, choices=[('unpaid', 'Unpaid'), ('partly_paid', 'Partly paid'), ('paid', 'Paid'), ('refunded', 'Refunded')], db_default='', default='', max_length=12)),
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='people.project')),
                ('customer_name', models.CharField(max_length=200)),
                ('po_number', models.CharField(blank=True, max_length=60)),
                ('channel', models.CharField(blank=True, max_length=60)),
                ('class_name', models.CharField(blank=True, db_default='', default='', max_length=60, verbose_name='class')),
                ('date', models.DateField()),
                ('promised', models.DateField(blank=True, null=True)),
                ('terms', models.CharField(blank=True, max_length=60)),
                ('currency', models.CharField(max_length=3)),
                ('exchange_rate', models.DecimalField(blank=True, decimal_places=8, max_digits=18, null=True)),
                ('rate_by_hand', models.BooleanField(db_default=False, default=False)),
                ('billing', models.JSONField(blank=True, default=dict)),
                ('shipping', models.JSONField(blank=True, default=dict)),
                ('discount_percent', models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                ('freight', tradepost.wire.orm.AmountField(decimal_places=4, default=0, max_digits=20)),
                ('freight_taxable', models.BooleanField(db_default=False, default=True)),
                ('freight_tax_rate', models.DecimalField(db_default=0, decimal_places=4, default=0, max_digits=7, validators=[django.core.validators.MinValueValidator(0)])),
                ('freight_net', tradepost.wire.orm.AmountField(db_default=0, decimal_places=4, default=0, max_digits=20)),
                ('freight_taxes', models.JSONField(blank=True, db_default=[], default=list)),
                ('subtotal', tradepost.wire.orm.AmountField(decimal_places=4, default=0, max_digits=20)),
                ('discount', tradepost.wire.orm.AmountField(decimal_places=4, default=0, max_digits=20)),
                ('tax', tradepost.wire.orm.AmountField(decimal_places=4, default=0, max_digits=20)),
                ('total', tradepost.wire.orm.AmountField(decimal_places=4, default=0, max_digits=20)),
                ('deposit_percent', models.DecimalField(db_default=0, decimal_places=4, default=0, max_digits=7, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)])),
                ('deposit', tradepost.wire.orm.AmountField(db_default=0, decimal_places=4, default=0, max_digits=20, validators=[django.core.validators.MinValueValidator(0)])),
                ('due', models.DateField(blank=True, null=True)),
                ('applied', tradepost.wire.orm.AmountField(decimal_places=4, default=0, max_digits=20)),
                ('account', models.JSONField(blank=True, db_default={}, default=dict)),
                ('method', models.CharField(blank=True, max_length=60)),
                ('tax_code', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sales.salestaxcode')),
                ('item_tax', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sales.itemsalestax')),
                ('prices_include_tax', models.BooleanField(default=False)),
                ('taxes', models.JSONField(blank=True, default=list)),
                ('location', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.location')),
                ('carrier', models.CharField(blank=True, max_length=60)),
                ('tracking', models.CharField(blank=True, max_length=120)),
                ('packages', models.PositiveIntegerField(blank=True, null=True)),
                ('memo', models.TextField(blank=True)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='followers', to='sales.document')),
                ('trashed_at', models.DateTimeField(blank=True, null=True)),
                ('left_house', models.BooleanField(db_default=False, default=False)),
                ('search', models.GeneratedField(db_persist=True, expression=models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(models.Func(django.db.models.functions.comparison.Coalesce(models.F('number'), models.Value(''), output_field=models.TextField()), django.db.models.functions.comparison.Coalesce(models.F('customer_name'), models.Value(''), output_field=models.TextField()), django.db.models.functions.comparison.Coalesce(models.F('po_number'), models.Value(''), output_field=models.TextField()), django.db.models.functions.comparison.Coalesce(models.F('mark_words'), models.Value(''), output_field=models.TextField()), arg_joiner=" || ' ' || ", function='normalize', output_field=models.TextField(), template='normalize(%(expressions)s, NFKD)'), models.Value('[\\u0300-\\u036f]+'), models.Value(''), models.Value('g'), function='regexp_replace', output_field=models.TextField()), function='normalize', output_field=models.TextField(), template='normalize(%(expressions)s, NFC)'), function='lower', output_field=models.TextField()), models.Value('łøđðħŧıς'), models.Value('loddhtiσ'), function='translate', output_field=models.TextField()), models.Value('ß'), models.Value('ss'), function='replace', output_field=models.TextField()), models.Value('æ'), models.Value('ae'), function='replace', output_field=models.TextField()), models.Value('œ'), models.Value('oe'), function='replace', output_field=models.TextField()), models.Value('þ'), models.Value('th'), function='replace', output_field=models.TextField()), models.Value('[^[:alnum:]]+'), models.Value(' '), models.Value('g'), function='regexp_replace', output_field=models.TextField()), function='to_tsvector', template="to_tsvector('simple'::regconfig, %(expressions)s)"), output_field=django.contrib.postgres.search.SearchVectorField())),
            ],
            options={
                'verbose_name': 'document',
                'indexes': [models.Index(condition=models.Q(('trashed_at', None)), fields=['organisation', 'kind', '-date', '-id'], name='document_by_date'), models.Index(condition=models.Q(('trashed_at', None)), fields=['organisation', '-date', '-id'], name='document_by_day'), models.Index(condition=models.Q(('trashed_at', None)), fields=['organisation', 'number', 'id'], name='document_by_number'), models.Index(condition=models.Q(('trashed_at', None)), fields=['organisation', 'customer_name', 'id'], name='document_by_party'), models.Index(condition=models.Q(('trashed_at', None)), fields=['organisation', 'updated_at', 'id'], name='document_by_change'), models.Index(condition=models.Q(('trashed_at', None)), fields=['organisation', 'kind', 'status', '-date', '-id'], include=('promised', 'owner', 'hold_reason'), name='document_by_status'), models.Index(condition=models.Q(('trashed_at__isnull', False)), fields=['organisation', '-trashed_at'], name='document_in_trash'), models.Index(fields=['organisation', 'customer', '-date'], name='document_by_customer'), models.Index(condition=models.Q(('vendor__isnull', False)), fields=['organisation', 'vendor', '-date'], name='document_by_vendor'), models.Index(condition=models.Q(('project__isnull', False)), fields=['organisation', 'project', '-date'], name='document_by_project'), models.Index(condition=models.Q(('custom_status__isnull', False)), fields=['organisation', 'kind', 'custom_status', '-date', '-id'], name='document_by_custom_status'), models.Index(models.F('organisation'), models.F('kind'), django.db.models.expressions.CombinedExpression(models.F('total'), '*', django.db.models.functions.comparison.Coalesce(models.F('exchange_rate'), models.Value(Decimal('1'), models.DecimalField()))), condition=models.Q(('trashed_at', None)), include=('currency', 'exchange_rate', 'total'), name='document_by_worth'), models.Index(fields=['organisation', 'kind', 'promised'], name='document_by_promised'), models.Index(fields=['organisation', 'kind', 'customer_name'], name='document_by_name'), django.contrib.postgres.indexes.GinIndex(fields=['search'], name='document_search'), django.contrib.postgres.indexes.GinIndex(fields=['tags'], name='document_tags'), django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(models.F('custom'), name='jsonb_path_ops'), name='document_custom')],
                'constraints': [models.UniqueConstraint(fields=('organisation', 'kind', 'number'), name='document_number'), models.CheckConstraint(condition=models.Q(models.Q(('customer', None), ('kind__in', PURCHASES), ('vendor__isnull', False)), models.Q(models.Q(('kind__in', PURCHASES), _negated=True), ('customer__isnull', False), ('vendor', None)), _connector='OR'), name='document_names_its_party')],
            },
        ),
        migrations.CreateModel(
            name='Application',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='sales.document')),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settled_by', to='sales.document')),
                ('amount', tradepost.wire.orm.AmountField(decimal_places=4, max_digits=20)),
                ('paid_value', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ('owed_value', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
            ],
            options={
                'verbose_name': 'application',
                'constraints': [models.UniqueConstraint(fields=('payment', 'document'), name='application_once'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='application_above_zero')],
            },
        ),
        migrations.CreateModel(
            name='ExchangeRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('currency', models.CharField(max_length=3)),
                ('day', models.DateField()),
                ('rate', models.DecimalField(decimal_places=8, max_digits=18)),
            ],
            options={
                'verbose_name': 'exchange rate',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'currency', 'day'), name='exchange_rate_once'), models.CheckConstraint(condition=models.Q(('rate__gt', 0)), name='exchange_rate_above_zero')],
            },
        ),
        migrations.CreateModel(
            name='Letterhead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('address', models.TextField(blank=True)),
                ('tax_number', models.CharField(blank=True, max_length=40)),
                ('colour', models.CharField(default='#1f5f8b', max_length=7)),
                ('logo', models.BinaryField(blank=True, default=b'')),
                ('logo_type', models.CharField(blank=True, max_length=20)),
                ('texts', models.JSONField(blank=True, default=dict)),
            ],
            options={
                'verbose_name': 'letterhead',
                'constraints': [models.UniqueConstraint(fields=('organisation',), name='letterhead_once')],
            },
        ),
        migrations.CreateModel(
            name='Line',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='sales.document')),
                ('position', models.PositiveIntegerField()),
                ('item', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.item')),
                ('sku', models.CharField(blank=True, max_length=60)),
                ('description', models.CharField(max_length=500)),
                ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                ('unit', models.CharField(blank=True, max_length=20)),
                ('unit_price', models.DecimalField(decimal_places=4, max_digits=18)),
                ('auto_price', models.BooleanField(db_default=False, default=False)),
                ('price_source', models.CharField(blank=True, db_default='', default='', max_length=160)),
                ('drop_ship', models.BooleanField(db_default=False, default=False)),
                ('discount_percent', models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                ('reach', models.CharField(blank=True, db_default='', default='', max_length=8)),
                ('tax_rate', models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                ('taxable', models.BooleanField(default=True)),
                ('taxes', models.JSONField(blank=True, default=list)),
                ('amount', tradepost.wire.orm.AmountField(decimal_places=4, default=0, max_digits=20)),
                ('net', tradepost.wire.orm.AmountField(db_default=0, decimal_places=4, default=0, max_digits=20)),
                ('source', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='followers', to='sales.line')),
            ],
            options={
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('document', 'position'), name='line_position')],
            },
        ),
        migrations.CreateModel(
            name='ListEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=60)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_default', models.BooleanField(default=False)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('list', models.CharField(max_length=30)),
                ('carrier', models.CharField(blank=True, max_length=60)),
                ('item', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.item')),
            ],
            options={
                'verbose_name': 'list entry',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'list', 'name'), name='list_entry_once')],
            },
        ),
        migrations.CreateModel(
            name='PublicLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='public_links', to='sales.document')),
                ('digest', models.BinaryField(max_length=32, unique=True)),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Returned',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='returned', to='sales.line')),
                ('quantity', models.DecimalField(decimal_places=4, max_digits=18)),
                ('fate', models.CharField(choices=[('stock', 'Back to stock'), ('scrap', 'Scrapped')], default='stock', max_length=8)),
                ('reason', models.CharField(blank=True, max_length=160)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'returned goods',
                'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='returned_above_zero')],
            },
        ),
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='revisions', to='sales.document')),
                ('number', models.PositiveIntegerField()),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('content', models.JSONField()),
            ],
            options={
                'ordering': ['-number'],
                'constraints': [models.UniqueConstraint(fields=('document', 'number'), name='revision_number')],
            },
        ),
        migrations.CreateModel(
            name='TaxComponent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('code', models.CharField(max_length=30)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('name', models.CharField(blank=True, max_length=100)),
                ('compound', models.BooleanField(default=False)),
            ],
            options={
                'verbose_name': 'tax',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'code'), name='tax_component_code')],
            },
        ),
        migrations.CreateModel(
            name='DatedRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('component', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rates', to='sales.taxcomponent')),
                ('percent', models.DecimalField(decimal_places=4, max_digits=7)),
                ('since', models.DateField()),
            ],
            options={
                'ordering': ['since'],
                'constraints': [models.UniqueConstraint(fields=('component', 'since'), name='rate_per_day')],
            },
        ),
        migrations.CreateModel(
            name='TaxRegion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('country', models.CharField(max_length=2)),
                ('state', models.CharField(blank=True, max_length=60)),
                ('key', models.CharField(blank=True, max_length=60)),
                ('item_tax', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='regions', to='sales.itemsalestax')),
            ],
            options={
                'verbose_name': 'tax region',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'country', 'key'), name='tax_region_once')],
            },
        ),
        migrations.CreateModel(
            name='Terms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=60)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_default', models.BooleanField(default=False)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('type', models.CharField(choices=[('receivable', 'Account receivable (no-cash payment)'), ('cash', 'Cash')], default='receivable', max_length=12)),
                ('days', models.PositiveIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'terms',
                'verbose_name_plural': 'terms',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'name'), name='terms_name')],
            },
        ),
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('kind', models.CharField(max_length=20)),
                ('period', models.CharField(blank=True, default='', max_length=7)),
                ('pattern', models.CharField(max_length=40)),
                ('next_number', models.PositiveIntegerField(default=1)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organisation', 'kind', 'period'), name='counter_per_period')],
            },
        ),
        migrations.AddField(
            model_name='salestaxcode',
            name='components',
            field=models.ManyToManyField(blank=True, related_name='tax_codes', to='sales.taxcomponent'),
        ),
        migrations.AddField(
            model_name='itemsalestax',
            name='components',
            field=models.ManyToManyField(related_name='item_taxes', to='sales.taxcomponent'),
        ),
    ]
