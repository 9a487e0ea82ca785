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
MONTH_DAY_TIME_FORMAT = "j. M, H:i"
DAY_OF_THIS_YEAR_FORMAT = "l, j. F"
DAY_IN_FULL_FORMAT = "j. F Y"
NUMBER_GROUPING = 3

__all__ = [
    "DATETIME_FORMAT",
    "DATETIME_INPUT_FORMATS",
    "DATE_FORMAT",
    "DATE_INPUT_FORMATS",
    "DAY_IN_FULL_FORMAT",
    "DAY_OF_THIS_YEAR_FORMAT",
    "DECIMAL_SEPARATOR",
    "MONTH_DAY_FORMAT",
    "MONTH_DAY_TIME_FORMAT",
    "NUMBER_GROUPING",
    "THOUSAND_SEPARATOR",
    "TIME_INPUT_FORMATS",
    "YEAR_MONTH_FORMAT",
]
