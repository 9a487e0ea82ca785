"""``desk.pages``: the lists, pages and reports of the desk on 100,000 orders, as many ship docs and invoices, payments of three
quarters of them, 20,000 quotes and purchase orders each, all with their lines, and 2,000 items at five locations, served as in
production; measured as ``web.pages`` is."""

from __future__ import annotations

from typing import Any

from bench import Result
from bench.web.pages import race


def run() -> Result:
    return race("desk.pages", _pages, _follow)


_STATEMENTS = (
    """INSERT INTO sales_document (organisation_id, kind, number, status, customer_id, contact_id, customer_name, date, due,
         terms, currency, subtotal, total, applied, owner_id, source_id)
       SELECT organisation_id, f.kind, f.mark || substr(number, 4), f.states[1 + id %% 4], customer_id, contact_id,
         customer_name, date, date + 30, terms, currency, subtotal, total, 0, owner_id, id
         FROM sales_document d CROSS JOIN (VALUES
           ('shipment', 'SH-', ARRAY['draft', 'shipped', 'delivered', 'delivered']),
           ('invoice', 'IN-', ARRAY['issued', 'paid', 'paid', 'paid'])) AS f(kind, mark, states)
         WHERE organisation_id = %(o)s AND d.kind = 'order'""",
    """INSERT INTO people_vendor (organisation_id, number, name)
       SELECT %(o)s, 'V-' || n, 'Maker ' || n FROM generate_series(1, 500) n""",
    """INSERT INTO sales_document (organisation_id, kind, number, status, customer_id, contact_id, customer_name, date, terms,
         currency, subtotal, total, owner_id)
       SELECT organisation_id, 'quote', 'QU-' || substr(number, 4), (ARRAY['draft', 'sent', 'accepted', 'declined'])[1 + id %% 4],
         customer_id, contact_id, customer_name, date, terms, currency, subtotal, total, owner_id
         FROM sales_document WHERE organisation_id = %(o)s AND kind = 'order' AND id %% 5 = 0""",
    """INSERT INTO sales_document (organisation_id, kind, number, status, vendor_id, customer_name, date, promised, currency,
         subtotal, total, owner_id)
       SELECT d.organisation_id, 'purchase_order', 'PO-' || substr(d.number, 4),
         (ARRAY['draft', 'sent', 'received', 'closed'])[1 + d.id %% 4], v.id, v.name, d.date, d.date + 20, d.currency,
         d.subtotal, d.total, d.owner_id
         FROM sales_document d JOIN people_vendor v ON v.organisation_id = d.organisation_id
           AND v.number = 'V-' || (1 + d.id %% 500)
         WHERE d.organisation_id = %(o)s AND d.kind = 'order' AND d.id %% 5 = 1""",
    """INSERT INTO sales_document (organisation_id, kind, number, status, customer_id, contact_id, customer_name, date,
         currency, subtotal, total, applied, owner_id, source_id)
       SELECT organisation_id, 'payment', 'PA-' || substr(number, 4), 'deposited', customer_id, contact_id, customer_name,
         date, currency, total, total, total, owner_id, id
         FROM sales_document WHERE organisation_id = %(o)s AND kind = 'invoice' AND status = 'paid'""",
    """INSERT INTO sales_application (organisation_id, payment_id, document_id, amount)
       SELECT organisation_id, id, source_id, total FROM sales_document
         WHERE organisation_id = %(o)s AND kind = 'payment' AND total > 0""",
    """UPDATE sales_document SET applied = total WHERE organisation_id = %(o)s AND kind = 'invoice' AND status = 'paid'""",
    """UPDATE sales_document SET status = 'partly_shipped'
         WHERE organisation_id = %(o)s AND kind = 'order' AND status = 'open' AND id %% 30 < 3""",
    """UPDATE sales_line SET net = amount WHERE organisation_id = %(o)s""",
    """INSERT INTO sales_line (organisation_id, document_id, position, item_id, sku, description, quantity, unit, unit_price,
         amount, net, source_id)
       SELECT l.organisation_id, d.id, l.position, l.item_id, l.sku, l.description,
         CASE WHEN o.status = 'partly_shipped' THEN 1 ELSE l.quantity END, l.unit, l.unit_price, l.amount, l.net,
         CASE WHEN o.status <> 'open' THEN l.id END
         FROM sales_document d JOIN sales_document o ON o.id = d.source_id JOIN sales_line l ON l.document_id = o.id
         WHERE d.organisation_id = %(o)s AND d.kind IN ('shipment', 'invoice')""",
    """INSERT INTO sales_line (organisation_id, document_id, position, item_id, sku, description, quantity, unit, unit_price,
         amount, net)
       SELECT d.organisation_id, d.id, p, i.id, i.sku, i.name, 5, 'each', i.price / 2, i.price * 5 / 2, i.price * 5 / 2
         FROM sales_document d CROSS JOIN generate_series(1, 3) p
         JOIN catalog_item i ON i.sku = 'SKU-' || (1 + (d.id * 7 + p) %% 2000)
         WHERE d.organisation_id = %(o)s AND d.kind IN ('quote', 'purchase_order')""",
    """INSERT INTO catalog_pricelist (organisation_id, name, currency)
       SELECT %(o)s, 'Spring ' || n, 'USD' FROM generate_series(1, 40) n""",
    """INSERT INTO accounts_auditentry (organisation_id, at, user_id, via, verb, kind, record_id, label, before, after)
       SELECT organisation_id, now() - id * interval '1 minute', owner_id, 'page', 'change', 'document', id, number,
         '{"po_number": ""}', '{"po_number": "4711"}'
         FROM sales_document WHERE organisation_id = %(o)s AND kind = 'order'""",
    """INSERT INTO catalog_location (organisation_id, name) SELECT %(o)s, 'Warehouse ' || n FROM generate_series(1, 5) n""",
    """INSERT INTO catalog_stocklevel (organisation_id, item_id, location_id, on_hand, allocated, on_order)
       SELECT %(o)s, i.id, l.id, (i.id * l.id) %% 90, (i.id * l.id) %% 7, 0 FROM catalog_item i, catalog_location l""",
    """INSERT INTO catalog_stockmove (organisation_id, posting, kind, at, item_id, location_id, on_hand, allocated, on_order)
       SELECT %(o)s, gen_random_uuid(), (ARRAY['receipt', 'shipment', 'adjustment'])[1 + n %% 3], now() - n * interval '1 hour',
         item_id, location_id, (ARRAY[3, -1, 1])[1 + n %% 3], 0, 0
         FROM catalog_stocklevel, generate_series(1, 20) n""",
    """INSERT INTO people_lead (organisation_id, number, company, first_name, last_name)
       SELECT %(o)s, 'L-' || n, 'Company ' || n, 'Ann', 'Lead' FROM generate_series(1, 5000) n""",
    """UPDATE people_lead SET trashed_at = now() WHERE organisation_id = %(o)s AND id %% 10 = 0""",
    """INSERT INTO people_opportunity (organisation_id, number, name, customer_id, budget)
       SELECT %(o)s, 'OP-' || id, 'Racks for ' || name, id, id %% 9000 FROM people_customer""",
    """INSERT INTO people_case (organisation_id, number, subject, customer_id)
       SELECT %(o)s, 'CS-' || id, 'About ' || name, id FROM people_customer""",
)


def _follow(organisation_id: int) -> None:
    from django.apps import apps
    from django.db import connection

    from bench.web._company import _give_defaults

    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.app_label in ("people", "catalog", "sales"):
                _give_defaults(cursor, model)
        for statement in _STATEMENTS:
            cursor.execute(statement, {"o": organisation_id})
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def _pages(order: Any) -> dict[str, str]:
    from tradepost.catalog.models import Item
    from tradepost.people.models import Vendor
    from tradepost.reports.catalogue import REPORTS
    from tradepost.sales.models import Document
    from tradepost.web.kinds import LOOKS

    item = Item.objects.order_by("pk")[50]
    lists = (
        "quotes",
        "shipments",
        "invoices",
        "payments",
        "purchase-orders",
        "vendors",
        "leads",
        "cases",
        "opportunities",
    )
    kinds = ("quote", "shipment", "invoice", "payment", "purchase_order")
    pages_of = [(LOOKS[kind], Document.objects.filter(kind=kind).order_by("pk")[4711]) for kind in kinds]
    return {
        "floor": "/healthz",
        **{name: f"/{name}/" for name in lists},
        **{f"one of {look.plural}": f"/{look.plural}/{row.pk}/" for look, row in pages_of},
        "opportunities, board": "/opportunities/board/",
        "invoices, overdue": "/invoices/?status=late",
        "invoices, by total": "/invoices/?sort=-total",
        "order, edited": f"/orders/{order.pk}/edit/",
        "order, new": f"/orders/new/?customer={order.customer_id}",
        "customer": f"/customers/{order.customer_id}/",
        "vendor": f"/vendors/{Vendor.objects.order_by('pk')[7].pk}/",
        "customer, orders": f"/customers/{order.customer_id}/?tab=orders",
        "contacts": "/contacts/",
        "items": "/items/",
        "items, searched": "/items/?q=number+12",
        "item": f"/items/{item.pk}/",
        "item, stock": f"/items/{item.pk}/stock/",
        "item, documents": f"/items/{item.pk}/documents/",
        "stock": "/stock/",
        "stock, promised": "/stock/?state=short",
        "price lists": "/price-lists/",
        "reports": "/reports/",
        **{f"report {name}": f"/reports/{name}/" for name in REPORTS},
        "report sales, a year by rep": "/reports/sales/?period=year&group=rep",
        "report reorder, by hand": "/reorder/",
        "audit": "/audit/",
        "trash": "/trash/",
    }
