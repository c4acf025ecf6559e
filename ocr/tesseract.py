"""Tesseract as a line reader, one process per call through pytesseract.

It delivers texts with confidences but no distributions; what PP-OCR reads at 66 to 99 %
it reads at 13 to 54 %, so it serves where PP-OCR can't be had and for comparison.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np
from PIL import Image as Pictures

from ocr.lines import TextLine
from ocr.quads import quad_of
from ocr.seals import remove_red
from records.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ocr.quads import Image

Script = Literal["simplified", "traditional", "simplified-vertical", "traditional-vertical"]

_LANGUAGES: dict[Script, str] = {
    "simplified": "chi_sim+eng",
    "traditional": "chi_tra+eng",
    "simplified-vertical": "chi_sim_vert",
    "traditional-vertical": "chi_tra_vert",
}
#: Page segmentation: sparse text in any order; one block of vertical writing; one line.
_SPARSE, _VERTICAL_BLOCK, _LINE = 11, 5, 7
_SECONDS = 60
_WORD_LEVEL = 5
#: Pages are shrunk to this longer side (pixels): more costs time and reads no better.
_SIDE = 2600
#: Signs alone, such as a dash, are believed from this confidence on.
_SURE_SIGN = 0.6


class TesseractEngine:
    """Reads pages and crops with the language data of one script."""

    def __init__(self, script: Script = "simplified") -> None:
        self._language = _LANGUAGES[script]
        self._vertical = script.endswith("vertical")

    def read_lines(self, image: Image, *, keep_red: bool = False) -> list[TextLine]:
        """The lines of an upright RGB page, with boxes and confidences.

        Red ink is taken off as a seal's, unless `keep_red`: labels may be printed in red.
        Raises EngineError (`tesseract_missing`, `tesseract_failed`).
        """
        bare = _levelled(image if keep_red else remove_red(image))
        scale = min(1.0, _SIDE / max(bare.shape))
        if scale < 1:
            small = cv2.resize(bare, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            bare = np.asarray(small, dtype=np.uint8)
        words = self._data(bare, _VERTICAL_BLOCK if self._vertical else _SPARSE)
        lines: dict[tuple[int, int, int], list[Mapping[str, Any]]] = {}
        for word in words:
            if not _is_speck(word):
                place = (word["block_num"], word["par_num"], word["line_num"])
                lines.setdefault(place, []).append(word)
        return [_line(line, scale, vertical=self._vertical) for line in lines.values()]

    def read_crop(self, crop: Image) -> tuple[str, float]:
        """The text of one horizontal line and its confidence, the least of its words'."""
        words = self._data(_levelled(remove_red(crop)), _LINE)
        text = "".join(str(word["text"]) for word in words)
        return text, min((_confidence(word) for word in words), default=0.0)

    def _data(self, image: Image, segmentation: int) -> list[dict[str, Any]]:
        import pytesseract  # noqa: PLC0415 - brings pandas, for which other engines have no use

        try:
            table = pytesseract.image_to_data(
                Pictures.fromarray(image),
                lang=self._language,
                config=f"--psm {segmentation}",
                output_type=pytesseract.Output.DICT,
                timeout=_SECONDS,
            )
        except pytesseract.TesseractNotFoundError as error:
            raise EngineError(
                "tesseract_missing",
                what="未安装 Tesseract。Tesseract is not installed.",
                remedy="run ./run again, which installs it, or use --engine ppocr",
            ) from error
        except (pytesseract.TesseractError, RuntimeError) as error:
            raise EngineError(
                "tesseract_failed",
                what="Tesseract 未能处理该页。Tesseract failed on this page.",
                remedy="check that its language data is installed, or use --engine ppocr",
            ) from error
        rows = (dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True))
        return [row for row in rows if row["level"] == _WORD_LEVEL and row["text"].strip()]


def _levelled(image: Image) -> Image:
    """Shading levelled: Tesseract wants dark text on an even sheet."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    size = max(15, round(min(grey.shape) / 40)) | 1
    light = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    light = cv2.blur(light, (size, size))
    return np.asarray(cv2.divide(grey, light, scale=255), dtype=np.uint8)


def _is_speck(word: Mapping[str, Any]) -> bool:
    """Whether a word is a stroke without meaning, as rules and edges of the paper give."""
    sign = not any(character.isalnum() for character in word["text"])
    return sign and _confidence(word) < _SURE_SIGN


def _line(words: Iterable[Mapping[str, Any]], scale: float, *, vertical: bool) -> TextLine:
    words = list(words)
    box = (
        min(word["left"] for word in words),
        min(word["top"] for word in words),
        max(word["left"] + word["width"] for word in words),
        max(word["top"] + word["height"] for word in words),
    )
    first, last = (box[1], box[3]) if vertical else (box[0], box[2])
    return TextLine(
        quad=quad_of(tuple(side / scale for side in box)),
        text="".join(str(word["text"]).strip() for word in words),
        confidence=min(_confidence(word) for word in words),
        vertical=vertical,
        spans=tuple(
            ((start - first) / max(1, last - first), (stop - first) / max(1, last - first))
            for word in words
            for start, stop in _places(word, vertical=vertical)
        ),
    )


def _places(word: Mapping[str, Any], *, vertical: bool) -> list[tuple[float, float]]:
    """Where the characters of a word stand, its length shared out evenly."""
    start = word["top"] if vertical else word["left"]
    step = word["height" if vertical else "width"] / len(str(word["text"]).strip())
    return [
        (start + i * step, start + (i + 1) * step) for i in range(len(str(word["text"]).strip()))
    ]


def _confidence(word: Mapping[str, Any]) -> float:
    return max(0.0, float(word["conf"])) / 100
