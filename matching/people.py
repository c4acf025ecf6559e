"""The register's people as columns of integers, one row per person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from matching.columns import Column, array
from matching.encode import (
    DATE_DAY,
    DATE_MISSING,
    NAME_WIDTH,
    Dates,
    Ints,
    Names,
    Numbers,
    birth_in,
    encode_dates,
    encode_names,
    encode_numbers,
    encode_sex,
    real_days,
)
from matching.encode_home import Addresses, encode_homes

#: The column of street texts, which the index keeps once for each street.
STREET = "home_text"
_COLUMNS: dict[str, type] = {
    "name_key": np.uint64, "name_length": np.int8, "former_key": np.uint64,
    "former_length": np.int8, "sex_code": np.int8, "birth_value": np.int32,
    "birth_form": np.int8, "number_body": np.int64, "number_form": np.int8,
    "number_short": np.bool_, "number_checked": np.bool_, "home_district": np.int32,
    "home_street": np.uint64, "home_house": np.int32,
}  # fmt: skip
_NAMES = ("name", "former")
_NUMBER_WIDTH = 18
STORED = (
    *_COLUMNS, "number_chars", *(f"{which}_c{at}" for which in _NAMES for at in range(NAME_WIDTH)),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Register rows in order of `person_id`; `spouse` is the spouse's row, -1 when unknown."""

    name: Names
    former: Names
    sex: Ints
    birth: Dates
    number: Numbers
    home: Addresses
    spouse: Ints

    def __len__(self) -> int:
        return len(self.sex)


def encode_rows(table: pa.Table) -> dict[str, Ints | Column]:
    """The integer columns of register rows, as the index stores them, and the streets' texts."""
    name, former = encode_names(table["name"]), encode_names(table["former_name"])
    number = encode_numbers(table["id_number"])
    birth = _births(encode_dates(table["birth_date"]), number)
    homes = encode_homes(table["address"])
    columns: dict[str, Ints | Column] = {
        "name_key": name.key,
        "name_length": name.length,
        "former_key": former.key,
        "former_length": former.length,
        "sex_code": encode_sex(table["sex"]),
        "birth_value": birth.value,
        "birth_form": birth.form,
        "number_body": number.body,
        "number_form": number.form,
        "number_short": number.short,
        "number_checked": number.checked,
        "number_chars": array(list(map(bytes, number.chars)), pa.binary()),
        "home_district": homes.addresses.district,
        "home_street": homes.addresses.street,
        "home_house": homes.addresses.house,
        STREET: array(homes.streets, pa.string()),
    }
    for at in range(NAME_WIDTH):
        columns[f"name_c{at}"] = np.ascontiguousarray(name.codes[:, at])
        columns[f"former_c{at}"] = np.ascontiguousarray(former.codes[:, at])
    return columns


def _births(written: Dates, number: Numbers) -> Dates:
    """The birth dates, those that are missing as the ID number has them."""
    told = (written.form == DATE_MISSING) & real_days(birth_in(number))
    return Dates(
        value=np.where(told, birth_in(number), written.value).astype(np.int32),
        form=np.where(told, DATE_DAY, written.form).astype(np.int8),
    )


class Filling:
    """People as they come from the index, batch by batch, into arrays of their final size."""

    def __init__(self, rows: int) -> None:
        self._columns: dict[str, Ints] = {
            name: np.zeros(rows, kind) for name, kind in _COLUMNS.items()
        }
        self._codes = {which: np.zeros((rows, NAME_WIDTH), np.int32) for which in _NAMES}
        self._chars = np.zeros((rows, _NUMBER_WIDTH), np.uint8)
        self._filled = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Take the next rows, with the columns of `STORED`."""
        here = slice(self._filled, self._filled + batch.num_rows)
        columns: Any = batch
        for name, whole in self._columns.items():
            whole[here] = columns[name].to_numpy(zero_copy_only=False)
        for which, codes in self._codes.items():
            for at in range(NAME_WIDTH):
                codes[here, at] = columns[f"{which}_c{at}"].to_numpy(zero_copy_only=False)
        chars = columns["number_chars"]
        self._chars[here] = np.frombuffer(b"".join(chars.to_pylist()), np.uint8).reshape(
            -1, _NUMBER_WIDTH
        )
        self._filled = here.stop

    def people(self, spouse: Ints) -> People:
        """The people, once all rows are there."""
        columns = self._columns
        return People(
            name=self._names("name"),
            former=self._names("former"),
            sex=columns["sex_code"],
            birth=Dates(value=columns["birth_value"], form=columns["birth_form"]),
            number=Numbers(
                chars=self._chars,
                body=columns["number_body"],
                form=columns["number_form"],
                short=columns["number_short"],
                checked=columns["number_checked"],
            ),
            home=Addresses(
                district=columns["home_district"],
                street=columns["home_street"],
                house=columns["home_house"],
            ),
            spouse=spouse,
        )

    def _names(self, which: str) -> Names:
        return Names(
            codes=self._codes[which],
            length=self._columns[f"{which}_length"],
            key=self._columns[f"{which}_key"],
        )
