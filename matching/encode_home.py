"""Addresses as integers: today's district, a key of the street, the number of the house."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matching.columns import Column, array, pc
from matching.encode import hash_text
from matching.letters import cut_houses, filled, letters
from matching.places import district_code

if TYPE_CHECKING:
    from matching.encode import Ints

_HOUSE = re.compile(r"(\d+)\D{0,3}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Addresses: today's district, a key of the street's text, and the house number."""

    district: Ints
    street: Ints
    house: Ints

    def __len__(self) -> int:
        return len(self.district)

    def take(self, rows: Ints) -> Addresses:
        """The addresses at these rows."""
        return Addresses(
            district=self.district[rows], street=self.street[rows], house=self.house[rows]
        )


def split_address(text: str) -> tuple[int, str, int]:
    """District code (0 unknown), the text of street or village, house number (0 unknown)."""
    plain = "".join(text.split())
    code, rest = district_code(plain)
    match = _HOUSE.search(rest)
    if match is None or "□" in rest[match.start() - 1 :]:
        return code, rest.rstrip("号0123456789□"), 0
    return code, rest[: match.start()], int(match.group(1)[:6])


def _street_key(street: str) -> int:
    return hash_text(street) >> 1 if street else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Homes:
    """Encoded addresses, and the distinct texts behind their keys of streets.

    `place` (n,) says which of `texts` is each address's; `keys` are those of `texts`.
    """

    addresses: Addresses
    place: Ints
    texts: list[str]
    keys: list[int]

    @property
    def streets(self) -> list[str]:
        """The text of each address's street."""
        return [self.texts[at] for at in self.place.tolist()]

    def distinct(self) -> dict[int, str]:
        """The texts by the keys of streets that stand in `addresses`."""
        return {key: text for key, text in zip(self.keys, self.texts, strict=True) if text}


@lru_cache(maxsize=1 << 16)
def _beginning(text: str) -> tuple[int, int, str]:
    """District, key and text of the street of an address without its house number."""
    code, street = district_code(text)
    return code, _street_key(street), street


def encode_homes(texts: Column) -> Homes:
    """Addresses of the city; a renamed or merged district counts as its successor.

    Each street is looked at once, whatever the house; texts with doubtful numbers are looked
    at whole.
    """
    column = filled(texts)
    cut = cut_houses(letters(column))
    numbered, others = np.flatnonzero(cut.plain), np.flatnonzero(~cut.plain)
    street, first = factorized(cut.street[numbered])
    shown = column.take(array(numbered[first])).to_pylist()
    # A street may end in a number of its own; behind a house number it is part of the name.
    behind = [
        (*_beginning(text[:size]), 0)
        for text, size in zip(shown, cut.length[numbered[first]].tolist(), strict=True)
    ]
    whole_ones = pc.dictionary_encode(column.take(array(others)))
    for text in whole_ones.dictionary.to_pylist():
        code, name, house = split_address(text)
        behind.append((code, _street_key(name), name, house))
    table = np.array([(code, key, house) for code, key, _, house in behind], np.int64)
    table = table.reshape(-1, 3)
    at = np.empty(len(column), np.int64)
    at[numbered], at[others] = street, whole_ones.indices.to_numpy() + len(first)
    return Homes(
        addresses=Addresses(
            district=table[at, 0].astype(np.int32),
            street=table[at, 1].astype(np.uint64),
            house=np.where(cut.plain, cut.house, table[at, 2]).astype(np.int32),
        ),
        place=at,
        texts=[name for _, _, name, _ in behind],
        keys=table[:, 1].tolist(),
    )


def factorized(values: Ints) -> tuple[Ints, Ints]:
    """A number for each distinct value, and where each was met first."""
    codes, distinct = pd.factorize(values)
    first = np.empty(len(distinct), np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return codes, first
