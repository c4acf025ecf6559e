"""How characters of names sound: one number for syllables that clerks mix up.

Clerks wrote names from dictation; n/l, the final -n/-ng and the retroflex initials are
folded, because speakers of many dialects do not tell them apart.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

import numpy as np
from pypinyin.constants import PINYIN_DICT

from matching.encode import hash_text

if TYPE_CHECKING:
    import numpy.typing as npt

_LAST_CODE_POINT = 0x110000
#: Marks of the four tones.
_TONES = frozenset("\u0304\u0301\u030c\u0300")
#: Readings as a surname, where the common reading of the character differs.
_SURNAMES = {
    "区": "ou", "翟": "zhai", "仇": "qiu", "查": "zha", "朴": "piao", "盖": "ge", "解": "xie",
    "曾": "zeng", "单": "shan", "任": "ren", "华": "hua", "燕": "yan", "尉": "wei", "覃": "qin",
    "乐": "yue", "缪": "miao", "种": "chong", "召": "shao", "隗": "kui", "员": "yun", "洗": "xian",
}  # fmt: skip
_FOLDS = (
    (re.compile("^n"), "l"),
    (re.compile("^(z|c|s)h"), r"\1"),
    (re.compile("^f(?=u)"), "h"),
    (re.compile("ng$"), "n"),
    (re.compile("^(y|w)"), ""),
    (re.compile("v|ü"), "u"),
)


def folded(syllable: str) -> str:
    """A syllable without tone, with the distinctions of standard Mandarin only dropped."""
    for pattern, replacement in _FOLDS:
        syllable = pattern.sub(replacement, syllable)
    return syllable


def _without_tone(syllable: str) -> str:
    """A syllable without the marks of its tone; ü keeps its dots, as v."""
    letters = "".join(char for char in normalize("NFD", syllable) if char not in _TONES)
    return normalize("NFC", letters).replace("ü", "v")


def _sound(code: int, *, surname: bool) -> int:
    char = chr(code)
    reading = _SURNAMES.get(char) if surname else None
    if reading is None:
        # The table that `pinyin` itself looks into; a call for each character costs ten times more.
        reading = _without_tone(PINYIN_DICT.get(code, "").split(",")[0])
    return (hash_text(folded(reading)) & 0x7FFFFFFF) if reading else 0


@cache
def _heard() -> npt.NDArray[Any]:
    """The sounds asked for so far, -1 for others: as a later character and as a surname."""
    return np.full((2, _LAST_CODE_POINT), -1, np.int32)


def sounds_of(chars: npt.NDArray[Any], surname: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Folded sounds of single characters (n,); `surname` (n,) marks those that begin a name."""
    tables, first = _heard(), surname.astype(np.int64)
    heard: npt.NDArray[Any] = tables[first, chars]
    new = np.flatnonzero((heard < 0) & (chars > 0))
    if len(new):
        for place, code in set(zip(first[new].tolist(), chars[new].tolist(), strict=True)):
            tables[place, code] = _sound(code, surname=bool(place))
        heard = tables[first, chars]
    return np.where(chars > 0, heard, 0)


def sounds(codes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Folded sounds of names (n, width) as int32; 0 where a character has none."""
    result = np.zeros(codes.shape, np.int32)
    for at in range(codes.shape[1]):
        table = _heard()[int(at == 0)]
        # Few names reach the last places.
        rows = np.flatnonzero(codes[:, at])
        asked = codes[rows, at]
        heard = table[asked]
        for code in np.unique(asked[heard < 0]).tolist():
            table[code] = _sound(code, surname=at == 0)
        result[rows, at] = table[asked] if (heard < 0).any() else heard
    return result
