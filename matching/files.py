"""Matching from file to file: what `backfill match` does."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from matching.certificate_file import read_certificates, read_confirmed
from matching.columns import pq
from matching.decide import USUAL, Limits
from matching.evaluate import Estimate, Slice, estimate, slices
from matching.index import RegisterIndex
from matching.learnt import as_text, from_text, relearnt
from matching.model import starting_parameters
from matching.run import match_table
from records.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matching.learnt import Learnt
    from matching.model import Parameters
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
    model: Parameters | None = None,
    progress: Callable[[str], None] | None = None,
) -> MatchReport:
    """Link the certificates to a register and write the answers as Parquet, all or nothing.

    `register` is an index (a folder; `key` opens it) or a plain register file, which is
    encoded in memory for this run alone and leaves nothing behind.
    Raises InputError, IntegrityError and StoreInUseError as the steps do.
    """
    table = read_certificates(Path(certificates))
    with _opened(Path(register), key, progress) as (index, quarantined):
        answers = match_table(
            table,
            index,
            limits=limits,
            model=model,
            progress=progress,
        )
    _write(answers, Path(out))
    return MatchReport(
        estimate=estimate(answers), slices=slices(answers, table), quarantined=quarantined
    )


def learn_files(
    certificates: Path,
    register: Path,
    confirmed: Path,
    out: Path,
    *,
    key: bytes | None = None,
) -> Learnt:
    """Learn a model from confirmed answers (`record_id`, `person_id`) and write it.

    Raises as `match_files` does, and InputError for answers that can't be used.
    """
    table, answers = read_certificates(Path(certificates)), read_confirmed(Path(confirmed))
    with _opened(Path(register), key, None) as (index, _):
        learnt = relearnt(table, index, answers, starting_parameters(index.known.married))
    with _aside(Path(out)) as handle:
        handle.write(as_text(learnt.model).encode())
    return learnt


def read_model(file: Path) -> Parameters:
    """The model that `learn_files` wrote; raises InputError when it can't be used."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "model_unreadable",
            what="模型读不出 · the model can't be read",
            where=str(file),
            remedy="给出 backfill match learn --out 写的文件 · the file of match learn --out",
        ) from error
    return from_text(text, str(file))


@contextmanager
def _opened(
    register: Path, key: bytes | None, progress: Callable[[str], None] | None
) -> Iterator[tuple[RegisterIndex, tuple[RowFault, ...]]]:
    if register.is_dir():
        if key is None:
            raise UsageError(
                "key_missing",
                what="A register index needs its key.",
                where=str(register),
                remedy="Give --key-file or --home.",
            )
        with RegisterIndex.open(register, key=key) as index:
            yield index, ()
        return
    (progress or _silent)("reading and encoding the register")
    passing, quarantined = RegisterIndex.passing([register])
    with passing as index:
        yield index, quarantined


def _silent(_: str) -> None:
    """No progress is wanted."""


def _write(answers: object, out: Path) -> None:
    with _aside(out) as handle:
        pq.write_table(answers, handle)


@contextmanager
def _aside(out: Path) -> Iterator[BinaryIO]:
    """A file beside `out` that takes its place when all of it is on the disk."""
    aside = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with aside.open("wb") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        aside.replace(out)
    finally:
        aside.unlink(missing_ok=True)
