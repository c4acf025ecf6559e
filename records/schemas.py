"""Arrow schemas of the bulk tables that travel between the trades.

A table is made and checked against its schema where it is born; inside, nobody checks
twice. The vendor's station never imports this module.
"""

from __future__ import annotations

import pyarrow as pa

_TEXT, _INT, _FLOAT, _TIME = pa.string(), pa.int32(), pa.float64(), pa.timestamp("us", tz="UTC")


def _schema(required: dict[str, pa.DataType], optional: dict[str, pa.DataType]) -> pa.Schema:
    return pa.schema(
        [pa.field(name, kind, nullable=False) for name, kind in required.items()]
        + [pa.field(name, kind) for name, kind in optional.items()]
    )


#: One row per file that intake met. `scan_id` is the SHA-256 of the bytes, in hex.
SCANS = _schema(
    {"scan_id": _TEXT, "batch_id": _TEXT, "source": _TEXT, "bytes": pa.int64(),
     "status": _TEXT, "entered_at": _TIME},
    {"media_type": _TEXT, "pages": _INT, "reason": _TEXT, "detail": _TEXT},
)  # fmt: skip

#: One row per page that was read or set aside. `page_id` is `<scan_id>:<page>`.
PAGES = _schema(
    {"page_id": _TEXT, "scan_id": _TEXT, "batch_id": _TEXT, "page": _INT, "status": _TEXT},
    {"kind": _TEXT, "era": _TEXT, "rotation": _INT, "width": _INT, "height": _INT, "dpi": _INT,
     "engine": _TEXT, "seconds": _FLOAT, "reason": _TEXT, "detail": _TEXT, "hand": _TEXT,
     "calibration": _TEXT, "form_set": _TEXT, "colours": _TEXT, "dpi_by_text": _INT,
     "fingerprint": pa.int64()},
)  # fmt: skip

#: One row per field of a page. `reading_id` is `<page_id>/<row or 0>/<field>/<engine>`.
READINGS = _schema(
    {"reading_id": _TEXT, "page_id": _TEXT, "row": _INT, "field": _TEXT, "text": _TEXT,
     "value": _TEXT, "confidence": _FLOAT, "decision": _TEXT, "engine": _TEXT},
    {"box_left": _INT, "box_top": _INT, "box_right": _INT, "box_bottom": _INT,
     "alternatives": _TEXT, "flags": _TEXT, "lattice": pa.binary(),
     "evidence": _TEXT},
)  # fmt: skip

#: One row per person of a certificate, as `backfill match` takes them.
#: `certificate_id` is `<page_id>/<row or 0>`, `record_id` is `<certificate_id>/<role>`.
CERTIFICATES = _schema(
    {"record_id": _TEXT, "certificate_id": _TEXT, "role": _TEXT},
    {"name": _TEXT, "sex": _TEXT, "birth_date": _TEXT, "id_number": _TEXT, "address": _TEXT,
     "registration_date": _TEXT, "kind": _TEXT, "alternatives": _TEXT},
)  # fmt: skip

#: What `backfill match` writes.
MATCHES = _schema(
    {"record_id": _TEXT, "probability": _FLOAT, "decision": _TEXT, "evidence": _TEXT},
    {"person_id": _TEXT, "runner_up": _TEXT},
)  # fmt: skip
