"""The columns of masters: parties, what is done with them, and what belongs to items. Pure."""

from __future__ import annotations

from dataclasses import replace

from tradepost.accounts.access import Permission
from tradepost.exchange.shapes import YES, Field, Group, Kind, Type, choice
from tradepost.kit.words import gettext_noop as _

_N, _D, _C = Type.NUMBER, Type.DAY, Type.CHOICE
_P = Permission


BILLING = (
    _("Billing street"),
    _("Billing city"),
    _("Billing state"),
    _("Billing postcode"),
    _("Billing country"),
)
SHIP_TO = (
    _("Ship-to street"),
    _("Ship-to city"),
    _("Ship-to state"),
    _("Ship-to postcode"),
    _("Ship-to country"),
)
_ADDRESS = (
    _("Address street"), _("Address city"), _("Address state"), _("Address postcode"), _("Address country"),
)  # fmt: skip


def address(prefix: str, labels: tuple[str, ...]) -> tuple[Field, ...]:
    one = prefix.split("_")[0]
    to = {"billing": "bill to", "shipping": "ship to"}.get(one, one)  # as paper says it
    street, city, region, postcode, country = labels
    return (
        Field(
            f"{prefix}street",
            street,
            (f"{one} address", f"{one} address 1", f"{to} street", f"{to} address"),
            sample="4 Mill Road",
        ),
        Field(f"{prefix}city", city, (f"{one} town", f"{to} city"), sample="Concord"),
        Field(
            f"{prefix}region",
            region,
            (f"{one} region", f"{one} province", f"{to} state", f"{to} region"),
            sample="NH",
        ),
        Field(
            f"{prefix}postcode",
            postcode,
            (f"{one} zip", f"{one} zip code", f"{to} postcode", f"{to} zip"),
            sample="03301",
        ),
        Field(f"{prefix}country", country, (f"{one} country code", f"{to} country"), sample="US"),
    )


# --- parties --------------------------------------------------------------------------------------------------------

_ADDRESSES = (*address("billing_", BILLING), *address("shipping_", SHIP_TO))
_EMAIL = Field(
    "email",
    _("E-mail"),
    ("email", "e mail", "mail", "email address"),
    Type.EMAIL,
    sample="buy@granite.example",
)
_NOTES = Field("notes", _("Notes"), ("note", "memo", "comment", "comments"), Type.LONG)
_PHONE = Field("phone", _("Phone"), ("telephone", "tel", "phone number"), sample="+1 603 555 0100")
_WEBSITE = Field("website", _("Website"), ("web", "url", "homepage"), sample="granite.example")
_COMPANY = (
    Field(
        "name",
        _("Name"),
        ("company", "company name", "customer", "customer name"),
        needed=True,
        sample="Granite Inc",
    ),
    _PHONE,
    _WEBSITE,
    Field("terms", _("Terms"), ("payment terms",), sample="Net 30"),
    Field("currency", _("Currency"), ("currency code",), sample="USD"),
    _EMAIL,
    _NOTES,
)
_NUMBER = Field(
    "number", _("Number"), ("no", "id", "account", "customer number", "customer no"), sample="C-0001"
)
_CUSTOMER = Field(
    "customer", _("Customer"), ("company", "customer number", "account", "organisation"), sample="C-0001"
)
_LANGUAGE = Field("language", _("Language"), ("language code",))
OWNER = Field("owner", _("Owner"), ("assigned to", "responsible", "user"), sample="")

CUSTOMER = Kind(
    "customer", _("Customer"), "customers", _P.PEOPLE_EDIT, ("number", "name"),
    (
        _NUMBER, *_COMPANY, *_ADDRESSES,
        choice("status", _("Status"), ("active", "prospect", "inactive"), "customer status"),
        Field("type", _("Type"), ("customer type",), sample=""),
        Field("class_name", _("Class"), ("customer class",), sample=""),
        Field("parent", _("Parent"), ("parent company", "parent customer", "parent account")),
        Field("price_level", _("Price level"), ("pricing level", "price group")),
        Field("rep", _("Sales rep"), ("rep", "salesperson", "account manager")),
        choice(
            "tax_status", _("Tax status"), ("taxable", "exempt", "resale"), "taxable",
            yes="taxable", no="exempt", buys_for_resale="resale",
        ),
        Field("tax_number", _("Tax number"), ("vat number", "vat id", "resale number", "exemption certificate")),
        Field("credit_limit", _("Credit limit"), (), _N),
        Field("credit_hold", _("Credit hold"), ("on hold", "on credit hold", "blocked"), _C, choices=YES),
        Field("credit_reason", _("Reason of the credit hold"), ("credit reason", "hold reason", "reason of the hold")),
        _LANGUAGE,
    ),
)  # fmt: skip
VENDOR = Kind(
    "vendor", _("Vendor"), "vendors", _P.PURCHASING, ("number", "name"),
    (
        replace(
            _NUMBER, also=("no", "id", "account", "vendor number", "vendor no", "supplier number"), sample="V-0001"
        ),
        replace(
            _COMPANY[0], also=("company", "company name", "vendor", "vendor name", "supplier"), sample="Alder Mills"
        ),
        *_COMPANY[1:],
        Field("class_name", _("Class"), ("vendor class",), sample=""),
        Field("account_number", _("Our account"), ("account number", "our number"), sample="H-100"),
        *_ADDRESSES,
        choice("status", _("Status"), ("active", "hold", "inactive"), "vendor status", on_hold="hold"),
        Field("tax_number", _("Tax number"), ("vat number", "vat id")),
        _LANGUAGE,
    ),
)  # fmt: skip
CONTACT = Kind(
    "contact", _("Contact"), "contacts", _P.PEOPLE_EDIT, ("email",),
    (
        Field("first_name", _("First name"), ("given name", "forename"), sample="Renata"),
        Field("middle_name", _("Middle name"), ("second name",)),
        Field("last_name", _("Last name"), ("surname", "family name", "name"), sample="Solberg"),
        Field("suffix", _("Suffix"), ("name suffix",)),
        replace(_EMAIL, sample="renata@granite.example"),
        Field("job_title", _("Job title"), ("title", "position", "role"), sample="Buyer"),
        Field("phone", _("Phone"), ("telephone", "mobile", "tel"), sample="+1 603 555 0101"),
        Field("fax", _("Fax"), ("fax number",)),
        Field("birthday", _("Birthday"), ("date of birth", "birth date"), _D),
        replace(choice("gender", _("Gender"), ("female", "male", "other"), "sex", f="female", m="male"), sample=""),
        _CUSTOMER,
        Field("vendor", _("Vendor"), ("vendor number", "vendor name", "supplier")),
        _NOTES,
    ),
    enough=("last_name", "first_name"),
)  # fmt: skip

# --- what is done with them -----------------------------------------------------------------------------------------

_SOURCE = choice(
    "source", _("Source"), ("web", "phone", "email", "referral", "fair", "other"), "lead source", "origin",
    trade_fair="fair", website="web", e_mail="email",
)  # fmt: skip
BY_CONTACT = Field(
    "contact", _("Contact"), ("contact email", "contact e mail"), Type.EMAIL, sample="renata@granite.example"
)
_BUDGET = Field("budget", _("Budget"), ("amount", "value"), _N, sample="12000")


def _number(key: str, sample: str) -> Field:
    return Field("number", _("Number"), ("no", "id", f"{key} number", f"{key} no"), sample=sample)


LEAD = Kind(
    "lead", _("Lead"), "leads", _P.PEOPLE_EDIT, ("number", "email"),
    (
        _number("lead", "L-0001"),
        Field("company", _("Company"), ("company name", "organisation", "account"), sample="Harbor Coffee"),
        Field("first_name", _("First name"), ("given name", "forename"), sample="Ilse"),
        Field("last_name", _("Last name"), ("surname", "family name", "name"), sample="Marlow"),
        replace(_EMAIL, sample="ilse@harbor.example"),
        Field("job_title", _("Job title"), ("title", "position", "role"), sample="Owner"),
        _PHONE, _WEBSITE, _SOURCE,
        choice("status", _("Status"), ("new", "contacted", "qualified", "disqualified"), "lead status"),
        Field("status_reason", _("Why"), ("status reason", "reason")),
        OWNER, *address("billing_", _ADDRESS), _NOTES,
    ),
    enough=("company", "last_name", "first_name"),
)  # fmt: skip
OPPORTUNITY = Kind(
    "opportunity", _("Opportunity"), "opportunities", _P.SALES_EDIT, ("number",),
    (
        _number("opportunity", "OP-0001"),
        Field("name", _("Name"), ("opportunity", "opportunity name", "subject", "deal"), sample="Spring range"),
        _CUSTOMER, BY_CONTACT,
        choice("stage", _("Stage"), ("qualify", "propose", "negotiate", "won", "lost"), "sales stage", "status"),
        Field("probability", _("Probability %"), ("probability", "chance"), _N, sample="50"),
        Field("expected", _("Expected close"), ("close date", "closing date", "expected"), _D, sample="2026-12-15"),
        _BUDGET,
        Field("revenue", _("Revenue"), ("close revenue",), _N),
        Field("currency", _("Currency"), ("currency code",), sample="USD"),
        _SOURCE,
        Field("need", _("Customer need"), ("need",), Type.LONG),
        Field("solution", _("Proposed solution"), ("solution",), Type.LONG),
        Field("close_reason", _("Why won or lost"), ("close reason", "reason", "lost reason")),
        OWNER, _NOTES,
    ),
    enough=("name",),
)  # fmt: skip
CASE = Kind(
    "case", _("Case"), "cases", _P.ACTIVITIES_EDIT, ("number",),
    (
        _number("case", "CS-0001"),
        Field("subject", _("Subject"), ("case", "title", "summary"), sample="A strap is torn"),
        Field("description", _("Description"), ("details", "text"), Type.LONG),
        _CUSTOMER, BY_CONTACT,
        choice("priority", _("Priority"), ("normal", "low", "high"), "urgency"),
        choice("status", _("Status"), ("open", "in_progress", "resolved", "closed"), "case status"),
        _SOURCE,
        Field("due", _("Due"), ("due date", "deadline", "solve by"), _D, sample="2026-12-01"),
        Field("assignee", _("Assigned to"), ("assignee",)),
        Field("resolution", _("Resolution"), ("solution",), Type.LONG),
        OWNER, _NOTES,
    ),
    enough=("subject",),
)  # fmt: skip
PROJECT = Kind(
    "project", _("Job"), "jobs", _P.SALES_EDIT, ("number",),
    (
        _number("job", "J-0001"),
        Field("name", _("Name"), ("job", "job name", "project", "project name"), sample="New shop fittings"),
        _CUSTOMER, BY_CONTACT,
        choice("status", _("Status"), ("planned", "active", "on_hold", "completed", "cancelled"), "job status"),
        Field("starts", _("Starts"), ("start date", "start"), _D, sample="2026-11-16"),
        Field("ends", _("Ends"), ("end date", "end", "finish"), _D, sample="2026-12-18"),
        _BUDGET, OWNER, _NOTES,
    ),
    enough=("name",),
)  # fmt: skip

# --- what belongs to items ------------------------------------------------------------------------------------------

_SKU = Field(
    "sku", _("SKU"), ("item", "item number", "item no", "code", "product code"), needed=True, sample="TNT-4"
)
_LOCATION = Field("location", _("Location"), ("warehouse", "site", "store"), needed=True, sample="Main")
_BIN = Field("bin", _("Bin"), ("bin location", "shelf", "place"), sample="A1")
_CURRENCY = Field("currency", _("Currency"), ("currency code",), sample="USD")
LOCATION = Kind(
    "location", _("Location"), "locations", _P.CATALOG_EDIT, ("location", "bin"), (_LOCATION, _BIN),
    Group.GOODS, together=True,
)  # fmt: skip
STOCK = Kind(
    "stock", _("Opening stock"), "stock", _P.STOCK_MOVE, ("sku", "location", "bin"),
    (
        _SKU, _LOCATION, _BIN,
        Field("quantity", _("Quantity"), ("qty", "on hand", "in stock", "count", "stock"), _N, needed=True, sample="12"),
        Field("cost", _("Unit cost"), ("cost", "average cost"), _N, sample="88.40"),
        Field("worth", _("Worth"), ("value", "stock value", "total cost", "inventory value"), _N, sample=""),
    ),
    Group.GOODS, together=True,
)  # fmt: skip
LEVEL = Kind(
    "level", _("Reorder level"), "reorder-levels", _P.CATALOG_EDIT, ("sku", "location"),
    (
        _SKU, _LOCATION,
        Field("minimum", _("Order at"), ("minimum", "min", "reorder point", "reorder level"), _N, sample="10"),
        Field("maximum", _("Up to"), ("maximum", "max", "target", "order up to"), _N, sample="50"),
        Field("multiple", _("In multiples of"), ("multiple", "order multiple", "pack size"), _N, sample="5"),
    ),
    Group.GOODS, together=True,
)  # fmt: skip
PRICE = Kind(
    "price", _("Price"), "price-lists", _P.CATALOG_EDIT, ("list", "sku", "quantity"),
    (
        Field("list", _("Price list"), ("list", "list name", "price list name"), needed=True, sample="Wholesale 2026"),
        _SKU,
        Field("quantity", _("From quantity"), ("quantity", "qty", "break", "minimum quantity", "from"), _N, sample="10"),
        Field("price", _("Price"), ("unit price", "list price", "sales price"), _N, needed=True, sample="149.00"),
        _CURRENCY,
        Field("level", _("Price level"), ("level", "customer group")),
        Field("starts", _("Starts"), ("valid from", "start date", "from date"), _D, sample="2026-01-01"),
        Field("ends", _("Ends"), ("valid to", "valid until", "end date", "to date"), _D, sample="2026-12-31"),
    ),
    Group.GOODS, together=True,
)  # fmt: skip
OFFER = Kind(
    "offer", _("Vendor price"), "vendor-prices", _P.CATALOG_EDIT, ("sku", "vendor", "from"),
    (
        _SKU,
        Field("vendor", _("Vendor"), ("vendor number", "vendor name", "supplier"), needed=True, sample="V-0001"),
        Field("vendor_sku", _("Vendor's item code"), ("vendor sku", "vendor item", "vendor item number", "supplier sku", "mpn"), sample="H-TNT4"),
        Field("price", _("Price"), ("cost", "vendor price", "purchase price", "unit cost"), _N, sample="88.40"),
        _CURRENCY,
        Field("from", _("From quantity"), ("break", "minimum quantity", "price break"), _N, sample=""),
        Field("lead_days", _("Lead time in days"), ("lead time", "lead days", "delivery days"), _N, sample="14"),
        Field("quantity", _("Vendor has"), ("vendor quantity", "available", "vendor stock", "quantity"), _N, sample="200"),
        Field("preferred", _("Preferred"), ("main vendor", "preferred vendor", "default"), _C, sample="yes", choices=YES),
    ),
    Group.GOODS, together=True,
)  # fmt: skip

# --- what belongs to a record and has rows of its own ---------------------------------------------------------------

_OF = (
    choice("of", _("Belongs to a"), ("customer", "vendor", "contact", "lead"), "record type", "party type"),
    Field(
        "record", _("Number or e-mail"), ("number", "record", "customer", "vendor", "company", "account"),
        needed=True, sample="C-0001",
    ),
)  # fmt: skip
_PRIMARY = Field("primary", _("Primary"), ("main", "default", "preferred"), _C, sample="no", choices=YES)
REACH = Kind(
    "reach", _("E-mail address or phone number"), "emails-and-phones", _P.PEOPLE_EDIT, ("record", "of", "email", "phone"),
    (
        replace(_OF[0], needed=True), _OF[1],
        replace(_EMAIL, sample="invoices@granite.example"),
        replace(_PHONE, sample=""),
        Field("label", _("Label"), ("kind", "type", "purpose"), sample="Invoices"),
        _PRIMARY,
    ),
    together=True,
)  # fmt: skip
ADDRESS = Kind(
    "address", _("Address"), "addresses", _P.PEOPLE_EDIT,
    ("record", "of", "kind", "name", "street", "city", "region", "postcode", "country"),
    (
        replace(_OF[0], needed=True), _OF[1],
        replace(
            choice("kind", _("Type"), ("shipping", "billing", "other"), "address type", "usage", ship_to="shipping", bill_to="billing"),
            needed=True,
        ),
        Field("name", _("Name"), ("recipient", "company name", "attention"), sample="Granite Warehouse"),
        Field("street", _("Street"), ("address", "address 1"), sample="8 Quarry Lane"),
        Field("city", _("City"), ("town",), sample="Barre"),
        Field("region", _("State or province"), ("state", "region", "province"), sample="VT"),
        Field("postcode", _("Postcode"), ("zip", "zip code", "postal code"), sample="05641"),
        Field("country", _("Country"), ("country code",), sample="US"),
        _PRIMARY,
    ),
    together=True,
)  # fmt: skip
PART = Kind(
    "part", _("Part"), "parts", _P.CATALOG_EDIT, ("sku", "part"),
    (
        replace(_SKU, also=("item", "assembly", "kit", "parent sku", "assembly sku"), sample="TNT-SET"),
        Field("part", _("Part"), ("component", "part sku", "component sku", "part number"), needed=True, sample="TNT-4"),
        Field("quantity", _("Quantity"), ("qty", "quantity per", "needed"), _N, needed=True, sample="2"),
    ),
    Group.GOODS, together=True,
)  # fmt: skip
UNIT = Kind(
    "unit", _("Unit of an item"), "units", _P.CATALOG_EDIT, ("sku", "name"),
    (
        _SKU,
        Field("name", _("Unit"), ("uom", "unit of measure", "unit name"), needed=True, sample="carton"),
        Field("factor", _("Holds"), ("factor", "quantity", "conversion", "pieces"), _N, needed=True, sample="12"),
    ),
    Group.GOODS, together=True,
)  # fmt: skip
BARCODE = Kind(
    "barcode", _("Barcode"), "barcodes", _P.CATALOG_EDIT, ("sku", "code"),
    (
        _SKU,
        Field("code", _("Barcode"), ("ean", "gtin", "upc"), needed=True, sample="14006381333938"),
        Field("unit", _("Unit"), ("uom", "unit of measure"), sample="carton"),
    ),
    Group.GOODS, together=True,
)  # fmt: skip

PARTIES = (CUSTOMER, CONTACT, VENDOR, REACH, ADDRESS, LEAD, OPPORTUNITY, CASE, PROJECT)
GOODS = (PART, UNIT, BARCODE, LOCATION, STOCK, LEVEL, PRICE, OFFER)
