"""How dates and figures are written where a language would write them otherwise (FORMAT_MODULE_PATH)."""
