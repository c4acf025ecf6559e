"""The faces that pages are drawn with, and the Debian packages that bring them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROOT = Path("/usr/share/fonts")
OFL = "SIL OFL 1.1"
ARPHIC = "Arphic Public License"
#: A code point no face of ours draws: what appears for it is the face's "missing" sign.
_UNDRAWN = "\U0010fffe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One typeface: where it lies, which package installs it, and its licence."""

    path: str
    package: str
    licence: str
    index: int = 0


def _noto(name: str, index: int) -> Face:
    return Face(
        path=f"opentype/noto/{name}.ttc", package="fonts-noto-cjk", licence=OFL, index=index
    )


FACES = {
    "song": _noto("NotoSerifCJK-Regular", 2),
    "song-bold": _noto("NotoSerifCJK-Bold", 2),
    "ming": _noto("NotoSerifCJK-Regular", 3),
    "ming-bold": _noto("NotoSerifCJK-Bold", 3),
    "hei": _noto("NotoSansCJK-Regular", 2),
    "hei-bold": _noto("NotoSansCJK-Bold", 2),
    "hei-tc": _noto("NotoSansCJK-Regular", 3),
    "uming": Face(path="truetype/arphic/uming.ttc", package="fonts-arphic-uming", licence=ARPHIC),
    "ukai": Face(path="truetype/arphic/ukai.ttc", package="fonts-arphic-ukai", licence=ARPHIC),
    "gkai": Face(
        path="truetype/arphic-gkai00mp/gkai00mp.ttf",
        package="fonts-arphic-gkai00mp",
        licence=ARPHIC,
    ),
    "bkai": Face(
        path="truetype/arphic-bkai00mp/bkai00mp.ttf",
        package="fonts-arphic-bkai00mp",
        licence=ARPHIC,
    ),
    "fangsong": Face(
        path="truetype/cwtex/cwfs.ttf", package="fonts-cwtex-fs", licence="GPL-2 or later"
    ),
    "cwkai": Face(
        path="truetype/cwtex/cwkai.ttf", package="fonts-cwtex-kai", licence="GPL-2 or later"
    ),
    "twkai": Face(
        path="truetype/cns11643/TW-Kai-98_1.ttf",
        package="fonts-cns11643-kai",
        licence="Open Government Data License, Taiwan 1.0",
    ),
    "wenkai": Face(
        path="truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf",
        package="fonts-lxgw-wenkai",
        licence=OFL,
    ),
    "wenkai-light": Face(
        path="truetype/lxgw-wenkai/LXGWWenKai-Light.ttf",
        package="fonts-lxgw-wenkai",
        licence=OFL,
    ),
    "seto": Face(path="truetype/seto/setofont.ttf", package="fonts-seto", licence=OFL),
    "klee": Face(path="truetype/klee/KleeOne-SemiBold.ttf", package="fonts-klee", licence=OFL),
    "kouzan": Face(
        path="truetype/kouzan-mouhitsu/kouzan-mouhitsu.ttf",
        package="fonts-kouzan-mouhitsu",
        licence="public domain",
    ),
    "kouzan-cursive": Face(
        path="truetype/kouzan-mouhitsu/KouzanBrushFontSousyo.ttf",
        package="fonts-kouzan-mouhitsu",
        licence="public domain",
    ),
    "soseki": Face(
        path="truetype/aoyagi-soseki/aoyagi-soseki.ttf",
        package="fonts-aoyagi-soseki",
        licence="public domain",
    ),
    "kouzan-running": Face(
        path="truetype/kouzan-mouhitsu/kouzan-mouhitsu-gyosho.ttf",
        package="fonts-kouzan-mouhitsu",
        licence="public domain",
    ),
}


class MissingFontError(Exception):
    """A face is not installed; the message names the package that brings it."""


@lru_cache(maxsize=256)
def load(face: str, size: int) -> ImageFont.FreeTypeFont:
    """Returns the face at a size in pixels; raises MissingFontError."""
    wanted = FACES[face]
    path = _ROOT / wanted.path
    if not path.exists():
        raise MissingFontError(
            f"the face {face!r} is missing ({path}): apt-get install {wanted.package}"
        )
    return ImageFont.truetype(str(path), size, index=wanted.index)


def file_of(face: str) -> Path:
    """Where the face lies."""
    return _ROOT / FACES[face].path


def missing_packages() -> tuple[str, ...]:
    """Names the Debian packages whose faces are not installed."""
    return tuple(
        sorted({face.package for face in FACES.values() if not (_ROOT / face.path).exists()})
    )


def _stamp(face: str, char: str, size: int) -> NDArray[np.uint8]:
    side = int(size * 1.7)
    image = Image.new("L", (side, side))
    ImageDraw.Draw(image).text(
        (side / 2, side / 2), char, font=load(face, size), fill=255, anchor="mm"
    )
    return np.asarray(image)


@lru_cache(maxsize=64)
def _missing_sign(face: str) -> bytes:
    return _stamp(face, _UNDRAWN, 32).tobytes()


@lru_cache(maxsize=32768)
def has_glyph(face: str, char: str) -> bool:
    """Tells whether the face draws this character (a blank or the missing sign is no)."""
    stamp = _stamp(face, char, 32)
    return bool(stamp.any()) and stamp.tobytes() != _missing_sign(face)


def face_for(chain: tuple[str, ...], char: str) -> str:
    """The first face of a chain that draws the character; the last one otherwise."""
    return next((face for face in chain if has_glyph(face, char)), chain[-1])


@lru_cache(maxsize=8192)
def glyph(face: str, char: str, size: int) -> NDArray[np.uint8]:
    """The character as ink coverage (0-255) in the middle of a square of 1.7 em.

    Latin characters and punctuation keep their place relative to the line.
    """
    side = int(size * 1.7)
    image = Image.new("L", (side, side))
    font = load(face, size)
    width = font.getlength(char)
    ascent, descent = font.getmetrics()
    top = (side - ascent - descent) / 2
    ImageDraw.Draw(image).text(((side - width) / 2, top), char, font=font, fill=255)
    return np.asarray(image)


def advance(chain: tuple[str, ...], char: str, size: int) -> float:
    """How far a character moves the pen along a horizontal line, in pixels."""
    if char == " ":
        return size * 0.5
    return load(face_for(chain, char), size).getlength(char)
