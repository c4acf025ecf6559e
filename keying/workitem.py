"""One field to key: a picture under a random id, and what to key from it.

Nothing in a work item can be joined to a person or to another item. Which reading an
item stands for is known to the archive alone, which keeps the plan of the package.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keying.prompts import PROMPTS, Prompt
from records.errors import InputError

if TYPE_CHECKING:
    import random

_TOKEN_BITS = 128
#: A token of 128 bits in lower-case hex: fit for addresses and for any file system.
TOKEN = re.compile(r"[0-9a-f]{32}\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


def new_token(rng: random.Random) -> str:
    """A random token of 32 hex digits (128 bits) from `rng`."""
    return f"{rng.getrandbits(_TOKEN_BITS):032x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """A field as a clerk sees it: `tail` is its kind, `sha256` that of the snippet's bytes."""

    item_id: str
    tail: str
    sha256: str

    @property
    def snippet(self) -> str:
        """The name of the picture inside the package."""
        return f"snippets/{self.item_id}.png"

    @property
    def prompt(self) -> Prompt:
        """What to key."""
        return PROMPTS[self.tail]

    @property
    def prompt_zh(self) -> str:
        """What to key, in Chinese."""
        return self.prompt.zh

    @property
    def prompt_en(self) -> str:
        """What to key, in English."""
        return self.prompt.en


def work_item(item_id: str, tail: str, snippet: bytes) -> WorkItem:
    """The work item of a snippet."""
    return WorkItem(item_id=item_id, tail=tail, sha256=hashlib.sha256(snippet).hexdigest())


def parse_item(raw: object, where: str) -> WorkItem:
    """A work item from the manifest of a package; raises InputError naming `where`."""
    match raw:
        case {"item_id": str(item_id), "tail": str(tail), "sha256": str(sha256), **rest} if (
            not rest and TOKEN.match(item_id) and tail in PROMPTS and _SHA256.match(sha256)
        ):
            return WorkItem(item_id=item_id, tail=tail, sha256=sha256)
    raise InputError(
        "bad_work_item",
        what="工作包中的条目不合格式 · an item of the work package is malformed",
        where=where,
        remedy="向档案馆索取新工作包 · ask the archive for a new package",
    )
