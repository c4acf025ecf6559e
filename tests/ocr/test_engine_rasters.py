"""Pictures come out of files whole and upright, or not at all, and never in the way of others."""

import struct
import zlib

import numpy as np
import pytest
from page_files import mark, only_page, only_refusal, saved, scan
from PIL import Image, ImageCms

from ocr.limits import Limits
from ocr.pages import PageImage, load_pages, page_count
from records.reading import PageRefusal


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("a.jpg", "RGB", {"quality": 95}),
        ("grey.jpg", "L", {"quality": 95}),
        ("print.jpg", "CMYK", {"quality": 95}),
        ("a.png", "RGB", {}),
        ("palette.png", "P", {}),
        ("alpha.png", "RGBA", {}),
        ("one-bit.png", "1", {}),
        ("deep.png", "I;16", {}),
        ("deep.tif", "I;16", {}),
        ("one-bit.tif", "1", {"compression": "group4"}),
        ("a.tif", "RGB", {"compression": "tiff_lzw"}),
        ("jpeg.tif", "RGB", {"compression": "jpeg"}),
        ("lab.tif", "LAB", {}),
        ("print.tif", "CMYK", {"compression": "tiff_lzw"}),
        ("fractions.tif", "F", {}),
        ("several.mpo", "RGB", {"save_all": True, "quality": 95}),
    ],
)
def test_every_kind_of_pixel_becomes_rgb(tmp_path, name, mode, options):
    picture = scan()
    if mode == "I;16":
        deep = np.asarray(picture.convert("L")).astype(np.uint16) * 257
        picture = Image.fromarray(deep)
    elif mode == "F":
        picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.float32) / 255)
    elif mode == "LAB":
        to_lab = ImageCms.buildTransform(
            ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
        )
        picture = ImageCms.applyTransform(picture, to_lab)
    else:
        picture = picture.convert(mode)
    page = only_page(saved(tmp_path, picture, name, **options))
    assert page.rgb.shape == (160, 240, 3)
    assert page.rgb.dtype == np.uint8
    # The mark is dark and the paper is light, whatever the encoding was.
    assert page.rgb[25:35, 25:115].mean() < 90
    assert page.rgb[60:, :].mean() > 180


def test_transparent_parts_lie_on_white(tmp_path):
    picture = scan().convert("RGBA")
    picture.putalpha(Image.fromarray(np.tile(np.uint8([255] * 200 + [0] * 40), (160, 1))))
    assert (only_page(saved(tmp_path, picture, "a.png")).rgb[:, 210:] == 255).all()


@pytest.mark.parametrize(("orientation", "turned"), [(1, 0), (3, 180), (6, 270), (8, 90)])
def test_exif_orientation_is_undone_and_told(tmp_path, orientation, turned):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = scan().rotate(-turned, expand=True)
    page = only_page(saved(tmp_path, stored, "a.jpg", exif=exif, quality=95))
    assert page.turned == turned
    assert page.rgb.shape == (160, 240, 3)
    assert mark(page.rgb) == pytest.approx((20, 20), abs=2)


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + bytes(200)]
)
def test_damaged_exif_is_no_reason_to_refuse(tmp_path, exif):
    page = only_page(saved(tmp_path, scan(), "a.jpg", exif=exif))
    assert page.turned == 0


def test_a_damaged_colour_profile_is_no_reason_to_refuse(tmp_path):
    for name in ("a.jpg", "a.png", "a.tif"):
        only_page(saved(tmp_path, scan(), name, icc_profile=b"not a profile"))


@pytest.mark.parametrize(("dpi", "expected"), [((300, 300), 300), ((1, 1), None), (None, None)])
def test_resolution_is_told_where_it_is_plausible(tmp_path, dpi, expected):
    options = {"dpi": dpi} if dpi else {}
    assert only_page(saved(tmp_path, scan(), "a.png", **options)).dpi == expected


def test_pages_of_a_tiff_come_in_order(tmp_path):
    pages = [scan(200 + 10 * n, 150) for n in range(5)]
    path = saved(tmp_path, pages[0], "a.tif", save_all=True, append_images=pages[1:])
    loaded = list(load_pages(path))
    assert [(page.page, page.rgb.shape[1]) for page in loaded] == [
        (n + 1, 200 + 10 * n) for n in range(5)
    ]
    assert page_count(path) == 5
    assert [page.page for page in load_pages(path, first=2, last=3)] == [2, 3]
    assert list(load_pages(path, first=6)) == []


def test_a_damaged_page_of_a_tiff_is_set_aside_alone(tmp_path):
    pages = [scan(200, 150) for _ in range(3)]
    path = saved(
        tmp_path, pages[0], "a.tif", save_all=True, append_images=pages[1:], compression="tiff_lzw"
    )
    content = bytearray(path.read_bytes())
    with Image.open(path) as picture:
        picture.seek(1)
        start = picture.tag_v2[273][0]
    content[start : start + 400] = bytes(400)
    path.write_bytes(content)
    assert [isinstance(page, PageImage) for page in load_pages(path)] == [True, False, True]


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "jpeg"])
@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 0.8, 0.95])
def test_a_tiff_cut_short_never_loses_pages_silently(tmp_path, compression, share):
    pages = [scan(200, 150) for _ in range(4)]
    options = {"compression": compression} if compression else {}
    path = saved(tmp_path, pages[0], "a.tif", save_all=True, append_images=pages[1:], **options)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    loaded = list(load_pages(path))
    assert any(isinstance(page, PageRefusal) for page in loaded)
    assert [page.page for page in loaded] == list(range(1, len(loaded) + 1))
    assert page_count(path) == len(loaded)


def test_a_tiff_whose_pages_run_in_a_circle_ends(tmp_path):
    path = saved(tmp_path, scan(), "a.tif", save_all=True, append_images=[scan()])
    content = bytearray(path.read_bytes())
    first = struct.unpack("<I", content[4:8])[0]
    entries = struct.unpack("<H", content[first : first + 2])[0]
    after = first + 2 + 12 * entries
    second = struct.unpack("<I", content[after : after + 4])[0]
    entries = struct.unpack("<H", content[second : second + 2])[0]
    at = second + 2 + 12 * entries
    content[at : at + 4] = struct.pack("<I", first)
    path.write_bytes(content)
    kinds = [isinstance(page, PageImage) for page in load_pages(path)]
    assert kinds[:2] == [True, True]
    assert len(kinds) == 3


def test_a_tiff_with_more_pages_than_allowed_is_refused(tmp_path):
    path = saved(tmp_path, scan(), "a.tif", save_all=True, append_images=[scan()] * 3)
    assert only_refusal(path, limits=Limits(pages=3)) == "too_many_pages"
    assert len(list(load_pages(path, limits=Limits(pages=4)))) == 4


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_deflate", "group4", "jpeg"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_half_a_tiff_is_set_aside(tmp_path, compression, share):
    picture = scan().convert("1") if compression == "group4" else scan()
    options = {"compression": compression} if compression else {}
    path = saved(tmp_path, picture, "a.tif", **options)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert only_refusal(path) in {"truncated_image", "damaged_image"}


def test_half_a_jpeg_closed_again_is_still_half(tmp_path):
    path = saved(tmp_path, scan(480, 640), "a.jpg", quality=90)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + b"\xff\xd9")
    assert only_refusal(path) == "truncated_image"


def test_a_picture_with_a_plain_margin_is_whole(tmp_path):
    drawn = np.full((400, 300, 3), 255, np.uint8)
    drawn[40:200, 40:250] = np.asarray(scan(210, 160))
    only_page(saved(tmp_path, Image.fromarray(drawn), "a.jpg"))


def test_a_png_with_a_wrong_checksum_is_set_aside(tmp_path):
    path = saved(tmp_path, scan(), "a.png")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert only_refusal(path) in {"truncated_image", "damaged_image"}


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_a_pixel_bomb_is_not_opened(tmp_path):
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    content += chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b"")
    path = tmp_path / "bomb.png"
    path.write_bytes(content)
    assert only_refusal(path) == "too_many_pixels"


def test_the_bound_on_pixels_is_that_of_the_limits(tmp_path):
    path = saved(tmp_path, scan(200, 100), "a.png")
    only_page(path, limits=Limits(pixels=20_000))
    assert only_refusal(path, limits=Limits(pixels=19_999)) == "too_many_pixels"


def test_a_text_chunk_bomb_is_set_aside(tmp_path):
    path = saved(tmp_path, scan(), "a.png")
    content = path.read_bytes()
    bomb = chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(200 << 20)))
    path.write_bytes(content[:33] + bomb + content[33:])
    page = next(iter(load_pages(path)))
    assert isinstance(page, PageImage) or page.reason == "damaged_image"


def test_animated_and_tiny_pictures_are_no_scans(tmp_path):
    moving = saved(tmp_path, scan(), "a.png", save_all=True, append_images=[scan(240, 160)])
    other = Image.fromarray(255 - np.asarray(scan()))
    moving = saved(tmp_path, scan(), "a.png", save_all=True, append_images=[other])
    assert only_refusal(moving) == "animated_image"
    assert only_refusal(saved(tmp_path, scan(240, 160).resize((9, 9)), "b.png")) == "too_small"
