"""Which characters look alike, and which sound alike, as look-ups over pairs."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from matching.sounds import sounds

_LAST_CODE_POINT = 0x110000
#: 200 x the cosine below which two glyphs are no longer called similar.
_SIMILAR = 130


@cache
def alike_pairs() -> npt.NDArray[Any]:
    """Sorted keys (one code point << 21 | the other) of all ordered pairs of similar glyphs."""
    with (files("matching") / "data" / "glyph_neighbours.npz").open("rb") as handle:
        data = np.load(handle)
        character, neighbour = data["character"], data["neighbour"]
        similarity = data["similarity"]
    near = similarity >= _SIMILAR
    one = np.repeat(character, near.sum(axis=1)).astype(np.int64)
    other = neighbour[near].astype(np.int64)
    return np.unique(np.concatenate([one << 21 | other, other << 21 | one]))


def look_alike(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Whether the characters (code points) of each pair are similar glyphs."""
    table = alike_pairs()
    key = one.astype(np.int64) << 21 | other.astype(np.int64)
    at = np.minimum(np.searchsorted(table, key), len(table) - 1)
    found: npt.NDArray[Any] = table[at] == key
    return found


def glyph_mass(share: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """For each code point, the share of all characters that look like it."""
    table = alike_pairs()
    mass = np.zeros(_LAST_CODE_POINT, np.float32)
    np.add.at(mass, table >> 21, share[table & 0x1FFFFF])
    return mass


def sound_mass(share: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """For each code point in use, the share of all characters that sound like it."""
    used = np.flatnonzero(share)
    # Two columns, so that the second is heard as a given character, not as a surname.
    heard = sounds(np.stack([used, used], axis=1))[:, 1]
    values, group = np.unique(heard, return_inverse=True)
    total = np.bincount(group, weights=share[used], minlength=len(values))
    mass = np.zeros(_LAST_CODE_POINT, np.float32)
    mass[used] = np.where(heard == 0, 0, total[group])
    return mass
