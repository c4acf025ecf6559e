"""Pages into files: JPEG, PNG, TIFF, PDF; truth and links as JSON Lines."""

from __future__ import annotations

import io
import json
import time
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from drawing.pages import Page

#: Containers with a date inside bear this one, so that the same seed gives the same bytes.
_WRITTEN = time.struct_time((2026, 1, 1, 0, 0, 0, 3, 1, 0))


def _picture(page: Page, mode: str) -> Image.Image:
    image = Image.fromarray(page.turned)
    return image if mode == "RGB" else image.convert(mode)


def save(pages: Sequence[Page], path: Path, *, mode: str = "RGB") -> None:
    """Writes one file, of the format its suffix names; `mode` is RGB, L or 1."""
    images = [_picture(page, mode) for page in pages]
    dpi = (pages[0].dpi, pages[0].dpi)
    first, rest = images[0], images[1:]
    match path.suffix:
        case ".jpg":
            first.save(path, quality=pages[0].quality, dpi=dpi)
        case ".png":
            first.save(path, dpi=dpi, optimize=True)
        case ".tif":
            squeeze: dict[str, Any] = {"compression": "group4" if mode == "1" else "jpeg"}
            if mode != "1":
                squeeze["quality"] = pages[0].quality
            first.save(path, save_all=True, append_images=rest, dpi=dpi, **squeeze)
        case ".pdf":
            first.save(
                path, save_all=True, append_images=rest, resolution=pages[0].dpi,
                quality=pages[0].quality, creationDate=_WRITTEN, modDate=_WRITTEN,
            )  # fmt: skip
        case other:
            raise ValueError(f"no way to write {other} files")
    for number, page in enumerate(pages, 1):
        page.truth["source"] = path.name
        page.truth["page"] = number
        page.truth["tags"]["container"] = path.suffix[1:].replace("jpg", "jpeg")


def jpeg_bytes(page: Page) -> bytes:
    """The page as a JPEG in memory."""
    held = io.BytesIO()
    Image.fromarray(page.turned).save(held, "JPEG", quality=page.quality, dpi=(page.dpi, page.dpi))
    return held.getvalue()


def write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    """Writes JSON Lines."""
    with path.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def parties(page: Page) -> Iterable[tuple[dict[str, Any], Any]]:
    """Who is on a page: the link without its person_id, and the person."""
    for who, place in page.people:
        for party, person in (("male", who.man), ("female", who.woman)):
            link = {
                "source": page.truth["source"],
                "page": page.truth["page"],
                "row": place.get("row"),
                "party": party,
            }
            if "part" in place:
                link["part"] = place["part"]
            yield link, person
