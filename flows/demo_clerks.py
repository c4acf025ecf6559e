"""The demonstration's clerks: answers made from the samples' truth, with typing errors.

No person keys anything in the demonstration. Each answer is what truly stands on the
drawn page, spoiled at a stated rate the way typists spoil: a neighbouring digit, a
character left out, two exchanged. The summary and the report say so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

#: How many of a hundred answers get a typing error.
ERROR_RATE = 0.02

#: (file name, page, row or 0, field) → text on the page.
Truth = dict[tuple[str, int, int, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The place on the page that an item's snippet was cut from; `canary` is shown instead."""

    source: str
    page: int
    row: int
    field: str
    canary: str | None = None


def read_truth(path: Path) -> Truth:
    """What truly stands on the sample pages."""
    truth: Truth = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        for field in page["fields"]:
            row = field.get("part") or field["row"] or 0
            place = (Path(page["source"]).name, page["page"], row, field["name"])
            truth[place] = field["text"]
    return truth


def answers(items: Mapping[str, Shown], truth: Truth, rng: random.Random) -> list[dict[str, str]]:
    """One answer per item id; a place where nothing stands is marked empty."""
    made = []
    for item_id, shown in items.items():
        place = (Path(shown.source).name, shown.page, shown.row, shown.field)
        text = shown.canary or truth.get(place, "")
        if text and rng.random() < ERROR_RATE:
            text = mistyped(text, rng)
        answer = {"item_id": item_id, "text": text, "mark": "ok" if text else "empty"}
        made.append(answer)
    return made


def mistyped(text: str, rng: random.Random) -> str:
    """The text with one typing error."""
    at = rng.randrange(len(text))
    character = text[at]
    if character.isascii() and character.isdigit():
        return text[:at] + str((int(character) + rng.choice((1, 9))) % 10) + text[at + 1 :]
    if len(text) > 1 and rng.random() < 0.5:
        return text[:at] + text[at + 1 :]
    if at + 1 < len(text):
        return text[:at] + text[at + 1] + character + text[at + 2 :]
    return text + character
