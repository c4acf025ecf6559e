"""Pictures go into documents as they are, or come out of them bit for bit."""

import io
import struct
import zlib

import numpy as np
import pikepdf
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageCms

from ocr.pages import PageImage, load_pages
from ocr.pictures import packed, picture_of
from ocr.srgb import srgb_profile
from records.errors import InputError
from records.reading import Kind, PageReading


def reading(size, *, rotation=0, number=1):
    return PageReading(
        source="1", page=number, kind=Kind.OTHER, era=None, rotation=rotation, size=size,
        dpi=300, fields=(), engine="ppocr",
    )  # fmt: skip


def sheet(width=320, height=200, seed=3):
    rng = np.random.default_rng(seed)
    rgb = rng.normal(215, 9, (height, width, 3)).clip(0, 255).astype(np.uint8)
    rgb[20:60, 20:120] = (25, 20, 60)
    return rgb


def unpacked(picture):
    """The pixels of a picture without loss, as (H, W, 3), by the definition of the format."""
    width, height = picture.size
    data = zlib.decompress(picture.data)
    if picture.bits == 1:
        bits = np.unpackbits(np.frombuffer(data, np.uint8).reshape(height, -1), axis=1)
        return np.repeat(bits[:, :width, None] * 255, 3, axis=2).astype(np.uint8)
    rows = np.frombuffer(data, np.uint8).reshape(height, -1)
    assert (rows[:, 0] == 1).all()
    pixels = np.cumsum(rows[:, 1:].reshape(height, width, picture.channels), axis=1, dtype=np.uint8)
    return np.repeat(pixels, 3 // picture.channels, axis=2)


@pytest.mark.parametrize(
    ("change", "channels", "bits"),
    [
        (lambda rgb: rgb, 3, 8),
        (lambda rgb: np.repeat(rgb[:, :, :1], 3, axis=2), 1, 8),
        (lambda rgb: np.where(rgb[:, :, :1] > 215, 255, 0).repeat(3, axis=2), 1, 1),
    ],
    ids=["colour", "grey", "two tones"],
)
def test_pixels_are_packed_without_loss_in_the_smallest_form(change, channels, bits):
    rgb = np.ascontiguousarray(change(sheet()), dtype=np.uint8)
    picture = packed(rgb)
    assert (picture.channels, picture.bits) == (channels, bits)
    assert np.array_equal(unpacked(picture), rgb)


SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 17))
COLOURS = SHAPES.flatmap(lambda shape: arrays.arrays(np.uint8, (*shape, 3)))
GREYS = SHAPES.flatmap(lambda shape: arrays.arrays(np.uint8, (*shape, 1)))
TONES = SHAPES.flatmap(
    lambda shape: arrays.arrays(np.uint8, (*shape, 1), elements=st.sampled_from([0, 255]))
)


@given(COLOURS | GREYS | TONES)
def test_any_pixels_come_out_again(values):
    rgb = np.repeat(values, 3 // values.shape[2], axis=2)
    assert np.array_equal(unpacked(packed(rgb)), rgb)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 20}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_jpeg_is_taken_as_it_is(tmp_path, mode, options):
    path = tmp_path / "1.jpg"
    Image.fromarray(sheet()).convert(mode).save(path, **options)
    picture = picture_of(path, reading((320, 200)))
    assert picture.data == path.read_bytes()
    assert (picture.filter, picture.size, picture.turned) == ("/DCTDecode", (320, 200), 0)
    assert picture.channels == {"RGB": 3, "L": 1}[mode]


@pytest.mark.parametrize(("tag", "turned"), [(3, 180), (6, 270), (8, 90)])
def test_a_jpeg_that_lies_keeps_its_data_and_says_how_it_lies(tmp_path, tag, turned):
    path = tmp_path / "1.jpg"
    exif = Image.Exif()
    exif[0x0112] = tag
    Image.fromarray(sheet()).save(path, exif=exif)
    (page,) = load_pages(path)
    assert page.turned == turned
    upright = (page.rgb.shape[1], page.rgb.shape[0])
    picture = picture_of(path, reading(upright, rotation=turned))
    assert (picture.data, picture.turned) == (path.read_bytes(), turned)


def test_a_jpeg_in_four_colours_is_packed_as_the_reader_saw_it(tmp_path):
    path = tmp_path / "1.jpg"
    Image.fromarray(sheet()).convert("CMYK").save(path)
    (page,) = load_pages(path)
    picture = picture_of(path, reading((320, 200)))
    assert picture.filter == "/FlateDecode"
    assert np.array_equal(unpacked(picture), page.rgb)


def test_frames_that_pdf_does_not_know_are_packed(tmp_path):
    path = tmp_path / "1.jpg"
    Image.fromarray(sheet()).save(path)
    data = path.read_bytes()
    # An arithmetic frame, as far as its marker goes.
    path.write_bytes(data.replace(b"\xff\xc0", b"\xff\xc9", 1))
    (page,) = load_pages(path)
    picture = picture_of(path, reading((320, 200)))
    assert picture.filter == "/FlateDecode"
    assert np.array_equal(unpacked(picture), page.rgb)


@pytest.mark.parametrize("name", ["1.png", "1.tif"])
def test_other_files_are_packed(tmp_path, name):
    path = tmp_path / name
    Image.fromarray(sheet()).save(path)
    picture = picture_of(path, reading((320, 200), rotation=180))
    assert np.array_equal(unpacked(picture), sheet())
    assert picture.turned == 180


def test_the_page_asked_for_is_taken(tmp_path):
    path = tmp_path / "1.tif"
    pages = [Image.fromarray(sheet(seed=seed)) for seed in (1, 2)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    assert np.array_equal(unpacked(picture_of(path, reading((320, 200), number=2))), sheet(seed=2))


def scanned_pdf(path, jpeg, *, matrix=b"320 0 0 200 0 0", sheet=(320, 200), **extra):
    """A scanned page as producers write them: one picture over the whole sheet."""
    with pikepdf.new() as pdf:
        image = pikepdf.Stream(pdf, jpeg)
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        image.Width, image.Height, image.BitsPerComponent = 320, 200, 8
        image.ColorSpace, image.Filter = pikepdf.Name.DeviceRGB, pikepdf.Name.DCTDecode
        for name, value in extra.items():
            image[f"/{name}"] = value(pdf) if callable(value) else value
        pdf.add_blank_page(page_size=sheet)
        pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))
        pdf.pages[0].Contents = pikepdf.Stream(pdf, b"q " + matrix + b" cm /Im Do Q")
        pdf.save(path)


def jpeg_of(rgb, **options):
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "JPEG", **options)
    return stream.getvalue()


def test_the_jpeg_inside_a_scanned_pdf_is_taken_as_it_is(tmp_path):
    path, jpeg = tmp_path / "1.pdf", jpeg_of(sheet())
    scanned_pdf(path, jpeg)
    assert picture_of(path, reading((320, 200))).data == jpeg


def test_the_colour_profile_beside_it_is_taken_too(tmp_path):
    def profiled(pdf):
        stream = pikepdf.Stream(pdf, srgb_profile(), N=3)
        return pikepdf.Array([pikepdf.Name.ICCBased, pdf.make_indirect(stream)])

    path = tmp_path / "1.pdf"
    scanned_pdf(path, jpeg_of(sheet()), ColorSpace=profiled)
    assert picture_of(path, reading((320, 200))).profile == srgb_profile()


def test_a_picture_that_the_page_shows_mirrored_is_packed_as_it_shows(tmp_path):
    path = tmp_path / "1.pdf"
    scanned_pdf(path, jpeg_of(sheet()), matrix=b"320 0 0 -200 0 200")
    (page,) = load_pages(path)
    picture = picture_of(path, reading((320, 200)))
    assert picture.filter == "/FlateDecode"
    assert np.array_equal(unpacked(picture), page.rgb)


def test_a_page_that_turns_its_picture_keeps_the_data(tmp_path):
    path, jpeg = tmp_path / "1.pdf", jpeg_of(sheet())
    scanned_pdf(path, jpeg, matrix=b"0 320 -200 0 200 0", sheet=(200, 320))
    (page,) = load_pages(path)
    assert page.turned == 90
    picture = picture_of(path, reading((200, 320), rotation=90))
    assert (picture.data, picture.turned) == (jpeg, 90)


def test_a_picture_that_the_pdf_changes_is_packed_as_it_shows(tmp_path):
    path = tmp_path / "1.pdf"
    scanned_pdf(path, jpeg_of(sheet()), Decode=pikepdf.Array([1, 0, 1, 0, 1, 0]))
    (page,) = load_pages(path)
    picture = picture_of(path, reading((page.rgb.shape[1], page.rgb.shape[0])))
    assert picture.filter == "/FlateDecode"
    assert np.array_equal(unpacked(picture), page.rgb)


def test_a_page_that_is_gone_is_refused(tmp_path):
    path = tmp_path / "1.jpg"
    with pytest.raises(InputError) as refused:
        picture_of(path, reading((320, 200)))
    assert refused.value.reason == "not_found"


def altered(at, value):
    profile = bytearray(srgb_profile())
    profile[at : at + len(value)] = value
    return bytes(profile)


@pytest.mark.parametrize(
    ("profile", "kept"),
    [
        (srgb_profile(), True),
        (srgb_profile()[:-7], False),
        (b"no profile at all", False),
        (altered(8, b"\x05"), False),
        (altered(12, b"link"), False),
        (altered(16, b"CMYK"), False),
        (altered(36, b"xxxx"), False),
    ],
    ids=["sound", "cut short", "nonsense", "too new", "device link", "four colours", "unsigned"],
)
def test_only_a_sound_colour_profile_is_kept(tmp_path, profile, kept):
    path = tmp_path / "1.jpg"
    Image.fromarray(sheet()).save(path, icc_profile=profile)
    picture = picture_of(path, reading((320, 200)))
    assert picture.profile == (profile if kept else b"")
    assert picture.data == path.read_bytes()


def test_our_colour_profile_is_srgb():
    """Against the profile that LittleCMS makes itself, over the whole cube of colours."""
    ours = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    assert ours.profile.device_class == "mntr"
    assert ours.profile.version == pytest.approx(2.1)
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(len(steps), -1, 3)
    there = ImageCms.buildTransform(ours, ImageCms.createProfile("sRGB"), "RGB", "RGB")
    moved = np.asarray(ImageCms.applyTransform(Image.fromarray(cube), there)).astype(int)
    assert np.abs(moved - cube).max() <= 1
    assert struct.unpack(">I", srgb_profile()[:4])[0] == len(srgb_profile())


def test_pdfium_shows_what_was_packed(tmp_path):
    path = tmp_path / "1.png"
    Image.fromarray(sheet()).save(path)
    (page,) = load_pages(path)
    assert isinstance(page, PageImage)
    picture = picture_of(path, reading((320, 200)))
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(320, 200))
        image = pikepdf.Stream(
            pdf, picture.data, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image,
            Width=320, Height=200, BitsPerComponent=8, ColorSpace=pikepdf.Name.DeviceRGB,
            Filter=pikepdf.Name.FlateDecode,
            DecodeParms=pikepdf.Dictionary(Predictor=15, Colors=3, BitsPerComponent=8, Columns=320),
        )  # fmt: skip
        pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))
        pdf.pages[0].Contents = pikepdf.Stream(pdf, b"q 320 0 0 200 0 0 cm /Im Do Q")
        pdf.save(tmp_path / "1.pdf")
    document = pypdfium2.PdfDocument(tmp_path / "1.pdf")
    shown = np.asarray(document[0].render(scale=1).to_pil().convert("RGB"))
    document.close()
    assert np.array_equal(shown, sheet())
