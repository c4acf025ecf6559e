"""How legible the hand of a page is, by what both readers make of it.

A cursive hand isn't read worse here and there: most of its characters look like others, and
readers that agree may both be wrong. So a page is judged as a whole, and a cursive one goes
to people at once, whatever single fields or a register say.
"""

from __future__ import annotations

import dataclasses
import math
from enum import StrEnum
from statistics import fmean, median
from typing import TYPE_CHECKING

from records.reading import Decision

if TYPE_CHECKING:
    from collections.abc import Iterable

    from records.reading import FieldReading, PageReading


class Hand(StrEnum):
    """The hand of a page: print and regular script are neat."""

    NEAT = "neat"
    RUNNING = "running"
    CURSIVE = "cursive"


#: A cursive page: readers agree on no more than this share of its fields, and half of its
#: fields hold a character of which they are no surer than this.
_CURSIVE_AGREEMENT, _CURSIVE_SURE = 0.5, 0.64
#: A neat page: at least this share, and half of its fields surer than this.
_NEAT_AGREEMENT, _NEAT_SURE = 0.7, 0.9


def hand_of(fields: Iterable[FieldReading]) -> Hand | None:
    """The hand of a page's fields; None where no ink was read, as in a text layer."""
    seen = [dict(field.evidence) for field in fields if field.evidence and field.value]
    if not seen:
        return None
    agree = fmean(evidence.get("agree", 0.0) for evidence in seen)
    sure = median(math.exp(evidence.get("sure", 0.0)) for evidence in seen)
    if agree <= _CURSIVE_AGREEMENT and sure <= _CURSIVE_SURE:
        return Hand.CURSIVE
    if agree >= _NEAT_AGREEMENT and sure >= _NEAT_SURE:
        return Hand.NEAT
    return Hand.RUNNING


def routed(page: PageReading) -> PageReading:
    """The page with every field left to people when its hand is cursive."""
    if hand_of(page.fields) is not Hand.CURSIVE:
        return page
    fields = tuple(dataclasses.replace(field, decision=Decision.KEY) for field in page.fields)
    return dataclasses.replace(page, fields=fields)
