"""Files that must be set aside, each for one reason, and what the reason is.

The codes are those of `ocr/refusals.py`; `duplicate` is found at intake, by the hash.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from drawing.files import jpeg_bytes, pdf_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drawing.pages import Page


def _empty(_: Page) -> bytes:
    return b""


def _half_jpeg(page: Page) -> bytes:
    whole = jpeg_bytes(page)
    return whole[: len(whole) * 2 // 5]


def _grey_below(page: Page) -> bytes:
    """Cut in the middle, with the end mark put back: as a broken copy by some tools."""
    whole = jpeg_bytes(page)
    return whole[: len(whole) // 2] + b"\xff\xd9"


def _half_pdf(page: Page) -> bytes:
    whole = pdf_bytes([page])
    return whole[: len(whole) // 2]


def _text(_: Page) -> bytes:
    return "这不是图像，只是改了扩展名的文本文件。\nNot a picture: a text file renamed.\n".encode()


def _animation(page: Page) -> bytes:
    frames = [Image.fromarray(page.turned).resize((240, 170)).convert("P") for _ in range(2)]
    frames[1].putpixel((0, 0), 1)
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=400, loop=0)
    return out.getvalue()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _bomb(_: Page) -> bytes:
    """A one-bit PNG of 24,000 × 24,000 pixels in some 70 KB."""
    side = 24_000
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = (b"\x00" + b"\xff" * (side // 8)) * side
    body = zlib.compress(rows, 9)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")
    )


def _damaged_tiff(page: Page) -> bytes:
    """A TIFF whose directory lies about where the picture is."""
    out = io.BytesIO()
    Image.fromarray(page.turned).convert("L").resize((300, 200)).save(
        out, "TIFF", compression="tiff_lzw"
    )
    whole = bytearray(out.getvalue())
    middle = len(whole) // 2
    whole[8:middle] = bytes((value * 37 + 11) & 0xFF for value in whole[8:middle])
    return bytes(whole)


def _wrong_crc(page: Page) -> bytes:
    out = io.BytesIO()
    Image.fromarray(page.turned).convert("L").resize((500, 350)).save(out, "PNG")
    whole = bytearray(out.getvalue())
    spot = whole.index(b"IDAT") + len(whole) // 3
    whole[spot : spot + 40] = bytes(40)
    return bytes(whole)


def _animated_png(page: Page) -> bytes:
    frames = [Image.fromarray(page.turned).convert("L").resize((240, 170)) for _ in range(2)]
    frames[1].putpixel((0, 0), 1)
    out = io.BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:], duration=400)
    return out.getvalue()


def _blank(page: Page) -> bytes:
    """The back of a sheet: paper and nothing else."""
    noise = np.random.default_rng(5)
    paper = np.full((900, 640, 3), (241, 236, 222), np.float32)
    paper += noise.normal(0, 1.0, paper.shape[:2])[..., None]
    out = io.BytesIO()
    picture = Image.fromarray(np.clip(paper, 0, 255).astype(np.uint8))
    picture.save(out, "JPEG", quality=80, dpi=(page.dpi // 2, page.dpi // 2))
    return out.getvalue()


def _tiny(page: Page) -> bytes:
    out = io.BytesIO()
    Image.fromarray(page.turned).resize((28, 20)).save(out, "PNG")
    return out.getvalue()


def _not_a_pdf(_: Page) -> bytes:
    return b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 9 0 R >>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def _locked_pdf(page: Page) -> bytes:
    from reportlab.lib.utils import ImageReader  # noqa: PLC0415 - of the samples' group alone - needed for samples alone
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415 - of the samples' group alone

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(400, 280), encrypt="only the office knows", invariant=1)
    canvas.drawImage(ImageReader(io.BytesIO(jpeg_bytes(page))), 0, 0, 400, 280)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


#: File name, expected reason, maker.
KINDS: tuple[tuple[str, str, Callable[[Page], bytes]], ...] = (
    ("empty.jpg", "empty_file", _empty),
    ("cut_short.jpg", "truncated_image", _half_jpeg),
    ("grey_below.jpg", "truncated_image", _grey_below),
    ("cut_short.pdf", "truncated_pdf", _half_pdf),
    ("text_renamed.jpg", "unsupported_type", _text),
    ("locked.pdf", "encrypted_pdf", _locked_pdf),
    ("animation.gif", "unsupported_type", _animation),
    ("animation.png", "animated_image", _animated_png),
    ("pixel_bomb.png", "too_many_pixels", _bomb),
    ("damaged.tif", "damaged_image", _damaged_tiff),
    ("wrong_checksum.png", "damaged_image", _wrong_crc),
    ("no_pages.pdf", "damaged_pdf", _not_a_pdf),
    ("blank.jpg", "blank_page", _blank),
    ("thumbnail.png", "too_small", _tiny),
)


def write(folder: Path, page: Page, good: Path) -> list[dict[str, Any]]:
    """Writes the broken files; returns a line of truth for each."""
    folder.mkdir(parents=True, exist_ok=True)
    truth: list[dict[str, Any]] = []
    for name, reason, make in KINDS:
        (folder / name).write_bytes(make(page))
        truth.append({"file": f"{folder.name}/{name}", "reason": reason, "found_by": "read"})
    copy = folder / "copy_of_a_good_scan.jpg"
    copy.write_bytes(good.read_bytes())
    truth.append(
        {
            "file": f"{folder.name}/{copy.name}",
            "reason": "duplicate",
            "found_by": "intake",
            "of": good.name,
        }
    )
    return truth
