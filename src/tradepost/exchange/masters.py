"""The columns of masters: parties, what is done with them, and what belongs to items. Pure."""

from __future__ import annotations

from dataclasses import replace

from tradepost.accounts.access import Permission
from tradepost.exchange.shapes import Field, Group, Kind, Type

_N, _D, _C = Type.NUMBER, Type.DAY, Type.CHOICE
_P = Permission


def address(prefix: str, words: str) -> tuple[Field, ...]:
    one = prefix.split("_")[0]
    return (
        Field(
            f"{prefix}street", f"{words} street", (f"{one} address", f"{one} address 1"), sample="4 Mill Road"
        ),
        Field(f"{prefix}city", f"{words} city", (f"{one} town",), sample="Concord"),
        Field(f"{prefix}region", f"{words} state", (f"{one} region", f"{one} province"), sample="NH"),
        Field(f"{prefix}postcode", f"{words} postcode", (f"{one} zip", f"{one} zip code"), sample="03301"),
        Field(f"{prefix}country", f"{words} country", (f"{one} country code",), sample="US"),
    )


def _choice(key: str, label: str, values: tuple[str, ...], *also: str, **more: str) -> Field:
    """A column of one of the ``values``; ``more`` are further words for them."""
    known = {value.replace("_", " "): value for value in values}
    known |= {word.replace("_", " "): value for word, value in more.items()}
    return Field(key, label, also, _C, sample=values[0], choices=known)


# --- parties --------------------------------------------------------------------------------------------------------

_ADDRESSES = (*address("billing_", "Billing"), *address("shipping_", "Ship-to"))
_EMAIL = Field(
    "email", "E-mail", ("email", "e mail", "mail", "email address"), Type.EMAIL, sample="buy@granite.example"
)
_NOTES = Field("notes", "Notes", ("note", "memo", "comment", "comments"), Type.LONG)
_PHONE = Field("phone", "Phone", ("telephone", "tel", "phone number"), sample="+1 603 555 0100")
_WEBSITE = Field("website", "Website", ("web", "url", "homepage"), sample="granite.example")
_COMPANY = (
    Field(
        "name",
        "Name",
        ("company", "company name", "customer", "customer name"),
        needed=True,
        sample="Granite Inc",
    ),
    _PHONE,
    _WEBSITE,
    Field("terms", "Terms", ("payment terms",), sample="Net 30"),
    Field("currency", "Currency", ("currency code",), sample="USD"),
    _EMAIL,
    _NOTES,
)
_NUMBER = Field(
    "number", "Number", ("no", "id", "account", "customer number", "customer no"), sample="C-0001"
)
_CUSTOMER = Field(
    "customer", "Customer", ("company", "customer number", "account", "organisation"), sample="C-0001"
)
_OWNER = Field("owner", "Owner", ("assigned to", "responsible", "user"), sample="")

CUSTOMER = Kind(
    "customer", "Customer", "customers", _P.PEOPLE_EDIT, ("number", "name"),
    (
        _NUMBER, *_COMPANY, *_ADDRESSES,
        _choice("status", "Status", ("active", "prospect", "inactive"), "customer status"),
        Field("type", "Type", ("customer type",), sample=""),
        Field("class_name", "Class", ("customer class",), sample=""),
        Field("parent", "Parent", ("parent company", "parent customer", "parent account")),
        Field("price_level", "Price level", ("pricing level", "price group")),
        Field("rep", "Sales rep", ("rep", "salesperson", "account manager")),
        _choice(
            "tax_status", "Tax status", ("taxable", "exempt", "resale"), "taxable",
            yes="taxable", no="exempt", buys_for_resale="resale",
        ),
        Field("tax_number", "Tax number", ("vat number", "vat id", "resale number", "exemption certificate")),
        Field("credit_limit", "Credit limit", (), _N),
        Field("language", "Language", ("language code",)),
    ),
)  # fmt: skip
VENDOR = Kind(
    "vendor", "Vendor", "vendors", _P.PURCHASING, ("number", "name"),
    (
        replace(
            _NUMBER, also=("no", "id", "account", "vendor number", "vendor no", "supplier number"), sample="V-0001"
        ),
        replace(
            _COMPANY[0], also=("company", "company name", "vendor", "vendor name", "supplier"), sample="Alder Mills"
        ),
        *_COMPANY[1:],
        Field("account_number", "Our account", ("account number", "our number"), sample="H-100"),
        *_ADDRESSES,
    ),
)  # fmt: skip
CONTACT = Kind(
    "contact", "Contact", "contacts", _P.PEOPLE_EDIT, ("email",),
    (
        Field("first_name", "First name", ("given name", "forename"), sample="Renata"),
        Field("middle_name", "Middle name", ("second name",)),
        Field("last_name", "Last name", ("surname", "family name", "name"), sample="Solberg"),
        Field("suffix", "Suffix", ("name suffix",)),
        replace(_EMAIL, sample="renata@granite.example"),
        Field("job_title", "Job title", ("title", "position", "role"), sample="Buyer"),
        Field("phone", "Phone", ("telephone", "mobile", "tel"), sample="+1 603 555 0101"),
        Field("fax", "Fax", ("fax number",)),
        Field("birthday", "Birthday", ("date of birth", "birth date"), _D),
        replace(_choice("gender", "Gender", ("female", "male", "other"), "sex", f="female", m="male"), sample=""),
        _CUSTOMER,
        Field("vendor", "Vendor", ("vendor number", "vendor name", "supplier")),
        _NOTES,
    ),
    enough=("last_name", "first_name"),
)  # fmt: skip

# --- what is done with them -----------------------------------------------------------------------------------------

_SOURCE = _choice(
    "source", "Source", ("web", "phone", "email", "referral", "fair", "other"), "lead source", "origin",
    trade_fair="fair", website="web", e_mail="email",
)  # fmt: skip
_BY_CONTACT = Field(
    "contact", "Contact", ("contact email", "contact e mail"), Type.EMAIL, sample="renata@granite.example"
)
_BUDGET = Field("budget", "Budget", ("amount", "value"), _N, sample="12000")


def _number(key: str, sample: str) -> Field:
    return Field("number", "Number", ("no", "id", f"{key} number", f"{key} no"), sample=sample)


LEAD = Kind(
    "lead", "Lead", "leads", _P.PEOPLE_EDIT, ("number", "email"),
    (
        _number("lead", "L-0001"),
        Field("company", "Company", ("company name", "organisation", "account"), sample="Harbor Coffee"),
        Field("first_name", "First name", ("given name", "forename"), sample="Ilse"),
        Field("last_name", "Last name", ("surname", "family name", "name"), sample="Marlow"),
        replace(_EMAIL, sample="ilse@harbor.example"),
        Field("job_title", "Job title", ("title", "position", "role"), sample="Owner"),
        _PHONE, _WEBSITE, _SOURCE,
        _choice("status", "Status", ("new", "contacted", "qualified", "disqualified"), "lead status"),
        Field("status_reason", "Why", ("status reason", "reason")),
        _OWNER, *address("billing_", "Address"), _NOTES,
    ),
    enough=("company", "last_name", "first_name"),
)  # fmt: skip
OPPORTUNITY = Kind(
    "opportunity", "Opportunity", "opportunities", _P.SALES_EDIT, ("number",),
    (
        _number("opportunity", "OP-0001"),
        Field("name", "Name", ("opportunity", "opportunity name", "subject", "deal"), sample="Spring range"),
        _CUSTOMER, _BY_CONTACT,
        _choice("stage", "Stage", ("qualify", "propose", "negotiate", "won", "lost"), "sales stage", "status"),
        Field("probability", "Probability %", ("probability", "chance"), _N, sample="50"),
        Field("expected", "Expected close", ("close date", "closing date", "expected"), _D, sample="2026-12-15"),
        _BUDGET,
        Field("revenue", "Revenue", ("close revenue",), _N),
        Field("currency", "Currency", ("currency code",), sample="USD"),
        _SOURCE,
        Field("need", "Customer need", ("need",), Type.LONG),
        Field("solution", "Proposed solution", ("solution",), Type.LONG),
        Field("close_reason", "Why won or lost", ("close reason", "reason", "lost reason")),
        _OWNER, _NOTES,
    ),
    enough=("name",),
)  # fmt: skip
CASE = Kind(
    "case", "Case", "cases", _P.ACTIVITIES_EDIT, ("number",),
    (
        _number("case", "CS-0001"),
        Field("subject", "Subject", ("case", "title", "summary"), sample="A strap is torn"),
        Field("description", "Description", ("details", "text"), Type.LONG),
        _CUSTOMER, _BY_CONTACT,
        _choice("priority", "Priority", ("normal", "low", "high"), "urgency"),
        _choice("status", "Status", ("open", "in_progress", "resolved", "closed"), "case status"),
        _SOURCE,
        Field("assignee", "Assigned to", ("assignee",)),
        Field("resolution", "Resolution", ("solution",), Type.LONG),
        _OWNER, _NOTES,
    ),
    enough=("subject",),
)  # fmt: skip
PROJECT = Kind(
    "project", "Job", "jobs", _P.SALES_EDIT, ("number",),
    (
        _number("job", "J-0001"),
        Field("name", "Name", ("job", "job name", "project", "project name"), sample="New shop fittings"),
        _CUSTOMER, _BY_CONTACT,
        _choice("status", "Status", ("planned", "active", "on_hold", "completed", "cancelled"), "job status"),
        Field("starts", "Starts", ("start date", "start"), _D, sample="2026-11-16"),
        Field("ends", "Ends", ("end date", "end", "finish"), _D, sample="2026-12-18"),
        _BUDGET, _OWNER, _NOTES,
    ),
    enough=("name",),
)  # fmt: skip

# --- what belongs to items ------------------------------------------------------------------------------------------

_SKU = Field(
    "sku", "SKU", ("item", "item number", "item no", "code", "product code"), needed=True, sample="TNT-4"
)
_LOCATION = Field("location", "Location", ("warehouse", "site", "store"), needed=True, sample="Main")
_BIN = Field("bin", "Bin", ("bin location", "shelf", "place"), sample="A1")
_CURRENCY = Field("currency", "Currency", ("currency code",), sample="USD")
YES = {
    "yes": "yes",
    "no": "no",
    "y": "yes",
    "n": "no",
    "true": "yes",
    "false": "no",
    "1": "yes",
    "0": "no",
    "x": "yes",
}

LOCATION = Kind(
    "location", "Location", "locations", _P.CATALOG_EDIT, ("location", "bin"), (_LOCATION, _BIN),
    Group.GOODS, together=True,
)  # fmt: skip
STOCK = Kind(
    "stock", "Opening stock", "stock", _P.STOCK_MOVE, ("sku", "location", "bin"),
    (
        _SKU, _LOCATION, _BIN,
        Field("quantity", "Quantity", ("qty", "on hand", "in stock", "count", "stock"), _N, needed=True, sample="12"),
        Field("cost", "Unit cost", ("cost", "average cost"), _N, sample="88.40"),
        Field("worth", "Worth", ("value", "stock value", "total cost", "inventory value"), _N, sample=""),
    ),
    Group.GOODS, together=True,
)  # fmt: skip
LEVEL = Kind(
    "level", "Reorder level", "reorder-levels", _P.CATALOG_EDIT, ("sku", "location"),
    (
        _SKU, _LOCATION,
        Field("minimum", "Order at", ("minimum", "min", "reorder point", "reorder level"), _N, sample="10"),
        Field("maximum", "Up to", ("maximum", "max", "target", "order up to"), _N, sample="50"),
        Field("multiple", "In multiples of", ("multiple", "order multiple", "pack size"), _N, sample="5"),
    ),
    Group.GOODS, together=True,
)  # fmt: skip
PRICE = Kind(
    "price", "Price", "price-lists", _P.CATALOG_EDIT, ("list", "sku", "quantity"),
    (
        Field("list", "Price list", ("list", "list name", "price list name"), needed=True, sample="Wholesale 2026"),
        _SKU,
        Field("quantity", "From quantity", ("quantity", "qty", "break", "minimum quantity", "from"), _N, sample="10"),
        Field("price", "Price", ("unit price", "list price", "sales price"), _N, needed=True, sample="149.00"),
        _CURRENCY,
        Field("level", "Price level", ("level", "customer group")),
        Field("starts", "Starts", ("valid from", "start date", "from date"), _D, sample="2026-01-01"),
        Field("ends", "Ends", ("valid to", "valid until", "end date", "to date"), _D, sample="2026-12-31"),
    ),
    Group.GOODS, together=True,
)  # fmt: skip
OFFER = Kind(
    "offer", "Vendor price", "vendor-prices", _P.CATALOG_EDIT, ("sku", "vendor", "from"),
    (
        _SKU,
        Field("vendor", "Vendor", ("vendor number", "vendor name", "supplier"), needed=True, sample="V-0001"),
        Field("vendor_sku", "Vendor's item code", ("vendor sku", "vendor item", "vendor item number", "supplier sku", "mpn"), sample="H-TNT4"),
        Field("price", "Price", ("cost", "vendor price", "purchase price", "unit cost"), _N, sample="88.40"),
        _CURRENCY,
        Field("from", "From quantity", ("break", "minimum quantity", "price break"), _N, sample=""),
        Field("lead_days", "Lead time in days", ("lead time", "lead days", "delivery days"), _N, sample="14"),
        Field("quantity", "Vendor has", ("vendor quantity", "available", "vendor stock", "quantity"), _N, sample="200"),
        Field("preferred", "Preferred", ("main vendor", "preferred vendor", "default"), _C, sample="yes", choices=YES),
    ),
    Group.GOODS, together=True,
)  # fmt: skip

# --- what belongs to a record and has rows of its own ---------------------------------------------------------------

_OF = (
    _choice("of", "Belongs to a", ("customer", "vendor", "contact", "lead"), "record type", "party type"),
    Field(
        "record", "Number or e-mail", ("number", "record", "customer", "vendor", "company", "account"),
        needed=True, sample="C-0001",
    ),
)  # fmt: skip
_PRIMARY = Field("primary", "Primary", ("main", "default", "preferred"), _C, sample="no", choices=YES)
REACH = Kind(
    "reach", "E-mail address or phone number", "emails-and-phones", _P.PEOPLE_EDIT, ("record", "of", "email", "phone"),
    (
        replace(_OF[0], needed=True), _OF[1],
        replace(_EMAIL, sample="invoices@granite.example"),
        replace(_PHONE, sample=""),
        Field("label", "Label", ("kind", "type", "purpose"), sample="Invoices"),
        _PRIMARY,
    ),
    together=True,
)  # fmt: skip
ADDRESS = Kind(
    "address", "Address", "addresses", _P.PEOPLE_EDIT,
    ("record", "of", "kind", "name", "street", "city", "region", "postcode", "country"),
    (
        replace(_OF[0], needed=True), _OF[1],
        replace(
            _choice("kind", "Type", ("shipping", "billing", "other"), "address type", "usage", ship_to="shipping", bill_to="billing"),
            needed=True,
        ),
        Field("name", "Name", ("recipient", "company name", "attention"), sample="Granite Warehouse"),
        Field("street", "Street", ("address", "address 1"), sample="8 Quarry Lane"),
        Field("city", "City", ("town",), sample="Barre"),
        Field("region", "State", ("region", "province"), sample="VT"),
        Field("postcode", "Postcode", ("zip", "zip code", "postal code"), sample="05641"),
        Field("country", "Country", ("country code",), sample="US"),
        _PRIMARY,
    ),
    together=True,
)  # fmt: skip
PART = Kind(
    "part", "Part", "parts", _P.CATALOG_EDIT, ("sku", "part"),
    (
        replace(_SKU, also=("item", "assembly", "kit", "parent sku", "assembly sku"), sample="TNT-SET"),
        Field("part", "Part", ("component", "part sku", "component sku", "part number"), needed=True, sample="TNT-4"),
        Field("quantity", "Quantity", ("qty", "quantity per", "needed"), _N, needed=True, sample="2"),
    ),
    Group.GOODS, together=True,
)  # fmt: skip
UNIT = Kind(
    "unit", "Unit of an item", "units", _P.CATALOG_EDIT, ("sku", "name"),
    (
        _SKU,
        Field("name", "Unit", ("uom", "unit of measure", "unit name"), needed=True, sample="carton"),
        Field("factor", "Holds", ("factor", "quantity", "conversion", "pieces"), _N, needed=True, sample="12"),
    ),
    Group.GOODS, together=True,
)  # fmt: skip
BARCODE = Kind(
    "barcode", "Barcode", "barcodes", _P.CATALOG_EDIT, ("sku", "code"),
    (
        _SKU,
        Field("code", "Barcode", ("ean", "gtin", "upc"), needed=True, sample="14006381333938"),
        Field("unit", "Unit", ("uom", "unit of measure"), sample="carton"),
    ),
    Group.GOODS, together=True,
)  # fmt: skip

PARTIES = (CUSTOMER, CONTACT, VENDOR, REACH, ADDRESS, LEAD, OPPORTUNITY, CASE, PROJECT)
GOODS = (PART, UNIT, BARCODE, LOCATION, STOCK, LEVEL, PRICE, OFFER)
