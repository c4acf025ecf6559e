"""The Merkle tree: RFC 6962's definition, known roots, and proofs that can't be bent."""

from __future__ import annotations

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confidentiality import merkle
from confidentiality.nodes import HASH, Frontier, NodeReader, nodes_of, place

# Inputs and roots of the tests of certificate-transparency, which other logs use as well.
LEAVES = [
    bytes.fromhex(each)
    for each in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    halves = by_definition(leaves[:k]), by_definition(leaves[k:])
    return hashlib.sha256(b"\x01" + halves[0] + halves[1]).digest()


def path_by_definition(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    if m < k:
        return [*path_by_definition(m, leaves[:k]), by_definition(leaves[k:])]
    return [*path_by_definition(m - k, leaves[k:]), by_definition(leaves[:k])]


def growth_by_definition(m: int, leaves: list[bytes], *, whole: bool = True) -> list[bytes]:
    """SUBPROOF of section 2.1.2."""
    if m == len(leaves):
        return [] if whole else [by_definition(leaves)]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    if m <= k:
        return [*growth_by_definition(m, leaves[:k], whole=whole), by_definition(leaves[k:])]
    deeper = growth_by_definition(m - k, leaves[k:], whole=False)
    return [*deeper, by_definition(leaves[:k])]


def grown(count: int) -> tuple[list[bytes], NodeReader]:
    leaves = [str(n).encode() for n in range(count)]
    frontier, stream = Frontier(), io.BytesIO()
    for leaf in leaves:
        stream.write(b"".join(frontier.add(merkle.leaf_hash(leaf))))
        assert stream.tell() == nodes_of(frontier.size) * HASH
        assert frontier.root() == merkle.root(NodeReader(stream), frontier.size)
        stream.seek(0, 2)
    return leaves, NodeReader(stream)


def test_known_roots():
    frontier = Frontier()
    assert frontier.root() == merkle.EMPTY_ROOT == by_definition([])
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        frontier.add(merkle.leaf_hash(leaf))
        assert frontier.root().hex() == root


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8, 9, 33])
def test_roots_and_proofs_are_those_of_the_definition(count):
    leaves, node = grown(count)
    for size in range(1, count + 1):
        some = leaves[:size]
        root = merkle.root(node, size)
        assert root == by_definition(some)
        for index in range(size):
            proof = merkle.inclusion_proof(node, index, size)
            assert list(proof) == path_by_definition(index, some)
            leaf = merkle.leaf_hash(leaves[index])
            assert merkle.proves_inclusion(leaf, index, size, proof, root)
        for old in range(1, size + 1):
            proof = merkle.consistency_proof(node, old, size)
            assert list(proof) == growth_by_definition(old, some)
            assert merkle.proves_consistency(old, by_definition(some[:old]), size, root, proof)


def test_every_node_has_a_place_of_its_own():
    places = [place(level, i) for level in range(7) for i in range(64 >> level)]
    assert sorted(places) == list(range(nodes_of(64)))


@pytest.mark.parametrize("size", [1, 5, 8, 21, 64])
def test_a_frontier_goes_on_from_stored_nodes(size):
    leaves, node = grown(size + 5)
    going_on = Frontier(size, node)
    for leaf in leaves[size:]:
        going_on.add(merkle.leaf_hash(leaf))
    assert going_on.root() == by_definition(leaves)


@given(data=st.data())
def test_no_bent_inclusion_proof_holds(data):
    size = data.draw(st.integers(1, 40))
    leaves, node = grown(size)
    index = data.draw(st.integers(0, size - 1))
    proof = list(merkle.inclusion_proof(node, index, size))
    root, leaf = merkle.root(node, size), merkle.leaf_hash(leaves[index])
    other = data.draw(st.integers(-1, size + 2))
    assert merkle.proves_inclusion(leaf, other, size, proof, root) == (other == index)
    assert not merkle.proves_inclusion(merkle.leaf_hash(b"x"), index, size, proof, root)
    assert not merkle.proves_inclusion(leaf, index, size, [*proof, root], root)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        assert not merkle.proves_inclusion(leaf, index, size, proof[:-1], root)
        proof[at] = bytes(32)
        assert not merkle.proves_inclusion(leaf, index, size, proof, root)


@given(data=st.data())
def test_no_rewritten_log_is_consistent(data):
    size = data.draw(st.integers(1, 40))
    old = data.draw(st.integers(0, size))
    leaves, node = grown(size)
    proof = list(merkle.consistency_proof(node, old, size))
    root, old_root = merkle.root(node, size), by_definition(leaves[:old])
    assert merkle.proves_consistency(old, old_root, size, root, proof)
    assert not merkle.proves_consistency(old, bytes(32), size, root, proof)
    assert not merkle.proves_consistency(old, old_root, size, root, [*proof, bytes(32)])
    assert not merkle.proves_consistency(size + 1, old_root, size, root, proof)
    if old:
        rewritten = [b"x", *leaves[1:]]
        other_root = by_definition(rewritten)
        other = growth_by_definition(old, rewritten)
        assert not merkle.proves_consistency(old, old_root, size, other_root, other)
    for at in range(len(proof)):
        bent = [*proof[:at], bytes(32), *proof[at + 1 :]]
        assert not merkle.proves_consistency(old, old_root, size, root, bent)
