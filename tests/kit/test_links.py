"""What is typed as a website or a phone number leads there, and nowhere else."""

from __future__ import annotations

import pytest

from tradepost.kit import links


@pytest.mark.parametrize(
    ("typed", "leads"),
    [
        ("granite.example", "https://granite.example"),
        (" www.granite.example/shop?a=1#b ", "https://www.granite.example/shop?a=1#b"),
        ("http://granite.example:8080/", "http://granite.example:8080/"),
        ("HTTPS://Granite.Example", "HTTPS://Granite.Example"),
        ("granite.example:8080", "https://granite.example:8080"),
        ("bäckerei-müller.de", "https://bäckerei-müller.de"),
        ("xn--bckerei-mller-ifb.de", "https://xn--bckerei-mller-ifb.de"),
        ("", ""),
        ("none", ""),
        ("n/a", ""),
        ("see granite.example", ""),
        ("javascript:alert(1)", ""),
        ("JavaScript:alert(document.cookie)//granite.example", ""),
        ("javascript://granite.example/%0aalert(1)", ""),
        ("java\tscript://granite.example", ""),
        ("data:text/html,<script>alert(1)</script>", ""),
        ("ftp://granite.example", ""),
        ("mailto:ann@granite.example", ""),
        ("https://granite.example@evil.example", ""),
        ("https://granite.example\\@evil.example", ""),
        ("https://[granite.example", ""),
        ("https://granite.example:port", ""),
        ("https://", ""),
        ("..", ""),
    ],
)
def test_a_website_leads_to_its_host_by_http_alone(typed: str, leads: str) -> None:
    assert links.website(typed) == leads


@pytest.mark.parametrize(
    ("typed", "dials"),
    [
        ("+1 603 555 0100", "tel:+16035550100"),
        ("(603) 555-0100", "tel:6035550100"),
        ("030/1234 56·7", "tel:0301234567"),
        ("+49 (0)30 1234–56", "tel:+4930123456"),
        ("(0)30 123456", "tel:030123456"),
        ("603.555.0100 ext. 22", "tel:6035550100"),
        ("+1 603 555 0100x22", "tel:+16035550100"),
        ("+41 44 668", "tel:+4144668"),
        ("٠٣٠ ١٢٣", "tel:030123"),
        ("110", "tel:110"),
        ("12", ""),
        ("", ""),
        ("+", ""),
        ("ask Ann", ""),
        ("6035550100 / 6035550101", ""),  # two numbers: neither is the one
        ("javascript:alert(1)", ""),
    ],
)
def test_a_phone_number_is_dialled_by_its_digits(typed: str, dials: str) -> None:
    assert links.phone(typed) == dials
