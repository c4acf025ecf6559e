"""The index of everybody on a verified record, which departments' lists are compared with.

It is made anew when what is verified has changed; between two changes all lists use the
same one. The archive may make it at night (`backfill comparison index`).
"""

from __future__ import annotations

import shutil
from hashlib import sha256
from typing import TYPE_CHECKING

from matching.index import FILE_NAME, RegisterIndex, build_index_of
from records.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from flows.installation import Installation

_BATCH = 500_000


def people_index(here: Installation) -> RegisterIndex:
    """Open the index of what is verified now, made first when there is none yet.

    Raises UsageError when nobody is verified.
    """
    return RegisterIndex.open(make_people_index(here), key=_key(here))


def make_people_index(here: Installation) -> Path:
    """The folder of the index of what is verified now; those of earlier states are removed."""
    state = here.warehouse.query("verified_state").to_pylist()[0]
    named = sha256(f"{state['entries']} {state['as_of']}".encode()).hexdigest()[:16]
    folder = here.home.people / named
    if not (folder / FILE_NAME).exists():
        people = here.warehouse.query("people_verified")
        if not people.num_rows:
            raise UsageError(
                "nobody_verified",
                what="尚无核实记录可供比对 · there is no verified record to compare with",
                remedy="backfill status",
            )
        build_index_of(_batches(people), folder, key=_key(here))
        _remove_others(here.home.people, keep=folder)
    return folder


def _key(here: Installation) -> bytes:
    return here.home_key.derive("people-index")


def _batches(people: pa.Table) -> Iterator[pa.Table]:
    for start in range(0, people.num_rows, _BATCH):
        yield people.slice(start, _BATCH).combine_chunks()


def _remove_others(folder: Path, *, keep: Path) -> None:
    for other in folder.iterdir():
        if other != keep:
            shutil.rmtree(other)
