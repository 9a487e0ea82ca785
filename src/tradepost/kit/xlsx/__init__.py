"""Workbooks of spreadsheets (ECMA-376, "XLSX"): one sheet of texts out, any sheet in, row by row. Pure."""

from tradepost.kit.xlsx.reading import MOST_ROWS, NotXlsx, read, sheets
from tradepost.kit.xlsx.writing import CHUNK, stream, write

__all__ = ["CHUNK", "MOST_ROWS", "NotXlsx", "read", "sheets", "stream", "write"]
