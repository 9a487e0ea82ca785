"""One contact of a company is the main one; merging and taking apart keeps it."""

from __future__ import annotations

import pytest

from tradepost.accounts.access import Actor
from tradepost.accounts.models import AuditEntry
from tradepost.kit.errors import Missing
from tradepost.people import main_contact
from tradepost.people.merging import merge, undo
from tradepost.people.models import Customer
from tradepost.people.services import archive, save_contact, save_customer, save_vendor


def test_one_is_the_main_contact_of_each_company(dana: Actor, stranger: Actor) -> None:
    harbor, mill = save_customer(dana, {"name": "Harbor"}), save_vendor(dana, {"name": "Mill"})
    bo = save_contact(dana, {"last_name": "Bo"}, customer_ids=[harbor.pk], vendor_ids=[mill.pk])
    lin = save_contact(dana, {"last_name": "Lin"}, customer_ids=[harbor.pk], vendor_ids=[mill.pk])
    assert (main_contact.main(harbor), main_contact.first(harbor)) == (None, bo)
    main_contact.choose(dana, "customer", harbor.pk, lin.pk)
    main_contact.choose(dana, "vendor", mill.pk, bo.pk)
    assert [main_contact.main(one) for one in (harbor, mill)] == [lin, bo]
    assert main_contact.first(harbor) == lin
    assert AuditEntry.objects.get(verb="customer.main_contact").after == {"main_contact": "Lin"}
    save_contact(dana, {"job_title": "Buyer"}, contact_id=lin.pk, customer_ids=[harbor.pk])
    assert main_contact.main(harbor) == lin
    archive(dana, lin)
    assert (main_contact.main(harbor), main_contact.first(harbor)) == (None, bo)
    other = save_contact(dana, {"last_name": "Elsewhere"})
    for actor, pk in ((dana, other.pk), (stranger, bo.pk)):
        with pytest.raises(Missing):
            main_contact.choose(actor, "customer", harbor.pk, pk)
    main_contact.choose(dana, "vendor", mill.pk, None)
    assert main_contact.main(mill) is None


def test_a_merge_keeps_the_main_contact_of_the_one_that_is_kept(dana: Actor) -> None:
    kept, gone = save_customer(dana, {"name": "Harbor"}), save_customer(dana, {"name": "Harbour"})
    bo = save_contact(dana, {"last_name": "Bo"}, customer_ids=[kept.pk])
    lin = save_contact(dana, {"last_name": "Lin"}, customer_ids=[gone.pk])
    main_contact.choose(dana, "customer", kept.pk, bo.pk)
    main_contact.choose(dana, "customer", gone.pk, lin.pk)
    row = merge(dana, "customer", kept.pk, gone.pk)
    assert (main_contact.main(kept), kept.contacts.count()) == (bo, 2)
    assert kept.belongings.filter(main=True).count() == 1
    undo(dana, row.pk)
    assert [main_contact.main(one) for one in Customer.objects.order_by("pk")] == [bo, lin]
