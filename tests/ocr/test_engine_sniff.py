"""A file's type is told from its bytes, and what can't be opened is refused with a reason."""

import hashlib
import io
import os
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ocr.limits import Limits
from ocr.refusals import ADVICE, advice
from ocr.sniff import media_type_of, sha256_of, sniff
from records.errors import ExitStatus, InputError


def encoded(kind: str, **options) -> bytes:
    out = io.BytesIO()
    picture = Image.effect_noise((120, 90), 60).convert("RGB")
    picture.save(out, kind, **options)
    return out.getvalue()


def reason(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(InputError) as caught:
        sniff(path, limits)
    assert caught.value.status is ExitStatus.INPUT_REFUSED
    assert caught.value.what == advice(caught.value.reason)
    return caught.value.reason


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("TIFF", "image/tiff"),
        ("PDF", "application/pdf"),
    ],
)
def test_the_bytes_decide_not_the_extension(tmp_path, kind, media_type):
    path = tmp_path / "scan.docx"
    path.write_bytes(encoded(kind))
    assert sniff(path).media_type == media_type
    assert sniff(path).size == path.stat().st_size


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("empty.jpg", b"", "empty_file"),
        ("text.jpg", b"male,female\n", "unsupported_type"),
        ("moving.jpg", b"GIF89a" + bytes(50), "unsupported_type"),
        ("web.jpg", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "unsupported_type"),
        ("zip.pdf", b"PK\x03\x04" + bytes(50), "unsupported_type"),
        ("zeros.tif", bytes(5000), "unsupported_type"),
    ],
)
def test_other_bytes_are_refused(tmp_path, name, content, expected):
    path = tmp_path / name
    path.write_bytes(content)
    assert reason(path) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("JPEG", "truncated_image"), ("PNG", "truncated_image"), ("PDF", "truncated_pdf")],
)
@pytest.mark.parametrize("share", [0.3, 0.5, 0.9, 0.99])
def test_a_file_that_does_not_reach_its_end_is_refused(tmp_path, kind, expected, share):
    content = encoded(kind)
    path = tmp_path / "half"
    path.write_bytes(content[: int(len(content) * share)])
    assert reason(path) == expected


def test_the_end_of_a_thumbnail_is_not_the_end_of_the_picture(tmp_path):
    exif = Image.Exif()
    thumbnail = encoded("JPEG")
    content = encoded("JPEG", exif=exif.tobytes() + thumbnail)
    path = tmp_path / "half.jpg"
    path.write_bytes(content[: len(content) - 500])
    assert b"\xff\xd9" in path.read_bytes()
    assert reason(path) == "truncated_image"


def test_padding_after_the_end_is_no_damage(tmp_path):
    path = tmp_path / "padded.jpg"
    path.write_bytes(encoded("JPEG") + bytes(3000))
    assert sniff(path).media_type == "image/jpeg"


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    path = tmp_path / "pipe.jpg"
    os.mkfifo(path)
    assert reason(path) == "not_a_regular_file"


def test_a_socket_and_a_device_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("scan.jpg")
        assert reason(Path("scan.jpg")) == "not_a_regular_file"
    assert reason(Path(os.devnull)) == "not_a_regular_file"


def test_links_lead_to_their_files_and_loops_nowhere(tmp_path):
    (tmp_path / "real.png").write_bytes(encoded("PNG"))
    (tmp_path / "link.png").symlink_to("real.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "gone.png").symlink_to("nothing.png")
    assert sniff(tmp_path / "link.png").media_type == "image/png"
    assert reason(tmp_path / "loop.png") == "not_found"
    assert reason(tmp_path / "gone.png") == "not_found"


@pytest.mark.parametrize("name", ["missing.jpg", "no/such/folder.jpg", "x" * 300, "nul\0.jpg"])
def test_a_name_that_leads_nowhere(tmp_path, name):
    assert reason(tmp_path / name) == "not_found"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to root")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "secret.jpg"
    path.write_bytes(encoded("JPEG"))
    path.chmod(0)
    assert reason(path) == "unreadable"


def test_a_folder_is_no_scan(tmp_path):
    assert reason(tmp_path) == "unreadable"


def test_a_file_beyond_the_bound(tmp_path):
    path = tmp_path / "big.png"
    path.write_bytes(encoded("PNG"))
    assert reason(path, Limits(file_bytes=100)) == "file_too_large"


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=5000))
def test_the_digest_is_that_of_the_bytes(tmp_path, content):
    path = tmp_path / "any"
    path.write_bytes(content)
    assert sha256_of(path) == hashlib.sha256(content).hexdigest()


@given(content=st.binary(max_size=2000))
def test_any_bytes_have_a_type_or_none(content):
    assert media_type_of(content) in {
        None,
        "image/jpeg",
        "image/png",
        "image/tiff",
        "application/pdf",
    }


def test_every_reason_says_what_to_do_in_both_languages():
    for chinese, english in ADVICE.values():
        assert "；" in chinese
        assert ";" in english
        assert english.isascii()
