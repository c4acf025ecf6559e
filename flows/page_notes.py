"""What people should know of pages that were taken and read: poor scans, repetitions, gaps.

A note sets nothing aside. What archives ask of scans is from DA/T 31-2017: at least 200 dpi, and
colour where there are seals or photographs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from flows.discretion import discreet_task
from flows.installation import installation
from flows.note_words import sentence
from records.reading import LEDGERS, Colours, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Row = Mapping[str, Any]

#: The least resolution of a scan, and how far a stated one may lie from that of its writing.
LEAST_DPI, _DOUBT = 200, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageNote:
    """A note on a page; `other` is the page it looks like, `more` goes behind the sentence."""

    page_id: str
    code: str
    other: str = ""
    more: str = ""

    @property
    def detail(self) -> str:
        """The two sentences, and the numbers that they speak of."""
        return sentence(self.code) + (f" ({self.more})" if self.more else "")


@discreet_task("note-pages")
def note_pages(home_id: str, batch_id: str) -> int:
    """Note what people should know of the pages of a batch; returns how many notes there are."""
    here = installation(home_id)
    query = here.warehouse.query
    notes = [
        *notes_on_scans(query("page_traits", batch_id=batch_id).to_pylist()),
        *(
            PageNote(page_id=row["page_id"], code="looks_like", other=row["other"])
            for row in query("pages_alike", batch_id=batch_id).to_pylist()
        ),
        *notes_on_counts(query("pages_of_scans", batch_id=batch_id).to_pylist()),
    ]
    rows = [
        {
            "batch_id": batch_id,
            "page_id": note.page_id,
            "code": note.code,
            "other": note.other,
            "detail": note.detail,
            "noted_at": here.clock(),
        }
        for note in notes
    ]
    with here.warehouse.transaction():
        schema = here.warehouse.schema("page_notes")
        here.warehouse.merge("page_notes", pa.Table.from_pylist(rows, schema))
        here.note("pages.noted", batch=batch_id, notes=len(notes))
    return len(notes)


def notes_on_scans(pages: Iterable[Row]) -> Iterator[PageNote]:
    """Notes on resolution and colours; rows are those of the query `page_traits`."""
    for page in pages:
        yield from _on_resolution(page["page_id"], page["dpi"], page["dpi_by_text"])
        if page["colours"] == Colours.TWO_TONE:
            yield PageNote(page_id=page["page_id"], code="two_tone")
        elif page["colours"] == Colours.GREY and page["kind"] not in {*LEDGERS, Kind.OTHER}:
            yield PageNote(page_id=page["page_id"], code="grey")


def _on_resolution(page_id: str, stated: int | None, by_text: int | None) -> Iterator[PageNote]:
    told = stated or by_text
    if stated is None:
        more = f"约 about {by_text} dpi" if by_text else ""
        yield PageNote(page_id=page_id, code="resolution_unstated", more=more)
    elif by_text and not 1 / _DOUBT <= by_text / stated <= _DOUBT:
        told = by_text
        more = f"所记 stated {stated} dpi, 约 about {by_text} dpi"
        yield PageNote(page_id=page_id, code="resolution_doubtful", more=more)
    if told and told < LEAST_DPI:
        yield PageNote(page_id=page_id, code="low_resolution", more=f"{told} dpi")


def notes_on_counts(scans: Iterable[Row]) -> Iterator[PageNote]:
    """Notes where the stamp on a volume names another number of pages than there are.

    A volume is a file of several pages, else the files of a folder. Where stamps differ or
    stand on several files of a folder, it holds several volumes, and nothing can be said.
    Rows are those of the query `pages_of_scans`.
    """
    volumes: dict[str, list[Row]] = {}
    for scan in scans:
        alone = scan["pages"] > 1
        place = scan["source"] if alone else str(Path(scan["source"]).parent)
        volumes.setdefault(place, []).append(scan)
    for volume in volumes.values():
        stamps = [stamp for scan in volume for stamp in scan["stamp_pages"] or ()]
        stamped = [page for scan in volume for page in scan["stamped"] or ()]
        there = sum(scan["pages"] for scan in volume)
        if len(stamped) == len(stamps) == 1 and stamps[0] != there:
            more = f"章载 stamp {stamps[0]}, 实有 there are {there}"
            yield PageNote(page_id=stamped[0], code="page_count_differs", more=more)
