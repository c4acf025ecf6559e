"""Reading files, with the register as evidence where there is one; no Prefect here."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from flows.corroborate import corroborate
from ocr.hands import routed
from ocr.pool import read_paths
from ocr.recalibration import recalibrated
from records.reading import PageReading, PageRefusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from matching.index import RegisterIndex
    from ocr.forms.form import FormSet
    from ocr.models import Engine
    from ocr.recalibration import Recalibration

#: Pages whose people are looked up in the register together.
_PAGES_TOGETHER = 32

Result = PageReading | PageRefusal


def read_pages(
    paths: Sequence[Path],
    *,
    engine: Engine,
    workers: int,
    index: RegisterIndex | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    calibration: Recalibration | None = None,
    forms: FormSet | None = None,
) -> Iterator[Result]:
    """Read files in order; with an index, the register is evidence for whole couples.

    `forms` are those that the reader knows, the installed ones if none are given.
    """
    results = read_paths(
        paths, engine=engine, workers=workers, on_progress=on_progress, forms=forms
    )
    if calibration is not None:
        results = (_anew(result, calibration) for result in results)
    if index is None:
        yield from map(_to_people, results)
        return
    while together := list(islice(results, _PAGES_TOGETHER)):
        yield from map(_to_people, corroborate(together, index))


def _anew(result: Result, calibration: Recalibration) -> Result:
    return recalibrated(result, calibration) if isinstance(result, PageReading) else result


def _to_people(result: Result) -> Result:
    """A page in a cursive hand goes to people, whatever the register makes of its names."""
    return routed(result) if isinstance(result, PageReading) else result
