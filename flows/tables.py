"""Readings as rows of the warehouse's tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ocr.hands import hand_of
from records.reading import FieldReading, PageReading, PageRefusal
from records.schemas import PAGES, READINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from records.reading import PageTraits


def page_id(scan_id: str, page: int) -> str:
    """The name of a page: the SHA-256 of its file, and its number from 1."""
    return f"{scan_id}:{page}"


def chunk_tables(
    results: Iterable[tuple[str, PageReading | PageRefusal]],
    *,
    batch_id: str,
    calibration: str = "",
) -> dict[str, pa.Table]:
    """Pages and readings of one chunk, ready to be written.

    `results` pairs each result with the scan it belongs to; `calibration` is the label of
    what their confidence was calibrated by.
    """
    pages: list[dict[str, Any]] = []
    readings: list[dict[str, Any]] = []
    for scan_id, result in results:
        name = page_id(scan_id, result.page)
        row = {"page_id": name, "scan_id": scan_id, "batch_id": batch_id, "page": result.page}
        if isinstance(result, PageRefusal):
            pages.append(
                row | {"status": "quarantined", "reason": result.reason, "detail": result.detail}
            )
            continue
        pages.append(row | _page_columns(result) | {"calibration": calibration or None})
        best = {(field.row, field.name): field for field in _worst_first(result.fields)}
        readings += [_reading_row(name, field, result.engine) for field in best.values()]
    return {
        "pages": pa.Table.from_pylist(pages, PAGES),
        "readings": pa.Table.from_pylist(readings, READINGS),
    }


def _worst_first(fields: Iterable[FieldReading]) -> list[FieldReading]:
    return sorted(fields, key=lambda field: field.confidence)


def _page_columns(reading: PageReading) -> dict[str, Any]:
    return {
        "status": "read",
        "kind": str(reading.kind),
        "era": str(reading.era) if reading.era else None,
        "rotation": reading.rotation,
        "width": reading.size[0],
        "height": reading.size[1],
        "dpi": reading.dpi,
        "engine": reading.engine,
        "form_set": reading.form_set or None,
        **_trait_columns(reading.traits),
        "hand": str(hand) if (hand := hand_of(reading.fields)) else None,
    }


def _trait_columns(traits: PageTraits | None) -> dict[str, Any]:
    if traits is None:
        return {}
    return {
        "colours": str(traits.colours),
        "dpi_by_text": traits.dpi_by_text,
        "fingerprint": traits.fingerprint,
    }


def _reading_row(page: str, field: FieldReading, engine: str) -> dict[str, Any]:
    box = field.box or (None, None, None, None)
    return {
        "reading_id": f"{page}/{field.row or 0}/{field.name}/{engine}",
        "page_id": page,
        "row": field.row or 0,
        "field": field.name,
        "text": field.text,
        "value": field.value,
        "confidence": field.confidence,
        "decision": str(field.decision),
        "engine": engine,
        "box_left": box[0],
        "box_top": box[1],
        "box_right": box[2],
        "box_bottom": box[3],
        "alternatives": json.dumps(field.alternatives, ensure_ascii=False),
        "flags": json.dumps(sorted(field.flags)),
        "lattice": field.lattice,
        "evidence": json.dumps(dict(field.evidence)) if field.evidence else None,
    }
