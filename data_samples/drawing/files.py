"""Pages into files: JPEG, PNG, TIFF, PDF; truth and links as JSON Lines."""

from __future__ import annotations

import io
import json
import time
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from drawing.pages import Page
    from drawing.people import Couple, Person

#: Containers with a date inside bear this one, so that the same seed gives the same bytes.
_WRITTEN = time.struct_time((2026, 1, 1, 0, 0, 0, 3, 1, 0))


def _picture(page: Page, mode: str) -> Image.Image:
    image = Image.fromarray(page.turned)
    match mode:
        case "RGB":
            return image
        case "L":
            # Thirty-two steps of grey, as simple scanners give, keep PNG files small.
            return image.convert("L").point([value // 8 * 8 + 4 for value in range(256)])
        case "P":
            return image.quantize(28, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        case _:
            return _two_tone(image)


def _two_tone(image: Image.Image) -> Image.Image:
    """Black and white by the light about each spot, as office scanners do."""
    grey = np.asarray(image.convert("L"))
    around = cv2.GaussianBlur(grey, (0, 0), 25).astype(np.int16)
    return Image.fromarray(((grey.astype(np.int16) > around - 26) * 255).astype(np.uint8)).convert(
        "1", dither=Image.Dither.NONE
    )


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
            path.write_bytes(pdf_bytes(pages))
        case other:
            raise ValueError(f"no way to write {other} files")
    for number, page in enumerate(pages, 1):
        page.truth["source"] = path.name
        page.truth["page"] = number
        page.truth["tags"]["container"] = (
            path.suffix[1:].replace("jpg", "jpeg").replace("tif", "tiff")
        )


def jpeg_bytes(page: Page) -> bytes:
    """The page as a JPEG in memory."""
    held = io.BytesIO()
    Image.fromarray(page.turned).save(held, "JPEG", quality=page.quality, dpi=(page.dpi, page.dpi))
    return held.getvalue()


def pdf_bytes(pages: Sequence[Page]) -> bytes:
    """A PDF of pictures in memory."""
    held = io.BytesIO()
    first, *rest = (Image.fromarray(page.turned) for page in pages)
    first.save(
        held, "PDF", save_all=True, append_images=rest, resolution=pages[0].dpi,
        quality=pages[0].quality, creationDate=_WRITTEN, modDate=_WRITTEN,
    )  # fmt: skip
    return held.getvalue()


def write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    """Writes JSON Lines."""
    with path.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def parties(
    truth: dict[str, Any], people: Sequence[tuple[Couple, dict[str, int]]]
) -> Iterator[tuple[dict[str, Any], Person]]:
    """Who is on a page: each link, without its person_id, and the person."""
    for who, place in people:
        for party, person in (("male", who.man), ("female", who.woman)):
            link = {
                "source": truth["source"],
                "page": truth["page"],
                "row": place.get("row"),
                "party": party,
            }
            yield link | ({"part": place["part"]} if "part" in place else {}), person
