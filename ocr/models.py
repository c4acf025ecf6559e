"""The engines that one reading process keeps warm."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ocr.ppocr import Detector, Recognizer
    from ocr.runtimes import Runtime

#: `auto` takes text layers where pages were born digital and PP-OCR for pixels.
Engine = Literal["auto", "ppocr", "tesseract", "text-layer"]


class Models:
    """The chosen engine and its networks, loaded when the first of them is asked for.

    `engine` is what the operator asked for, `runtime` what evaluates the networks;
    `detector` finds lines, `primary` reads them, `second` reads again for agreement.
    """

    def __init__(self, engine: Engine = "auto", runtime: Runtime = "onnxruntime") -> None:
        self.engine: Engine = engine
        self.runtime: Runtime = runtime

    @property
    def detector(self) -> Detector:
        """The line detector of PP-OCRv6 small."""
        return self._networks[0]

    @property
    def primary(self) -> Recognizer:
        """The recogniser of PP-OCRv6 small."""
        return self._networks[1]

    @property
    def second(self) -> Recognizer:
        """The recogniser of PP-OCRv5 mobile."""
        return self._networks[2]

    @cached_property
    def _networks(self) -> tuple[Detector, Recognizer, Recognizer]:
        from ocr.ppocr import (  # noqa: PLC0415 - Tesseract runs without onnxruntime
            Detector,
            Recognizer,
        )

        # To rewrite the second takes memory, which the others' layers need afterwards.
        second = Recognizer("v5", self.runtime)
        return Detector(runtime=self.runtime), Recognizer("v6", self.runtime), second
