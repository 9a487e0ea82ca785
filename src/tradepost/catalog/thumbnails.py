"""A small version of a picture for lists. Typst draws it, which sets the paper of documents anyway: no library of pictures is
needed (https://typst.app/docs/reference/visualize/image/)."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

SIDE = 160  # pixels of its longer side: twice what a list shows, for screens with twice the dots
MOST = 24_000_000  # pixels of the picture: decoding them takes a second and 150 MB
_PAGE = """#set page(width: auto, height: auto, margin: 0pt, fill: none)
#image("picture.{end}", width: {width}pt, height: {height}pt)
"""


def size(width: int, height: int) -> tuple[int, int]:
    """Pure: what a picture of these pixels measures within :data:`SIDE`, in its own proportions; nothing is drawn larger."""
    longer = max(width, height, SIDE)
    return max(1, round(width * SIDE / longer)), max(1, round(height * SIDE / longer))


def thumbnail(content: bytes, content_type: str, width: int, height: int) -> bytes | None:
    """A PNG of ``content``; None where that is as small already, too large to be decoded, or broken."""
    import typst  # here, since every process knows the catalogue and few draw

    small = size(width, height)
    if small == (width, height) or width * height > MOST:
        return None
    end = content_type.removeprefix("image/")
    with TemporaryDirectory() as folder:
        page = Path(folder, "page.typ")
        page.write_text(_PAGE.format(end=end, width=small[0], height=small[1]))
        Path(folder, f"picture.{end}").write_bytes(content)
        try:
            drawn = typst.compile(page, root=page.parent, format="png", ppi=72.0)
        except typst.TypstError:
            return None
    return drawn if isinstance(drawn, bytes) and len(drawn) < len(content) else None
