"""Provinces, prefectures and counties in native places and addresses.

Longest match over the names that area codes have borne since 1981, in full or without 省,
市, 县, 区, after folding traditional forms. Counties that changed province before the first
table (通县 was in 河北 until 1958) are sought there too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from records.areas import areas
from records.glyphs import simplified_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What an address or native place names, down to the county.

    `province` is a code of six digits or empty; `codes` are those of the narrowest unit named,
    more than one where the name was given twice or the code changed; `level` is `province`,
    `prefecture` or `county`; `rest` is the text that follows.
    """

    text: str
    province: str
    codes: tuple[str, ...]
    level: str
    rest: str


#: Provinces whose counties went to others before 1981: to Beijing, Tianjin and Shanghai, or
#: left as provinces of their own later: Hainan and Chongqing.
_WENT_TO: Final = MappingProxyType(
    {"13": ("11", "12"), "32": ("31",), "44": ("46",), "51": ("50",)}
)
_SUFFIX: Final = re.compile(
    r"(?:[^省]{1,8}族)*自治[区州县旗]$|特别行政区$|(?:省|市|地区|盟|县|区|旗|林区|特区)$"
)
_SHORT_PROVINCES: Final = MappingProxyType(
    {"内蒙": "150000", "内蒙古": "150000", "广西": "450000", "西藏": "540000", "宁夏": "640000",
     "新疆": "650000", "香港": "810000", "澳门": "820000", "绥远省": "150000",
     "松江省": "230000", "西康省": "510000"}
)  # fmt: skip
#: Provinces of the 1950s that were divided among several: their counties are sought everywhere.
_DIVIDED: Final = re.compile("^(?:热河|察哈尔|平原|辽东|辽西)省")
_BETWEEN: Final = re.compile(r"^(?:专区|地区|专署|市|省)")
_SHORTEST: Final = 2
_KINDS: Final = frozenset("市县区旗盟")
_UNIT_ENDS: Final = frozenset("省市县区旗盟州")


def parse_place(text: str) -> Place | None:
    """The place a text begins with, None when it begins with no known one."""
    plain = "".join(text.split()).translate(simplified_table())
    province, rest = _province(_DIVIDED.sub("", plain))
    level, codes, rest = _narrowest(_units(province[:2]), rest)
    if not codes and not province:
        return None
    return Place(
        text=text,
        province=province or _shared_province(codes),
        codes=codes or (province,),
        level=level or "province",
        rest=rest,
    )


def _narrowest(
    units: Mapping[str, Mapping[str, tuple[str, ...]]], text: str
) -> tuple[str, tuple[str, ...], str]:
    """Level, codes and rest of the narrowest unit that the text begins with."""
    counties, beyond_county = _longest(text, units["county"])
    prefectures, beyond = _longest(text, units["prefecture"])
    if counties and len(beyond_county) < len(beyond):  # 安阳县 rather than 安阳
        return "county", counties, beyond_county
    if not prefectures:
        return ("county", counties, beyond_county) if counties else ("", (), text)
    inner, left = _longest(_BETWEEN.sub("", beyond), units["county"])
    if not inner:
        return "prefecture", prefectures, beyond
    within = tuple(code for code in inner if code[:4] in {unit[:4] for unit in prefectures})
    return "county", within or inner, left


def _shared_province(codes: tuple[str, ...]) -> str:
    provinces = {code[:2] + "0000" for code in codes}
    return provinces.pop() if len(provinces) == 1 else ""


def _province(plain: str) -> tuple[str, str]:
    codes, rest = _longest(plain, _provinces())
    return (codes[0], rest) if codes else ("", plain)


def _longest(plain: str, names: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, ...], str]:
    """Codes of the longest name that the text begins with, and what follows it."""
    for length in range(min(len(plain), 15), _SHORTEST - 1, -1):
        codes = names.get(plain[:length])
        # A stem is no match where another kind of unit is named: 安阳 in 安阳县.
        cut = plain[length - 1] not in _UNIT_ENDS and plain[length : length + 1] in _KINDS
        if codes and not cut:
            return codes, plain[length:]
    return (), plain


@cache
def _provinces() -> Mapping[str, tuple[str, ...]]:
    table = {name: (code,) for name, code in _SHORT_PROVINCES.items()}
    for code, entries in areas().items():
        if code.endswith("0000"):
            for area in entries:
                table[area.name] = table[_SUFFIX.sub("", area.name)] = (code,)
    return MappingProxyType(table)


@cache
def _units(province: str) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Prefectures and counties by name, of a province or of the whole country."""
    inside = {province, *_WENT_TO.get(province, ())} if province else set()
    codes = [code for code in areas() if not province or code[:2] in inside]
    county = [code for code in codes if not code.endswith("00")]
    prefecture = [code for code in codes if code.endswith("00") and not code.endswith("0000")]
    return {"prefecture": _by_name(prefecture), "county": _by_name(county)}


def _by_name(codes: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    table: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for code in codes:
        for area in areas()[code]:
            stem = _SUFFIX.sub("", area.name)
            for name in {area.name, stem} if len(stem) >= _SHORTEST else {area.name}:
                table[name][code] = None
    return {name: tuple(found) for name, found in table.items()}
