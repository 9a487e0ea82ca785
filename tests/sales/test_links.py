"""The public address of a document."""

from __future__ import annotations

import pytest

from tests.sales.trade import trade
from tradepost.kit.errors import Conflict, Missing
from tradepost.sales.links import read, revoke, share
from tradepost.sales.models import PublicLink


@pytest.mark.django_db
def test_an_address_opens_the_pdf_until_it_is_revoked() -> None:
    shop = trade()
    order = shop.document()
    first, second = share(shop.actor, order.pk), share(shop.actor, order.pk)
    for secret in (first, second):
        name, content = read(secret)
        assert (name, content[:5]) == ("SO-00001.pdf", b"%PDF-")
    assert not any(
        secret.encode() in bytes(row.digest) for row in PublicLink.objects.all() for secret in [first]
    )
    assert revoke(shop.actor, order.pk) == 2
    for secret in (first, second, "", "x" * 43):
        with pytest.raises(Missing):
            read(secret)
    with pytest.raises(Conflict, match="no public link"):
        revoke(shop.actor, order.pk)
