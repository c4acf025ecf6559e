"""Names of people: the form kept, the form compared, and what a name is made of.

The form kept is what stands on the page, with one separator (U+00B7) and no white space. The
match key joins traditional and simplified forms and the surnames shortened in 1977; it finds
candidates and is never shown. Compatibility folding (NFKC) is never used: it rewrites
ideographs and leaves the separators apart.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from records.glyphs import is_common, key_table, private_use, simplified_table, written_forms
from records.surnames import COMMON_SURNAMES, COMPOUND_SURNAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ILLEGIBLE", "SEPARATOR", "NameFlag", "NameParts", "is_rare", "match_key", "name_flags",
    "name_value", "simplified", "split_name", "written_forms",
]  # fmt: skip

SEPARATOR: Final = "\N{MIDDLE DOT}"
#: One for every character that can't be read.
ILLEGIBLE: Final = "\N{WHITE SQUARE}"


class NameFlag(StrEnum):
    """What a person should know about a name."""

    RARE = "rare_character"
    ILLEGIBLE = "illegible_character"
    PRIVATE_USE = "private_use_character"


class NameParts(NamedTuple):
    """Surname and given name; a name with a separator has no surname."""

    surname: str
    given: str


#: Dots that always separate, and those that only do between the parts of a name.
_DOTS: Final = "\u00b7\u2022\u2027\u2219\u22c5\u30fb\uff65\u0387\u16eb\u2e31"
_FULL_STOPS: Final = ".．。"
_SQUARES: Final = "\u2610\u25a2\u3013\u2b1c\u25fb"
_FULL_WIDTH: Final = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_VALUE_FOLD: Final = {
    **dict.fromkeys(map(ord, _DOTS), SEPARATOR),
    **dict.fromkeys(map(ord, _SQUARES), ILLEGIBLE),
    **{code: letter for code, letter in _FULL_WIDTH.items() if letter.isalnum()},
}
_STOP_WITHIN: Final = re.compile(rf"(?<=\w)[{_FULL_STOPS}](?=\w)")
_LATIN: Final = "[A-Za-z\u00c0-\u024f]"
_SPACE: Final = re.compile(rf"(?<={_LATIN})(\s+)(?={_LATIN})|\s+")
_WHITE: Final = [chr(code) for code in range(0x3001) if chr(code).isspace()]
#: Control characters, and the invisible marks that spreadsheets leave behind.
_INVISIBLE: Final = [
    character
    for character in map(chr, (*range(0x20), *range(0x7F, 0xA0), *range(0x200B, 0x2010), 0xFEFF))
    if not character.isspace()
]
_COMPATIBILITY: Final = re.compile("[\uf900-\ufaff\U0002f800-\U0002fa1f]+")
_PRIVATE: Final = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")


def name_value(text: str) -> str:
    """The normal form of a name as on the page: no white space, U+00B7 as the separator.

    Canonical composition (NFC) is applied, though not to compatibility ideographs, which it
    would exchange for others. Words in Latin letters keep one space between them.
    """
    plain = text.translate(_value_table())
    if plain.isalpha():
        return _composed(plain)
    plain = _SPACE.sub(lambda space: " " if space.group(1) else "", plain)
    plain = _STOP_WITHIN.sub(SEPARATOR, plain).strip(SEPARATOR + _FULL_STOPS)
    return _composed(plain)


def simplified(text: str) -> str:
    """Traditional forms led to simplified ones, character by character; 乾 stays."""
    return text.translate(simplified_table())


def match_key(name: str) -> str:
    """The form under which a name is looked up.

    Equal for traditional and simplified forms, for 萧 and 肖, with and without separators,
    in capital and small letters. Not for display.
    """
    return unicodedata.normalize("NFC", name.translate(_match_table()))


def is_rare(name: str) -> bool:
    """Whether a name has an ideograph that GB 2312 lacks even in its simplified form."""
    return any(not is_common(character) for character in simplified("".join(_HAN.findall(name))))


def name_flags(name: str) -> frozenset[NameFlag]:
    """What a person should know about a name in its normal form."""
    found = {
        NameFlag.RARE: is_rare(name),
        NameFlag.ILLEGIBLE: ILLEGIBLE in name,
        NameFlag.PRIVATE_USE: bool(_PRIVATE.search(name)),
    }
    return frozenset(flag for flag, holds in found.items() if holds)


def has_common_surname(name: str) -> bool:
    """Whether a name begins with a well-known surname, in either script."""
    surname = simplified(split_name(name).surname)
    return surname in COMMON_SURNAMES or surname in COMPOUND_SURNAMES


def split_name(name: str) -> NameParts:
    """Surname and given name of a name in its normal form, compound surnames as one.

    Names with a separator and names in letters have no surname. A name of two characters
    that is itself a compound surname (司马) is read as surname 司 and given name 马.
    """
    if SEPARATOR in name or not _HAN.match(name):
        return NameParts("", name)
    compound = name[2:] and simplified(name[:2]) in COMPOUND_SURNAMES
    at = 2 if compound else 1
    return NameParts(name[:at], name[at:])


@cache
def _value_table() -> Mapping[int, str]:
    return {**_VALUE_FOLD, **private_use(), **dict.fromkeys(map(ord, _INVISIBLE), "")}


def _composed(text: str) -> str:
    parts = _COMPATIBILITY.split(text)
    kept = _COMPATIBILITY.findall(text)
    composed = [unicodedata.normalize("NFC", part) for part in parts]
    return "".join(part + keep for part, keep in zip(composed, [*kept, ""], strict=True))


@cache
def _match_table() -> Mapping[int, str | None]:
    capitals = {code: chr(code).upper() for code in range(ord("a"), ord("z") + 1)}
    return {
        **capitals,
        **{code: letter.upper() for code, letter in _FULL_WIDTH.items()},
        **dict.fromkeys(map(ord, _SQUARES), ILLEGIBLE),
        **key_table(),
        **dict.fromkeys(map(ord, (*_DOTS, *_FULL_STOPS, *_WHITE, *_INVISIBLE))),
    }
