"""Countries as people write them."""

from __future__ import annotations

import pytest

from tradepost.kit.countries import country_code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", ""),
        (" de ", "DE"),
        ("Germany", "DE"),
        ("DEUTSCHLAND", "DE"),
        ("österreich", "AT"),
        ("Osterreich", "AT"),
        ("U.S.A.", "US"),
        ("United States", "US"),
        ("uk", "GB"),
        ("Pays-Bas", "NL"),
        ("Atlantis", None),
        ("D", None),
        ("49", None),
    ],
)
def test_a_country_by_its_letters_or_its_name(written: str, code: str | None) -> None:
    assert country_code(written) == code
