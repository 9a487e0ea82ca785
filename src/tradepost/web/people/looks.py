"""The pages of each kind of record, by kind."""

from __future__ import annotations

from tradepost.web.people.matter_looks import CASE, LEAD, OPPORTUNITY, PROJECT
from tradepost.web.people.party_looks import CONTACT, CUSTOMER, PROSPECT, VENDOR

LOOKS = {look.kind: look for look in (CUSTOMER, CONTACT, LEAD, OPPORTUNITY, CASE, PROJECT, VENDOR)}
LISTS = {**LOOKS, "prospect": PROSPECT}  # by the names of their lists: prospects are customers of one status
