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
    """The chosen engine and its networks, each loaded when it is first asked for.

    `engine` is what the operator asked for, `runtime` what evaluates the networks;
    `detector` finds lines, `primary` reads them, `second` reads again for agreement.
    """

    def __init__(self, engine: Engine = "auto", runtime: Runtime = "onnxruntime") -> None:
        self.engine: Engine = engine
        self.runtime: Runtime = runtime

    @cached_property
    def detector(self) -> Detector:
        """The line detector of PP-OCRv6 small."""
        from ocr.ppocr import Detector  # noqa: PLC0415 - Tesseract runs without onnxruntime

        return Detector(runtime=self.runtime)

    @cached_property
    def primary(self) -> Recognizer:
        """The recogniser of PP-OCRv6 small."""
        from ocr.ppocr import Recognizer  # noqa: PLC0415 - as above

        return Recognizer("v6", self.runtime)

    @cached_property
    def second(self) -> Recognizer:
        """The recogniser of PP-OCRv5 mobile."""
        from ocr.ppocr import Recognizer  # noqa: PLC0415 - as above

        return Recognizer("v5", self.runtime)
