"""Text that XML 1.0 can carry."""

from __future__ import annotations

#: The ranges of XML 1.0, section 2.2.
_RANGES = ((0x9, 0xA), (0xD, 0xD), (0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF))


def legal(text: str) -> str:
    """The text with U+FFFD for each character that XML can't carry, such as control codes."""
    return "".join(c if any(a <= ord(c) <= b for a, b in _RANGES) else "\ufffd" for c in text)
