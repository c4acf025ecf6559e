"""Gold and canary items put into packages when they are planned, and what they show."""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from flows.cutting import cut_snippets
from flows.joining import field_of
from keying.gold import judge_gold
from keying.planting import Purpose, may_see, plant, with_gold
from ocr.canary import canary
from ocr.marks import as_grey

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping, Sequence

    from flows.installation import Installation
    from keying.assign import FieldToKey, PackagePlan, Seen
    from keying.gold import GoldVerdict
    from ocr.canary import Canary
    from ocr.ppocr import Recognizer
    from ocr.quads import Image

#: Fields that are drawn for a bank of gold items, and numbers that canaries may borrow from.
_BANK, _DONORS = 200, 40
#: The rate of errors up to which a clerk's known answers are in order.
ALLOWED = 0.02
#: Shorter canaries could stand in a list by chance.
_LEAST = 6

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What may be planted: the fields of the bank, and numbers with their plain drawings."""

    gold: tuple[FieldToKey, ...]
    donors: tuple[Row, ...]
    drawings: Mapping[str, bytes]

    @property
    def page_ids(self) -> set[str]:
        """The pages of which the clerks would see something."""
        golden = {field.certificate.rpartition("/")[0] for field in self.gold}
        return golden | {row["page_id"] for row in self.donors}


def stock(here: Installation, batch_id: str, fields: frozenset[str], draw: str) -> Stock:
    """What there is to plant in packages of a batch, of fields that the agreement permits."""
    bank = here.warehouse.query("gold_bank", draw=draw, most=_BANK).to_pylist()
    donors = []
    if "certificate_number" in fields:
        donors = here.warehouse.query("canary_donors", batch_id=batch_id, most=_DONORS).to_pylist()
    return Stock(
        gold=tuple(field_of(row) for row in bank if row["field"] in fields),
        donors=tuple(donors),
        drawings=cut_snippets(here, [donors], "选取暗桩 · choosing canaries"),
    )


def planted(
    here: Installation,
    plans: Sequence[PackagePlan],
    things: Stock,
    seen: Sequence[Seen],
    rng: random.Random,
    *,
    gold: float,
) -> tuple[tuple[PackagePlan, ...], list[Row]]:
    """The packages with gold items and a canary each, and the rows of `canaries`.

    `gold` is the share of gold items. A package for which no canary can be drawn has none.
    """
    used = {row["text"] for row in here.warehouse.query("canaries_planted").to_pylist()}
    shown = [*seen, *chain.from_iterable(plan.seen() for plan in plans)]
    made: list[PackagePlan] = []
    rows: list[Row] = []
    for plan in plans:
        full = with_gold(plan, things.gold, rng, share=gold, seen=shown)
        free = [donor for donor in things.donors if may_see(full, field_of(donor), shown)]
        found = next(_canaries(here, things, rng.sample(free, len(free)), used, rng), None)
        if found is not None:
            donor, drawn = found
            used.add(drawn.text)
            full, item = plant(full, field_of(donor), Purpose.CANARY, rng)
            rows.append(_row(here, item.item_id, donor, drawn))
        shown += full.seen()
        made.append(full)
    return tuple(made), rows


def _canaries(
    here: Installation, things: Stock, donors: Sequence[Row], used: set[str], rng: random.Random
) -> Iterator[tuple[Row, Canary]]:
    """Canaries that can be drawn from the donors, of values that stand nowhere else."""
    for donor in donors:
        drawing = as_grey(things.drawings[donor["reading_id"]]).astype(np.uint8)
        drawn = canary(drawing, donor["text"], read=_read, chance=rng)
        if drawn is not None and drawn.text not in used and _unknown(here, drawn.text):
            yield donor, drawn


def gold_verdicts(here: Installation) -> tuple[GoldVerdict, ...]:
    """How each clerk did on known answers, over all packages that came back."""
    answers: defaultdict[str, list[bool]] = defaultdict(list)
    for row in here.warehouse.query("gold_answers").to_pylist():
        if row["value"] is not None:
            answers[row["clerk"]].append(row["value"] == row["settled"])
    return tuple(
        judge_gold(clerk, given, allowed=ALLOWED) for clerk, given in sorted(answers.items())
    )


def canaries_in(here: Installation, text: str) -> list[Row]:
    """The canaries whose values stand in a text, with package and clerk."""
    listed = _plain(text)
    return [
        row
        for row in here.warehouse.query("canaries_planted").to_pylist()
        if len(_plain(row["text"])) >= _LEAST and _plain(row["text"]) in listed
    ]


def _plain(text: str) -> str:
    """Letters and figures alone, full-width forms folded."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(character for character in folded if character.isalnum())


def _unknown(here: Installation, text: str) -> bool:
    """Whether no page bears this number."""
    return not here.warehouse.query("numbers_like", text=text).num_rows


def _row(here: Installation, item_id: str, donor: Row, found: Canary) -> Row:
    return {
        "item_id": item_id,
        "reading_id": donor["reading_id"],
        "text": found.text,
        "figures": json.dumps(found.order),
        "after_figures": found.after,
        "planted_at": here.clock(),
    }


def _read(drawing: Image) -> str:
    """What the primary reader makes of a drawing."""
    picture = np.repeat(drawing[:, :, None], 3, axis=2)
    (found,) = _recognizer().recognize([picture])
    return found.greedy().text


@cache
def _recognizer() -> Recognizer:
    from ocr.ppocr import Recognizer  # noqa: PLC0415 - only where there is one to draw

    return Recognizer()
