"""Pictures told by their bytes."""

from __future__ import annotations

import pytest

from tradepost.kit.picture import picture

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (40).to_bytes(4, "big") + (20).to_bytes(4, "big")
FRAME = b"\xff\xc2\x00\x11\x08" + (20).to_bytes(2, "big") + (40).to_bytes(2, "big")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (PNG, ("image/png", 40, 20)),
        (b"\xff\xd8\xff\xe0\x00\x04JF" + FRAME, ("image/jpeg", 40, 20)),
        (b"\xff\xd8\xff\xff\xd0" + FRAME, ("image/jpeg", 40, 20)),
        (b"\xff\xd8\xff\xc4\x00\x02", None),  # a table alone
        (PNG[:20], None),
        (b"GIF89a" + bytes(40), None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"", None),
    ],
)
def test_a_picture_is_told_by_its_bytes(content: bytes, found: tuple[str, int, int] | None) -> None:
    assert picture(content) == found
