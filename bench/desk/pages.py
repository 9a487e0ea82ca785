"""``desk.pages``: the lists and pages of the desk on 100,000 orders, as many ship docs and invoices, and 2,000 items at five
locations, served as in production; measured as ``web.pages`` is."""

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
    """INSERT INTO catalog_location (organisation_id, name) SELECT %(o)s, 'Warehouse ' || n FROM generate_series(1, 5) n""",
    """INSERT INTO catalog_stocklevel (organisation_id, item_id, location_id, on_hand, allocated, on_order)
       SELECT %(o)s, i.id, l.id, (i.id * l.id) %% 90, (i.id * l.id) %% 7, 0 FROM catalog_item i, catalog_location l""",
    """INSERT INTO catalog_stockmove (organisation_id, posting, kind, at, item_id, location_id, on_hand, allocated, on_order)
       SELECT %(o)s, gen_random_uuid(), 'adjustment', now() - n * interval '1 hour', item_id, location_id, 1, 0, 0
         FROM catalog_stocklevel, generate_series(1, 20) n""",
    """INSERT INTO people_lead (organisation_id, number, company, first_name, last_name)
       SELECT %(o)s, 'L-' || n, 'Company ' || n, 'Ann', 'Lead' FROM generate_series(1, 5000) n""",
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
    return {
        "floor": "/healthz",
        **{name: f"/{name}/" for name in lists},
        "invoices, overdue": "/invoices/?status=late",
        "invoices, by total": "/invoices/?sort=-total",
        "order, edited": f"/orders/{order.pk}/edit/",
        "order, new": f"/orders/new/?customer={order.customer_id}",
        "customer": f"/customers/{order.customer_id}/",
        "customer, orders": f"/customers/{order.customer_id}/?tab=orders",
        "contacts": "/contacts/",
        "items": "/items/",
        "items, searched": "/items/?q=number+12",
        "item": f"/items/{item.pk}/",
        "item, stock": f"/items/{item.pk}/stock/",
        "stock": "/stock/",
        "stock, promised": "/stock/?state=short",
        "price lists": "/price-lists/",
        "reports": "/reports/",
    }
