"""The node hashes of an append-only tree in one file, each written once.

A leaf's hash is followed by those of the subtrees it completes, so that the file only
grows and a node's place follows from its level and index: the node of level L with index i
is completed by leaf `(i + 1) * 2**L - 1`. The file can be made again from the leaves.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO

from confidentiality.files import open_regular
from confidentiality.merkle import EMPTY_ROOT, node_hash

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: Bytes of a node.
HASH = 32


def nodes_of(size: int) -> int:
    """How many nodes a tree of `size` leaves has: 2 * size less the ones of its binary form."""
    return 2 * size - size.bit_count()


def place(level: int, index: int) -> int:
    """Where in the order of writing the node stands, from 0."""
    leaf = ((index + 1) << level) - 1
    return nodes_of(leaf) + level


class NodeReader:
    """Nodes looked up in an open file."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def __call__(self, level: int, index: int) -> bytes:
        """The node; too few bytes where the file ends before it."""
        self._stream.seek(place(level, index) * HASH)
        return self._stream.read(HASH)


class Frontier:
    """The largest complete subtrees of a growing tree: all that appending needs to know."""

    def __init__(self, size: int = 0, node: NodeReader | None = None) -> None:
        self.size = size
        self._left: dict[int, bytes] = {}
        for level in range(size.bit_length() if node else 0):
            if size >> level & 1 and node:
                self._left[level] = node(level, (size >> level) - 1)

    def add(self, leaf: bytes) -> list[bytes]:
        """Take a leaf's hash in; gives the nodes it completes, in the order of writing."""
        nodes, level = [leaf], 0
        while self.size >> level & 1:
            # What a leaf completes takes the place of the smaller subtrees it is made of.
            leaf = node_hash(self._left.pop(level), leaf)
            nodes.append(leaf)
            level += 1
        self._left[level] = leaf
        self.size += 1
        return nodes

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        hashed = None
        for level in sorted(self._left):
            left = self._left[level]
            hashed = left if hashed is None else node_hash(left, hashed)
        return EMPTY_ROOT if hashed is None else hashed


def append_leaves(path: Path, size: int, leaves: Iterable[bytes]) -> None:
    """Write the nodes of further leaf hashes after those of `size` leaves."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+b") as stream:
        frontier = Frontier(size, NodeReader(stream))
        stream.truncate(nodes_of(size) * HASH)
        stream.seek(0, os.SEEK_END)
        for leaf in leaves:
            stream.write(b"".join(frontier.add(leaf)))


def stored_nodes(path: Path) -> int:
    """How many whole nodes the file holds; none when it is missing."""
    if not path.exists():
        return 0
    with open_regular(path) as stream:
        return stream.seek(0, os.SEEK_END) // HASH
