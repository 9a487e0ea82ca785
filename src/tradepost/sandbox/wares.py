"""The words of the sample company: what it sells, who buys, and what people write to each other."""

from __future__ import annotations

CARRIERS = (
    ("UPS Ground", "1Z"),
    ("FedEx Home", "77"),
    ("Estes Freight", "EX"),
)  # with how their numbers begin
SIZES = ("S", "M", "L", "XL", "XXL")
COLOURS = ("moss", "rust", "slate", "cream", "navy")

# Prefix, name, variants, price of the first variant, how much each further one costs more, unit.
FAMILIES: tuple[tuple[str, str, tuple[str, ...], str, str, str], ...] = (
    (
        "TNT",
        "Ridgeline tent",
        ("1 person", "2 persons", "3 persons", "4 persons", "6 persons"),
        "89.00",
        "44.50",
        "each",
    ),
    (
        "SLB",
        "Foxglove sleeping bag",
        ("+10 °C", "+5 °C", "0 °C", "-5 °C", "-10 °C"),
        "48.00",
        "17.25",
        "each",
    ),
    ("MAT", "Moss sleeping mat", ("foam", "light", "standard", "wide", "double"), "14.90", "12.40", "each"),
    ("PCK", "Bracken backpack", ("18 l", "28 l", "38 l", "50 l", "65 l"), "39.00", "21.00", "each"),
    ("STV", "Cinder camp stove", ("solo", "duo", "trio", "windproof", "griddle"), "27.50", "13.75", "each"),
    ("LMP", "Larch headlamp", ("150 lm", "250 lm", "400 lm", "600 lm", "900 lm"), "16.00", "9.50", "each"),
    ("LNT", "Lumen lantern", ("pocket", "table", "hanging", "solar", "storm"), "18.50", "7.25", "each"),
    ("BTL", "Tarn water bottle", ("0.35 l", "0.5 l", "0.75 l", "1 l", "1.5 l"), "8.40", "2.35", "each"),
    ("FLK", "Ember vacuum flask", ("0.3 l", "0.5 l", "0.75 l", "1 l", "1.9 l"), "13.20", "4.10", "each"),
    ("CHR", "Alder camp chair", ("stool", "low", "standard", "high", "double"), "21.00", "11.00", "each"),
    (
        "POL",
        "Pike trekking poles",
        ("105 cm", "115 cm", "120 cm", "125 cm", "folding"),
        "24.00",
        "6.00",
        "pair",
    ),
    ("JKT", "Heron rain jacket", SIZES, "54.00", "0.00", "each"),
    ("FLC", "Wren fleece", SIZES, "33.50", "0.00", "each"),
    ("SCK", "Heath wool socks", SIZES, "6.20", "0.00", "pair"),
    ("BLK", "Hearth wool blanket", COLOURS, "38.00", "0.00", "each"),
    ("MUG", "Marlow enamel mug", COLOURS, "4.75", "0.00", "each"),
    ("BWL", "Finch stoneware bowl", COLOURS, "6.90", "0.00", "each"),
    ("TWL", "Linden tea towels, set of 3", COLOURS, "7.80", "0.00", "set"),
    (
        "PAN",
        "Finch cast-iron skillet",
        ("16 cm", "20 cm", "24 cm", "28 cm", "32 cm"),
        "15.50",
        "6.80",
        "each",
    ),
    ("BRD", "Oakhouse cutting board", ("bar", "small", "medium", "large", "butcher"), "9.90", "7.60", "each"),
    ("BSK", "Wicker basket", ("bread", "picnic", "log", "laundry", "chest"), "12.00", "9.00", "each"),
    (
        "CND",
        "Beeswax candles",
        ("tea light, 12", "taper, 6", "pillar S", "pillar M", "pillar L"),
        "5.40",
        "2.10",
        "pack",
    ),
    ("TIN", "Pantry storage tin", ("0.5 l", "1 l", "2 l", "3 l", "5 l"), "4.20", "1.65", "each"),
    (
        "TRW",
        "Ashgrove garden tool",
        ("trowel", "hand fork", "weeder", "dibber", "secateurs"),
        "7.10",
        "3.90",
        "each",
    ),
)

# SKU, name, type, price, category, and how many of what go into one.
SETS = (
    (
        "KIT-01", "Weekend camping set for two", "kit", "379.00", "Tents and sleeping",
        (("TNT-02", 1), ("SLB-03", 2), ("MAT-02", 2), ("LNT-02", 1)),
    ),
    (
        "KIT-02", "Trail breakfast set", "kit", "74.00", "Camp and light",
        (("STV-02", 1), ("MUG-01", 2), ("BWL-01", 2), ("FLK-02", 1)),
    ),
    (
        "ASM-01", "Picnic basket, packed for two", "assembly", "89.00", "Living and garden",
        (("BSK-02", 1), ("MUG-04", 2), ("BWL-04", 2), ("TWL-04", 1), ("BTL-03", 1)),
    ),
    (
        "GRP-01", "First night out: tent, bag and mat", "group", "0", "Tents and sleeping",
        (("TNT-01", 1), ("SLB-02", 1), ("MAT-03", 1)),
    ),
)  # fmt: skip
DISCOUNT = ("DSC-05", "Trade show discount, 5 %", "5")
SHIRT = ("SHT", "Osprey merino shirt", "46.00", "Clothing")
SHIRTS = {"Size": ("S", "M", "L"), "Colour": ("moss", "slate")}
# How many days ago, how far it came, and what was ordered.
SOLD = (
    (12, "invoiced", (("KIT-01", 4), ("KIT-02", 6), ("DSC-05", 1))),
    (9, "invoiced", (("ASM-01", 6), ("BLK-02", 4))),
    (6, "shipped", (("SHT-S-MOSS", 6), ("SHT-M-MOSS", 12), ("SHT-L-SLATE", 6))),
    (4, "open", (("GRP-01", 6), ("POL-02", 6))),
    (2, "open", (("KIT-01", 2), ("SHT-M-SLATE", 8), ("DSC-05", 1))),
)

# The tree of categories, and the prefixes of what is in each.
CATEGORIES = {
    ("Outdoor", "Tents and sleeping"): ("TNT", "SLB", "MAT"),
    ("Outdoor", "Packs and poles"): ("PCK", "POL", "BTL", "FLK"),
    ("Outdoor", "Camp and light"): ("STV", "LMP", "LNT", "CHR"),
    ("Outdoor", "Clothing"): ("JKT", "FLC", "SCK"),
    ("Home", "Kitchen and table"): ("MUG", "BWL", "TWL", "PAN", "BRD", "TIN"),
    ("Home", "Living and garden"): ("BLK", "BSK", "CND", "TRW"),
}

FIRST_PARTS = (
    "Cedar Bend", "North Fork", "Blue Heron", "Stonebridge", "Copper Kettle", "Wild Larch", "Summit Street",
    "Old Mill", "Lakeside", "Juniper", "Red Barn", "Silver Birch", "Granite Peak", "Maple Row", "Tidewater",
    "Fern Hollow", "Prairie Wind", "Canyon Gate", "Salt Marsh", "Bright Harbor", "Quarry Hill", "Thistle", "Osprey",
    "Elk Ridge", "Sandpiper", "Hollow Oak", "Winter Creek", "Mesa Verde", "Driftwood", "Long Meadow",
)  # fmt: skip
SECOND_PARTS = ("Outfitters", "Home & Garden", "General Store", "Trading Co.", "Camp Supply", "Mercantile")
FIRST_NAMES = (
    "Amara", "Ben", "Carla", "Derek", "Elena", "Farid", "Grace", "Hank", "Imani", "Joel", "Keiko", "Luis", "Maren",
    "Nadia", "Oscar", "Priya", "Quinn", "Rosa", "Sven", "Tessa", "Umar", "Vera", "Wesley", "Ximena", "Yusuf", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Abbott", "Brandt", "Castillo", "Doyle", "Eriksen", "Fontaine", "Gallagher", "Haddad", "Ibarra", "Jansen",
    "Kowalski", "Lindqvist", "Mbeki", "Novak", "Okafor", "Petrov", "Quist", "Ramirez", "Sandoval", "Tanaka",
    "Underwood", "Vasquez", "Whitaker", "Yamada", "Zieliński",
)  # fmt: skip
JOB_TITLES = ("Buyer", "Store manager", "Owner", "Accounts payable", "Receiving", "Assistant buyer")
# City, state, first digits of the postcode.
TOWNS = (
    ("Portland", "OR", "972"), ("Boise", "ID", "837"), ("Missoula", "MT", "598"), ("Duluth", "MN", "558"),
    ("Asheville", "NC", "288"), ("Burlington", "VT", "054"), ("Bend", "OR", "977"), ("Flagstaff", "AZ", "860"),
    ("Boulder", "CO", "803"), ("Traverse City", "MI", "496"), ("Spokane", "WA", "992"), ("Bangor", "ME", "044"),
)  # fmt: skip
# Where some buyers are, for certain: street, city, region, postcode, country, currency.
SITES = {
    1: ("515 West Main Avenue", "Spokane", "WA", "99201", "US", "USD"),
    4: ("1702 Pearl Street", "Boulder", "CO", "80302", "US", "USD"),
    7: ("12 East Aspen Avenue", "Flagstaff", "AZ", "86001", "US", "USD"),
    3: ("1180 Hornby Street", "Vancouver", "BC", "V6Z 2L2", "CA", "CAD"),
    5: ("Lindenallee 14", "Hamburg", "", "20259", "DE", "EUR"),
    11: ("27 Castle Street", "Edinburgh", "", "EH2 3DN", "GB", "GBP"),
    23: ("402 rue Saint-Paul Est", "Montréal", "QC", "H2Y 1H5", "CA", "CAD"),
}
SHOPS = {  # by a word of the name
    "Outfitters": "Outdoor shop", "Camp": "Outdoor shop", "Home": "Home and garden", "General": "General store",
    "Trading": "Distributor", "Mercantile": "General store",
}  # fmt: skip
# Code, name, percent, and what it came to in the last year; then which of them are charged in a state.
TAXES = (
    ("WA", "Washington sales tax", "6.5", None),
    ("WA-SPK", "City of Spokane", "2.4", "2.5"),
    ("ID", "Idaho sales tax", "6", None),
    ("CO", "Colorado sales tax", "2.9", None),
    ("CO-BDR", "City of Boulder", "3.86", None),
    ("AZ", "Arizona privilege tax", "5.6", None),
    ("AZ-FLG", "City of Flagstaff", "2.281", "3.281"),
)
CHARGED = {"WA": ("WA", "WA-SPK"), "ID": ("ID",), "CO": ("CO", "CO-BDR"), "AZ": ("AZ", "AZ-FLG")}
STREETS = (
    "Main Street",
    "Harbor Road",
    "Mill Lane",
    "Second Avenue",
    "Depot Street",
    "Orchard Way",
    "Pine Street",
)
TERMS = ("Net 30", "Net 30", "Net 15", "Net 60", "Prepaid")
CHANNELS = ("phone", "e-mail", "e-mail", "trade show", "web")
HOLDS = ("Credit limit reached", "Waiting for the signed purchase order", "Address to be confirmed")

NOTES = (
    "Prefers pallets no higher than 1.5 m; the dock has no lift.",
    "Asked for the winter catalogue as soon as it is printed.",
    "Wants one delivery a month, not several small ones.",
    "New store opens in spring; expect a larger first order.",
    "Happy with the last delivery. Two mugs were chipped; replaced without fuss.",
)
CALLS = (
    "Talked through the open order. They can take a part shipment this week.",
    "Left a message about the overdue confirmation.",
    "Asked about bulk prices for blankets; promised a quote by Friday.",
    "Confirmed the delivery window with the warehouse manager.",
)
TASKS = (
    "Send the new price list",
    "Follow up on the quote",
    "Check the stock of the skillets before confirming",
    "Call about the purchase order number",
    "Arrange the replacement of the chipped mugs",
)
EVENTS = ("Store visit", "Season planning by video", "Trade show meeting", "Contract renewal")

# What we write (subject line in front of the document's number, text), and what comes back.
LETTERS = (
    (
        "Your order",
        "Hello {first},\n\nthank you for your order {number}. We have everything in stock and will ship it this week.\n"
        "Please tell us if anything should change.\n\nBest regards,\n{sender}",
        (
            "Thanks {sender_first}, all correct. Please leave the pallets at dock 2.",
            "Thank you. Our signed purchase order is attached.",
        ),
    ),
    (
        "Delivery of",
        "Hello {first},\n\n{number} leaves our warehouse tomorrow and should be with you in two to three days.\n\n"
        "Best regards,\n{sender}",
        (
            "Great, we will be ready. Is it one pallet or two?",
            "Thank you! Could you send the tracking number when you have it?",
        ),
    ),
    (
        "A question on",
        "Hello {first},\n\none line of {number} is short until next week. Shall we ship the rest now or wait?\n\n"
        "Best regards,\n{sender}",
        (
            "Please ship what you have, the rest can follow.",
            "We would rather wait, one delivery is easier for us.",
        ),
    ),
)
