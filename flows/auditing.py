"""Whether the audit log is whole, and every row of the warehouse has its entry.

Entries are written before their rows are committed, so a crash may leave an entry without
a row, never a row without an entry: such a row was not written by this software.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from confidentiality.audit import AuditLog
from confidentiality.audit_check import check_log

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from confidentiality.audit import AuditEntry
    from confidentiality.audit_check import CheckedLog
    from confidentiality.notes import SignedNote
    from flows.installation import Installation

#: Event → the kinds of rows that it speaks of: kind, how its id is made, what counts its rows.
_SPEAKS_OF: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "batch.entered": (("batch", "{batch}", "files"),),
    "chunk.loaded": (("chunk", "{chunk}", ""), ("readings", "{batch}", "readings")),
    "pages.noted": (("page-notes", "{batch}", "notes"),),
    "calibration.drawn": (("calibration", "{batch}", "fields"),),
    "joining.measured": (("joining", "{package}", "attacks"),),
    "model.learnt": (("model", "{model}", ""),),
    "package.released": (("package", "{package}", "items"),),
    "submission.received": (("submission", "{submission}", "entries"),),
    "share.released": (("share", "{share}", "records"),),
    "comparison.received": (("comparison", "{comparison}", "rows"),),
    "receipt.received": (("receipt", "{receipt}", ""),),
    "corrections.received": (("correction", "{correction}", "items"),),
    "correction.decided": (("correction-decisions", "{correction}", "decisions"),),
    "volumes.shelved": (
        ("volumes", "{batch}", "volumes"),
        ("volume-records", "{batch}", "volume_records"),
    ),
    "volumes.handed_over": (("handover", "{sha256}", "volumes"),),
    "lot.sampled": (("lot", "{lot}/{outcome}", ""),),
    "lot.judged": (("lot", "{lot}/{outcome}", ""),),
    "fields.decided": (
        ("decisions", "{batch}", "decisions"),
        ("records", "{batch}", "records"),
        ("values", "{batch}", "values"),
    ),
    "batch.matched": (
        ("matches", "{batch}", "matches"),
        ("differences", "{batch}", "differences"),
    ),
    "match.confirmed": (
        ("matches", "{batch}", "matches"),
        ("differences", "{batch}", "differences"),
    ),
    "keyings.merged": (
        ("consensus", "{batch}", "consensus"),
        ("decisions", "{batch}", "decisions"),
    ),
    "field.settled": (("decisions", "{batch}", "decisions"), ("readings", "{batch}", "readings")),
}
#: Kinds whose rows grow with each entry; of the others one entry speaks of all rows.
_ADDING = frozenset(
    {"readings", "matches", "differences", "consensus", "decisions", "records", "values",
     "correction-decisions", "volumes", "volume-records", "page-notes", "calibration", "joining"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncovered:
    """Rows that the log does not speak of; `fault` is no_entry, other_hash or too_many_rows."""

    kind: str
    id: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFindings:
    """A log that is whole, and the rows that it does not cover."""

    log: CheckedLog
    uncovered: tuple[Uncovered, ...]


@dataclass(slots=True)
class _Said:
    """What entries say about one thing; `rows` is None where one of them does not count."""

    rows: int | None = 0
    hashes: set[str] | None = None


class Coverage:
    """What the entries of a log speak of, gathered one by one."""

    def __init__(self) -> None:
        self._said: defaultdict[tuple[str, str], _Said] = defaultdict(_Said)

    def see(self, entry: AuditEntry) -> None:
        """Take an entry in."""
        for kind, pattern, counted in _SPEAKS_OF.get(entry.event, ()):
            subject = {"outcome": "drawn", **entry.subject}
            said = self._said[kind, pattern.format_map(subject)]
            # Entries of earlier versions don't count everything: those bound nothing.
            rows = entry.subject.get(counted)
            if not isinstance(rows, int) or said.rows is None:
                said.rows = None
            else:
                said.rows = said.rows + rows if kind in _ADDING else max(said.rows, rows)
            digest = entry.subject.get("sha256")
            if digest is not None:
                said.hashes = (said.hashes or set()) | {str(digest)}

    def faults(self, rows: Iterable[Mapping[str, object]]) -> Iterator[Uncovered]:
        """The rows that no entry speaks of; each has `kind`, `id`, `sha256` and `rows`."""
        for row in rows:
            kind, named = str(row["kind"]), str(row["id"])
            said = self._said.get((kind, named))
            fault = _fault(said, row["rows"], row["sha256"])
            if fault:
                yield Uncovered(kind=kind, id=named, fault=fault)


def check_audit(here: Installation, given: Iterable[SignedNote] = ()) -> AuditFindings:
    """Prove the log, with checkpoints that were kept elsewhere, and hold the warehouse against it.

    Raises IntegrityError where the log was altered or cut, NotPermittedError for a
    checkpoint that nobody trusted has signed.
    """
    coverage = Coverage()
    log = check_log(AuditLog(here.home.audit), trusted=here.trusted, given=given, see=coverage.see)
    rows = here.warehouse.query("audited_rows").to_pylist()
    return AuditFindings(log=log, uncovered=tuple(coverage.faults(rows)))


def _fault(said: _Said | None, rows: object, digest: object) -> str:
    if said is None:
        return "no_entry"
    if digest is not None and said.hashes is not None and digest not in said.hashes:
        return "other_hash"
    if isinstance(rows, int) and said.rows is not None and rows > said.rows:
        return "too_many_rows"
    return ""
