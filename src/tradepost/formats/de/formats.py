"""German words; figures and the values of inputs stay as they are everywhere, since browsers and scripts read them."""

from django.conf.global_settings import (
    DATE_INPUT_FORMATS,
    DATETIME_INPUT_FORMATS,
    DECIMAL_SEPARATOR,
    THOUSAND_SEPARATOR,
    TIME_INPUT_FORMATS,
)

DATE_FORMAT = "j. M Y"
DATETIME_FORMAT = "j. M Y, H:i"
MONTH_DAY_FORMAT = "j. M"
YEAR_MONTH_FORMAT = "M Y"
NUMBER_GROUPING = 3

__all__ = [
    "DATETIME_FORMAT",
    "DATETIME_INPUT_FORMATS",
    "DATE_FORMAT",
    "DATE_INPUT_FORMATS",
    "DECIMAL_SEPARATOR",
    "MONTH_DAY_FORMAT",
    "NUMBER_GROUPING",
    "THOUSAND_SEPARATOR",
    "TIME_INPUT_FORMATS",
    "YEAR_MONTH_FORMAT",
]
