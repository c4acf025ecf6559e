"""The people of certificates as columns, with what the reader saw as possible.

A field's alternatives are kept as one flat table: which record, which encoded text, and
the reader's probability of it; the delivered text comes first. Reading files is not
handled here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import pyarrow as pa

from matching.columns import Column, array, nulls, pc, whole
from matching.encode import (
    DATE_DAY,
    DATE_MISSING,
    DATE_MONTH,
    DATE_YEAR,
    Dates,
    Ints,
    Names,
    Numbers,
    encode_dates,
    encode_names,
    encode_numbers,
    encode_sex,
    year_in,
)
from matching.encode_home import Addresses, encode_homes
from matching.register_file import as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

Coded = TypeVar("Coded", Names, Dates, Numbers)

#: The reader is never quite sure; an alternative of less than this is not worth a look.
LEAST_PROBABILITY = 1e-4
_MOST_ALTERNATIVES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternatives(Generic[Coded]):
    """What one field may say: rows in order of record, the delivered text first.

    `record` (k,), `log2_p` (k,) the reader's probability in bits, `first` (n,) where each
    record begins, `values` the k encoded texts.
    """

    record: Ints
    log2_p: Ints
    first: Ints
    values: Coded

    def delivered(self) -> Coded:
        """The delivered text of each record."""
        values: Coded = self.values.take(self.first)
        return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """People on certificates, one row each, in the order they were given.

    `certificate` numbers the certificates from 0; `partner` is the row of the other person,
    -1 when alone; `role` and `sex` are coded as in `encode`; `registered` is when the paper was
    issued, `divorce` whether it tells of a divorce; `streets` are the texts behind the keys of
    `home`.
    """

    record_id: Column
    certificate: Ints
    partner: Ints
    role: Ints
    sex: Ints
    registered: Dates
    divorce: Ints
    name: Alternatives[Names]
    birth: Alternatives[Dates]
    number: Alternatives[Numbers]
    home: Addresses
    streets: list[str]

    def __len__(self) -> int:
        return len(self.role)

    @property
    def home_of_partner(self) -> Addresses:
        """The address the paper gives for the partner, zeros for those alone."""
        alone = self.partner < 0
        home = self.home.take(self.partner)
        return Addresses(
            district=np.where(alone, 0, home.district),
            street=np.where(alone, 0, home.street).astype(np.uint64),
            house=np.where(alone, 0, home.house),
        )


def certificates_of(table: pa.Table) -> Certificates:
    """Encode a table of certificate persons (columns of the interface; others are ignored)."""
    rows = table.num_rows

    def text(name: str) -> Column:
        return as_text(table[name]) if name in table.column_names else nulls(rows, pa.string())

    possible = _parsed(text("alternatives"))
    certificate = _numbered(text("certificate_id"))
    role = encode_sex(text("role"))
    homes = encode_homes(text("address"))
    return Certificates(
        record_id=whole(table["record_id"]),
        certificate=certificate,
        partner=partners(certificate, role),
        role=role,
        sex=encode_sex(text("sex")),
        registered=_issued(table),
        divorce=_divorces(text("kind")),
        name=_alternatives(text("name"), possible, "name", encode_names),
        birth=_alternatives(text("birth_date"), possible, "birth_date", encode_dates),
        number=_alternatives(text("id_number"), possible, "id_number", encode_numbers),
        home=homes.addresses,
        streets=homes.streets,
    )


def dated(table: pa.Table) -> Ints:
    """The year of registration of each row, 0 where it is not known."""
    name = "registration_date"
    if name not in table.column_names:
        return np.zeros(table.num_rows, np.int32)
    return year_in(as_text(table[name]))


def _issued(table: pa.Table) -> Dates:
    """When each row's certificate was issued, zeros where that is no date."""
    name = "registration_date"
    texts = table[name] if name in table.column_names else nulls(table.num_rows, pa.string())
    dates = encode_dates(as_text(texts))
    known = np.isin(dates.form, (DATE_YEAR, DATE_MONTH, DATE_DAY))
    return Dates(
        value=np.where(known, dates.value, 0).astype(np.int32),
        form=np.where(known, dates.form, DATE_MISSING).astype(np.int8),
    )


def _divorces(kinds: Column) -> Ints:
    """Which kinds of paper tell of a divorce: `divorce`, `divorce_certificate`, 离婚证."""
    told = pc.match_substring_regex(kinds, "^divorce|离婚")
    divorces: Ints = pc.fill_null(told, fill_value=False).to_numpy(zero_copy_only=False)
    return divorces.astype(bool)


def _numbered(texts: Column) -> Ints:
    coded = pc.dictionary_encode(texts)
    numbers: Ints = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    alone = numbers < 0
    # A person without a certificate number is a certificate of its own.
    numbers[alone] = len(coded.dictionary) + np.arange(alone.sum())
    return numbers


def partners(certificate: Ints, role: Ints) -> Ints:
    """The row of the other person on the same certificate, -1 when there is not exactly one."""
    order = np.lexsort((role, certificate))
    ordered = certificate[order]
    start = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    size = np.diff(np.r_[start, len(ordered)])
    partner = np.full(len(certificate), -1, np.int64)
    pair = start[size == 2]
    partner[order[pair]], partner[order[pair + 1]] = order[pair + 1], order[pair]
    return partner


def _parsed(texts: Column) -> list[dict[str, Any]]:
    empty: dict[str, Any] = {}
    return [_object(text) if text else empty for text in texts.to_pylist()]


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _alternatives(
    texts: Column,
    possible: Sequence[dict[str, Any]],
    field: str,
    encode: Any,  # noqa: ANN401 - one of the encoders; its result types the alternatives
) -> Alternatives[Any]:
    listed = {row: more[field] for row, more in enumerate(possible) if more.get(field)}
    delivered = texts.take(array(list(listed), pa.int64())).to_pylist()
    seen = [_weighed(text, more) for text, more in zip(delivered, listed.values(), strict=True)]
    size = np.ones(len(texts), np.int64)
    size[list(listed)] = [len(options) for options in seen]
    first = np.cumsum(size) - size
    # What is delivered stands first; the others come from behind all delivered texts.
    source = np.repeat(np.arange(len(texts)), size)
    chance = np.ones(len(source))
    others = [value for options in seen for value, _ in options[1:]]
    further = np.ones(len(source), bool)
    further[first] = False
    source[further] = len(texts) + np.arange(len(others))
    chance[further] = [p for options in seen for _, p in options[1:]]
    chance[first[list(listed)]] = [options[0][1] for options in seen]
    shown = pa.concat_arrays([texts, array(others, pa.string())]).take(array(source))
    return Alternatives(
        record=np.repeat(np.arange(len(texts)), size),
        log2_p=np.log2(chance),
        first=first,
        values=encode(shown),
    )


def _weighed(text: str | None, listed: object) -> list[tuple[str | None, float]]:
    """The delivered text first, then the others; what is not a probability is left out."""
    if text is None or not isinstance(listed, list):
        return [(text, 1.0)]
    chances: dict[str, float] = {}
    for item in listed[: _MOST_ALTERNATIVES + 1]:
        if isinstance(item, list) and len(item) == 2 and isinstance(item[1], int | float):
            value = str(item[0]).strip()
            if value and LEAST_PROBABILITY <= item[1] <= 1:
                chances.setdefault(value, float(item[1]))
    others = sum(p for value, p in chances.items() if value != text)
    delivered = chances.pop(text, max(1.0 - others, LEAST_PROBABILITY))
    return [(text, delivered), *chances.items()]
