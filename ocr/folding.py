"""One form for the many shapes of a character, for comparing printed words and grammars.

Traditional characters fold to simplified ones, full-width signs to ASCII, the zeroes to
`〇`. What stands on the page is never replaced by its folded form.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import opencc

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("零○◯", "〇"),
        **dict.fromkeys("—–‐‑‒―−﹣－", "-"),
        **dict.fromkeys("（〔［【[﹙", "("),
        **dict.fromkeys("）〕］】]﹚", ")"),
        **dict.fromkeys("•‧∙⋅・．。", "."),
        **dict.fromkeys("：︰", ":"),
        **dict.fromkeys("，、", ","),
        # Forms of the labels' characters that OpenCC leaves as they are.
        "証": "证",
        "曁": "暨",
        "厯": "历",
        "歴": "历",
        "別": "别",
        "齢": "龄",
        "歳": "岁",
    }
)


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@cache
def fold(character: str) -> str:
    """The folded form of one character (one character long, or empty for white space)."""
    if character.isspace():
        return ""
    plain = character.translate(_SIGNS)
    wide = unicodedata.normalize("NFKC", plain) if "！" <= plain <= "～" else plain
    simple = str(_converter().convert(wide)).translate(_SIGNS)
    return simple if len(simple) == 1 else wide


def fold_text(text: str) -> tuple[str, tuple[int, ...]]:
    """The folded text without white space, and for each of its characters where it stood."""
    kept = [(folded, i) for i, character in enumerate(text) if (folded := fold(character))]
    return "".join(folded for folded, _ in kept), tuple(i for _, i in kept)


def traditional(text: str) -> int:
    """How many characters are traditional forms of simplified ones."""
    return sum(
        character not in _EITHER and "一" <= character <= "鿿" and fold(character) != character
        for character in text
    )


#: Characters whose folded form says nothing about the script of a page.
_EITHER = frozenset("零乾")
