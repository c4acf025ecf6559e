"""Rows of a register as they come, settled into the order in which an index keeps them.

People stand in order of `person_id`, whatever the order of arrival, so that an updated
index equals one built anew; a person's row is the place in that order. Columns are put in
order one at a time, so that no two whole registers stand in memory.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from matching.columns import Column, array, chunked, pc, whole
from matching.encode import NAME_WIDTH, Ints, Names
from matching.people import FormerNames, People, columns_of, encode_rows, people_of

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """A register, encoded and in order.

    `person_ids` and `spouse_ids` are Arrow columns of integers or of text, `places` says where
    in the order of arrival each row's texts stand, of `arrived` rows that ever came; `streets`
    are the streets' texts by key.
    """

    people: People
    person_ids: Column
    spouse_ids: Column
    places: Ints
    streets: dict[int, str]
    arrived: int


class Intake:
    """Collects encoded batches and settles them."""

    def __init__(self, arrived: int = 0) -> None:
        self.arrived = arrived
        self._columns: dict[str, _Growing] = {}
        self._ids: dict[str, list[Column]] = {"person_id": [], "spouse_id": []}
        self._former: list[FormerNames] = []
        self._streets: dict[int, str] = {}

    def add(self, batch: pa.Table) -> int:
        """Encode and take the next rows; the place of the first in the order of arrival."""
        columns, former, streets = encode_rows(batch)
        first = self.arrived
        self.arrived += batch.num_rows
        self._take(columns, former, streets, np.arange(first, self.arrived, dtype=np.int32))
        for name, parts in self._ids.items():
            ids = whole(batch[name])
            # A copy: what comes from a file may hold on to the buffers of all columns.
            parts.append(pa.concat_arrays([ids, ids.slice(0, 0)]))
        return first

    def keep(self, old: Register, kept: Ints) -> None:
        """Take the rows `kept` (in order) of a register that stands, without encoding them."""
        columns = {name: column[kept] for name, column in columns_of(old.people).items()}
        self._take(columns, _moved(old.people.former, kept), old.streets, old.places[kept])
        for name, ids in (("person_id", old.person_ids), ("spouse_id", old.spouse_ids)):
            self._ids[name].append(ids.take(array(kept)))

    def _take(
        self,
        columns: Mapping[str, Ints],
        former: FormerNames,
        streets: Mapping[int, str],
        places: Ints,
    ) -> None:
        for name, column in {**columns, "place": places}.items():
            if name not in self._columns:
                self._columns[name] = _Growing(column)
            self._columns[name].add(column)
        self._former.append(former)
        self._streets.update(streets)

    def person_ids(self) -> Column:
        """The ids that came so far, in the order of arrival."""
        return _unified(self._ids["person_id"])

    def settled(self) -> Register:
        """The register of all rows; the intake is empty afterwards."""
        person_ids, spouse_ids = (_unified(self._ids.pop(name)) for name in tuple(self._ids))
        order = _order(person_ids)
        columns = {
            name: _ordered(self._columns.pop(name).whole(), order) for name in (*self._columns,)
        }
        if order is not None:
            person_ids, spouse_ids = person_ids.take(array(order)), spouse_ids.take(array(order))
        people = people_of(
            columns,
            former=_in_order(self._former, order),
            spouse=rows_of(spouse_ids, person_ids).astype(np.int32),
        )
        return Register(
            people=people,
            person_ids=person_ids,
            spouse_ids=spouse_ids,
            places=columns["place"],
            streets=self._lived_in(people),
            arrived=self.arrived,
        )

    def _lived_in(self, people: People) -> dict[int, str]:
        """The streets in which somebody is left."""
        kept = np.sort(pd.unique(people.home.street)).tolist()
        return {key: self._streets[key] for key in kept if key}


class _Growing:
    """A column that grows outside the heap, which arrays that stay would riddle."""

    def __init__(self, like: Ints) -> None:
        self._dtype, self._shape, self._used = like.dtype, like.shape[1:], 0
        self._place = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)

    def add(self, column: Ints) -> None:
        """Copy these rows behind the others."""
        end = self._used + column.nbytes
        if end > len(self._place):
            # Pages that nothing was written to take no memory.
            self._place.resize(max(end, 2 * len(self._place)))
        room = np.frombuffer(self._place, self._dtype, column.size, self._used)
        room.reshape(column.shape)[...] = column
        self._used = end

    def whole(self) -> Ints:
        """All rows; none can be added as long as somebody holds them."""
        size = self._used // self._dtype.itemsize
        rows: Ints = np.frombuffer(self._place, self._dtype, size).reshape(-1, *self._shape)
        return rows


def _unified(parts: list[Column]) -> Column:
    """The ids as integers when all are, else as text."""
    if not all(pa.types.is_integer(part.type) for part in parts):
        parts = [pc.cast(part, pa.string()) for part in parts]
    return whole(chunked(parts, parts[0].type if parts else pa.int64()))


def _order(ids: Column) -> Ints | None:
    """The order of ids; None when they are in order."""
    if pa.types.is_integer(ids.type):
        values = ids.to_numpy()
        return None if (values[1:] > values[:-1]).all() else np.argsort(values)
    order: Ints = pc.sort_indices(ids).to_numpy().astype(np.int64)
    return order


def _ordered(column: Ints, order: Ints | None) -> Ints:
    return column if order is None else column[order]


def _moved(former: FormerNames, kept: Ints) -> FormerNames:
    """The former names of the rows `kept`."""
    chosen = np.flatnonzero(former.length[kept] > 0)
    return FormerNames(rows=chosen, names=former.take(kept[chosen]), length=former.length[kept])


def _in_order(parts: list[FormerNames], order: Ints | None) -> FormerNames:
    """The former names of all parts, one after the other, put in order."""
    starts = np.cumsum([0, *(len(part) for part in parts)])
    rows = [part.rows + start for part, start in zip(parts, starts, strict=False)]
    none = Names(
        codes=np.zeros((0, NAME_WIDTH), np.int32),
        length=np.zeros(0, np.int8),
        key=np.zeros(0, np.uint64),
    )
    names = [none, *(part.names for part in parts)]
    joined = Names(
        codes=np.concatenate([name.codes for name in names]),
        length=np.concatenate([name.length for name in names]),
        key=np.concatenate([name.key for name in names]),
    )
    length = np.concatenate([np.zeros(0, np.int8), *(part.length for part in parts)])
    before = np.concatenate([np.zeros(0, np.int64), *rows])
    if order is None:
        return FormerNames(rows=before, names=joined, length=length)
    length = length[order]
    now = np.flatnonzero(length > 0)
    return FormerNames(
        rows=now, names=joined.take(np.searchsorted(before, order[now])), length=length
    )


def rows_of(wanted: Column, person_ids: Column) -> Ints:
    """The rows of these ids, -1 where an id is null or nobody's; `person_ids` are in order."""
    if not pa.types.is_integer(person_ids.type):
        found = pc.index_in(pc.cast(wanted, pa.string()), value_set=person_ids)
        at: Ints = pc.fill_null(found, -1).to_numpy().astype(np.int64)
        return at
    rows = np.full(len(wanted), -1, np.int64)
    given = np.flatnonzero(wanted.is_valid().to_numpy(zero_copy_only=False))
    asked = _as_integers(wanted.take(array(given)))
    ids = person_ids.to_numpy()
    # In order, each look-up finds in the cache what the one before it touched.
    order = np.argsort(asked)
    places = np.searchsorted(ids, asked[order])
    hit = ids[np.minimum(places, len(ids) - 1)] == asked[order] if len(ids) else places > 0
    rows[given[order[hit]]] = places[hit]
    return rows


def _as_integers(ids: Column) -> Ints:
    """Integers; texts that are none become -1 where ids are never negative, else are nobody's."""
    if pa.types.is_integer(ids.type):
        values: Ints = ids.to_numpy()
        return values
    numeric = pc.match_substring_regex(ids, INTEGER)
    numbers: Ints = pc.cast(pc.if_else(numeric, ids, str(_NOBODYS)), pa.int64()).to_numpy()
    return numbers


#: An id that is a number, in the one way to write it.
INTEGER = r"^(0|-?[1-9][0-9]{0,17})$"
_NOBODYS = -(2**63)
