"""The register's people as columns of integers, one row per person."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from matching.encode import (
    DATE_DAY,
    DATE_MISSING,
    NAME_WIDTH,
    POINT_BITS,
    Dates,
    Ints,
    Names,
    Numbers,
    birth_in,
    encode_dates,
    encode_names,
    encode_numbers,
    encode_sex,
    packed,
    packed_names,
    real_days,
)
from matching.encode_home import Addresses, encode_homes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerNames:
    """The former names of the few who have one: `rows` in order, and `names` of these.

    `length` (n,) is of everybody, 0 without a former name.
    """

    rows: Ints
    names: Names
    length: Ints

    def __len__(self) -> int:
        return len(self.length)

    def take(self, rows: Ints) -> Names:
        """The former names at these rows, all of which have one."""
        return self.names.take(np.searchsorted(self.rows, rows))

    def between(self, first: int, last: int) -> FormerNames:
        """The former names of the rows from `first` up to `last`."""
        low, high = np.searchsorted(self.rows, (first, last)).tolist()
        return FormerNames(
            rows=self.rows[low:high] - first,
            names=Names(
                codes=self.names.codes[low:high],
                length=self.names.length[low:high],
                key=self.names.key[low:high],
            ),
            length=self.length[first:last],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Register rows in order of `person_id`; `spouse` is the spouse's row, -1 when unknown."""

    name: Names
    former: FormerNames
    sex: Ints
    birth: Dates
    number: Numbers
    home: Addresses
    spouse: Ints

    def __len__(self) -> int:
        return len(self.sex)

    def between(self, first: int, last: int) -> People:
        """The people from row `first` up to `last`, as views; their spouses' rows as they are."""
        columns = {name: column[first:last] for name, column in columns_of(self).items()}
        return people_of(
            columns, former=self.former.between(first, last), spouse=self.spouse[first:last]
        )


def encode_rows(table: pa.Table) -> tuple[dict[str, Ints], FormerNames, dict[int, str]]:
    """The integer columns of register rows, their former names, and the streets' texts by key."""
    number = encode_numbers(table["id_number"])
    homes = encode_homes(table["address"])
    former = encode_names(table["former_name"])
    named = np.flatnonzero(former.length > 0)
    columns = _flat(
        encode_names(table["name"]),
        encode_sex(table["sex"]),
        _births(encode_dates(table["birth_date"]), number),
        number,
        homes.addresses,
    )
    formers = FormerNames(rows=named, names=former.take(named), length=former.length)
    return columns, formers, homes.distinct()


def columns_of(people: People) -> dict[str, Ints]:
    """The columns of `people` by name, without former names and spouses."""
    return _flat(people.name, people.sex, people.birth, people.number, people.home)


def _flat(
    name: Names, sex: Ints, birth: Dates, number: Numbers, home: Addresses
) -> dict[str, Ints]:
    columns = {"sex": sex}
    parts: tuple[tuple[str, Names | Dates | Numbers | Addresses], ...] = (
        ("name", name), ("birth", birth), ("number", number), ("home", home)
    )  # fmt: skip
    for which, value in parts:
        for field in fields(value):
            columns[f"{which}_{field.name}"] = getattr(value, field.name)
    return columns


def people_of(columns: Mapping[str, Ints], *, former: FormerNames, spouse: Ints) -> People:
    """People from their columns, as `columns_of` gives them."""

    def own(which: str, kind: type[Names | Dates | Numbers | Addresses]) -> dict[str, Ints]:
        return {field.name: columns[f"{which}_{field.name}"] for field in fields(kind)}

    return People(
        name=Names(**own("name", Names)),
        former=former,
        sex=columns["sex"],
        birth=Dates(**own("birth", Dates)),
        number=Numbers(**own("number", Numbers)),
        home=Addresses(**own("home", Addresses)),
        spouse=spouse,
    )


def _births(written: Dates, number: Numbers) -> Dates:
    """The birth dates, those that are missing as the ID number has them."""
    told = (written.form == DATE_MISSING) & real_days(birth_in(number))
    return Dates(
        value=np.where(told, birth_in(number), written.value).astype(np.int32),
        form=np.where(told, DATE_DAY, written.form).astype(np.int8),
    )


_CHAR_BITS, _CHARS = 6, 9
_SIGN = ord(" ")
#: Small columns share one integer: name, width in bits.
_SMALL = (
    ("name_length", 7), ("sex", 2), ("birth_form", 3), ("number_form", 2), ("number_short", 1),
    ("number_checked", 1),
)  # fmt: skip
_KINDS = {"number_short": np.bool_, "number_checked": np.bool_}
_PLAIN = ("name_key", "birth_value", "number_body", "home_district", "home_street", "home_house")


def packed_columns(columns: Mapping[str, Ints]) -> dict[str, Ints]:
    """The columns as an index keeps them: code points, characters and small ones packed."""
    codes, chars = columns["name_codes"], columns["number_chars"]
    small = np.zeros(len(codes), np.int32)
    for name, bits in _SMALL:
        small = small << bits | columns[name].astype(np.int32)
    first, second = packed_names(codes)
    return {
        **{name: columns[name] for name in _PLAIN},
        "small": small,
        "name_a": first,
        "name_b": second,
        "number_a": packed(chars[:, :_CHARS], _CHAR_BITS, _SIGN),
        "number_b": packed(chars[:, _CHARS:], _CHAR_BITS, _SIGN),
    }


def unpacked_columns(kept: Mapping[str, Ints]) -> dict[str, Ints]:
    """The columns that `packed_columns` packed."""
    rows = len(kept["small"])
    columns = {name: kept[name] for name in _PLAIN}
    small = kept["small"]
    for name, bits in reversed(_SMALL):
        columns[name] = (small & ((1 << bits) - 1)).astype(_KINDS.get(name, np.int8))
        small = small >> bits
    columns["name_codes"] = unpacked_names(kept["name_a"], kept["name_b"])
    chars = np.empty((rows, 2 * _CHARS), np.uint8)
    for which, at in (("number_a", 0), ("number_b", _CHARS)):
        _unpack(kept[which], chars[:, at : at + _CHARS], _CHAR_BITS, _SIGN)
    columns["number_chars"] = chars
    return columns


def unpacked_names(first: Ints, second: Ints) -> Ints:
    """The code points (n, NAME_WIDTH) that `packed_names` packed by halves."""
    codes = np.empty((len(first), NAME_WIDTH), np.int32)
    half = NAME_WIDTH // 2
    for three, at in ((first, 0), (second, half)):
        _unpack(three, codes[:, at : at + half], POINT_BITS, 0)
    return codes


def _unpack(whole: Ints, into: Ints, bits: int, less: int) -> None:
    rest = whole.copy()
    for at in reversed(range(into.shape[1])):
        into[:, at] = (rest & ((1 << bits) - 1)) + less
        rest >>= bits
