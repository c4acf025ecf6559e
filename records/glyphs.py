"""Which characters may stand for one another in names.

Three degrees are kept apart. Traditional and simplified forms are one character. The
surnames shortened in 1977 (萧/肖) are one for finding candidates, and nearly one as evidence.
Variants (峯/峰, 堃/坤) are evidence of a weight, one step only and never an equality: chains
of variants would join characters that have nothing in common.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Surnames of the second simplification scheme (1977-12-20 to 1986-06-24): the shortened
#: form, still borne by most families, and the standard one.
SHORTENED_SURNAMES: Final = MappingProxyType(
    {"肖": "萧", "付": "傅", "闫": "阎", "代": "戴", "兰": "蓝", "占": "詹"}
)
#: Weights of evidence: the same character in another script, and a shortened surname.
SAME: Final = 1.0
OTHER_SCRIPT: Final = 0.98
SHORTENED: Final = 0.85
#: From this weight on a variant is a way of writing the character, not another name.
WAY_OF_WRITING: Final = 0.5

_COMPATIBILITY: Final = (range(0xF900, 0xFB00), range(0x2F800, 0x2FA20))
#: Private-use code points of GBK fonts (U+E815 to U+E864) stood for the two-byte codes FE50
#: to FEA0; these six of them lie outside the Basic Multilingual Plane.
_PRIVATE_ASTRAL: Final = MappingProxyType(
    {0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC,
     0xE831: 0x215D7, 0xE83B: 0x2298F, 0xE855: 0x241FE}
)  # fmt: skip
_PRIVATE_FIRST: Final = 0xE815
#: GB 18030-2005 moved eight of them to these code points.
_PRIVATE_MOVED: Final = MappingProxyType(
    {0xE81E: 0x9FB4, 0xE826: 0x9FB5, 0xE82B: 0x9FB6, 0xE82C: 0x9FB7,
     0xE832: 0x9FB8, 0xE843: 0x9FB9, 0xE854: 0x9FBA, 0xE864: 0x9FBB}
)  # fmt: skip


@cache
def private_use() -> Mapping[int, str]:
    """Characters that old fonts kept at private code points, by code point."""
    table = {}
    for offset, byte in enumerate((*range(0x50, 0x7F), *range(0x80, 0xA1))):
        point = _PRIVATE_FIRST + offset
        moved = _PRIVATE_ASTRAL.get(point) or _PRIVATE_MOVED.get(point)
        table[point] = chr(moved) if moved else bytes((0xFE, byte)).decode("gb18030")
    return MappingProxyType(table)


@cache
def simplified_table() -> Mapping[int, str]:
    """Translates traditional forms, compatibility ideographs and known private ones."""
    table = {ord(row[0]): row[1] for row in _rows("simplified.tsv")}
    for point in (point for block in _COMPATIBILITY for point in block):
        unified = unicodedata.normalize("NFC", chr(point))
        if unified != chr(point):
            table[point] = table.get(ord(unified), unified)
    for point, character in private_use().items():
        table[point] = table.get(ord(character), character)
    return table


@cache
def key_table() -> Mapping[int, str]:
    """As `simplified_table`, with the standard surnames led to their shortened forms too."""
    shortened = {ord(full): short for short, full in SHORTENED_SURNAMES.items()}
    table = {
        point: shortened.get(ord(character), character)
        for point, character in simplified_table().items()
    }
    return table | shortened


@cache
def variants() -> Mapping[str, Mapping[str, float]]:
    """The variants of a simplified character with their weights, one step away."""
    table: dict[str, dict[str, float]] = {}
    for first, second, weight, _source in _rows("glyph_variants.tsv"):
        table.setdefault(first, {})[second] = float(weight)
        table.setdefault(second, {})[first] = float(weight)
    return MappingProxyType(table)


def likeness(first: str, second: str) -> float:
    """How nearly two characters are one, from 0 (unrelated by writing) to 1 (the same)."""
    if first == second:
        return SAME
    plain_first, plain_second = (
        character.translate(simplified_table()) for character in (first, second)
    )
    if plain_first == plain_second:
        return OTHER_SCRIPT
    if plain_first.translate(key_table()) == plain_second.translate(key_table()):
        return SHORTENED
    return variants().get(plain_first, {}).get(plain_second, 0.0)


@cache
def written_forms(character: str) -> frozenset[str]:
    """The characters that may stand on paper for one character of a register.

    Every form with the same match key, and variants that are ways of writing it rather than
    names of their own: the inverse of the match key, with 峯 for 峰 but not 堃 for 坤.
    """
    key = character.translate(key_table())
    forms = {character, *_forms_by_key().get(key, {key})}
    for form in tuple(forms):
        near = variants().get(form, {})
        forms |= {
            variant
            for variant, weight in near.items()
            if weight >= WAY_OF_WRITING and not is_common(variant)
        }
    return frozenset(forms)


@cache
def is_common(character: str) -> bool:
    """Whether a character is in GB 2312, which every machine of the 1980s could write."""
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _forms_by_key() -> Mapping[str, frozenset[str]]:
    forms: dict[str, set[str]] = {}
    for point, key in key_table().items():
        written = chr(point)
        # Compatibility and private code points never come out of a reader.
        if unicodedata.normalize("NFC", written) == written and point not in private_use():
            forms.setdefault(key, {key}).add(written)
    return {key: frozenset(group) for key, group in forms.items()}


def _rows(name: str) -> Iterator[list[str]]:
    with (files("records") / "data" / name).open(encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            yield line.rstrip("\n").split("\t")
