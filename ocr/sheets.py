"""How many certificates lie on one sheet, and which lines belong to which.

Two certificates scanned together each have their number and their people; a stub (存根)
repeats the certificate it belongs to and is kept apart from it.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocr.classify import title_kind
from ocr.folding import fold_text
from ocr.labels import PARTY_TAILS, find_labels
from records.reading import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.layout import Line
    from ocr.page_lines import SeenPage

_NUMBER = re.compile(
    r"[婚结离]字?.{0,8}[0-9〇一二三四五六七八九十百壹贰叁]{1,9}号|B?[JL]\d{6}-|字第|第.{1,9}号"
)
_CERTIFICATES = frozenset({Kind.MARRIAGE_CERTIFICATE, Kind.DIVORCE_CERTIFICATE})
_STUB = "存根"
#: A gap between two certificates is at least this many times the height of a line.
_LEAST_GAP = 1.2


@dataclass(frozen=True, slots=True)
class _Cut:
    size: float
    place: float
    along: bool
    numbered: bool = False


def certificates_of(seen: SeenPage) -> list[list[Line]]:
    """The lines of each certificate of a page, in reading order, without those of a stub."""
    lines, _ = _parted(list(seen.lines))
    cut = _best_cut(lines)
    if cut is None:
        return [lines]
    first = [line for line in lines if _middle(line, along=cut.along) < cut.place]
    second = [line for line in lines if _middle(line, along=cut.along) >= cut.place]
    return sorted([first, second], key=lambda part: _order(part, cut))


def stub_of(seen: SeenPage) -> list[Line]:
    """The lines of a sheet's stub, none where it has none."""
    _, stub = _parted(list(seen.lines))
    return stub


def _parted(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """The lines of a sheet and those of its stub, which the widest empty band sets apart."""
    stub: list[Line] = []
    if not any(_is_stub(line) for line in lines):
        return lines, stub
    best, kept = 0.0, lines
    for along in (True, False):
        for cut, before, after in _bands(lines, along=along):
            for part, other in ((before, after), (after, before)):
                own = not any(_is_stub(x) for x in part) and any(_is_stub(x) for x in other)
                if own and cut.size > best and _is_whole(part):
                    best, kept, stub = cut.size, part, other
    return kept, stub


def _is_stub(line: Line) -> bool:
    return _STUB in fold_text(line.text)[0]


def _order(part: Sequence[Line], cut: _Cut) -> float:
    return sum(_middle(line, along=cut.along) for line in part) / len(part)


def _middle(line: Line, *, along: bool) -> float:
    area = line.area
    return (area.u0 + area.u1) / 2 if along else (area.v0 + area.v1) / 2


def _best_cut(lines: Sequence[Line]) -> _Cut | None:
    """The widest empty band with a whole certificate, best with its number, on either side."""
    cuts = [cut for along in (True, False) for cut in _cuts(lines, along=along)]
    return max(cuts, key=lambda cut: (cut.numbered, cut.size)) if cuts else None


def _cuts(lines: Sequence[Line], *, along: bool) -> list[_Cut]:
    bands = _bands(lines, along=along)
    return [
        dataclasses.replace(cut, numbered=_is_numbered(before) and _is_numbered(after))
        for cut, before, after in bands
        if _is_whole(before) and _is_whole(after) and not _of_one_couple(before, after)
    ]


def _of_one_couple(before: Sequence[Line], after: Sequence[Line]) -> bool:
    """Whether one side names the man alone and the other the woman alone."""
    parties = [
        {label.party for line in part for label in find_labels(line.text)} - {None}
        for part in (before, after)
    ]
    return all(len(named) == 1 for named in parties) and parties[0] != parties[1]


def _bands(lines: Sequence[Line], *, along: bool) -> list[tuple[_Cut, list[Line], list[Line]]]:
    """The empty bands across or along a page, and the lines before and after each."""
    spans = sorted(((x.area.u0, x.area.u1) if along else (x.area.v0, x.area.v1)) for x in lines)
    heights = sorted(min(x.area.height, x.area.width) for x in lines)
    if not heights:
        return []
    least = _LEAST_GAP * heights[len(heights) // 2]
    found: list[tuple[_Cut, list[Line], list[Line]]] = []
    end = spans[0][1]
    for start, stop in spans[1:]:
        if start - end > least:
            place = (start + end) / 2
            before = [x for x in lines if _middle(x, along=along) < place]
            after = [x for x in lines if _middle(x, along=along) >= place]
            found.append((_Cut(start - end, place, along), before, after))
        end = max(end, stop)
    return found


def _is_numbered(lines: Sequence[Line]) -> bool:
    return any(_NUMBER.search(fold_text(line.text)[0]) for line in lines)


def _is_whole(lines: Sequence[Line]) -> bool:
    """Whether lines have a certificate number or a title, and labels of people."""
    titled = any(title_kind(line.text) in _CERTIFICATES for line in lines)
    labels = [label for line in lines for label in find_labels(line.text)]
    people = sum(label.field in PARTY_TAILS or label.party is not None for label in labels)
    return (titled or _is_numbered(lines)) and people >= 2
