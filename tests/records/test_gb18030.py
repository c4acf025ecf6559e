"""GB 18030-2022: the characters that once led to private code points stand in their own places."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.gb18030 import decode_gb18030, encode_gb18030

#: From the standard's own table of changes: two bytes and the character that they stand for.
CHANGED = {
    "A6D9": "︐", "A6DA": "︒", "A6DB": "︑", "A6DC": "︓", "A6DD": "︔", "A6DE": "︕",
    "A6DF": "︖",
    "A6EC": "︗", "A6ED": "︘", "A6F3": "︙", "A8BC": "ḿ",
    "FE59": "龴", "FE61": "龵", "FE66": "龶", "FE67": "龷", "FE6D": "龸", "FE7E": "龹",
    "FE90": "龺", "FEA0": "龻",
}  # fmt: skip
VALID = st.text(st.characters(exclude_categories=("Cs",)))


@pytest.mark.parametrize(("code", "character"), CHANGED.items())
def test_characters_have_their_two_bytes(code, character):
    assert encode_gb18030(character) == bytes.fromhex(code)
    assert decode_gb18030(bytes.fromhex(code)) == character
    # Python's own codec, of the standard's first edition, gives another answer.
    assert character.encode("gb18030") != bytes.fromhex(code)


def test_names_of_people_are_written_as_ever():
    for name in ("阿依古丽·买买提", "王䶮", "李𠮷", "赵□", "〇"):
        assert encode_gb18030(name) == name.encode("gb18030")


@given(VALID)
def test_every_text_comes_back(text):
    assert decode_gb18030(encode_gb18030(text)) == text


@given(st.lists(VALID, max_size=5))
def test_two_texts_never_share_their_bytes(texts):
    assert len({encode_gb18030(text) for text in texts}) == len(set(texts))


@pytest.mark.skipif(not shutil.which("iconv"), reason="compares with the C library's converter")
def test_the_c_library_agrees_on_all_characters_in_use():
    # glibc has the changes in this direction; six characters beyond the first plane, which the
    # standard writes with four bytes, it writes with two, so they aren't compared.
    blocks = [(0x20, 0x7F), (0x370, 0x400), (0x2000, 0x2E80), (0x3000, 0x3040), (0x4E00, 0x9FF0),
              (0xFE10, 0xFE1A)]  # fmt: skip
    text = "".join(chr(point) for first, last in blocks for point in range(first, last))
    made = subprocess.run(
        ["iconv", "-f", "UTF-8", "-t", "GB18030"], input=text.encode(), capture_output=True,
        check=True,
    ).stdout  # fmt: skip
    assert encode_gb18030(text) == made
