"""States and provinces as people and shops write them: ``ca``, ``CA ``, ``US-CA``, ``Calif.``, California."""

from __future__ import annotations

from tradepost.kit.text import fold

# ISO 3166-2, without the country's prefix.
_NAMES = {
    "US": """AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|
        DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|
        KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|
        MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|
        NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|
        PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|
        VT Vermont|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming|PR Puerto Rico|
        GU Guam|VI Virgin Islands|AS American Samoa|MP Northern Mariana Islands""",
    "CA": """AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|
        NS Nova Scotia|NT Northwest Territories|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|
        SK Saskatchewan|YT Yukon""",
    "AU": """ACT Australian Capital Territory|NSW New South Wales|NT Northern Territory|QLD Queensland|
        SA South Australia|TAS Tasmania|VIC Victoria|WA Western Australia""",
}
_CODES = {
    country: {
        fold(name): code.casefold() for code, name in (entry.split(maxsplit=1) for entry in text.split("|"))
    }
    for country, text in _NAMES.items()
}


def region_key(country: str, text: str) -> str:
    """One form of a state for comparing, within ``country`` (ISO 3166-1 alpha-2): its code in small letters
    where the country's states are known, else the folded text. ``region_key("US", " Calif. ")`` →
    ``"ca"``."""
    country = country.strip().upper()
    plain = fold(text.replace(".", "")).removeprefix(f"{country.casefold()}-")
    names = _CODES.get(country, {})
    if plain in names or len(plain) < 4:
        return names.get(plain, plain)
    begun = {code for name, code in names.items() if name.startswith(plain)}
    return begun.pop() if len(begun) == 1 else plain


def region_code(country: str, text: str) -> str:
    """The code of a state in capitals, where the country's states are known; else empty. ``region_code("US", "Calif.")`` →
    ``"CA"``."""
    key = region_key(country, text)
    return key.upper() if key in _CODES.get(country.strip().upper(), {}).values() else ""
