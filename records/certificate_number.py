"""Certificate numbers (字号), from 结字第壹号 to J110101-2010-000001.

Since 2004 a number states its kind, the office's area code, the year and a sequence; `BJ` and
`BL` are reissues (补领), not Beijing. Older numbers are free in form: what stands before and
after the word for the kind is kept as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from records.areas import area_valid
from records.numerals import parse_numeral

MODERN_KINDS: Final = {
    "J": "marriage",
    "L": "divorce",
    "BJ": "marriage_reissue",
    "BL": "divorce_reissue",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateNumber:
    """A certificate number, taken apart.

    `kind` is `marriage`, `divorce`, `marriage_reissue` or `divorce_reissue`; `fmt` is `modern`,
    `legacy`, or `legacy_nozi` (without 字). `prefix` and `body` are what stands before the word
    for the kind and after 字, up to 号. `area`, `year` and `seq` are given as far as the number
    states them. `repaired` says that letters O were read as zeroes, or signs as dashes.
    """

    text: str
    kind: str
    fmt: str
    prefix: str = ""
    body: str = ""
    area: str | None = None
    year: int | None = None
    seq: int | None = None
    repaired: bool = False

    @property
    def canonical(self) -> str:
        """The number in full where it is modern: what it should be if a repair is right."""
        if self.fmt != "modern":
            return certificate_value(self.text)
        letters = next(short for short, kind in MODERN_KINDS.items() if kind == self.kind)
        return f"{letters}{self.area}-{self.year}-{self.seq:06d}"


_BRACKETS: Final = "()（）[]［］【】〔〕﹝﹞{}｛｝<>〈〉《》"
_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_DASHES: Final = dict.fromkeys(map(ord, "—–‐‑‒―−﹣－"), "-")
_FOLD: Final[dict[int, int | str | None]] = {**_FULL_WIDTH, **_DASHES}
_VALUE_FOLD: Final[dict[int, int | str | None]] = {
    **_FOLD,
    **dict.fromkeys(map(ord, _BRACKETS), None),
}
_ROUND: Final[dict[int, int | str | None]] = {
    **_FOLD,
    **dict.fromkeys(map(ord, "（[［【〔﹝"), "("),
    **dict.fromkeys(map(ord, "）]］】〕﹞"), ")"),
}

_MODERN: Final = re.compile(r"(BJ|BL|J|L)(\d{6})-((?:19|20)\d{2})-(\d{6})", re.ASCII)
_DIGITS: Final = "[0-9OoQDIl]"
_MODERN_DAMAGED: Final = re.compile(
    rf"(BJ|BL|J|L|8J|8L)({_DIGITS}{{6}})[-一.~_]?({_DIGITS}{{4}})[-一.~_]?({_DIGITS}{{6}})"
)
_LOOKALIKES: Final = str.maketrans("OoQDIl", "000011")
_MARRIAGE: Final = "结婚|結婚|复婚|復婚|结|結|婚|复|復"
_DIVORCE: Final = "离婚|離婚|离|離"
_LEGACY: Final = re.compile(
    rf"(?P<prefix>.*?)(?P<before>补|補)?(?:(?P<divorce>{_DIVORCE})|(?:{_MARRIAGE}))"
    r"(?:登|证|證)?(?P<after>补|補)?\)?(?P<zi>字)?(?P<body>.*?)[号號]?"
)
_CHINESE: Final = "〇零○一二三四五六七八九"
_FIGURE: Final = re.compile(f"[0-9{_CHINESE}十百千壹贰貳叁參肆伍陆陸柒捌玖拾廿卅卌]")
_YEAR_BEFORE: Final = re.compile(rf"\(?([0-9]{{4}}|[0-9]{{2}})(?![0-9])|([{_CHINESE}]{{2,4}})年")
_YEAR_AFTER: Final = re.compile(r"\(([0-9]{4}|[0-9]{2})\)")
#: Two figures of the office, two figures of the year, five of the sequence.
_SERIAL: Final = re.compile(r"第?[0-9]{2}([0-9]{2})([0-9]{5})")
_LONGEST_SEQUENCE: Final = 6
#: Shortened years of numbers before the modern form lie within these.
_LEGACY_YEARS: Final = range(1949, 2005)


def certificate_value(text: str) -> str:
    """The normal form: brackets dropped, full-width forms folded, Chinese numerals kept.

    Nothing is repaired: a letter O that stands for a zero stays a letter O here, and
    `parse_certificate_number` says what the number should be.
    """
    value = "".join(text.translate(_VALUE_FOLD).split())
    return value.upper() if _MODERN.fullmatch(value.upper()) else value


def parse_certificate_number(text: str) -> CertificateNumber | None:
    """A certificate number taken apart, None when the text is none."""
    plain = "".join(text.translate(_ROUND).split())
    return _modern(text, plain.upper()) or _legacy(text, plain)


def registered_year_agrees(number: CertificateNumber, registered: int) -> bool | None:
    """Whether the year in the number fits the year of registration, None where it states none.

    A reissue bears the year of the reissue, which is later than the registration.
    """
    if number.year is None:
        return None
    if number.kind.endswith("_reissue"):
        return registered < number.year
    return registered == number.year


def area_agrees(number: CertificateNumber) -> bool | None:
    """Whether the office's area code was in force in the number's year, None where unknown."""
    if number.area is None or number.year is None:
        return None
    return area_valid(number.area, number.year)


def _modern(text: str, plain: str) -> CertificateNumber | None:
    match = _MODERN.fullmatch(plain)
    repaired = match is None
    match = match or _MODERN_DAMAGED.fullmatch(plain)
    if match is None:
        return None
    letters, area, year, seq = match.groups()
    area, year, seq = (part.translate(_LOOKALIKES) for part in (area, year, seq))
    letters = letters.replace("8", "B")
    if not _MODERN.fullmatch(f"{letters}{area}-{year}-{seq}"):
        return None
    return CertificateNumber(
        text=text, kind=MODERN_KINDS[letters], fmt="modern",
        area=area, year=int(year), seq=int(seq), repaired=repaired,
    )  # fmt: skip


def _legacy(text: str, plain: str) -> CertificateNumber | None:
    match = _LEGACY.fullmatch(plain)
    if match is None or not _FIGURE.search(match["body"]):
        return None
    prefix, body = match["prefix"], match["body"]
    if prefix.count("(") > prefix.count(")"):  # (86丰结)字第1775号
        prefix = prefix.replace("(", "", 1)
    return CertificateNumber(
        text=text,
        kind=("divorce" if match["divorce"] else "marriage")
        + ("_reissue" if match["before"] or match["after"] else ""),
        fmt="legacy" if match["zi"] else "legacy_nozi",
        prefix=prefix,
        body=body,
        year=_legacy_year(prefix, body),
        seq=_legacy_sequence(body),
    )


def _legacy_year(prefix: str, body: str) -> int | None:
    """The year an old number states, None when it states none."""
    before, after, serial = (
        _YEAR_BEFORE.match(prefix), _YEAR_AFTER.match(body), _SERIAL.fullmatch(body)
    )  # fmt: skip
    found = before or after or serial
    written = next((group for group in found.groups() if group), "") if found else ""
    year = parse_numeral(written)
    if year is None or year in _LEGACY_YEARS:
        return year
    return next((full for full in (1900 + year, 2000 + year) if full in _LEGACY_YEARS), None)


def _legacy_sequence(body: str) -> int | None:
    """The running number, None where year and number can't be told apart."""
    serial = _SERIAL.fullmatch(body)
    if serial:
        return int(serial.group(2))
    written = _YEAR_AFTER.sub("", body).removeprefix("第")
    return parse_numeral(written) if len(written) <= _LONGEST_SEQUENCE else None
