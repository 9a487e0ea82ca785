"""The sentences of the lower floors in the reader's language.

The kit knows no framework: whoever has catalogues hands over how they are read (:func:`speak`). Before that, and where
nobody does, sentences are English as they are written.
"""

from __future__ import annotations

from collections.abc import Callable

_read: Callable[[str], str] = str


def speak(read: Callable[[str], str]) -> None:
    """From now on ``read`` translates a sentence into the language of whoever reads it."""
    global _read
    _read = read


def gettext(sentence: str) -> str:
    """``sentence`` in the reader's language."""
    return _read(sentence) if sentence else ""


def gettext_noop(sentence: str) -> str:
    """Marks a sentence for the catalogues; who words it translates it."""
    return sentence


def within(label: str) -> str:
    """A label inside a sentence. The catalogue of a language that writes nouns large says so in this one text, as that
    of GTK does for the direction of writing (``default:LTR``)."""
    small = gettext("nouns:small") == "nouns:small" and not label.isupper()
    return label.lower() if small else label


def counted(count: int, one: str, many: str = "") -> str:
    """``3 customers``; ``3 Kunden``. The plural of a word is a text of the catalogue like any other."""
    return f"{count} {gettext(one if count == 1 else many or f'{one}s')}"
