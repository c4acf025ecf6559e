"""A department's list of doubted values: from its CSV into a sealed file and back.

Needs the base packages alone. What comes of the items is not handled here.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from confidentiality.canonical import is_identifier
from confidentiality.files import open_regular, read_at_most
from records.errors import InputError, IntegrityError
from records.reading import FIELD_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT = "backfill-correction/1"
_ITEM = "corrections.json"
MOST_ITEMS = 10_000
_LARGEST = 16 << 20
_LONGEST = 200
_ROW = re.compile(r"r[0-9a-f]{15}")


class Ground(StrEnum):
    """What a department's doubt rests on; no free text, which might tell of others."""

    OWN_REGISTER = "own_register"
    PAPER_OF_THE_PERSON = "paper_of_the_person"
    THE_PERSON_SAYS_SO = "the_person_says_so"
    IMPLAUSIBLE = "implausible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One value that may be wrong, what the department holds for right, and on what ground."""

    row_id: str
    field: str
    proposed: str
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """The doubts about one share."""

    share_id: str
    items: tuple[Doubt, ...]

    def contents(self) -> dict[str, bytes]:
        """The item to seal."""
        told = {"format": FORMAT, "share_id": self.share_id}
        listed = [asdict(each) for each in self.items]
        return {_ITEM: json.dumps(told | {"items": listed}, ensure_ascii=False).encode()}


def read_corrections(path: Path, share_id: str) -> Corrections:
    """A CSV with `row_id`, `field`, `proposed`, `ground`.

    Raises InputError naming the lines that can't be used; values never appear in it.
    """
    with open_regular(path) as stream:
        data = read_at_most(stream, _LARGEST, where=path.name)
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error):
        rows = []
    items = tuple(_doubt(row) for row in rows)
    bad = [line for line, each in enumerate(items, 2) if not _sound(each)]
    if bad or not items or len(items) > MOST_ITEMS:
        shown = ", ".join(map(str, bad[:20])) or "1"
        raise InputError(
            "corrections_not_usable",
            what=f"纠错清单中有行不能用 · lines of the list can't be used: {shown}",
            where=path.name,
            remedy=f"row_id, field, proposed, ground ({', '.join(Ground)}); UTF-8",
        )
    return Corrections(share_id=share_id, items=items)


def parse_corrections(contents: Mapping[str, bytes], *, where: str) -> Corrections:
    """The list in a sealed file; raises IntegrityError when it is none."""
    try:
        told = json.loads(contents[_ITEM])
        items = tuple(Doubt(**each) for each in told["items"])
        good = (
            told.keys() == {"format", "share_id", "items"}
            and told["format"] == FORMAT
            and is_identifier(told["share_id"])
            and 0 < len(items) <= MOST_ITEMS
            and all(map(_sound, items))
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        good = False
    if not good:
        raise IntegrityError(
            "bad_corrections",
            what="纠错来件不合格式 · the content of the file is not as it should be",
            where=where,
            remedy="请对方用 backfill correction send 重新制作 · have it made anew",
        )
    return Corrections(share_id=told["share_id"], items=items)


def _doubt(row: Mapping[str, Any]) -> Doubt:
    told = {name: str(row.get(name) or "").strip() for name in ("row_id", "field", "ground")}
    # A spreadsheet's guard before the value is not part of it.
    return Doubt(proposed=str(row.get("proposed") or "").lstrip("\t'").strip(), **told)


def _sound(each: Doubt) -> bool:
    texts = (each.row_id, each.field, each.proposed, each.ground)
    return (
        all(isinstance(text, str) for text in texts)
        and bool(_ROW.fullmatch(each.row_id))
        and each.field in FIELD_NAMES
        and each.ground in set(Ground)
        and len(each.proposed) <= _LONGEST
        and each.proposed.isprintable()
    )
