"""Published sets through the project's scoring: a linker, or a fit to its own towns.

    python benchmarks/match/public.py febrl4|historical_50k FOLDER [--pairs OUT.parquet]

FOLDER holds `febrl4a.csv` and `febrl4b.csv`, or `historical_50k.parquet` (both from Splink's
collection of datasets). Names, addresses and numbers of these sets are compared by simple rules
here; dates by the project's own. What the levels are worth is learnt as everywhere: the chances
from the set itself, the shares among true pairs by EM without labels. No rule knows the truth.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from rapidfuzz.distance import JaroWinkler, Levenshtein
from rapidfuzz.process import cpdist

from matching.compare import SEX_LEVELS, Chances, Comparison
from matching.compare_address import AddressLevel
from matching.compare_date import DateLevel, compare_dates
from matching.compare_name import NameLevel
from matching.compare_number import NumberLevel, joint_level
from matching.encode import Dates, encode_dates
from matching.model import Parameters, learn, starting_parameters, weights

_ALIKE, _LARGEST, _ROUNDS = 0.88, 1500, 20
_RANDOM = 400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One file against another, or against itself: people as texts, and who is whom.

    The columns are `given`, `surname`, `whole` (all names), `date` (ISO), `place`, `area`
    (the larger place), `number`, `sex`; empty where nothing is known.
    """

    left: pd.DataFrame
    right: pd.DataFrame
    keys: tuple[tuple[str, ...], ...]
    one_file: bool


def febrl4(folder: Path) -> Task:
    """Five thousand people and a damaged copy of each."""
    sides = []
    for letter in "ab":
        frame = pd.read_csv(folder / f"febrl4{letter}.csv", dtype=str, skipinitialspace=True)
        frame.columns = [name.strip() for name in frame.columns]
        frame = frame.fillna("")
        day = frame["date_of_birth"]
        sides.append(
            _derived(
                pd.DataFrame({
                    "id": frame["rec_id"],
                    "truth": frame["rec_id"].str.split("-").str[1],
                    "given": frame["given_name"],
                    "surname": frame["surname"],
                    "whole": (frame["given_name"] + " " + frame["surname"]).str.strip(),
                    "date": day.str[:4] + "-" + day.str[4:6] + "-" + day.str[6:],
                    "place": (frame["address_1"] + " " + frame["suburb"]).str.strip(),
                    "area": frame["postcode"],
                    "number": frame["soc_sec_id"],
                    "sex": "",
                })
            )
        )  # fmt: skip
    keys = (
        ("number",), ("date",), ("given", "surname"), ("given", "year"), ("surname", "year"),
        ("area", "given"), ("area", "surname"), ("place",),
    )  # fmt: skip
    return Task(left=sides[0], right=sides[1], keys=keys, one_file=False)


def historical_50k(folder: Path) -> Task:
    """Fifty thousand rows about five thousand people, in one file."""
    frame = pq.read_table(folder / "historical_50k.parquet").to_pandas().fillna("").astype(str)
    people = _derived(
        pd.DataFrame({
            "id": frame["unique_id"],
            "truth": frame["cluster"],
            "given": frame["first_name"],
            "surname": frame["surname"],
            "whole": frame["full_name"],
            "date": frame["dob"],
            "place": frame["postcode_fake"],
            "area": frame["birth_place"],
            "number": frame["occupation"],
            "sex": frame["gender"],
        })
    )  # fmt: skip
    keys = (
        ("date", "initial"), ("date", "surname"), ("date", "area"), ("given", "surname", "year"),
        ("surname", "area"), ("place", "initial"), ("place", "surname"), ("whole",),
        ("given", "surname", "number"), ("given", "year", "area"),
    )  # fmt: skip
    return Task(left=people, right=people, keys=keys, one_file=True)


def _derived(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(initial=frame["given"].str[:1], year=frame["date"].str[:4])


def candidates(task: Task) -> tuple[np.ndarray, np.ndarray]:
    """Rows that share a key, none of whose parts is empty and whose block is not too large."""
    found = []
    for key in task.keys:
        sides = []
        for frame in (task.left, task.right):
            able = (frame[list(key)] != "").all(axis=1)
            text = frame.loc[able, list(key)].agg("\t".join, axis=1)
            sides.append(pd.DataFrame({"key": text, "row": text.index}))
        size = sides[1]["key"].value_counts()
        small = sides[1][sides[1]["key"].map(size) <= _LARGEST]
        pairs = sides[0].merge(small, on="key")
        left, right = pairs["row_x"].to_numpy(), pairs["row_y"].to_numpy()
        if task.one_file:
            left, right = left[left < right], right[left < right]
        found.append(left.astype(np.int64) << 32 | right)
    packed = np.unique(np.concatenate(found))
    return packed >> 32, packed & 0xFFFFFFFF


def _texts(task: Task, left: np.ndarray, right: np.ndarray, name: str) -> tuple[list, list]:
    return (
        task.left[name].to_numpy()[left].tolist(),
        task.right[name].to_numpy()[right].tolist(),
    )


def _measured(task: Task, left: np.ndarray, right: np.ndarray, name: str) -> tuple:
    """Which texts are there, are equal, and how much they resemble each other."""
    one, other = _texts(task, left, right, name)
    some = np.array([bool(a and b) for a, b in zip(one, other, strict=True)], bool)
    alike = np.asarray(cpdist(one, other, scorer=JaroWinkler.similarity))
    return some, some & (alike == 1), some & (alike >= _ALIKE)


def _levels(task: Task, left: np.ndarray, right: np.ndarray) -> dict[str, np.ndarray]:
    """Levels of name, date, number, place and sex of each pair."""
    given, same_given, near_given = _measured(task, left, right, "given")
    family, same_family, near_family = _measured(task, left, right, "surname")
    _, same_whole, near_whole = _measured(task, left, right, "whole")
    surname = task.right["surname"].to_numpy()[right]
    name = np.full(len(left), NameLevel.DIFFERENT, np.int8)
    for level, rows in (
        (NameLevel.OTHER_SURNAME, same_given | near_given),
        (NameLevel.OTHER_GIVEN, same_family | near_family),
        (NameLevel.SWAPPED, (task.left["given"].to_numpy()[left] == surname) & (surname != "")),
        (NameLevel.TWO_ALIKE, near_given & near_family),
        (NameLevel.SOUNDS_ALIKE, near_whole),
        (NameLevel.LOOKS_ALIKE, (same_given & near_family) | (near_given & same_family)),
        (NameLevel.LOST_OR_EXTRA, same_given & same_family),
        (NameLevel.SAME, same_whole),
        (NameLevel.MISSING, ~given & ~family),
    ):
        name[rows] = level
    _, same_place, near_place = _measured(task, left, right, "place")
    area, same_area, _ = _measured(task, left, right, "area")
    place = np.full(len(left), AddressLevel.DIFFERENT, np.int8)
    for level, rows in (
        (AddressLevel.DISTRICT, same_area),
        (AddressLevel.STREET, near_place),
        (AddressLevel.NEAR, near_place & same_area),
        (AddressLevel.SAME, same_place),
        (AddressLevel.MISSING, ~area & ~same_place & ~near_place),
    ):
        place[rows] = level
    sex, same_sex, _ = _measured(task, left, right, "sex")
    return {
        "name": name, "date": _dates(task, left, right), "number": _numbers(task, left, right),
        "address": place, "sex": np.where(sex, np.where(same_sex, 0, 3), 4),
    }  # fmt: skip


def _encoded(frame: pd.DataFrame, rows: np.ndarray) -> Dates:
    return encode_dates(pa.array(frame["date"].tolist(), pa.string())).take(rows)


def _dates(task: Task, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    never = Dates(value=np.zeros(len(left), np.int32), form=np.zeros(len(left), np.int8))
    return compare_dates(_encoded(task.left, left), _encoded(task.right, right), never)


def _numbers(task: Task, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    one, other = _texts(task, left, right, "number")
    edits = np.asarray(cpdist(one, other, scorer=Levenshtein.distance))
    level = np.full(len(left), NumberLevel.DIFFERENT, np.int8)
    for chosen, rows in ((NumberLevel.TWO_OFF, edits == 2), (NumberLevel.ONE_OFF, edits == 1),
                         (NumberLevel.SAME, edits == 0)):  # fmt: skip
        level[rows] = chosen
    level[[not (a and b) for a, b in zip(one, other, strict=True)]] = NumberLevel.NONE
    return level


def _chance(levels: np.ndarray, random: np.ndarray, missing: int) -> np.ndarray:
    """Log2 of the chance of each pair's level among random pairs that tell anything."""
    counts = np.bincount(random[random != missing], minlength=64) + 0.05
    bits = np.log2(counts / counts.sum())
    return np.where(levels == missing, 0.0, bits[levels])


def _common(task: Task, name: str, right: np.ndarray) -> np.ndarray:
    """Log2 of how often a text stands in the file; the one compared is counted, too."""
    counts = task.right[name].map(task.right[name].value_counts()).to_numpy()
    return np.log2(counts / len(task.right))[right]


def comparison(task: Task, left: np.ndarray, right: np.ndarray) -> tuple[Comparison, Chances]:
    """The pairs as the project's scoring takes them."""
    rng = np.random.default_rng(1)
    random = _levels(
        task, rng.integers(0, len(task.left), _RANDOM), rng.integers(0, len(task.right), _RANDOM)
    )
    level = _levels(task, left, right)
    u = {
        name: _chance(level[name], random[name], missing)
        for name, missing in (
            ("name", NameLevel.MISSING), ("date", DateLevel.MISSING),
            ("number", NumberLevel.NONE), ("address", AddressLevel.MISSING),
        )
    }  # fmt: skip
    for name, column, same in (
        ("name", "whole", NameLevel.SAME), ("date", "date", DateLevel.SAME),
        ("number", "number", NumberLevel.SAME), ("address", "place", AddressLevel.SAME),
    ):  # fmt: skip
        u[name] = np.where(level[name] == same, _common(task, column, right), u[name])
    sexes = np.log2(np.bincount(random["sex"], minlength=SEX_LEVELS) + 1.0)
    sexes = np.where(np.arange(SEX_LEVELS) >= 4, 0.0, sexes - np.log2(np.exp2(sexes[:4]).sum()))
    form = _encoded(task.left, left).form
    nothing = np.zeros(len(left))
    pairs = Comparison(
        record=left, row=right, name=level["name"], name_u=u["name"], date_u=u["date"],
        joint=joint_level(form, level["date"], level["number"]), joint_u=u["date"] + u["number"],
        sex=level["sex"], address=level["address"], address_u=u["address"],
        name_p=nothing, born_p=nothing,
    )  # fmt: skip
    return pairs, Chances(dates=np.zeros((6, len(DateLevel))), sexes=sexes)


def scored(pairs: Comparison, chances: Chances, possible: float) -> np.ndarray:
    """Bits of each pair, the shares learnt by EM; a person may have any number of matches."""
    start = starting_parameters()
    model: Parameters = start
    true = 0.01 * len(pairs)
    for _ in range(_ROUNDS):
        odds = weights(pairs, model, chances) + np.log2(true / possible)
        posterior = 1 / (1 + np.exp2(-np.clip(odds, -500, 500)))
        true = float(posterior.sum())
        model = learn(pairs, posterior, np.zeros(len(start.state)), np.zeros(5), start)
    return weights(pairs, model, chances)


def figures(task: Task, pairs: Comparison, weight: np.ndarray) -> str:
    """Best F1 and recall at precisions; pairs of one weight stand or fall together."""
    true = task.left["truth"].to_numpy()[pairs.record] == task.right["truth"].to_numpy()[pairs.row]
    count = task.right["truth"].value_counts()
    total = (count * (count - 1) / 2).sum() if task.one_file else count.reindex(
        task.left["truth"]).fillna(0).sum()  # fmt: skip
    order = np.argsort(-weight, kind="stable")
    last = np.append(np.diff(weight[order]) < 0, True)
    good, taken = np.cumsum(true[order])[last], np.arange(1, len(order) + 1)[last]
    precision, recall = good / taken, good / total
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    at = [f"R@{p} {recall[precision >= p].max(initial=0):.4f}" for p in (0.99, 0.999, 0.9999)]
    return (
        f"F1 {f1.max():.4f} (P {precision[f1.argmax()]:.3f}, R {recall[f1.argmax()]:.3f})  "
        f"{'  '.join(at)}  candidates {recall[-1]:.3f} of {int(total):,} in {len(pairs):,} pairs"
    )


def main() -> None:
    """Link one set and print how well."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=("febrl4", "historical_50k"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", type=Path, help="write left, right, weight")
    chosen = parser.parse_args()
    task = {"febrl4": febrl4, "historical_50k": historical_50k}[chosen.name](chosen.folder)
    left, right = candidates(task)
    pairs, chances = comparison(task, left, right)
    possible = len(task.left) * len(task.right) / (2 if task.one_file else 1)
    weight = scored(pairs, chances, possible)
    print(f"{chosen.name}: {figures(task, pairs, weight)}")
    if chosen.pairs:
        names = {"left": task.left["id"].to_numpy()[left],
                 "right": task.right["id"].to_numpy()[right]}  # fmt: skip
        pq.write_table(pa.table({**names, "weight": weight}), chosen.pairs)


if __name__ == "__main__":
    main()
