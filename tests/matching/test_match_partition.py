"""Partitions, couples one by one, and the reach of keys, on a city with known truth."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from matching.couples import Asker
from matching.partition import Partitions
from matching.recall import SPOUSES, candidate_recall
from matching.run import match_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from matching.index import RegisterIndex
    from tests.matching.conftest import SmallCity


def test_partitions_elsewhere_give_the_answers_of_one_run(
    city: SmallCity, index: RegisterIndex, index_dir: Path, key: bytes
) -> None:
    """Three partitions, each in a process that knows nothing but what it is handed."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:

        def backwards(function: Callable[[Any], Any], work: Iterable[Any]) -> Iterable[Any]:
            return reversed(list(pool.map(function, work)))

        partitions = Partitions(
            index_dir=index_dir,
            key=key,
            certificates=city.folder / "certificates.parquet",
            bounds=(0, 700, 2500, len(index)),
            run=backwards,
        )
        apart = match_table(city.certificates, index, partitions=partitions)
    assert apart.equals(match_table(city.certificates, index))


def test_a_couple_by_itself_is_found(city: SmallCity, index: RegisterIndex) -> None:
    asker = Asker(index)
    truth = dict(
        zip(city.truth["record_id"].to_pylist(), city.truth["person_id"].to_pylist(), strict=True)
    )
    papers = city.certificates.to_pylist()
    right = 0
    for at in range(0, 40, 2):
        answers = asker.answers(papers[at : at + 2])
        assert [one["record_id"] for one in answers] == [
            p["record_id"] for p in papers[at : at + 2]
        ]
        right += sum(one["person_id"] == truth[one["record_id"]] for one in answers)
    assert right >= 30


def test_the_reach_of_keys_grows_to_the_ceiling_of_what_is_found(
    city: SmallCity, index: RegisterIndex
) -> None:
    reaches = candidate_recall(city.certificates, index, city.truth)
    together = [reach.together for reach in reaches]
    assert together == sorted(together)
    assert all(reach.alone <= reach.together for reach in reaches)
    assert together[-1] > 0.97
    assert reaches[-1].family == SPOUSES
    present = pc.is_valid(city.truth["person_id"]).to_numpy()
    found = match_table(city.certificates, index)["person_id"].to_pylist()
    right = np.array(
        [a == b for a, b in zip(found, city.truth["person_id"].to_pylist(), strict=True)]
    )
    assert right[present].mean() <= together[-1]
