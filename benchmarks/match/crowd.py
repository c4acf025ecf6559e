"""Make a town's register larger by people whom its certificates do not ask for.

    python benchmarks/match/crowd.py TOWN_DIR OUT_DIR [--times 22]

The first part of the register is the town's own; every further part is the town again with
other ids, birthdays, ID numbers, streets, and first names dealt out anew, so that names, homes,
couples and faults are as common as before. Parts are written as they come: memory does not
grow. Certificates and truth are copied.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

#: Ids of one part are below this.
_IDS = 1_000_000_000
_DAYS = 61
_MARKS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = np.array(list("10X98765432"))


def names(column: pa.Array, sex: pa.Array, rng: np.random.Generator) -> pa.Array:
    """The surnames as they are, the first names dealt out anew among those of one sex."""
    given = pc.utf8_slice_codeunits(column, 1)
    dealt = np.arange(len(column))
    male = pc.equal(sex, "male").to_numpy(zero_copy_only=False)
    for group in (np.flatnonzero(male), np.flatnonzero(~male)):
        dealt[group] = rng.permutation(group)
    return pc.binary_join_element_wise(
        pc.utf8_slice_codeunits(column, 0, 1), given.take(pa.array(dealt)), ""
    )


def later(days: np.ndarray, part: int) -> np.ndarray:
    """Days (text, ISO) moved on."""
    moved = days.astype("datetime64[D]") + _DAYS * part
    return moved.astype(str)


def births(column: pa.Array, part: int) -> pa.Array:
    """Birthdays moved on; null stays null."""
    given = column.is_valid()
    shown = later(pc.fill_null(column, "1900-01-01").to_numpy(zero_copy_only=False), part)
    return pc.if_else(given, pa.array(shown, pa.string()), None)


def numbers(column: pa.Array, part: int) -> pa.Array:
    """ID numbers whose birthday is moved on, with a check digit that fits; others as they are."""
    able = pc.fill_null(
        pc.match_substring_regex(
            column, r"^[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}"
        ),
        fill_value=False,
    )
    rows = np.flatnonzero(able.to_numpy(zero_copy_only=False))
    body = pc.cast(
        pc.utf8_slice_codeunits(column.take(pa.array(rows)), 0, 17), pa.int64()
    ).to_numpy()
    date = body // 1000 % 10**8
    days = (
        (date // 10000 - 1970).astype("datetime64[Y]").astype("datetime64[M]")
        + (date // 100 % 100 - 1)
    ).astype("datetime64[D]") + (date % 100 - 1 + _DAYS * part)
    year = days.astype("datetime64[Y]").astype(int) + 1970
    month = days.astype("datetime64[M]").astype(int) % 12 + 1
    day = (days - days.astype("datetime64[M]")).astype(int) + 1
    moved = body // 10**11 * 10**8 + year * 10000 + month * 100 + day
    moved = moved * 1000 + (body % 1000 + 2 * part) % 1000
    total = sum(
        weight * (moved // 10 ** (16 - place) % 10) for place, weight in enumerate(_WEIGHTS)
    )
    shown = np.char.add(moved.astype(str), _CHECK[total % 11])
    mask = np.zeros(len(column), bool)
    mask[rows] = True
    return pc.replace_with_mask(column, pa.array(mask), pa.array(shown, pa.string()))


def again(town: pa.Table, part: int, rng: np.random.Generator) -> pa.Table:
    """The town once more, as other people."""
    columns = {name: town[name].combine_chunks() for name in town.column_names}
    for name in ("person_id", "spouse_id"):
        columns[name] = pc.add(columns[name], part * _IDS)
    columns["name"] = names(columns["name"], columns["sex"], rng)
    columns["birth_date"] = births(columns["birth_date"], part)
    columns["id_number"] = numbers(columns["id_number"], part)
    columns["address"] = pc.replace_substring(
        columns["address"], "区", f"区{_MARKS[part % len(_MARKS)]}", max_replacements=1
    )
    return pa.table(columns, schema=town.schema)


def main() -> None:
    """Write the larger register; copy what else the benchmark reads."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("town", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--times", type=int, default=22)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(chosen.seed)
    source = pq.ParquetFile(chosen.town / "register.parquet")
    with pq.ParquetWriter(chosen.out / "register.parquet", source.schema_arrow) as writer:
        for part in range(chosen.times):
            for group in range(source.num_row_groups):
                town = source.read_row_group(group)
                writer.write_table(again(town, part, rng) if part else town)
    for name in ("certificates", "truth"):
        shutil.copy(chosen.town / f"{name}.parquet", chosen.out / f"{name}.parquet")


if __name__ == "__main__":
    main()
