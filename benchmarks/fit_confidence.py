"""Fits the reader's confidence on pages whose truth is known, and says how well it holds.

    python benchmarks/fit_confidence.py PAGES… --out ocr/data/calibration.json [--held-out PAGES]

Each folder holds pages and their `truth.jsonl`, as `data_samples/make_samples.py --pages` draws
them. Every field that the reader delivers with a value counts, one that doesn't stand on the
page as wrong; nothing is left out but ditto marks and carried dates, which take the confidence
of the cell they refer to and are counted in all figures.

One logistic regression is fitted to all fields, then one to each group of fields, drawn towards
the first (L2). No weight may say the contrary of common sense: disagreement never speaks for a
value. The least confidence at which a field is accepted is the lowest step at which, with
cross-validation by hand, no more than the allowed share of the accepted key fields would be
wrong if there were one error more: every page is judged by weights that never saw its hand
(pages of unnamed hands by weights that never saw the page).
Fields of the pages held out take no part in either. Same pages, same numbers.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ocr.confidence import group_of, probability_under
from ocr.consistency import confidence_of
from ocr.logistic import regression
from ocr.pool import read_paths
from records.reading import KEY_FIELD_TAILS, PageReading, field_tail

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from records.reading import FieldReading

    Weights = Mapping[str, Mapping[str, float]]

#: The direction in which each feature may speak.
SIGNS = {
    "bias": 0, "agree": 1, "sure": 1, "lead": 1, "parted": 1, "gap": -1, "bent": -1,
    "outside": -1, "contested": -1, "hole": -1, "loose": -1, "january": -1, "odd": -1, "hand": 1,
    "confirmed": 1, "partly": 1, "follows": 1, "repeated": 1, "chosen": -1,
    "contradicted": -1,
}  # fmt: skip
GROUPS = (
    "name", "date", "certificate_number", "id_number", "age", "sex", "native_place", "other",
)  # fmt: skip
#: Penalty on weights, and on a group's distance from the weights of all fields.
_RIDGE, _TOWARDS_ALL = 0.3, 8.0
#: Thresholds to choose from; what may be wrong once in twenty times is never accepted.
_STEPS = tuple(round(0.95 + i / 200, 3) for i in range(9))


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A delivered field: its page's number, era and hand, and whether its value is right."""

    page: int
    era: str
    hand: str = ""
    reading: FieldReading
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a threshold does to fields: how many are accepted, and how many of these wrong."""

    fields: int
    right: int
    accepted: int
    wrong: int
    brier: float
    ece: float

    def __str__(self) -> str:
        """One line of percentages."""
        share = 100 * self.wrong / max(1, self.accepted)
        return (
            f"{self.fields:6d} fields, right {100 * self.right / max(1, self.fields):5.1f} %, "
            f"accepted {100 * self.accepted / max(1, self.fields):5.1f} %, "
            f"wrong {self.wrong}/{self.accepted} = {share:.2f} %, "
            f"Brier {self.brier:.3f}, ECE {self.ece:.3f}"
        )


def read_fields(folders: Sequence[Path]) -> list[Field]:
    """Read the pages of all folders, a process a core, and compare them with their truth."""
    fields: list[Field] = []
    number = 0
    for folder in folders:
        truth = truth_of(folder / "truth.jsonl")
        files = sorted({folder / source for source, _ in truth})
        for page in read_paths(files, workers=len(os.sched_getaffinity(0))):
            number += 1
            if isinstance(page, PageReading):
                told = truth[Path(page.source).name, page.page]
                fields += compared(page.fields, told, number)
    return fields


def require_to_fit(folders: Sequence[Path]) -> None:
    """Raise SystemExit where a folder holds pages that are kept for judging the reader."""
    for folder in folders:
        told = truth_of(folder / "truth.jsonl").values()
        if any(_tags(page).get("division") == "held-out" for page in told):
            raise SystemExit(f"{folder}: its pages judge the reader; nothing is fitted on them")


def _tags(page: Mapping[str, object]) -> Mapping[str, object]:
    tags = page.get("tags")
    return tags if isinstance(tags, dict) else {}


def truth_of(path: Path) -> dict[tuple[str, int], dict[str, object]]:
    """The pages of a truth file by file name and number."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pages = [json.loads(line) for line in lines if line.strip()]
    return {(page["source"], page["page"]): page for page in pages}


def compared(
    readings: Iterable[FieldReading], told: Mapping[str, object], number: int
) -> list[Field]:
    """The delivered fields of a page, each right or wrong; what isn't on the page is wrong."""
    written = told["fields"]
    if not isinstance(written, list):
        raise TypeError(f"truth of page {number} has no list of fields")
    values = {
        (field["name"], field.get("part") or field["row"]): _bare(field["value"])
        for field in written
    }
    return [
        Field(
            page=number, era=str(told["era"]), hand=str(_tags(told).get("hand", "")),
            reading=reading,
            right=values.get((reading.name, reading.row)) == _bare(reading.value),
        )
        for reading in readings
        if reading.value
    ]  # fmt: skip


def _bare(value: str) -> str:
    return "".join(value.split())


def fitted(fields: Sequence[Field]) -> dict[str, dict[str, float]]:
    """The weights of each group of fields."""
    from records.reading import field_tail

    own = [f for f in fields if not f.reading.flags & {"ditto", "carried"}]
    groups = np.array([group_of(field_tail(f.reading.name)) for f in own])
    seen = np.array([[dict(f.reading.evidence).get(name, 0.0) for name in SIGNS] for f in own])
    right = np.array([f.right for f in own], dtype=float)
    none = np.zeros(len(SIGNS))
    signs = np.array(list(SIGNS.values()), dtype=float)
    common = regression(seen, right, none, _RIDGE, signs)
    return {
        group: dict(zip(SIGNS, (round(float(w), 4) for w in weights), strict=True))
        for group in GROUPS
        for chosen in [groups == group]
        for weights in [regression(seen[chosen], right[chosen], common, _TOWARDS_ALL, signs)]
    }


def rated(fields: Sequence[Field], weights: Weights) -> NDArray[np.float64]:
    """The confidence of each field under given weights."""
    return np.array(
        [
            confidence_of(f.reading, lambda tail, found: probability_under(weights, tail, found))
            for f in fields
        ]
    )


def cross_validated(fields: Sequence[Field], folds: int) -> NDArray[np.float64]:
    """The confidence of each field under weights fitted without its hand's fold."""
    fold = folds_of(fields, folds)
    result = np.zeros(len(fields))
    for k in range(folds):
        weights = fitted([f for f, own in zip(fields, fold, strict=True) if own != k])
        left = [f for f, own in zip(fields, fold, strict=True) if own == k]
        result[fold == k] = rated(left, weights)
    return result


def folds_of(fields: Sequence[Field], folds: int) -> NDArray[np.int64]:
    """The fold of each field: that of its hand, else of its page; folds about as large."""
    writers = [f.hand or f"page {f.page}" for f in fields]
    size = Counter(writers)
    filled = [0] * folds
    of: dict[str, int] = {}
    for writer in sorted(size, key=lambda writer: (-size[writer], writer)):
        of[writer] = filled.index(min(filled))
        filled[of[writer]] += size[writer]
    return np.array([of[writer] for writer in writers])


def figures(fields: Sequence[Field], confidence: NDArray[np.float64], accept_at: float) -> Figures:
    """How fields fare when those of at least this confidence are accepted."""
    right = np.array([f.right for f in fields], dtype=float)
    accepted = confidence >= accept_at
    bins = np.minimum(9, (confidence * 10).astype(int))
    off = sum(abs(float((confidence - right)[bins == b].sum())) for b in range(10))
    return Figures(
        fields=len(fields), right=int(right.sum()), accepted=int(accepted.sum()),
        wrong=int((1 - right)[accepted].sum()),
        brier=float(((confidence - right) ** 2).mean()), ece=off / max(1, len(fields)),
    )  # fmt: skip


def is_key(field: Field) -> bool:
    """Whether a field is one of those over which quality is stated."""
    return field_tail(field.reading.name) in KEY_FIELD_TAILS


def lowest_step(fields: Sequence[Field], confidence: NDArray[np.float64], allowed: float) -> float:
    """The lowest threshold from which on upwards at most `allowed` of the accepted is wrong.

    One error more than was seen is reckoned with.
    """
    best = 1.0
    for step in reversed(_STEPS):
        found = figures(fields, confidence, step)
        if found.wrong and found.wrong + 1 > allowed * found.accepted:
            break
        best = step
    return best


def table(fields: Sequence[Field], confidence: NDArray[np.float64], accept_at: float) -> list[str]:
    """A line for each era's key fields, for all key fields and for all fields."""
    lines = []
    key = np.array([is_key(f) for f in fields])
    eras = np.array([f.era for f in fields])
    parts = [(f"{era} key", key & (eras == era)) for era in sorted(set(eras))]
    for label, chosen in [*parts, ("key fields", key), ("all fields", key | True)]:
        kept = [f for f, own in zip(fields, chosen, strict=True) if own]
        lines.append(f"{label:12s} {figures(kept, confidence[chosen], accept_at)}")
    return lines


def provenance(
    options: argparse.Namespace, fields: Sequence[Field], report: Sequence[str]
) -> list[str]:
    """What the fit was made from and how it fared, line by line."""
    referring = sum(bool(f.reading.flags & {"ditto", "carried"}) for f in fields)
    return [
        options.note,
        (
            f"Fitted (Newton, L2, signs fixed) on {len(fields) - referring} fields of "
            f"{len({f.page for f in fields})} pages; no page and no delivered field left out."
        ),
        (
            f"{referring} ditto marks and carried dates take another cell's confidence: they are "
            "not fitted, but counted in the figures."
        ),
        *report,
    ]


def main() -> None:
    """Fit, state how the fit fares, and write the calibration."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", nargs="+", type=Path, help="folders of pages with truth.jsonl")
    parser.add_argument("--out", type=Path, required=True, help="the calibration to write")
    parser.add_argument("--held-out", nargs="*", type=Path, default=[], help="folders to judge by")
    parser.add_argument("--note", default="", help="where the pages come from, for the provenance")
    parser.add_argument("--version", type=int, required=True, help="one more than the last")
    parser.add_argument("--folds", type=int, default=5, help="folds of the cross-validation")
    parser.add_argument("--allowed", type=float, default=0.005,
                        help="share of accepted key fields that may be wrong")  # fmt: skip
    options = parser.parse_args()
    # Reading processes inherit it: with more threads engines spin against each other.
    os.environ |= {"OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}
    require_to_fit(options.pages)
    fields = read_fields(options.pages)
    held = read_fields(options.held_out)
    document = calibration(options, fields, held)
    text = json.dumps(document, ensure_ascii=False, indent=1)
    options.out.write_text(text + "\n", encoding="utf-8")


def calibration(
    options: argparse.Namespace, fields: Sequence[Field], held: Sequence[Field]
) -> dict[str, object]:
    """The calibration with its provenance; prints the tables."""
    crossed = cross_validated(fields, options.folds)
    key = np.array([is_key(f) for f in fields])
    accept_at = lowest_step([f for f in fields if is_key(f)], crossed[key], options.allowed)
    weights = fitted(fields)
    report = [f"Cross-validated by hand in {options.folds} folds, accepted from {accept_at}:"]
    report += table(fields, crossed, accept_at)
    if held:
        report += ["Pages held out:", *table(held, rated(held, weights), accept_at)]
    print("\n".join(report))
    return {
        "version": options.version,
        "accept_at": accept_at,
        "provenance": provenance(options, fields, report),
        "weights": weights,
    }


if __name__ == "__main__":
    main()
