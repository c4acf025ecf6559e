"""What follows from whom the matching found: differences from the register, chains of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.learnt import places
from warehouse.differences import note_differences
from warehouse.events import chain_events

if TYPE_CHECKING:
    from flows.installation import Installation


def compare_with_register(here: Installation, batch_id: str) -> int:
    """Note what the register says differently of the people found in it; the rows added."""
    if here.register is None:
        return 0
    found = here.warehouse.query("matched_people", batch_id=batch_id)["person_id"]
    at = places(found.unique(), here.register.person_ids)
    people = here.register.texts(at[at >= 0])
    return note_differences(here.warehouse, people, batch_id=batch_id, now=here.clock())


def chain_batch(here: Installation, batch_id: str) -> None:
    """Link the events of a batch to each other and to earlier ones; say what contradicts."""
    chain_events(here.warehouse, batch_id=batch_id, now=here.clock())
