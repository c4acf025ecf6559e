"""Radicals that stand in for characters in text layers.

Some producers map a glyph to the radical that looks the same (⼥ U+2F25 for 女, ⻢ U+2EE2
for 马), or to a compatibility ideograph. What stands on the page is the character.
"""

from __future__ import annotations

import unicodedata

#: Unicode gives the Kangxi radicals their characters, these of the supplement it doesn't.
_SUPPLEMENT = str.maketrans(
    "⺁⺏⺒⺓⺝⺟⺠⺪⺫⺬⺰⺲⺴⺸⺹⺻⺼⺽⻁⻃⻄⻅⻆⻉⻋⻒⻓⻔⻘⻙⻚⻛⻜⻝⻞⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻮⻯⻰⻳",
    "厂尣巳幺月母民疋目示糸罒网羊耂聿肉臼虎覀西见角贝车镸长门青韦页风飞食飠马骨鬼鱼鸟卤麦黄黾斉齐齿竜龙龟",
)
_IDEOGRAPHS = (("\u2e80", "\u2fdf"), ("\uf900", "\ufaff"), ("\U0002f800", "\U0002fa1f"))


def unified(text: str) -> str:
    """The text with characters in the place of radicals and compatibility ideographs."""
    return "".join(_character(character) for character in text)


def _character(character: str) -> str:
    if not any(first <= character <= last for first, last in _IDEOGRAPHS):
        return character
    return unicodedata.normalize("NFKC", character).translate(_SUPPLEMENT)
