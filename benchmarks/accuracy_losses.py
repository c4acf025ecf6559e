"""Key fields compared with their truth: exact bounds per era, and where each was lost."""

from __future__ import annotations

import base64
import html
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from keying.acceptance import clopper_pearson
from records.reading import KEY_FIELD_TAILS, Decision, PageRefusal, field_tail

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from records.reading import FieldReading, PageReading
    from records.written import WrittenLine

    Box = tuple[float, float, float, float]

STAGES = ("page set aside", "kind", "line not found", "label not registered", "decoded wrong",
          "not accepted")  # fmt: skip
_REFUSED, _KIND, _LINE, _LABEL, _DECODED, _UNSURE = STAGES
_COLUMNS = ("1950s-60s", "1980s-90s", "2004+", "ledgers")
_CURSIVE = "very cursive"
_BINS, _WORST = 10, 30
#: Where the steps of the calibration curves begin: they are narrow where fields are accepted.
_STEPS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 0.99)
#: Two bounds that hold with this confidence each are bounds of 95 % together.
_EACH_SIDE = 0.975
#: The share of a field's box that lines cover where its writing was found.
_FOUND = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A key field of the truth and how it fared; `stage` is empty when it was accepted right.

    A value that doesn't stand on the page has no `truth`.
    """

    column: str
    source: str
    style: str
    hand: str
    name: str
    row: int | None
    truth: str
    read: str
    confidence: float
    accepted: bool
    stage: str
    box: Box | None
    rotation: int

    @property
    def exact(self) -> bool:
        """Whether what was read is what stands there."""
        return bool(self.truth) and self.truth == self.read


def compared(truth: dict[str, Any], reading: PageReading | PageRefusal) -> Iterator[Loss]:
    """All key fields of a page, and those that were invented."""
    told = [
        field
        for field in truth["fields"]
        if field_tail(field["name"]) in KEY_FIELD_TAILS and not field.get("optional")
    ]
    given = () if isinstance(reading, PageRefusal) else reading.fields
    free = [f for f in given if f.value and field_tail(f.name) in KEY_FIELD_TAILS]
    for field in told:
        hit = _partner(field, free)
        if hit:
            free.remove(hit)
        yield _loss(truth, field, hit, _stage(truth, field, hit, reading))
    for left in free:
        yield _loss(truth, {"name": left.name, "row": left.row, "value": "", "box": left.box},
                    left, "")  # fmt: skip


def _partner(field: dict[str, Any], free: Sequence[FieldReading]) -> FieldReading | None:
    """The reading of a field; on two certificates the one of its part."""
    place = field.get("part") or field["row"]
    fits = [f for f in free if f.name == field["name"] and f.row in {place, None}]
    return max(fits, key=lambda f: (f.row == place, _bare(f.value) == _bare(field["value"])),
               default=None)  # fmt: skip


def _bare(value: str) -> str:
    return "".join(value.split())


def _loss(
    truth: dict[str, Any], field: dict[str, Any], hit: FieldReading | None, stage: str
) -> Loss:
    tags = truth["tags"]
    return Loss(
        column=_CURSIVE if tags["very_cursive"] else tags["column"], source=truth["source"],
        style=tags["style"], hand=tags["hand"], name=field["name"],
        row=field.get("part") or field["row"], truth=_bare(field["value"]),
        read=_bare(hit.value) if hit else "", confidence=hit.confidence if hit else 0.0,
        accepted=bool(hit and hit.decision is Decision.ACCEPT), stage=stage,
        box=tuple(field["box"]) if field["box"] else None, rotation=truth["rotation"],
    )  # fmt: skip


def _stage(
    truth: dict[str, Any],
    field: dict[str, Any],
    hit: FieldReading | None,
    reading: PageReading | PageRefusal,
) -> str:
    """Where a field was lost on its way, '' where it was not."""
    if isinstance(reading, PageRefusal):
        return _REFUSED
    if hit and _bare(hit.value) == _bare(field["value"]):
        return "" if hit.decision is Decision.ACCEPT else _UNSURE
    box = field["box"]
    if hit and hit.box and _shared(hit.box, box) > _FOUND:
        return _DECODED
    if str(reading.kind) != truth["kind"]:
        return _KIND
    covered = sum(_shared(_around(line), box) for line in reading.lines)
    return _LABEL if covered > _FOUND else _LINE


def _around(line: WrittenLine) -> Box:
    xs, ys = zip(*line.corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _shared(one: Sequence[float], box: Sequence[float]) -> float:
    """The share of a field's box that another covers."""
    wide = min(one[2], box[2]) - max(one[0], box[0])
    high = min(one[3], box[3]) - max(one[1], box[1])
    return max(0.0, wide) * max(0.0, high) / max(1.0, (box[2] - box[0]) * (box[3] - box[1]))


# -- tables -------------------------------------------------------------------------
def _share(hits: int, of: int, digits: int = 1) -> str:
    low, high = (100 * bound for bound in clopper_pearson(hits, of, confidence=_EACH_SIDE))
    own = 100 * hits / of if of else 0.0
    return f"{own:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def calibration_error(fields: Sequence[Loss]) -> float:
    """The expected calibration error of the confidence in ten equal bins."""
    given = [field for field in fields if field.read]
    sure = np.array([field.confidence for field in given])
    right = np.array([field.exact for field in given], dtype=float)
    places = np.minimum(_BINS - 1, (sure * _BINS).astype(int))
    off = sum(abs(float((sure - right)[places == place].sum())) for place in range(_BINS))
    return off / max(1, len(given))


def _by_column(fields: Iterable[Loss]) -> Iterator[tuple[str, list[Loss]]]:
    held = list(fields)
    for column in (*_COLUMNS, _CURSIVE):
        yield column, [field for field in held if field.column == column]
    yield "all but very cursive", [field for field in held if field.column != _CURSIVE]


def table(fields: Sequence[Loss]) -> str:
    """Exact, accepted, wrong among accepted and ECE per column.

    Bounds are those of Clopper and Pearson (1934) at 95 %.
    """
    heads = ("key fields", "fields", "exact %", "accepted %", "wrong", "wrong among accepted %",
             "ECE")  # fmt: skip
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for column, own in _by_column(fields):
        told = [field for field in own if field.truth]
        accepted = [field for field in own if field.accepted]
        wrong = sum(not field.exact for field in accepted)
        lines.append(
            f"| {column} | {len(told)} | {_share(sum(f.exact for f in told), len(told))} "
            f"| {_share(sum(f.accepted for f in told), len(told))} | {wrong}/{len(accepted)} "
            f"| {_share(wrong, len(accepted), 2)} | {calibration_error(own):.3f} |"
        )
    return "\n".join(lines)


def curves(fields: Sequence[Loss]) -> str:
    """What was claimed and what held: fields by confidence, their mean of it and share right."""
    heads = [f"from {low:g}" for low in _STEPS]
    lines = [f"| claimed, right, fields | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for column, own in _by_column(fields):
        given = [field for field in own if field.read]
        place = np.searchsorted(_STEPS, [field.confidence for field in given], side="right") - 1
        cells = []
        for step in range(len(_STEPS)):
            here = [field for field, at in zip(given, place, strict=True) if at == step]
            claimed = sum(field.confidence for field in here) / max(1, len(here))
            right = sum(field.exact for field in here) / max(1, len(here))
            cells.append(f"{100 * claimed:.1f}, {100 * right:.1f}, {len(here)}" if here else "–")
        lines.append(f"| {column} | {' | '.join(cells)} |")
    return "\n".join(lines)


def stages(fields: Sequence[Loss]) -> str:
    """How many key fields were lost where, by column, by style and by the end of their name."""
    lines = ["| lost | " + " | ".join(STAGES) + " | fields |", "|---" * (len(STAGES) + 2) + "|"]
    groups = list(_by_column(fields))
    legible = [field for field in fields if field.column != _CURSIVE]
    for key in ("style", "hand"):
        values = sorted({getattr(field, key) for field in legible})
        groups += [(value, [f for f in legible if getattr(f, key) == value]) for value in values]
    groups += [
        (tail, [f for f in legible if field_tail(f.name) == tail])
        for tail in sorted(KEY_FIELD_TAILS)
    ]
    for title, own in groups:
        told = [field for field in own if field.truth]
        if told:
            counted = Counter(field.stage for field in told)
            cells = " | ".join(str(counted[stage]) for stage in STAGES)
            lines.append(f"| {title} | {cells} | {len(told)} |")
    return "\n".join(lines)


# -- pictures -----------------------------------------------------------------------
def worst(losses: Sequence[Loss], pages: Path) -> str:
    """A page with pictures of the fields that went most wrong, those accepted wrong first."""
    legible = [loss for loss in losses if loss.column != _CURSIVE and loss.stage != _UNSURE]
    order = sorted(legible, key=lambda f: (not f.accepted, -f.confidence, STAGES.index(f.stage)))
    # A page that failed as a whole shows but once.
    first: dict[tuple[str, str], Loss] = {}
    for loss in order:
        first.setdefault((loss.source, loss.stage), loss)
    rows = "".join(_row(loss, pages) for loss in list(first.values())[:_WORST])
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Worst fields</title>'
        "<style>td{border:1px solid #999;padding:4px}img{max-width:520px}</style>"
        f"<table><tr><th>field<th>truth<th>read<th>lost<th>picture</tr>{rows}</table></html>"
    )


def _row(loss: Loss, pages: Path) -> str:
    told = (f"{loss.source} {loss.style} {loss.hand} {loss.name}", loss.truth,
            f"{loss.read} {loss.confidence:.2f}", loss.stage)  # fmt: skip
    cells = "".join(f"<td>{html.escape(text)}</td>" for text in told)
    return f"<tr>{cells}<td>{_picture(loss, pages)}</td></tr>"


def _picture(loss: Loss, pages: Path) -> str:
    if loss.box is None:
        return ""
    left, top, right, bottom = (round(edge) for edge in loss.box)
    room = max(12, (bottom - top) // 2)
    image = cv2.imread(str(pages / loss.source))
    # Boxes are those of the page set upright, as it was drawn.
    image = np.rot90(image, loss.rotation // 90)
    cut = image[max(0, top - room) : bottom + room, max(0, left - room) : right + room]
    done, data = cv2.imencode(".jpg", cut, [cv2.IMWRITE_JPEG_QUALITY, 80])
    shown = base64.b64encode(data.tobytes()).decode()
    return f'<img alt="" src="data:image/jpeg;base64,{shown}">' if done else ""
