"""What a keyed text means for its kind of field, and what looks odd about it.

A keying is compared by its token: the value where the text has one, else the text itself,
so that two clerks who key the same unreadable date agree. The machine's readings are made
into tokens by the same rule. Oddities are shown to the clerk at once; they judge the text
alone and know nothing of what the machine read.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keying.entry import ILLEGIBLE_CHARACTER, Entry, Mark
from records.ages import parse_age
from records.certificate_number import certificate_value, parse_certificate_number
from records.dates import parse_date
from records.id_number import parse_id
from records.names import name_value
from records.sex import parse_sex

if TYPE_CHECKING:
    from collections.abc import Callable

#: Years within which shortened and cyclic years of a date are resolved.
YEARS = (1900, 2003)
_TEXT_ONLY = "\N{ALMOST EQUAL TO}"
_LATIN_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_YOUNGEST, _OLDEST = 14, 100
#: Marks that stand for what the row above says; they are no values.
DITTO_MARKS = frozenset({"〃", "同上", "々", "″"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """Something that a clerk should look at again; never a reason to refuse."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedValue:
    """A keying's text, its value in normal form, and the token it is compared by.

    `value` is None where the text allows none, `token` where the clerk could not read it.
    """

    text: str
    value: str | None
    token: str | None


def keyed_value(tail: str, entry: Entry, *, years: tuple[int, int] = YEARS) -> KeyedValue:
    """What an entry says of a field of this kind."""
    if entry.mark is Mark.EMPTY:
        return KeyedValue(text="", value="", token="")
    if entry.mark is Mark.ILLEGIBLE or ILLEGIBLE_CHARACTER in entry.text:
        return KeyedValue(text=entry.text, value=None, token=None)
    value = field_value(tail, entry.text, years=years)
    return KeyedValue(text=entry.text, value=value, token=token(entry.text, value))


def field_value(tail: str, text: str, *, years: tuple[int, int] = YEARS) -> str | None:
    """The normal form of a text in a field of this kind, None when it has none."""
    if tail in {"birth_date", "registration_date"}:
        return parse_date(text, context=years).value
    return _VALUES.get(tail, _plain)(text)


def token(text: str, value: str | None) -> str:
    """By what a reading is compared: its value, or its text where it has no value."""
    if value:
        return value
    plain = _plain(text)
    return _TEXT_ONLY + plain if plain else ""


def token_value(compared: str) -> str | None:
    """The value that a token stands for, None where it stands for a text without one."""
    return None if compared.startswith(_TEXT_ONLY) else compared


def _plain(text: str) -> str:
    """Composed form without white space."""
    return "".join(unicodedata.normalize("NFC", text).split())


def _digits(text: str) -> str:
    """Full-width digits and letters in their half-width form; nothing else is touched."""
    folded = (chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in _plain(text))
    return "".join(folded)


def _age(text: str) -> str | None:
    age = parse_age(text)
    return None if age is None else str(age)


def _id(text: str) -> str | None:
    return parse_id(text).value


_VALUES: dict[str, Callable[[str], str | None]] = {
    "name": name_value,
    "holder": name_value,
    "official": name_value,
    "age": _age,
    "id_number": _id,
    "certificate_number": certificate_value,
    "sequence": _digits,
    "stamp.fonds": _digits,
    "stamp.year": _digits,
    "stamp.office_volume": _digits,
    "stamp.archive_volume": _digits,
    "stamp.pages": _digits,
}


def oddities(tail: str, text: str, *, years: tuple[int, int] = YEARS) -> tuple[Oddity, ...]:
    """What looks odd about a text in a field of this kind, for the clerk who keys it."""
    plain = _plain(text)
    if not plain or plain in DITTO_MARKS or ILLEGIBLE_CHARACTER in plain:
        return ()
    if tail in {"birth_date", "registration_date"}:
        return _odd_date(plain, years)
    return _ODD[tail](plain) if tail in _ODD else ()


def _odd_date(text: str, years: tuple[int, int]) -> tuple[Oddity, ...]:
    if parse_date(text, context=years).value is not None:
        return ()
    return (_odd("no_such_date", "无法确定为某一日期", "names no certain date"),)


def _odd_name(text: str) -> tuple[Oddity, ...]:
    odd = []
    if any(character.isdigit() for character in text):
        odd.append(_odd("digit_in_name", "姓名中有数字", "a digit in a name"))
    if _LATIN_LETTERS.intersection(text) and any(ord(c) >= 0x3400 for c in text):
        odd.append(_odd("mixed_name", "姓名中夹有字母", "letters among characters in a name"))
    if len(text) == 1:
        odd.append(_odd("short_name", "姓名只有一个字", "a name of one character"))
    return tuple(odd)


def _odd_age(text: str) -> tuple[Oddity, ...]:
    age = parse_age(text)
    if age is not None and _YOUNGEST <= age <= _OLDEST:
        return ()
    return (_odd("odd_age", "年龄不像成年人的年龄", "not the age of an adult"),)


def _odd_id(text: str) -> tuple[Oddity, ...]:
    return tuple(
        _odd(str(flag), "身份证号码的长度、日期或校验位不符", "length, date or check digit is off")
        for flag in sorted(parse_id(text).flags)
    )


def _odd_number(text: str) -> tuple[Oddity, ...]:
    if parse_certificate_number(text) is not None:
        return ()
    return (_odd("no_such_number", "不像证书字号", "doesn't look like a certificate number"),)


def _odd_sex(text: str) -> tuple[Oddity, ...]:
    if parse_sex(text) is not None:
        return ()
    return (_odd("odd_sex", "既不是男也不是女", "neither 男 nor 女"),)


def _odd(code: str, zh: str, en: str) -> Oddity:
    return Oddity(code=code, zh=zh, en=en)


_ODD: dict[str, Callable[[str], tuple[Oddity, ...]]] = {
    "name": _odd_name,
    "holder": _odd_name,
    "official": _odd_name,
    "age": _odd_age,
    "id_number": _odd_id,
    "certificate_number": _odd_number,
    "sex": _odd_sex,
}
