"""Scans made for tests: a drawn page, its file, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ocr.pages import PageImage, load_pages
from records.reading import PageRefusal

if TYPE_CHECKING:
    from pathlib import Path


def scan(width: int = 240, height: int = 160) -> Image.Image:
    """Noisy paper with a dark mark at the top left."""
    rng = np.random.default_rng(7)
    paper = rng.normal(225, 6, (height, width, 3)).clip(0, 255).astype(np.uint8)
    paper[20:40, 20:120] = 30
    return Image.fromarray(paper)


def saved(tmp_path: Path, picture: Image.Image, name: str, **options) -> Path:
    path = tmp_path / name
    picture.save(path, **options)
    return path


def only_page(path: Path, **options) -> PageImage:
    (page,) = load_pages(path, **options)
    assert isinstance(page, PageImage), page
    return page


def only_refusal(path: Path, **options) -> str:
    (page,) = load_pages(path, **options)
    assert isinstance(page, PageRefusal), page
    return page.reason


def mark(rgb: np.ndarray) -> tuple[int, int]:
    """Where the dark mark begins: row, column."""
    rows, columns = np.nonzero(rgb.mean(axis=2) < 100)
    return int(rows.min()), int(columns.min())
