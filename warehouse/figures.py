"""The figures of a batch, for its report: counts and shares, never a person's values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from records.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from warehouse.store import Param, Warehouse

_Row = TypeVar("_Row")

#: Inner edges of the classes of stated confidence; finer where decisions are taken.
CONFIDENCE_EDGES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The numbers of a batch: files, pages, fields, certificates.

    `fields` is the sum of those accepted, keyed, settled by staff, inherited from the row
    above, and undecided; `sent` are those that went out, settled or not.
    """

    files: int
    files_set_aside: int
    pages_read: int
    pages_set_aside: int
    fields: int
    accepted: int
    keyed: int
    by_staff: int
    inherited: int
    undecided: int
    sent: int
    certificates: int
    verified: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A file (`page` None) or page that was set aside, why, and what to do."""

    source: str
    page: int | None
    reason: str
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCount:
    """On how many pages a note was made, and on some of them: file and page."""

    code: str
    pages: int
    places: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesOfKind:
    """Pages read of one kind of form and era."""

    kind: str
    era: str
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Fields of one kind and era, and how many the policy accepted."""

    tail: str
    era: str
    fields: int
    accepted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceClass:
    """Fields of one class of stated confidence.

    `stated` is their mean confidence; of `checked` fields, which people settled and whose
    mean confidence was `checked_stated`, `agreed` bore out the machine's value.
    """

    bin: int
    fields: int
    stated: float
    checked: int
    checked_stated: float | None
    agreed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchClass:
    """People with one outcome, whose best candidate's probability lies in one tenth."""

    decision: str
    tenth: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClerkFigures:
    """One clerk's entries: of `settled` ones `wrong` differ from what was settled."""

    clerk: str
    entries: int
    settled: int
    wrong: int
    illegible: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsensusFigures:
    """Keyed fields that came to one end."""

    outcome: str
    fields: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTime:
    """What one step did in all: chunks, items, seconds of work."""

    step: str
    chunks: int
    items: int | None
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFile:
    """A sealed file of the batch, sent or received; `kind` is one of the words of `sealed`."""

    kind: str
    file: str
    sha256: str | None
    bytes: int | None
    items: int
    agreement_id: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """Says that the batch is synthetic.

    `clerk_error_rate` is the rate at which made-up clerks erred, None when nobody was made up.
    """

    clerk_error_rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFigures:
    """Everything that the report of a batch shows."""

    batch_id: str
    name: str
    policy: str
    reported_at: datetime
    demonstration: Demonstration | None
    headline: Headline
    set_aside: tuple[SetAside, ...]
    notes: tuple[NoteCount, ...]
    kinds: tuple[PagesOfKind, ...]
    acceptance: tuple[Acceptance, ...]
    confidence: tuple[ConfidenceClass, ...]
    matches: tuple[MatchClass, ...]
    clerks: tuple[ClerkFigures, ...]
    consensus: tuple[ConsensusFigures, ...]
    steps: tuple[StepTime, ...]
    sealed: tuple[SealedFile, ...]


def headline(warehouse: Warehouse, batch_id: str) -> Headline:
    """The numbers of a batch as it stands now."""
    return Headline(**warehouse.query("figures_headline", batch_id=batch_id).to_pylist()[0])


def batch_figures(
    warehouse: Warehouse,
    *,
    batch_id: str,
    now: datetime,
    demonstration: Demonstration | None = None,
) -> BatchFigures:
    """Count a batch as it stands now.

    A batch that was entered as a demonstration is one, also when `demonstration` doesn't say
    how its clerks erred. Raises UsageError when there is no such batch.
    """

    def rows(kind: Callable[..., _Row], name: str, **more: Param) -> tuple[_Row, ...]:
        found = warehouse.query(name, batch_id=batch_id, **more).to_pylist()
        return tuple(kind(**each) for each in found)

    entered = warehouse.query("batch", batch_id=batch_id).to_pylist()
    if not entered:
        raise UsageError(
            "no_such_batch",
            what="没有该批次 · there is no such batch",
            where=batch_id,
            remedy="backfill status --home DIR",
        )
    if entered[0]["demonstration"] and demonstration is None:
        demonstration = Demonstration(clerk_error_rate=None)
    return BatchFigures(
        batch_id=batch_id,
        name=entered[0]["name"] or "",
        policy=entered[0]["policy"] or "",
        reported_at=now,
        demonstration=demonstration,
        headline=headline(warehouse, batch_id),
        set_aside=rows(SetAside, "quarantine"),
        notes=rows(NoteCount, "figures_notes"),
        kinds=rows(PagesOfKind, "figures_kinds"),
        acceptance=rows(Acceptance, "figures_acceptance"),
        confidence=rows(ConfidenceClass, "figures_confidence", edges=CONFIDENCE_EDGES),
        matches=rows(MatchClass, "figures_matches"),
        clerks=rows(ClerkFigures, "figures_clerks"),
        consensus=rows(ConsensusFigures, "figures_consensus"),
        steps=rows(StepTime, "figures_steps"),
        sealed=rows(SealedFile, "figures_sealed"),
    )
