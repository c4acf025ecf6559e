"""How much one input may cost before it is set aside."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on a file and its pages; beyond them an input is refused, not tried.

    `file_bytes` and `pages` bound a file, `pixels` one page (A3 at 600 dpi has 70
    million), `seconds` the processor time of reading one page, `worker_bytes` a worker's
    address space.
    """

    file_bytes: int = 1 << 30
    pages: int = 5000
    pixels: int = 75_000_000
    seconds: float = 120.0
    worker_bytes: int = 6 << 30
