"""Who we deal with: customers, vendors and contacts, one identity for mail, web shops and address books (X1)."""

from tradepost.people.models.parties import (
    Belonging,
    Contact,
    Customer,
    CustomerStatus,
    Gender,
    Kept,
    TaxStatus,
    Vendor,
    VendorStatus,
)
from tradepost.people.models.reach import Address, EmailAddress, Phone

__all__ = [
    "Address",
    "Belonging",
    "Contact",
    "Customer",
    "CustomerStatus",
    "EmailAddress",
    "Gender",
    "Kept",
    "Phone",
    "TaxStatus",
    "Vendor",
    "VendorStatus",
]
