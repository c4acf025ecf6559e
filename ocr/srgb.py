"""The colour profile of sRGB, written out from the numbers of the standard.

A PDF/A states what its colours mean by an ICC profile. This one is made here, so that it may
be passed on with every document and is always the same bytes.
"""

from __future__ import annotations

import struct
from functools import cache

#: Red, green and blue of IEC 61966-2-1, and white, adapted to D50 by the Bradford transform,
#: as s15Fixed16 numbers want them.
_COLOURS = {
    b"rXYZ": (0.4360747, 0.2225045, 0.0139322),
    b"gXYZ": (0.3850649, 0.7168786, 0.0971045),
    b"bXYZ": (0.1430804, 0.0606169, 0.7141733),
    b"wtpt": (0.9642, 1.0, 0.8249),
}
_D50 = (0.9642, 1.0, 0.8249)
_NAME = b"sRGB IEC61966-2-1"
_STEPS = 1024
_FULL = 65535
_HEADER, _ENTRY = 128, 12


@cache
def srgb_profile() -> bytes:
    """An ICC profile of version 2.1 (ICC.1:1998-09): a display with three primaries."""
    curve = b"curv" + bytes(4) + struct.pack(f">I{_STEPS}H", _STEPS, *_curve())
    tags = {
        b"desc": _description(_NAME),
        b"cprt": b"text" + bytes(4) + b"No copyright, use freely\0",
        **{name: b"XYZ " + bytes(4) + _numbers(values) for name, values in _COLOURS.items()},
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body = _laid_out(tags)
    size = _HEADER + len(table) + len(body)
    return _header(size) + table + body


def _curve() -> list[int]:
    """Linear light of even steps of the stored value."""
    values = (i / (_STEPS - 1) for i in range(_STEPS))
    return [round(_FULL * _linear(value)) for value in values]


def _linear(value: float) -> float:
    bend, slope, offset, power = 0.04045, 12.92, 0.055, 2.4
    return value / slope if value <= bend else ((value + offset) / (1 + offset)) ** power


def _numbers(values: tuple[float, ...]) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _description(text: bytes) -> bytes:
    """A textDescriptionType in ASCII alone; the other two parts are there and empty."""
    text += b"\0"
    return b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(4 + 4 + 2 + 1 + 67)


def _laid_out(tags: dict[bytes, bytes]) -> tuple[bytes, bytes]:
    """The tag table and the data behind it; tags with the same data share it."""
    table, body = struct.pack(">I", len(tags)), b""
    places: dict[bytes, int] = {}
    start = _HEADER + len(table) + _ENTRY * len(tags)
    for name, data in tags.items():
        if data not in places:
            places[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
        table += struct.pack(">4sII", name, places[data], len(data))
    return table, body


def _header(size: int) -> bytes:
    made = struct.pack(">6H", 1998, 9, 1, 0, 0, 0)
    head = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += made + b"acsp" + bytes(4 + 4 + 4 + 4 + 8 + 4) + _numbers(_D50)
    return head + bytes(_HEADER - len(head))
