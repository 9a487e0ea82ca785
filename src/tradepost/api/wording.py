"""What is wrong with a value that was sent, in the words of everybody else's refusals and in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from tradepost.kit.words import gettext_noop as _

_NUMBER, _WHOLE, _TEXT = _("It must be a number"), _("It must be a whole number"), _("It must be a text")
_YES_NO, _DAY, _LIST = (
    _("It must be true or false"),
    _("It must be a day like 2026-12-31"),
    _("It must be a list"),
)
_MOMENT = _("It must be a date and time with an offset, like 2026-12-31T18:00:00+01:00")
_OBJECT = _("It must be an object")
_SENTENCES = {
    "missing": _("It is required"),
    "extra_forbidden": _("There is no such field"),
    "string_type": _TEXT,
    "string_too_short": _("It must have at least this many characters: {min_length}"),
    "string_too_long": _("It may have at most this many characters: {max_length}"),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "decimal_max_digits": _("It may have at most this many digits: {max_digits}"),
    "decimal_max_places": _("It may have at most this many decimal places: {decimal_places}"),
    "decimal_whole_digits": _("It may have at most this many digits before the point: {whole_digits}"),
    "greater_than": _("It must be more than {gt}"),
    "greater_than_equal": _("It must be {ge} or more"),
    "less_than": _("It must be less than {lt}"),
    "less_than_equal": _("It must be {le} or less"),
    "bool_type": _YES_NO,
    "bool_parsing": _YES_NO,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "timezone_aware": _MOMENT,
    "list_type": _LIST,
    "too_short": _("It must hold at least this many: {min_length}"),
    "too_long": _("It may hold at most this many: {max_length}"),
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "enum": _("It must be one of: {expected}"),
    "literal_error": _("It must be one of: {expected}"),
    "none_required": _("It must be null"),
}


def sentence(error: Mapping[str, Any]) -> str:
    """Of an error as pydantic tells it; one that has no words of ours keeps its own."""
    said = _SENTENCES.get(error["type"])
    if said is None:
        return f"{str(error['msg']).removeprefix('Value error, ').rstrip('.')}."
    return f"{gettext(said).format(**error.get('ctx', {}))}."
