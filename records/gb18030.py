"""Text as bytes of GB 18030-2022, which Python's codec of the year 2000 writes otherwise.

GB 18030-2005 gave one two-byte code (A8BC) and GB 18030-2022 eighteen others back to the
characters that they had always stood for; until then they led to private code points. The
characters and the private points change places; everything else is as in the codec.
"""

from __future__ import annotations

from typing import Final

#: The characters in the order of their two-byte codes, and the private points of before.
_CHARACTERS: Final = (
    0xFE10, 0xFE12, 0xFE11, 0xFE13, 0xFE14, 0xFE15, 0xFE16, 0xFE17, 0xFE18, 0xFE19, 0x1E3F,
    0x9FB4, 0x9FB5, 0x9FB6, 0x9FB7, 0x9FB8, 0x9FB9, 0x9FBA, 0x9FBB,
)  # fmt: skip
_PRIVATE: Final = (
    0xE78D, 0xE78E, 0xE78F, 0xE790, 0xE791, 0xE792, 0xE793, 0xE794, 0xE795, 0xE796, 0xE7C7,
    0xE81E, 0xE826, 0xE82B, 0xE82C, 0xE832, 0xE843, 0xE854, 0xE864,
)  # fmt: skip
_EXCHANGED: Final = dict(zip(_CHARACTERS, _PRIVATE, strict=True)) | dict(
    zip(_PRIVATE, _CHARACTERS, strict=True)
)


def encode_gb18030(text: str) -> bytes:
    """The text in GB 18030-2022; raises UnicodeEncodeError for a lone surrogate."""
    return text.translate(_EXCHANGED).encode("gb18030")


def decode_gb18030(data: bytes) -> str:
    """The text of bytes in GB 18030-2022; raises UnicodeDecodeError for others."""
    return data.decode("gb18030").translate(_EXCHANGED)
