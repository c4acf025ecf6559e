"""Events and how they hang together: reissues and originals, marriage, divorce, remarriage.

People are known across certificates by the register alone. What contradicts itself is noted for
staff and changes nothing: divorces by a court and deaths aren't in this archive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from warehouse.store import Warehouse


@dataclass(frozen=True, slots=True, kw_only=True)
class Chained:
    """What was added: links of reissues to originals, and contradictions noted."""

    links: int
    doubts: int


def chain_events(warehouse: Warehouse, *, now: datetime) -> Chained:
    """Link reissues to their originals, then note what contradicts itself in people's lives.

    Over all batches, because lives don't end with one. Doing it again adds only what is new.
    """
    with warehouse.transaction():
        links = warehouse.merge_query("event_links", "reissue_links", now=now)
        doubts = warehouse.merge_query("quarantine", "chain_doubts", now=now)
    return Chained(links=links, doubts=doubts)
