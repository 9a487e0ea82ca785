"""A large company written straight into the tables: 100,000 orders and 1,000,000 activities in about a minute."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model
from psycopg import sql

ORDERS, ACTIVITIES, CUSTOMERS, ITEMS = 100_000, 1_000_000, 5_000, 2_000

# Each statement is given (organisation, user). Rows are spread as a company's are: a few customers have most of them.
_STATEMENTS = (
    """INSERT INTO people_customer (organisation_id, number, name, terms, owner_id)
       SELECT %(o)s, 'C-' || n, (ARRAY['Harbor','Larkspur','Bluebird','Old Mill','Granite','Juniper'])[1 + n %% 6]
         || ' ' || (ARRAY['Outfitters','Coffee','Bakery','Veterinary','Marine','Supply'])[1 + (n / 6) %% 6] || ' ' || n,
         'Net 30', %(u)s FROM generate_series(1, {customers}) n""",
    """INSERT INTO people_contact (organisation_id, first_name, last_name, email_words, owner_id)
       SELECT %(o)s, (ARRAY['Renata','Ilse','Tom','Aiko','Sam'])[1 + n %% 5], 'Person' || n,
         'person' || n || '@customer' || n || '.example', %(u)s FROM generate_series(1, {customers}) n""",
    """INSERT INTO people_belonging (organisation_id, contact_id, customer_id, main)
       SELECT %(o)s, c.id, k.id, true FROM people_contact c JOIN people_customer k
         ON k.number = 'C-' || substr(c.last_name, 7)""",
    """INSERT INTO people_emailaddress (organisation_id, contact_id, email, "primary")
       SELECT %(o)s, id, email_words, true FROM people_contact""",
    """INSERT INTO catalog_item (organisation_id, sku, name, type, unit, price)
       SELECT %(o)s, 'SKU-' || n, 'Thing number ' || n, 'stock', 'each', n %% 300 + 0.5
         FROM generate_series(1, {items}) n""",
    """INSERT INTO sales_document (organisation_id, kind, number, status, customer_id, contact_id, customer_name,
         po_number, date, promised, terms, currency, subtotal, total, owner_id)
       SELECT %(o)s, 'order', 'SO-' || lpad(n::text, 6, '0'),
         (ARRAY['open','open','shipped','closed','closed','closed'])[1 + n %% 6], k.id, c.id, k.name,
         'PO-' || n, current_date - (n %% 1000), current_date - (n %% 1000) + 14, 'Net 30', 'USD', n %% 5000, n %% 5000,
         %(u)s FROM generate_series(1, {orders}) n
         JOIN people_customer k ON k.number = 'C-' || (1 + (n * n::bigint) %% {customers})
         JOIN people_belonging b ON b.customer_id = k.id JOIN people_contact c ON c.id = b.contact_id""",
    """INSERT INTO sales_line (organisation_id, document_id, position, item_id, sku, description, quantity, unit,
         unit_price, amount)
       SELECT %(o)s, d.id, p, i.id, i.sku, i.name, 2, 'each', i.price, i.price * 2
         FROM sales_document d CROSS JOIN generate_series(1, 3) p
         JOIN catalog_item i ON i.sku = 'SKU-' || (1 + (d.id * 7 + p) %% {items})""",
    """INSERT INTO activities_activity (organisation_id, kind, status, subject, text, at, owner_id)
       SELECT %(o)s, (ARRAY['email','email','note','call','task'])[1 + n %% 5],
         CASE WHEN n %% 50 = 4 THEN 'open' ELSE 'done' END, 'About order ' || n, 'A few words about it.',
         now() - n * interval '1 minute', %(u)s FROM generate_series(1, {activities}) n""",
    """INSERT INTO activities_link (organisation_id, activity_id, record_kind, record_id, at, open)
       SELECT %(o)s, a.id, r.kind, r.id, a.at, a.status = 'open' FROM activities_activity a
         JOIN sales_document d ON d.id = (SELECT min(id) FROM sales_document) + a.id %% {orders}
         CROSS JOIN LATERAL (VALUES ('document', d.id), ('customer', d.customer_id)) AS r(kind, id)""",
    """INSERT INTO activities_message (organisation_id, activity_id, outgoing, message_id, sender_email, subject, at,
         text, state)
       SELECT %(o)s, id, id %% 2 = 0, id || '@bench.example', 'person@customer.example', subject, at, text, 'sent'
         FROM activities_activity WHERE kind = 'email'""",
)


def fill(organisation_id: int, user_id: int) -> None:
    """Write the company's rows and let the planner know them."""
    sizes = {"orders": ORDERS, "activities": ACTIVITIES, "customers": CUSTOMERS, "items": ITEMS}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.app_label in ("people", "catalog", "sales", "activities"):
                _give_defaults(cursor, model)
        for statement in _STATEMENTS:
            cursor.execute(statement.format(**sizes), {"o": organisation_id, "u": user_id})
        cursor.execute("VACUUM ANALYZE")  # as the server does by itself in a while
        cursor.execute("CHECKPOINT")


def _give_defaults(cursor: Any, model: type[Model]) -> None:
    """The statements name what matters; all other columns hold what an untouched form would write."""
    for field in model._meta.concrete_fields:
        moment = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
        empty = field.empty_strings_allowed and not field.is_relation
        if field.null or field.primary_key or field.generated or not (moment or empty or field.has_default()):
            continue
        value = datetime(2026, 1, 1, tzinfo=UTC) if moment else field.get_default()
        words = [sql.Identifier(model._meta.db_table), sql.Identifier(field.column)]
        literal = sql.Literal(field.get_db_prep_save(value, connection))
        cursor.execute(sql.SQL("ALTER TABLE {} ALTER {} SET DEFAULT {}").format(*words, literal))
