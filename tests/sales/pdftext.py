"""The text of a PDF that typst wrote, page by page, as a reader would copy it: enough of ISO 32000-1 §9.10
for that."""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*)\nendstream", re.DOTALL)
_PAIR = re.compile(rb"<([0-9a-fA-F]+)> <([0-9a-fA-F]+)>")
_SHOWN = re.compile(
    rb"/(f\d+) [\d.]+ Tf|\((?P<text>(?:[^\\()]|\\.)*)\)|<(?P<hex>[0-9a-fA-F]*)>(?!>)|(?P<end>ET)", re.DOTALL
)
_COLOUR = re.compile(rb"((?:[\d.]+ ){3})(?:scn|SCN)\b")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages(pdf: bytes) -> list[str]:
    """Each text object becomes one line."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    tree = next(body for body in objects.values() if b"/Type/Pages" in body and b"/Kids" in body)
    kids = re.search(rb"/Kids\s*\[(.*?)\]", tree, re.DOTALL)
    assert kids
    return [_page(objects, int(n)) for n in re.findall(rb"(\d+) 0 R", kids[1])]


def colours(pdf: bytes) -> set[str]:
    """What is drawn and written in, but for greys: ``#rrggbb``."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    drawn = [
        _data(objects[int(content[1])])
        for body in objects.values()
        if (content := re.search(rb"/Contents (\d+) 0 R", body))
    ]
    found = [one for page in drawn for one in _COLOUR.findall(page)]
    return {"#" + "".join(f"{round(float(part) * 255):02x}" for part in one.split()) for one in found}


def _page(objects: dict[int, bytes], number: int) -> str:
    page = objects[number]
    content = re.search(rb"/Contents (\d+) 0 R", page)
    fonts = dict(re.findall(rb"/(f\d+) (\d+) 0 R", _resources(objects, page)))
    maps = {name: _characters(objects, int(font)) for name, font in fonts.items()}
    assert content
    current: dict[int, str] = {}
    out = []
    for found in _SHOWN.finditer(_data(objects[int(content[1])])):
        if found[1]:
            current = maps[found[1]]
        elif found["end"]:
            out.append("\n")
        else:
            codes = (
                bytes.fromhex(found["hex"].decode()) if found["hex"] is not None else _literal(found["text"])
            )
            pairs = zip(codes[::2], codes[1::2], strict=False)
            out.append("".join(current.get(high * 256 + low, "") for high, low in pairs))
    return "".join(out)


def _resources(objects: dict[int, bytes], page: bytes) -> bytes:
    reference = re.search(rb"/Resources (\d+) 0 R", page)
    return objects[int(reference[1])] if reference else page


def _characters(objects: dict[int, bytes], font: int) -> dict[int, str]:
    cmap = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    if not cmap:
        return {}
    text = _data(objects[int(cmap[1])]).partition(b"endcodespacerange")[2]
    return {int(code, 16): bytes.fromhex(to.decode()).decode("utf-16-be") for code, to in _PAIR.findall(text)}


def _data(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found
    return zlib.decompress(found[1]) if b"FlateDecode" in body else found[1]


def _literal(text: bytes) -> bytes:
    def plain(found: re.Match[bytes]) -> bytes:
        what = found[1]
        return bytes([int(what, 8)]) if what[:1].isdigit() else _ESCAPES.get(what, what)

    return re.sub(rb"\\([0-7]{1,3}|.)", plain, text, flags=re.DOTALL)
