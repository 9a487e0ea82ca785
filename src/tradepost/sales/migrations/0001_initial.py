import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.comparison
import tradepost.sales.state_table
import tradepost.wire.orm
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('accounts', '__first__'),
        ('catalog', '0001_initial'),
        ('people', '0001_initial'),
    ]

    operations = [
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
        migrations.CreateModel(
            name='TaxComponent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('code', models.CharField(max_length=30)),
                ('name', models.CharField(blank=True, max_length=100)),
                ('compound', models.BooleanField(default=False)),
            ],
            options={
                'verbose_name': 'tax',
                'constraints': [models.UniqueConstraint(fields=('organisation', 'code'), name='tax_component_code')],
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
            name='ItemSalesTax',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                ('code', models.CharField(max_length=30)),
                ('components', models.ManyToManyField(related_name='+', to='sales.taxcomponent')),
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
                ('code', models.CharField(max_length=30)),
                ('taxable', models.BooleanField(default=True)),
                ('components', models.ManyToManyField(blank=True, related_name='+', to='sales.taxcomponent')),
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
                ('kind', models.CharField(choices=[('quote', 'Quote'), ('order', 'Sales order'), ('pick', 'Pick list'), ('shipment', 'Ship doc'), ('invoice', 'Invoice'), ('payment', 'Payment'), ('cash_sale', 'Cash sale'), ('credit_note', 'Credit note'), ('refund', 'Refund'), ('rma', 'RMA'), ('statement', 'Statement'), ('purchase_order', 'Purchase order'), ('receipt', 'Receipt'), ('bill', 'Bill'), ('bill_payment', 'Bill payment'), ('vendor_credit', 'Vendor credit')], max_length=20)),
                ('number', models.CharField(max_length=40)),
                ('status', models.CharField(max_length=20)),
                ('hold_reason', models.CharField(blank=True, max_length=200)),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='people.customer')),
                ('vendor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='people.vendor')),
                ('contact', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='people.contact')),
                ('customer_name', models.CharField(max_length=200)),
                ('po_number', models.CharField(blank=True, max_length=60)),
                ('channel', models.CharField(blank=True, max_length=60)),
                ('date', models.DateField()),
                ('promised', models.DateField(blank=True, null=True)),
                ('terms', models.CharField(blank=True, max_length=60)),
                ('currency', models.CharField(max_length=3)),
                ('billing', models.JSONField(blank=True, default=dict)),
                ('shipping', models.JSONField(blank=True, default=dict)),
                ('discount_percent', models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                ('freight', tradepost.wire.orm.AmountField(decimal_places=4, default=0, max_digits=20)),
                ('subtotal', tradepost.wire.orm.AmountField(decimal_places=4, default=0, max_digits=20)),
                ('discount', tradepost.wire.orm.AmountField(decimal_places=4, default=0, max_digits=20)),
                ('tax', tradepost.wire.orm.AmountField(decimal_places=4, default=0, max_digits=20)),
                ('total', tradepost.wire.orm.AmountField(decimal_places=4, default=0, max_digits=20)),
                ('due', models.DateField(blank=True, null=True)),
                ('applied', tradepost.wire.orm.AmountField(decimal_places=4, default=0, max_digits=20)),
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
                ('search', models.GeneratedField(db_persist=True, expression=models.Func(models.Func(models.Func(django.db.models.functions.comparison.Coalesce(models.F('number'), models.Value(''), output_field=models.TextField()), django.db.models.functions.comparison.Coalesce(models.F('customer_name'), models.Value(''), output_field=models.TextField()), django.db.models.functions.comparison.Coalesce(models.F('po_number'), models.Value(''), output_field=models.TextField()), arg_joiner=" || ' ' || ", output_field=models.TextField(), template='lower(%(expressions)s)'), models.Value('[^[:alnum:]]+'), models.Value(' '), models.Value('g'), function='regexp_replace', output_field=models.TextField()), function='to_tsvector', template="to_tsvector('simple'::regconfig, %(expressions)s)"), output_field=django.contrib.postgres.search.SearchVectorField())),
            ],
            options={
                'verbose_name': 'document',
                'indexes': [models.Index(fields=['organisation', 'kind', '-date', '-id'], name='document_by_date'), models.Index(fields=['organisation', 'kind', 'status', '-date', '-id'], include=('promised', 'owner', 'hold_reason'), name='document_by_status'), models.Index(fields=['organisation', 'customer', '-date'], name='document_by_customer'), models.Index(condition=models.Q(('vendor__isnull', False)), fields=['organisation', 'vendor', '-date'], name='document_by_vendor'), models.Index(fields=['organisation', 'kind', 'total'], name='document_by_total'), models.Index(fields=['organisation', 'kind', 'promised'], name='document_by_promised'), models.Index(fields=['organisation', 'kind', 'customer_name'], name='document_by_name'), django.contrib.postgres.indexes.GinIndex(fields=['search'], name='document_search')],
                'constraints': [models.UniqueConstraint(fields=('organisation', 'kind', 'number'), name='document_number'), models.CheckConstraint(condition=models.Q(models.Q(('customer', None), ('kind__in', frozenset([tradepost.sales.state_table.Kind['BILL'], tradepost.sales.state_table.Kind['BILL_PAYMENT'], tradepost.sales.state_table.Kind['PURCHASE_ORDER'], tradepost.sales.state_table.Kind['RECEIPT'], tradepost.sales.state_table.Kind['VENDOR_CREDIT']])), ('vendor__isnull', False)), models.Q(models.Q(('kind__in', frozenset([tradepost.sales.state_table.Kind['BILL'], tradepost.sales.state_table.Kind['BILL_PAYMENT'], tradepost.sales.state_table.Kind['PURCHASE_ORDER'], tradepost.sales.state_table.Kind['RECEIPT'], tradepost.sales.state_table.Kind['VENDOR_CREDIT']])), _negated=True), ('customer__isnull', False), ('vendor', None)), _connector='OR'), name='document_names_its_party')],
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
            ],
            options={
                'verbose_name': 'application',
                'constraints': [models.UniqueConstraint(fields=('payment', 'document'), name='application_once'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='application_above_zero')],
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
                ('discount_percent', models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                ('tax_rate', models.DecimalField(decimal_places=4, default=0, max_digits=7)),
                ('taxable', models.BooleanField(default=True)),
                ('taxes', models.JSONField(blank=True, default=list)),
                ('amount', tradepost.wire.orm.AmountField(decimal_places=4, default=0, max_digits=20)),
                ('source', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='followers', to='sales.line')),
            ],
            options={
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('document', 'position'), name='line_position')],
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
    ]
