"""Splink 5 on the same files, set up as a careful user would: the peer of `matching.py`.

Names are simplified and numbers widened beforehand; the partner's name and birth date are
columns of both sides. Writes `record_id`, `person_id`, `probability` (the best candidate of
each record) and prints CPU seconds of each step as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import splink.comparison_level_library as levels
import splink.comparison_library as comparisons
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from matching.columns import pc
from matching.encode import encode_numbers
from records.names import match_key

_COLUMNS = ("name", "sex", "birth_date", "id_number", "address")
_PARTNER = ("name", "birth_date")


def _names(column: pa.ChunkedArray) -> pa.Array:
    coded = pc.dictionary_encode(column.combine_chunks())
    simple = pa.array([match_key(text) for text in coded.dictionary.to_pylist()], pa.string())
    return simple.take(coded.indices)


def _sides(table: pa.Table, key: str, partner: pa.Array) -> pa.Table:
    """One side's columns: its own, and those of the partner at these rows."""
    numbers = encode_numbers(table["id_number"])
    body = pa.array([str(one) if one else None for one in numbers.body.tolist()], pa.string())
    own = {name: table[name].combine_chunks() for name in ("sex", "birth_date", "address")}
    own["name"] = _names(table["name"])
    columns = {
        "unique_id": pc.cast(table[key].combine_chunks(), pa.string()),
        **own,
        "id_number": body,
        "surname": pc.utf8_slice_codeunits(own["name"], 0, 1),
        "birth_year": pc.cast(pc.utf8_slice_codeunits(own["birth_date"], 0, 4), pa.int32()),
        "district": pc.utf8_slice_codeunits(own["address"], 0, 3),
    }
    for name in _PARTNER:
        columns[f"partner_{name}"] = own[name].take(partner)
    return pa.table(columns)


def tables(folder: Path) -> tuple[pa.Table, pa.Table]:
    """Certificates and register with the partner's columns."""
    paper = pq.read_table(folder / "certificates.parquet")
    register = pq.read_table(folder / "register.parquet")
    key = pc.binary_join_element_wise(
        pc.cast(paper["certificate_id"], pa.string()), paper["role"], "/"
    ).combine_chunks()
    other = pc.if_else(pc.equal(paper["role"], "male"), "female", "male")
    beside = pc.binary_join_element_wise(
        pc.cast(paper["certificate_id"], pa.string()), other, "/"
    ).combine_chunks()
    spouse = pc.index_in(register["spouse_id"], register["person_id"]).combine_chunks()
    return (
        _sides(paper, "record_id", pc.index_in(beside, key)),
        _sides(register, "person_id", spouse),
    )


def _dates(column: str) -> dict:
    year = f"substr({column}_l, 1, 4) = substr({column}_r, 1, 4)"
    gap = (
        f"abs(try_cast(substr({column}_l, 1, 4) as int)"
        f" - try_cast(substr({column}_r, 1, 4) as int))"
    )
    return comparisons.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            levels.NullLevel(column),
            levels.ExactMatchLevel(column),
            levels.LevenshteinLevel(column, 1),
            levels.CustomLevel(f"{year} and length({column}_l) = 4", "the year, from an age"),
            levels.CustomLevel(f"{gap} <= 1 and length({column}_l) = 4", "a year off an age"),
            levels.LevenshteinLevel(column, 2),
            levels.CustomLevel(year, "the year"),
            levels.CustomLevel(f"{gap} <= 2", "a near year"),
            levels.ElseLevel(),
        ],
    )


def _names_compared(column: str) -> dict:
    return comparisons.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            levels.NullLevel(column),
            levels.ExactMatchLevel(column, term_frequency_adjustments=True),
            levels.LevenshteinLevel(column, 1),
            levels.CustomLevel(f"substr({column}_l, 1, 1) = substr({column}_r, 1, 1)", "surname"),
            levels.ElseLevel(),
        ],
    )


def settings(register_rows: int) -> SettingsCreator:
    """Comparisons and blocking rules."""
    return SettingsCreator(
        link_type="link_only",
        probability_two_random_records_match=0.8 / register_rows,
        comparisons=[
            _names_compared("name"),
            _dates("birth_date"),
            comparisons.LevenshteinAtThresholds("id_number", [1, 2]),
            comparisons.ExactMatch("sex"),
            comparisons.CustomComparison(
                output_column_name="address",
                comparison_levels=[
                    levels.NullLevel("address"),
                    levels.ExactMatchLevel("address", term_frequency_adjustments=True),
                    levels.LevenshteinLevel("address", 1),
                    levels.CustomLevel(
                        "substr(address_l, 1, 3) = substr(address_r, 1, 3)", "district"
                    ),
                    levels.ElseLevel(),
                ],
            ),
            _names_compared("partner_name"),
            _dates("partner_birth_date"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("id_number"),
            "l.name = r.name and abs(l.birth_year - r.birth_year) <= 2",
            block_on("birth_date", "surname"),
            block_on("partner_name", "name"),
            block_on("partner_birth_date", "birth_date"),
            block_on("birth_date", "substr(name, 2, 5)"),
            block_on("address", "surname"),
            block_on("name", "substr(birth_date, 6, 5)"),
        ],
        retain_matching_columns=False,
    )


def main() -> None:
    """Train, predict, write the best candidate of each record."""
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    costs, since = {}, time.process_time()
    paper, register = tables(folder)
    costs["prepare"], since = time.process_time() - since, time.process_time()
    backend = DuckDBAPI()
    backend._con.execute("SET threads = 2")  # noqa: SLF001 - no other way to it
    sides = [
        backend.register(table, dataset_display_name=name)
        for name, table in (("a_paper", paper), ("b_register", register))
    ]
    linker = Linker(sides, settings(register.num_rows), log_level=40)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for rule in (
        block_on("birth_date", "surname"),
        block_on("name", "birth_year"),
        block_on("address"),
    ):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    costs["train"], since = time.process_time() - since, time.process_time()
    found = linker.inference.predict(threshold_match_weight=-10)
    best = backend._con.execute(  # noqa: SLF001 - as above
        f"""SELECT unique_id_l AS record_id, arg_max(unique_id_r, match_weight) AS person_id,
                   max(match_weight) AS weight
            FROM {found.physical_name} GROUP BY ALL"""  # noqa: S608 - a name of Splink's own
    ).to_arrow_table()
    costs["predict"] = time.process_time() - since
    probability = [1 / (1 + 2.0**-weight) for weight in best["weight"].to_pylist()]
    pq.write_table(
        best.append_column("probability", pa.array(probability)).append_column(
            "miss", pa.array([1 / (1 + 2.0**weight) for weight in best["weight"].to_pylist()])
        ),
        out,
    )
    print(json.dumps(costs))


if __name__ == "__main__":
    main()
