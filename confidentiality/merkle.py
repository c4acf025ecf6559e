"""The Merkle tree of RFC 6962, section 2.1: hashes, roots, proofs and their verification.

A tree is known here by its *node hashes*: `node(level, index)` is the hash over the
2**level leaves from index * 2**level on, and exists once all of them do. Where nodes are
kept is not handled here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

#: Level and index of a complete subtree → its hash.
Node = Callable[[int, int], bytes]

#: Root of the tree without leaves.
EMPTY_ROOT = hashlib.sha256(b"").digest()
#: A proof in a tree of fewer than 2**63 leaves is never longer.
MAX_PROOF = 63


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf; its prefix keeps it from being taken for an inner node."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(node: Node, size: int) -> bytes:
    """The root of the tree's first `size` leaves."""
    return _range(node, 0, size) if size else EMPTY_ROOT


def inclusion_proof(node: Node, index: int, size: int) -> tuple[bytes, ...]:
    """The audit path of a leaf (section 2.1.1), from its sibling up; needs index < size."""
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range(node, middle, high))
            high = middle
        else:
            path.append(_range(node, low, middle))
            low = middle
    return tuple(reversed(path))


def consistency_proof(node: Node, old: int, size: int) -> tuple[bytes, ...]:
    """That the first `old` leaves are the same in the tree of `size` (section 2.1.2)."""
    if old in {0, size}:
        return ()
    path: list[bytes] = []
    low, high = 0, size
    while high != old:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_range(node, middle, high))
            high = middle
        else:
            path.append(_range(node, low, middle))
            low = middle
    if low:
        # Where `old` is a subtree from the first leaf on, the verifier knows its root.
        path.append(_range(node, low, high))
    return tuple(reversed(path))


def proves_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], tree_root: bytes
) -> bool:
    """Whether the path leads from the leaf's hash to the root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    hashed, last = leaf, size - 1
    for step in proof:
        if not last:
            return False
        if index & 1 or index == last:
            hashed = node_hash(step, hashed)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            hashed = node_hash(hashed, step)
        index, last = index >> 1, last >> 1
    return not last and hashed == tree_root


def proves_consistency(
    old: int, old_root: bytes, size: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof shows that the tree only grew (RFC 9162, section 2.1.4.2)."""
    if not 0 <= old <= size:
        return False
    if old in {0, size}:
        known = EMPTY_ROOT if old == 0 else new_root
        return not proof and old_root == known
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    index, last = old - 1, size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    first = second = path[0]
    for step in path[1:]:
        if not last:
            return False
        if index & 1 or index == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            second = node_hash(second, step)
        index, last = index >> 1, last >> 1
    return not last and (first, second) == (old_root, new_root)


def _range(node: Node, low: int, high: int) -> bytes:
    """The hash over leaves from `low` to before `high`; every range RFC 6962 names is whole."""
    count = high - low
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, low >> level)
    middle = low + _split(count)
    return node_hash(_range(node, low, middle), _range(node, middle, high))


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1
