"""JPEG, PNG and TIFF to pixels, by Pillow.

Sixteen-bit, CMYK, palette and one-bit pictures are converted; damaged EXIF or colour
profiles don't matter; half a picture is refused.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pictures

from ocr.pages import PageImage, is_blank, refusal, upright_by
from ocr.refusals import refused
from ocr.tiff import walk
from records.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from ocr.limits import Limits
    from ocr.quads import Image
    from records.reading import PageRefusal

#: Codecs that are ever tried.
_FORMATS = ("JPEG", "PNG", "TIFF")
#: EXIF orientations to clockwise turns of the stored picture. Mirrored ones are taken for
#: damage: no scanner mirrors a page, and a mirrored page could not be read anyway.
_TURNS = {3: 180, 6: 270, 8: 90}
_ORIENTATION = 0x0112
_SMALLEST_SIDE = 32
_BLOCK = 32
_CENTIMETRES = 3
_PLAUSIBLE_DPI = (50, 2400)
#: What Pillow raises on damaged files, beside OSError.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError,
           OverflowError, AttributeError, ZeroDivisionError, RuntimeError)  # fmt: skip


def raster_pages(
    path: Path, source: str, media_type: str, limits: Limits, wanted: range
) -> Iterator[PageImage | PageRefusal]:
    """The pages of a picture file; raises InputError where the whole file is refused."""
    with _opened(path, limits) as picture:
        count = _count(path, picture, media_type, limits)
        for number in wanted[: max(0, count + 1 - wanted.start)]:
            try:
                yield _page(picture, number, source, media_type, limits)
            except InputError as error:
                yield refusal(source, number, error)


def count_frames(path: Path, limits: Limits) -> int:
    """How many pages a TIFF has, a broken-off one included.

    Raises InputError (`too_many_pages`).
    """
    with path.open("rb") as file:
        chain = walk(file, limits.pages + 1)
    if chain.pages > limits.pages:
        raise refused("too_many_pages", path.name)
    # Where the chain breaks off, the next page is asked for and reported as damaged.
    return chain.pages + (not chain.complete)


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[Pictures.Image]:
    # Opened here, because Pillow leaves files open whose headers it can't parse.
    with path.open("rb") as file:
        try:
            with warnings.catch_warnings():
                # Damaged EXIF and large pictures are warned of; both are judged here instead.
                warnings.simplefilter("ignore")
                picture = Pictures.open(file, formats=_FORMATS)
        except Pictures.DecompressionBombError as error:
            raise refused("too_many_pixels", path.name) from error
        except _DAMAGE as error:
            raise refused("damaged_image", path.name) from error
        with picture:
            _check_size(picture, limits, path.name)
            yield picture


def _count(path: Path, picture: Pictures.Image, media_type: str, limits: Limits) -> int:
    """How many pages there are; only a TIFF has more than one."""
    if media_type == "image/tiff":
        return count_frames(path, limits)
    if media_type == "image/png" and getattr(picture, "is_animated", False):
        raise refused("animated_image", path.name)
    return 1


def _page(
    picture: Pictures.Image, number: int, source: str, media_type: str, limits: Limits
) -> PageImage:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if number > 1:
                picture.seek(number - 1)
            _check_size(picture, limits, source)
            rgb = _rgb(picture)
        except Pictures.DecompressionBombError as error:
            raise refused("too_many_pixels", source) from error
        except MemoryError as error:
            raise refused("out_of_memory", source) from error
        except _DAMAGE as error:
            raise refused(_kind_of_damage(error), source) from error
        turned = _turned(picture)
    if media_type == "image/jpeg" and _is_filled_below(rgb):
        raise refused("truncated_image", source)
    if is_blank(rgb):
        raise refused("blank_page", source)
    return PageImage(
        source=source,
        page=number,
        rgb=upright_by(rgb, turned),
        dpi=_dpi(picture),
        media_type=media_type,
        turned=turned,
    )


def _kind_of_damage(error: Exception) -> str:
    # Pillow has no error class of its own for a picture that ends early; both are
    # quarantined, and only the advice differs.
    return "truncated_image" if "truncated" in str(error) else "damaged_image"


def _check_size(picture: Pictures.Image, limits: Limits, name: str) -> None:
    width, height = picture.size
    if width * height > limits.pixels:
        raise refused("too_many_pixels", name)
    if min(width, height) < _SMALLEST_SIDE:
        raise refused("too_small", name)


def _rgb(picture: Pictures.Image) -> Image:
    """The decoded picture as (H, W, 3) uint8, transparent parts on white."""
    if picture.mode.startswith("I") or picture.mode == "F":
        return _from_deep(np.asarray(picture))
    if picture.mode in {"LA", "PA", "RGBA", "RGBa", "La"} or "transparency" in picture.info:
        coloured = picture.convert("RGBA")
        sheet = Pictures.new("RGBA", coloured.size, "white")
        picture = Pictures.alpha_composite(sheet, coloured)
    return np.array(picture if picture.mode == "RGB" else picture.convert("RGB"))


def _from_deep(values: NDArray[Any]) -> Image:
    """Grey values of 16 or 32 bits, or fractions of white, brought down to eight bits."""
    deep = values.astype(np.float32)
    if values.dtype.kind == "f" and deep.max(initial=0.0) <= 1.0:
        deep *= 255.0
    # A 12-bit scan stored in 16 bits would be all black if divided by the type's range.
    top = float(deep.max(initial=1.0))
    scale = 255.0 / (65535.0 if top > 4095.0 else 4095.0 if top > 255.0 else 255.0)
    grey = np.clip(deep * scale, 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def _turned(picture: Pictures.Image) -> int:
    try:
        return _TURNS.get(int(picture.getexif().get(_ORIENTATION, 1)), 0)
    except _DAMAGE:
        return 0


def _dpi(picture: Pictures.Image) -> int | None:
    """The resolution that the file states, None where it states none or nonsense."""
    try:
        dpi = round(float(picture.info.get("dpi", (0, 0))[0]))
    except _DAMAGE:
        return None
    low, high = _PLAUSIBLE_DPI
    return dpi if low <= dpi <= high else None


def _is_filled_below(rgb: Image) -> bool:
    """Whether a JPEG decoder filled the lower part because its data had ended.

    The fill repeats one colour exactly over whole rows. Paper that was scanned never does,
    and pages drawn by a program repeat their background, which is then found above as well.
    """
    last = rgb[-1, 0]
    if (rgb[-1] != last).any():
        return False
    same = (rgb.reshape(len(rgb), -1) == np.tile(last, rgb.shape[1])).all(axis=1)
    band = int(np.argmin(same[::-1])) if not same.all() else len(same)
    if band < max(16, len(same) // 50) or band == len(same):
        return False
    # The row of blocks in which the data ended is filled in part.
    above = rgb[: max(1, len(rgb) - band - _BLOCK) : 4, ::4]
    return bool((above == last).all(axis=2).mean() < 0.01)
