"""One partition of a register compared by itself: on this machine, or on any other.

Everything a partition needs arrives as paths, numbers and bytes, and an Arrow table goes back,
so that whatever runs functions elsewhere can run this one. A partition is a stretch of rows of
the index; candidates are found beforehand, from keys, and go where their rows are.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from matching.certificate_file import read_certificates
from matching.certificates import certificates_of
from matching.columns import array
from matching.columns import table as table_of
from matching.compare import Chances, Comparison, compare
from matching.index import RegisterIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pyarrow as pa

    from matching.encode import Ints
    from matching.model import Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionWork:
    """What to compare in one partition: rows `first` up to `last` of the index at `index_dir`.

    `record` and `row` are the candidate pairs, rows counted in the whole register; `key` opens
    the index.
    """

    index_dir: str
    key: bytes
    first: int
    last: int
    certificates: str
    record: Ints
    row: Ints
    chances: Chances
    start: Parameters


def compare_partition(work: PartitionWork) -> pa.Table:
    """Compare the candidate pairs of one partition; the columns of `Comparison`.

    Raises what opening the index and reading the certificates raise.
    """
    people = certificates_of(read_certificates(Path(work.certificates)))
    with RegisterIndex.open(
        Path(work.index_dir), key=work.key, threads=1, rows=(work.first, work.last)
    ) as part:
        compared = compare(
            people,
            part,
            work.record,
            work.row - work.first,
            known=part.known,
            chances=work.chances,
            start=work.start,
        )
    columns = {field.name: array(getattr(compared, field.name)) for field in fields(Comparison)}
    return table_of({**columns, "row": array(compared.row + work.first)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Partitions:
    """How to have candidates compared partition by partition.

    `bounds` are the first rows of the partitions and the number of people; `run` applies a
    function to every piece of work, here or elsewhere, and gives the results in any order.
    """

    index_dir: Path
    key: bytes
    certificates: Path
    bounds: Sequence[int]
    run: Callable[
        [Callable[[PartitionWork], pa.Table], Iterable[PartitionWork]], Iterable[pa.Table]
    ]

    def compared(self, record: Ints, row: Ints, chances: Chances, start: Parameters) -> Comparison:
        """The pairs, compared where their rows are; as one process would compare them."""
        work = self._work(record, row, chances, start)
        return Comparison.joined([_compared(table) for table in self.run(compare_partition, work)])

    def _work(
        self, record: Ints, row: Ints, chances: Chances, start: Parameters
    ) -> Iterator[PartitionWork]:
        for first, last in pairwise(self.bounds):
            here = (row >= first) & (row < last)
            yield PartitionWork(
                index_dir=str(self.index_dir),
                key=self.key,
                first=first,
                last=last,
                certificates=str(self.certificates),
                record=record[here],
                row=row[here],
                chances=chances,
                start=start,
            )


def _compared(table: pa.Table) -> Comparison:
    return Comparison(**{name: table[name].to_numpy() for name in table.column_names})
