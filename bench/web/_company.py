"""A large company written straight into the tables: 100,000 orders and 1,000,000 activities in about a minute."""

from __future__ import annotations

from django.db import connection

ORDERS, ACTIVITIES, CUSTOMERS, ITEMS = 100_000, 1_000_000, 5_000, 2_000

# Each statement is given (organisation, user). Rows are spread as a company's are: a few customers have most of them.
_STATEMENTS = (
    """INSERT INTO people_customer (organisation_id, number, name, phone, website, terms, currency, notes, owner_id,
         version, created_at, updated_at)
       SELECT %(o)s, 'C-' || n, (ARRAY['Harbor','Larkspur','Bluebird','Old Mill','Granite','Juniper'])[1 + n %% 6]
         || ' ' || (ARRAY['Outfitters','Coffee','Bakery','Veterinary','Marine','Supply'])[1 + (n / 6) %% 6] || ' ' || n,
         '', '', 'Net 30', '', '', %(u)s, 1, now(), now() FROM generate_series(1, {customers}) n""",
    """INSERT INTO people_contact (organisation_id, first_name, last_name, job_title, phone, notes, email_words,
         owner_id, version, created_at, updated_at)
       SELECT %(o)s, (ARRAY['Renata','Ilse','Tom','Aiko','Sam'])[1 + n %% 5], 'Person' || n, '', '', '',
         'person' || n || '@customer' || n || '.example', %(u)s, 1, now(), now()
         FROM generate_series(1, {customers}) n""",
    """INSERT INTO people_belonging (organisation_id, contact_id, customer_id, main)
       SELECT %(o)s, c.id, k.id, true FROM people_contact c JOIN people_customer k
         ON k.number = 'C-' || substr(c.last_name, 7)""",
    """INSERT INTO people_emailaddress (organisation_id, contact_id, email, label, "primary")
       SELECT %(o)s, id, email_words, '', true FROM people_contact""",
    """INSERT INTO catalog_item (organisation_id, sku, name, type, description, unit, price, tax_rate, version,
         created_at, updated_at)
       SELECT %(o)s, 'SKU-' || n, 'Thing number ' || n, 'stock', '', 'each', n %% 300 + 0.5, 0, 1, now(), now()
         FROM generate_series(1, {items}) n""",
    """INSERT INTO sales_document (organisation_id, kind, number, status, hold_reason, customer_id, contact_id,
         customer_name, po_number, channel, date, promised, terms, currency, billing, shipping, discount_percent,
         freight, subtotal, discount, tax, total, memo, owner_id, version, created_at, updated_at)
       SELECT %(o)s, 'order', 'SO-' || lpad(n::text, 6, '0'),
         (ARRAY['open','open','shipped','closed','closed','closed'])[1 + n %% 6], '', k.id, c.id, k.name,
         'PO-' || n, '', current_date - (n %% 1000), current_date - (n %% 1000) + 14, 'Net 30', 'USD', '{{}}', '{{}}',
         0, 0, n %% 5000, 0, 0, n %% 5000, '', %(u)s, 1, now(), now()
         FROM generate_series(1, {orders}) n
         JOIN people_customer k ON k.number = 'C-' || (1 + (n * n::bigint) %% {customers})
         JOIN people_belonging b ON b.customer_id = k.id JOIN people_contact c ON c.id = b.contact_id""",
    """INSERT INTO sales_line (organisation_id, document_id, position, item_id, sku, description, quantity, unit,
         unit_price, discount_percent, tax_rate, amount)
       SELECT %(o)s, d.id, p, i.id, i.sku, i.name, 2, 'each', i.price, 0, 0, i.price * 2
         FROM sales_document d CROSS JOIN generate_series(1, 3) p
         JOIN catalog_item i ON i.sku = 'SKU-' || (1 + (d.id * 7 + p) %% {items})""",
    """INSERT INTO activities_activity (organisation_id, kind, status, subject, text, at, all_day, owner_id,
         visibility, version, created_at, updated_at)
       SELECT %(o)s, (ARRAY['email','email','note','call','task'])[1 + n %% 5],
         CASE WHEN n %% 50 = 4 THEN 'open' ELSE 'done' END, 'About order ' || n, 'A few words about it.',
         now() - n * interval '1 minute', false, %(u)s, 'all', 1, now(), now()
         FROM generate_series(1, {activities}) n""",
    """INSERT INTO activities_link (organisation_id, activity_id, record_kind, record_id, at, open)
       SELECT %(o)s, a.id, r.kind, r.id, a.at, a.status = 'open' FROM activities_activity a
         JOIN sales_document d ON d.id = (SELECT min(id) FROM sales_document) + a.id %% {orders}
         CROSS JOIN LATERAL (VALUES ('document', d.id), ('customer', d.customer_id)) AS r(kind, id)""",
    """INSERT INTO activities_message (organisation_id, activity_id, outgoing, message_id, in_reply_to, "references",
         sender, sender_email, "to", cc, bcc, subject, at, text, quoted, html, automatic, state, state_reason, reason,
         matched_by, problems, account_ref)
       SELECT %(o)s, id, id %% 2 = 0, id || '@bench.example', '', '[]', '{{}}', 'person@customer.example', '[]', '[]',
         '[]', subject, at, text, '', '', '', 'sent', '', '', '', '[]', '' FROM activities_activity
         WHERE kind = 'email'""",
)


def fill(organisation_id: int, user_id: int) -> None:
    """Write the company's rows and let the planner know them."""
    sizes = {"orders": ORDERS, "activities": ACTIVITIES, "customers": CUSTOMERS, "items": ITEMS}
    with connection.cursor() as cursor:
        for statement in _STATEMENTS:
            cursor.execute(statement.format(**sizes), {"o": organisation_id, "u": user_id})
        cursor.execute("ANALYZE")
