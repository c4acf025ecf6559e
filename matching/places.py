"""The district an address begins with, as the district that stands there today.

Certificates name 宣武区, 通县 or 东单区; the register of today says 西城区, 通州区, 东城区.
"""

from __future__ import annotations

import re
from functools import cache
from zlib import crc32

from records.areas import areas

_CITY = "11"
_SHORTEST_STEM = 2
_PREFIX = re.compile(r"^(?:中国)?(?:北京市?)?(?:市辖区)?")
_CAPITAL = ("中国", "北京", "市辖区")
_ELSEWHERE = re.compile(r"^(?:.{2,4}?(?:省|自治区))?(?:.{2,5}?[市州盟])?(.{1,4}?[区县旗市])")
#: Districts that were gone before the first table of codes (1981), and where they went.
_BEFORE_CODES = {
    "东单区": "110101", "东四区": "110101", "西单区": "110102", "西四区": "110102",
    "东郊区": "110105", "京西矿区": "110109", "周口店区": "110111", "良乡县": "110111",
    "宛平县": "110106", "南苑区": "110106",
}  # fmt: skip


@cache
def _districts() -> dict[str, int]:
    """Names that districts and counties of the city ever bore, and today's code."""
    known = {name: int(code) for name, code in _BEFORE_CODES.items()}
    for code, entries in areas().items():
        if code.startswith(_CITY) and not code.endswith("00"):
            for entry in entries:
                known[entry.name] = int(_today(code))
    return known


def _today(code: str) -> str:
    seen = {code}
    while True:
        last = areas()[code][-1] if code in areas() else None
        if last is None or last.end is None or not last.successors:
            return code
        code = last.successors[0]
        if code in seen:
            return code
        seen.add(code)


@cache
def _beginnings() -> tuple[tuple[int, dict[str, tuple[int, int]]], ...]:
    """What an address may begin with, longest first: text to code and length of the name.

    Whole names come before names without their last character.
    """
    tables: list[dict[int, dict[str, tuple[int, int]]]] = [{}, {}]
    for name, code in _districts().items():
        stem = name[:-1]
        for table, text in zip(tables, (name, stem), strict=True):
            if text == name or len(stem) >= _SHORTEST_STEM:
                table.setdefault(len(text), {}).setdefault(text, (code, len(name)))
    return tuple((size, table[size]) for table in tables for size in sorted(table, reverse=True))


def district_code(address: str) -> tuple[int, str]:
    """Today's district code (0 when none is named) and the rest of the address.

    A last character misread (朝阳岖 for 朝阳区) still names the district.
    """
    rest = _PREFIX.sub("", address) if address.startswith(_CAPITAL) else address
    for size, known in _beginnings():
        found = known.get(rest[:size])
        if found:
            return found[0], rest[found[1] :]
    match = _ELSEWHERE.match(rest)
    if match is None:
        return 0, rest
    # Other cities' districts are compared by name; the offset keeps them apart from codes.
    return 1_000_000 + crc32(match.group(1).encode()) % 1_000_000, rest[match.end() :]
