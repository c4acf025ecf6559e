"""How a certificate of `town.py` comes to say something else than the truth.

A clerk hears a name wrongly, writes an age or a lunar day, leaves a field empty; then a
reader takes one character for another, and says what else it saw.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from matching.glyphs import alike_pairs
from matching.sounds import sounds
from records.lunar import from_solar

if TYPE_CHECKING:
    from datetime import date

_DIGITS = {
    "0": "68", "1": "7", "2": "7", "3": "85", "4": "19", "5": "36", "6": "058", "7": "12",
    "8": "36", "9": "47", "X": "48",
}  # fmt: skip
_OLD = {"西城区": "宣武区", "东城区": "崇文区", "通州区": "通县", "昌平区": "昌平县",
        "顺义区": "顺义县", "大兴区": "大兴县", "房山区": "房山县"}  # fmt: skip
_TRADITIONAL = str.maketrans(
    "华国兰凤荣张刘陈杨赵黄吴孙马罗郑谢韩冯邓许军东义庆宝丽学贵发兴长树爱艳静云",
    "華國蘭鳳榮張劉陳楊趙黃吳孫馬羅鄭謝韓馮鄧許軍東義慶寶麗學貴發興長樹愛艷靜雲",
)
#: Scans: share of sheets, and the chance that one character is misread.
_SCANS = {"clean": (0.55, 0.004), "medium": (0.3, 0.025), "bad": (0.15, 0.09)}


@cache
def _alike() -> dict[str, list[str]]:
    pairs, found = alike_pairs(), {}
    for one, other in zip((pairs >> 21).tolist(), (pairs & 0x1FFFFF).tolist(), strict=True):
        found.setdefault(chr(one), []).append(chr(other))
    return found


@cache
def _homophones() -> dict[str, list[str]]:
    """Common characters by those that sound the same."""
    rows = range(0xB0, 0xD8)
    chars = [
        bytes([row, cell]).decode("gb2312", "ignore") for row in rows for cell in range(161, 255)
    ]
    chars = [char for char in chars if char]
    codes = np.array([[0, ord(char)] for char in chars], np.int32)
    groups: dict[int, list[str]] = {}
    for char, sound in zip(chars, sounds(codes)[:, 1].tolist(), strict=True):
        groups.setdefault(sound, []).append(char)
    return {char: group for group in groups.values() for char in group if len(group) > 1}


class Scribe:
    """Writes and misreads one sheet after the other."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.era, self.scan, self.slip, self.day = "", "", 0.0, None

    def take_sheet(self, day: np.datetime64) -> None:
        """A new certificate of this day: its era, and how well it was scanned."""
        self.day = day.item()
        year = self.day.year
        self.era = (
            "1950s"
            if year < 1966
            else "1960s"
            if year < 1980
            else "1980s"
            if year < 1994
            else "1990s"
        )
        shares = [share for share, _ in _SCANS.values()]
        self.scan = str(self.rng.choice(list(_SCANS), p=shares))
        self.slip = _SCANS[self.scan][1] * (1.8 if year < 1980 else 1.0)

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return bool(self.rng.random() < share)

    def pick(self, options: Any) -> Any:  # noqa: ANN401 - one of whatever is given
        """One of several."""
        return options[int(self.rng.integers(len(options)))]

    def person(self, one: dict, partner: dict, role: str) -> dict:
        """One person's row, as the reader hands it over.

        A person has `name`, `born`, `number`, `male` and the `home` given at the office.
        """
        seen: dict[str, list] = {}
        row = {
            "role": role,
            "name": self._read(
                self._told_name(one["name"], partner["name"], male=one["male"]), "name", seen
            ),
            "sex": None if self.chance(0.02) else "male" if one["male"] else "female",
            "birth_date": self._birth(one["born"], seen),
            "id_number": self._number(one["number"], seen),
            "address": self._address(one["home"], partner["home"]),
            "registration_date": f"{self.day:%Y-%m-%d}",
        }
        row["alternatives"] = json.dumps(seen, ensure_ascii=False) if seen else None
        return row

    def _told_name(self, name: str, partner: str, *, male: bool) -> str:
        early = self.day.year < 1966
        if not male and early and self.chance(0.06):
            return f"{partner[0]}{name[0]}氏" if self.chance(0.5) else f"{name[0]}氏"
        if self.chance(0.02):
            name = name[0] + "".join(self.pick(list(_alike())) for _ in name[1:])
        if self.chance(0.05 if early else 0.02):
            at = int(self.rng.integers(1, len(name)))
            name = name[:at] + self.pick(_homophones().get(name[at], [name[at]])) + name[at + 1 :]
        if self.day.year < 1960 and self.chance(0.7):
            name = name.translate(_TRADITIONAL)
        return name

    def _birth(self, born: date, seen: dict[str, list]) -> str | None:
        year, day = self.day.year, self.day
        aged = 0.8 if year < 1966 else 0.35 if year < 1980 else 0.04
        if self.chance(0.01):
            return None
        if self.chance(aged):
            age = year - born.year - ((day.month, day.day) < (born.month, born.day))
            age += int(self.chance(0.5)) + int(self.chance(0.1))
            shown = self._read(f"{age:02d}", "age", {})
            return str(year - int(shown)) if shown.isdigit() else None
        if self.chance(0.05):
            lunar = from_solar(born)
            return self._date(f"{lunar.year}-{lunar.month:02d}-{lunar.day:02d}", seen)
        text = f"{born:%Y-%m-%d}"
        if self.chance(0.015):
            return text[:7]
        return self._date(text, seen)

    def _date(self, text: str, seen: dict[str, list]) -> str:
        found: dict[str, list] = {}
        shown = self._read(text[2:], "date", found)
        options = [[text[:2] + one, p] for one, p in found.get("date", [])]
        if any(not char.isdigit() and char != "-" for char in shown):
            return text
        if options:
            seen["birth_date"] = options
        return text[:2] + shown

    def _number(self, number: str, seen: dict[str, list]) -> str | None:
        year = self.day.year
        if year < 1986 or self.chance(0.5 if year < 1990 else 0.12):
            return None
        if self.chance(0.01):
            at = int(self.rng.integers(0, 17))
            number = number[:at] + str(self.rng.integers(10)) + number[at + 1 :]
        if year < 2000:
            number = number[:6] + number[8:17]
        return self._read(number, "id_number", seen, ease=0.25)

    def _address(self, home: str, other: str) -> str | None:
        if self.chance(0.04):
            return None
        text = other if self.chance(0.2) else home
        if self.day.year < 1998:
            for today, before in _OLD.items():
                if self.chance(0.7):
                    text = text.replace(today, before)
        return self._read(text, "address", {})

    def _read(self, text: str, field: str, seen: dict[str, list], *, ease: float = 1.0) -> str:
        """The text as read; into `seen` go the reader's possibilities, where it has doubts."""
        slip, shown, doubts = self.slip * ease, [], []
        for char in text:
            wrong = self.chance(slip)
            read = self._taken_for(char) if wrong else char
            shown.append(read)
            if wrong and read and self.chance(0.8):
                low = float(self.rng.uniform(0.05, 0.42))
                doubts.append((len(shown) - 1, char, low))
                if self.chance(0.3):
                    doubts.append((len(shown) - 1, self._taken_for(char) or char, low / 3))
            elif not wrong and self.chance(slip * 1.5):
                doubts.append(
                    (
                        len(shown) - 1,
                        self._taken_for(char) or char,
                        float(self.rng.uniform(0.02, 0.3)),
                    )
                )
        delivered = "".join(shown)
        options = [[delivered, round(max(1 - sum(low for *_, low in doubts), 0.3), 3)]]
        for at, char, low in doubts:
            other = "".join([*shown[:at], char, *shown[at + 1 :]])
            if other not in [one for one, _ in options]:
                options.append([other, round(low, 3)])
        if doubts and len(options) > 1:
            seen[field] = options[:5]
        return delivered

    def _taken_for(self, char: str) -> str:
        if char in _DIGITS:
            return self.pick(_DIGITS[char]) if self.chance(0.7) else str(self.rng.integers(10))
        if char == "-":
            return char
        kind = self.rng.random()
        if kind < 0.08:
            return "□"
        if kind < 0.12:
            return ""
        near = _alike().get(char, ())
        return self.pick(near) if near and kind < 0.9 else self.pick(list(_alike()))
