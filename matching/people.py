"""The register's people as columns of integers, one row per person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from matching.columns import Column, array, pc
from matching.encode import (
    DATE_DAY,
    DATE_MISSING,
    NAME_WIDTH,
    Addresses,
    Dates,
    Ints,
    Names,
    Numbers,
    birth_in,
    encode_addresses,
    encode_dates,
    encode_names,
    encode_numbers,
    encode_sex,
    real_days,
    street_texts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


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
    """The integer columns of register rows, as the index stores them."""
    name, former = encode_names(table["name"]), encode_names(table["former_name"])
    number = encode_numbers(table["id_number"])
    birth = _births(encode_dates(table["birth_date"]), number)
    home = encode_addresses(table["address"])
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
        "home_district": home.district,
        "home_street": home.street,
        "home_house": home.house,
        "home_text": street_texts(table["address"]),
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


def people_of(columns: Mapping[str, Ints], chars: Column, spouse: Ints) -> People:
    """The encoded columns of an index, as people."""
    flat = np.frombuffer(b"".join(chars.to_pylist()), np.uint8).reshape(-1, 18)
    return People(
        name=_names(columns, "name"),
        former=_names(columns, "former"),
        sex=columns["sex"],
        birth=Dates(value=columns["birth_value"], form=columns["birth_form"]),
        number=Numbers(
            chars=flat,
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


def _names(columns: Mapping[str, Ints], which: str) -> Names:
    codes = np.stack([columns[f"{which}_c{at}"] for at in range(NAME_WIDTH)], axis=1)
    return Names(codes=codes, length=columns[f"{which}_length"], key=columns[f"{which}_key"])


def spouse_rows(person_ids: Column, spouse_ids: Column) -> Ints:
    """The row of everybody's spouse, -1 where there is none or it is not in the register."""
    rows: Ints = pc.fill_null(pc.index_in(spouse_ids, person_ids), -1).to_numpy(
        zero_copy_only=False
    )
    return rows.astype(np.int32)
