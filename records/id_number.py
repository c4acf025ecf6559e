"""Numbers of identity papers: the resident's number and the papers that stand in for it.

The resident's number of 18 characters is checked after GB 11643-1999; that of 15 digits
(issued until 1999) has no check digit. A failed check is reported and never repaired: one
wrong digit can be put right in some sixteen ways.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from records.areas import area_names, area_valid


class IdFlag(StrEnum):
    """What is wrong, or doubtful, about a number."""

    PLACEHOLDER = "placeholder_id"
    """Zeroes and a birth date, typed where a person had no number."""
    CHECKSUM = "checksum"
    BIRTH_INVALID = "birth_invalid"
    BIRTH_OUT_OF_RANGE = "birth_out_of_range"
    AREA_UNKNOWN = "area_unknown"
    REPAIRED = "repaired"
    """Letters were taken for the digits they resemble (O/0, I/1, B/8, S/5, Z/2)."""
    MALFORMED = "malformed"


class Paper(StrEnum):
    """The paper a number belongs to."""

    RESIDENT = "resident"
    MILITARY = "military"
    PASSPORT = "passport"
    HONGKONG_MACAO_PERMIT = "hongkong_macao_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    RESIDENCE_PERMIT = "residence_permit"
    FOREIGN_PERMANENT = "foreign_permanent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdNumber:
    """A number of an identity paper, taken apart.

    `kind` is `18`, `15`, `placeholder` or `other`; `number` the normal form (half-width, no
    spaces, `X` upper case). `area` lists the names that the area code ever had, `birth` is
    None when no such day exists. `upgraded` is the 18-character form of a 15-digit number,
    `repairs` how many changes of one digit would satisfy a failed check.
    """

    text: str
    kind: str
    paper: Paper
    number: str
    area_code: str = ""
    area: tuple[str, ...] = ()
    birth: date | None = None
    sex: str | None = None
    upgraded: str = ""
    repairs: int = 0
    flags: frozenset[IdFlag] = field(default_factory=frozenset)

    @property
    def value(self) -> str | None:
        """The number as it stands on the page, in normal form; None if it was repaired."""
        damaged = {IdFlag.REPAIRED, IdFlag.MALFORMED}
        return self.number if self.number and self.flags.isdisjoint(damaged) else None

    @property
    def key(self) -> str | None:
        """The 18 characters under which a resident is compared, None when not to be trusted.

        A placeholder is nobody's number; a failed check or an impossible birth date means
        that the digits are not those of the paper.
        """
        if self.kind not in {"15", "18"} or self.flags - {IdFlag.AREA_UNKNOWN}:
            return None
        return self.upgraded or self.number


_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_LOOKALIKES: Final = str.maketrans("OQDILZSB", "00011258")
_FOLD: Final[dict[int, int | str | None]] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, "—–‐‑−"), "-"),
    **dict.fromkeys(map(ord, "×Хх"), "X"),
}
_RESIDENT: Final = re.compile(r"[0-9]{15}(?:[0-9]{2}[0-9X])?", re.ASCII)
_RESEMBLING: Final = re.compile(r"[0-9OQDILZSB]{15}(?:[0-9OQDILZSB]{2}[0-9XOQDILZSB])?")
_PLACEHOLDER: Final = re.compile(r"0{4,}(?:[0-9]*)[0-9X]")
_SCRIPTED: Final = re.compile(r"[^0-9A-Z]")
#: Earliest birth that papers with numbers can name, and the latest that this archive can
#: meet: whoever marries was born before.
_EARLIEST: Final = date(1850, 1, 1)
_LATEST: Final = date(2030, 12, 31)
#: First year in which people were given numbers.
_FIRST_CODED: Final = 1984
#: Serials of 15-digit numbers that were kept for people born in the 1800s.
_CENTENARIAN: Final = frozenset({"996", "997", "998", "999"})
_RESIDENCE_AREAS: Final = frozenset({"810000", "820000", "830000"})
_PAPERS: Final = (
    (Paper.MILITARY, re.compile(
        r".{0,3}(?:军|兵|士官|文职|武警|武)[官士]?[证]?字?第?[0-9A-Z]{4,12}号?")),
    (Paper.HONGKONG_MACAO_PERMIT, re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?")),
    (Paper.TAIWAN_PERMIT, re.compile(r"T?[0-9]{8}(?:[0-9]{2})?(?:\([A-Z0-9]\))?|[0-9]{10}[A-Z]")),
    (Paper.FOREIGN_PERMANENT, re.compile(r"[A-Z]{3}[0-9]{12}")),
    (Paper.PASSPORT, re.compile(r"[A-Z]{1,2}[0-9]{6,9}|[A-Z]{2}[0-9]{7}|[0-9]{9}")),
)  # fmt: skip


def check_digit(body: str) -> str:
    """The check digit of the first 17 digits (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    return _CHECKS[total % len(_CHECKS)]


def id_value(text: str) -> str | None:
    """The normal form of a number as written: 15 or 18 characters, or that of another paper.

    None when the text is no such number. A failed check does not change what stands on
    the page; letters in place of digits give no value.
    """
    return parse_id(text).value


def parse_id(text: str) -> IdNumber:
    """The number of an identity paper, taken apart and checked."""
    plain = "".join(text.translate(_FOLD).split()).upper()
    if _PLACEHOLDER.fullmatch(plain):
        return IdNumber(
            text=text, kind="placeholder", paper=Paper.UNKNOWN, number=plain,
            flags=frozenset({IdFlag.PLACEHOLDER}),
        )  # fmt: skip
    if _RESIDENT.fullmatch(plain):
        return _resident(text, plain)
    if _RESEMBLING.fullmatch(plain):
        return _resembling(text, plain)
    return _other(text, plain)


def upgrade(number: str) -> str:
    """The 18-character form of a 15-digit number; 1800s for the serials 996 to 999."""
    century = "18" if number[12:] in _CENTENARIAN else "19"
    body = number[:6] + century + number[6:]
    return body + check_digit(body)


def one_digit_repairs(number: str) -> tuple[str, ...]:
    """The numbers with a valid check that differ from an 18-character one in one digit."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    wanted = _CHECKS.index(number[17])
    changed_body = (
        number[:place] + str(new) + number[place + 1 :]
        for place, weight in enumerate(_WEIGHTS)
        for new in range(10)
        if (total + weight * (new - int(number[place]))) % len(_CHECKS) == wanted
    )
    right_check = _CHECKS[total % len(_CHECKS)]
    changed_check = () if right_check == "X" else (number[:17] + right_check,)
    return tuple(changed for changed in (*changed_body, *changed_check) if changed != number)


def _resident(text: str, number: str, flags: frozenset[IdFlag] = frozenset()) -> IdNumber:
    long = number if len(number) == len(_WEIGHTS) + 1 else upgrade(number)
    code, found = long[:6], set(flags)
    names = area_names(code)
    repairs = 0
    if check_digit(long[:17]) != long[17]:
        found.add(IdFlag.CHECKSUM)
        repairs = len(one_digit_repairs(long))
    birth = _birth(long)
    if birth is None:
        found.add(IdFlag.BIRTH_INVALID)
    elif not _EARLIEST <= birth <= _LATEST:
        found.add(IdFlag.BIRTH_OUT_OF_RANGE)
    permit = code in _RESIDENCE_AREAS
    if not names and not permit:
        found.add(IdFlag.AREA_UNKNOWN)
    return IdNumber(
        text=text,
        kind="other" if permit else str(len(number)),
        paper=Paper.RESIDENCE_PERMIT if permit else Paper.RESIDENT,
        number=number,
        area_code=code,
        area=names,
        birth=birth,
        sex="male" if int(long[16]) % 2 else "female",
        upgraded="" if long == number else long,
        repairs=repairs,
        flags=frozenset(found),
    )


def _birth(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def _resembling(text: str, plain: str) -> IdNumber:
    """Letters where digits belong: read as digits, but flagged, and only if the check agrees."""
    number = plain.translate(_LOOKALIKES)
    read = _resident(text, number, frozenset({IdFlag.REPAIRED}))
    return _other(text, plain) if IdFlag.CHECKSUM in read.flags else read


def _other(text: str, plain: str) -> IdNumber:
    paper = next((paper for paper, form in _PAPERS if form.fullmatch(plain)), Paper.UNKNOWN)
    flags = {IdFlag.MALFORMED} if paper is Paper.UNKNOWN else set()
    return IdNumber(text=text, kind="other", paper=paper, number=plain, flags=frozenset(flags))


def area_fits(number: IdNumber, registered: int) -> bool | None:
    """Whether the area code can have been given out by a year, None for other papers.

    The code is that of the place where a person was first coded: at birth, or, for those born
    before, from 1984 on (the trial rules); never after the registration that quotes it.
    """
    if not number.area_code:
        return None
    first_coded = max(_FIRST_CODED, number.birth.year if number.birth else _FIRST_CODED)
    return any(area_valid(number.area_code, year) for year in range(first_coded, registered + 1))
