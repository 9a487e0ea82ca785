"""Who we deal with: customers, vendors and contacts, one identity for mail, web shops and address books (X1)."""

from tradepost.people.models.parties import Belonging, Contact, Customer, Kept, Vendor, VendorStatus
from tradepost.people.models.reach import Address, EmailAddress, Phone

__all__ = [
    "Address",
    "Belonging",
    "Contact",
    "Customer",
    "EmailAddress",
    "Kept",
    "Phone",
    "Vendor",
    "VendorStatus",
]
