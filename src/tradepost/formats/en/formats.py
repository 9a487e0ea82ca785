"""Days as lists and pages write them, short; all else is Django's."""

DATE_FORMAT = "M j, Y"
DATETIME_FORMAT = "M j, Y, H:i"
MONTH_DAY_FORMAT = "M j"
YEAR_MONTH_FORMAT = "M Y"
MONTH_DAY_TIME_FORMAT = "M j, H:i"
DAY_OF_THIS_YEAR_FORMAT = "l, F j"
DAY_IN_FULL_FORMAT = "F j, Y"
