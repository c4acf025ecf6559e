"""Matching from file to file: what `backfill match` does."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from matching.certificate_file import read_certificates
from matching.columns import pq
from matching.decide import USUAL, Limits
from matching.evaluate import Estimate, Slice, estimate, slices
from matching.index import RegisterIndex
from matching.run import match_table
from records.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matching.register_file import RowFault


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchReport:
    """What came of a run: decisions, the expected quality in all and by slice, rows set aside."""

    estimate: Estimate
    slices: tuple[Slice, ...]
    quarantined: tuple[RowFault, ...]


def match_files(
    certificates: Path,
    register: Path,
    out: Path,
    *,
    key: bytes | None = None,
    limits: Limits = USUAL,
    threads: int = 2,
    progress: Callable[[str], None] | None = None,
) -> MatchReport:
    """Link the certificates to a register and write the answers as Parquet, all or nothing.

    `register` is an index (a folder; `key` opens it) or a plain register file, which is
    encoded in memory for this run alone and leaves nothing behind.
    Raises InputError, IntegrityError and StoreInUseError as the steps do.
    """
    table = read_certificates(Path(certificates))
    with _opened(Path(register), key, threads, progress) as (index, quarantined):
        answers = match_table(
            table,
            index,
            limits=limits,
            progress=progress,
        )
    _write(answers, Path(out))
    return MatchReport(
        estimate=estimate(answers), slices=slices(answers, table), quarantined=quarantined
    )


@contextmanager
def _opened(
    register: Path, key: bytes | None, threads: int, progress: Callable[[str], None] | None
) -> Iterator[tuple[RegisterIndex, tuple[RowFault, ...]]]:
    if register.is_dir():
        if key is None:
            raise UsageError(
                "key_missing",
                what="A register index needs its key.",
                where=str(register),
                remedy="Give --key-file or --home.",
            )
        with RegisterIndex.open(register, key=key, threads=threads) as index:
            yield index, ()
        return
    (progress or _silent)("reading and encoding the register")
    passing, quarantined = RegisterIndex.passing([register])
    with passing as index:
        yield index, quarantined


def _silent(_: str) -> None:
    """No progress is wanted."""


def _write(answers: object, out: Path) -> None:
    aside = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with aside.open("wb") as handle:
            pq.write_table(answers, handle)
            handle.flush()
            os.fsync(handle.fileno())
        aside.replace(out)
    finally:
        aside.unlink(missing_ok=True)
