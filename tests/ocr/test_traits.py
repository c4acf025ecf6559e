"""What a scan is like: colours, resolution by its writing, a fingerprint that survives rescans."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.pages import PageImage, load_pages
from ocr.traits import colours_of, dpi_by_text, fingerprint, traits_of
from records.reading import Box, Colours, Decision, FieldReading, Kind, PageReading

SAMPLES = Path(__file__).parents[2] / "data_samples"


def page(name: str) -> PageImage:
    return next(iter(load_pages(SAMPLES / name)))


@pytest.fixture(scope="module")
def certificate() -> np.ndarray:
    return page("s21_printed_marriage.jpg").rgb


def bits(one: int, other: int) -> int:
    return (one ^ other).bit_count()


def field(box: Box | None) -> FieldReading:
    return FieldReading(
        name="male.name", row=None, text="李", value="李", confidence=0.5, decision=Decision.KEY,
        box=box,
    )  # fmt: skip


@pytest.mark.parametrize("quality", [30, 60, 95])
@pytest.mark.parametrize("scale", [0.5, 1.0, 1.4])
def test_another_encoding_keeps_the_fingerprint(certificate, quality, scale):
    size = (round(certificate.shape[1] * scale), round(certificate.shape[0] * scale))
    other = cv2.resize(certificate, size, interpolation=cv2.INTER_AREA)
    packed = cv2.imencode(".jpg", other, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    lighter = np.clip(cv2.imdecode(packed, 1) * 1.1, 0, 255).astype(np.uint8)
    assert bits(fingerprint(certificate), fingerprint(lighter)) <= 8


@pytest.mark.parametrize("angle", [-2.0, 1.5])
def test_a_second_scan_keeps_most_of_it(certificate, angle):
    height, width = certificate.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 0.97)
    again = cv2.warpAffine(certificate, turn, (width, height), borderValue=(40, 40, 40))
    same = bits(fingerprint(certificate), fingerprint(again))
    assert same <= 28
    others = ("s27_ledger.jpg", "s01_vertical.jpg", "s10_award_1966.jpg")
    assert same < min(bits(fingerprint(certificate), fingerprint(page(n).rgb)) for n in others)


def test_a_fingerprint_fits_the_warehouse(certificate):
    assert 0 <= fingerprint(certificate) < 1 << 63
    assert 0 <= fingerprint(np.zeros((40, 30, 3), np.uint8)) < 1 << 63


def test_colours_are_told(certificate):
    grey = np.repeat(cv2.cvtColor(certificate, cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2)
    packed = cv2.imdecode(cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], 1)
    assert colours_of(certificate) is Colours.COLOUR
    assert colours_of(grey) is colours_of(packed) is Colours.GREY
    assert colours_of((grey > 128).astype(np.uint8) * 255) is Colours.TWO_TONE


def test_resolution_by_the_height_of_the_writing():
    def told(height: int) -> int | None:
        return dpi_by_text([field(Box(10, 10, 200, 10 + height))] * 5)

    assert told(99) == pytest.approx(300, abs=3)
    assert told(33) == pytest.approx(100, abs=1)
    upright, across = field(Box(0, 0, 60, 300)), field(Box(0, 0, 300, 60))
    assert dpi_by_text([upright] * 4) == dpi_by_text([across] * 4)
    assert dpi_by_text([upright] * 3 + [field(None)] * 9) is None


def test_a_turned_page_has_the_fingerprint_of_the_upright_one(certificate):
    def reading(rotation: int) -> PageReading:
        return PageReading(
            source="a", page=1, kind=Kind.OTHER, era=None, rotation=rotation, size=(1, 1),
            dpi=None, fields=(), engine="ppocr",
        )  # fmt: skip

    def scan(rgb: np.ndarray, turned: int = 0) -> PageImage:
        return PageImage(
            source="a", page=1, rgb=rgb, dpi=None, media_type="image/png", turned=turned
        )

    # A scan that shows the page turned clockwise by 90 degrees.
    turned = np.ascontiguousarray(np.rot90(certificate, -1))
    one = traits_of(scan(certificate), reading(0))
    assert one == traits_of(scan(turned), reading(90))
    assert one == traits_of(scan(certificate, turned=90), reading(90))
