"""What a stub (存根) repeats of its certificate: the same values, written a second time.

Two writings of one value are two witnesses: their lattices are decoded together, and where
each says the same by itself, either bears the other out. A value that can't be found on the
certificate, under a seal perhaps, is taken from the stub.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from ocr.fields import kind_of, read_field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.decode import Decoded
    from ocr.lattice import Lattice
    from ocr.values import Value

REPEATED = frozenset({"name", "certificate_number", "registration_date"})
#: Before a number a stub may have a word of its own, of at most so many characters (號數).
#: Passing over a character costs so many nats, or a number would lose its first ones.
_LONGEST_WORD, _PASSED = 3, 4.0


def with_stub(
    values: Sequence[Value], repeated: Sequence[Value], *, simplified: bool
) -> list[Value]:
    """The certificate's values, each read together with what the stub says of it."""
    told = {_key(value): value for value in values if value.decoded}
    others = {
        _key(value): value for value in repeated if value.decoded and value.slot.field in REPEATED
    }
    together = [
        _together(value, others[key], simplified=simplified) if key in others else value
        for key, value in told.items()
    ]
    return together + [value for key, value in others.items() if key not in told]


def _key(value: Value) -> tuple[str, str | None]:
    return value.slot.field, value.slot.party


def _together(value: Value, other: Value, *, simplified: bool) -> Value:
    """One value by both writings: where, how and how surely it is best read.

    It is `repeated` where each says it by itself, `contested` where one that both readers
    read alike says otherwise.
    """
    field = value.slot.field
    other, joint = _aligned(value, other, simplified=simplified)
    if joint is None or value.decoded is None or other.decoded is None:
        return value
    normal = kind_of(field).value
    meant = normal(joint.text)
    fits = [each for each in (value, other) if each.decoded and normal(each.decoded.text) == meant]
    best = max(fits, key=_clear, default=dataclasses.replace(value, decoded=joint))
    seen = best.decoded or joint
    return dataclasses.replace(
        best,
        decoded=dataclasses.replace(seen, text=seen.text, candidates=joint.candidates),
        lattices=value.lattices + other.lattices,
        repeated=len(fits) > 1,
        contested=best.contested or any(_clear(x)[0] for x in (value, other) if x not in fits),
    )


def _clear(value: Value) -> tuple[bool, float]:
    """Whether both readers read something its field may hold, and how surely."""
    decoded = value.decoded
    return (decoded.agree and value.in_grammar, decoded.sure) if decoded else (False, 0.0)


def _aligned(value: Value, other: Value, *, simplified: bool) -> tuple[Value, Decoded | None]:
    """The stub's value without a word before it, and what both writings say together."""
    field = value.slot.field
    words = _LONGEST_WORD if field == "certificate_number" else 0
    best: tuple[Value, Decoded | None] = other, None
    most = -math.inf
    for passed in range(words + 1):
        rest = tuple(_after(lattice, passed) for lattice in other.lattices)
        joint, _ = read_field(field, [*value.lattices, *rest], simplified=simplified, writings=2)
        score = joint.candidates[0][1] - _PASSED * passed if joint else -math.inf
        if score > most:
            alone, in_grammar = read_field(field, rest, simplified=simplified)
            own = dataclasses.replace(
                other, decoded=alone, in_grammar=in_grammar, lattices=rest
            )  # fmt: skip
            best, most = ((own if passed else other), joint), score
    return best


def _after(lattice: Lattice, passed: int) -> Lattice:
    """The lattice behind its first characters."""
    steps = lattice.greedy().steps
    if not 0 < passed < len(steps):
        return lattice
    return lattice.slice((steps[passed - 1][1] + steps[passed][0] + 1) // 2, lattice.steps)
