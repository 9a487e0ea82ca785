"""Who we deal with: customers, vendors and contacts, one identity for mail, web shops and address books (X1)."""

from tradepost.people.models.matters import (
    Case,
    CaseStatus,
    Lead,
    LeadStatus,
    Opportunity,
    Priority,
    Project,
    ProjectStatus,
    Source,
    Stage,
)
from tradepost.people.models.merges import Merge
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
    "Case",
    "CaseStatus",
    "Contact",
    "Customer",
    "CustomerStatus",
    "EmailAddress",
    "Gender",
    "Kept",
    "Lead",
    "LeadStatus",
    "Merge",
    "Opportunity",
    "Phone",
    "Priority",
    "Project",
    "ProjectStatus",
    "Source",
    "Stage",
    "TaxStatus",
    "Vendor",
    "VendorStatus",
]
