"""Sex as papers and registers write it."""

from __future__ import annotations

from typing import Final

#: Words, and the codes of GB/T 2261.1 (1 male, 2 female; 0 and 9 say unknown).
_SEXES: Final = {
    "男": "male", "男性": "male", "男方": "male", "1": "male", "01": "male", "m": "male",
    "male": "male", "乾": "male", "新郎": "male",
    "女": "female", "女性": "female", "女方": "female", "2": "female", "02": "female",
    "f": "female", "female": "female", "坤": "female", "新娘": "female",
}  # fmt: skip
_FULL_WIDTH: Final = {ord("０") + offset: ord("0") + offset for offset in range(10)}


def parse_sex(text: str) -> str | None:
    """`male`, `female`, or None when the text says neither."""
    return _SEXES.get("".join(text.split()).translate(_FULL_WIDTH).lower())
