from dataclasses import dataclass


@dataclass(frozen=True)
class Unquoted:
    new: str
    quoted: str = ""


def unquote(text: str, html: str = "", parent: str = "") -> Unquoted:
    return Unquoted(text)
