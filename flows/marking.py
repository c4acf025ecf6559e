"""Marks in what goes to a vendor.

Agreement and package can be read off every picture; whose copy it is can be found in it by
the archive alone. The pattern of a picture comes from the home's key, the package and the
item, so that the same package is always the same bytes, and no two clerks get the same
picture.
"""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from ocr.canary import rearranged
from ocr.marks import as_grey, mark_png
from ocr.snippets import png

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.installation import Installation

Row = dict[str, Any]


def marked(
    here: Installation,
    package_id: str,
    agreement_id: str,
    rows: Sequence[Row],
    pictures: Mapping[str, bytes],
) -> dict[str, bytes]:
    """Reading id → the field's picture with the marks of this package; `rows` are its items."""
    line = f"{agreement_id} {package_id[-8:]}"
    return {
        row["reading_id"]: mark_png(
            shown_picture(row, pictures), key=mark_key(here, package_id, row["item_id"]), line=line
        )
        for row in rows
    }


def shown_picture(row: Row, pictures: Mapping[str, bytes]) -> bytes:
    """The unmarked picture of an item; `row` is of `package_items`, `pictures` by reading."""
    picture = pictures[row["reading_id"]]
    if row.get("figures") is None:
        return picture
    drawing = as_grey(picture).astype(np.uint8)
    made = rearranged(drawing, json.loads(row["figures"]), row["after_figures"])
    return picture if made is None else png(made)


def mark_key(here: Installation, package_id: str, item_id: str) -> bytes:
    """The key of the pattern in one item's picture."""
    key = here.home_key.derive("marks")
    return hmac.digest(key, f"{package_id}/{item_id}".encode(), "sha256")
