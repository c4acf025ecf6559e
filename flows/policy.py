"""Which machine readings a batch accepts without a person.

The reader recommends; a policy decides per era and kind of field. Handwriting is accepted
only where a blind audit on the archive's own pages has shown the rate of error.
"""

from __future__ import annotations

from dataclasses import dataclass

from records.reading import Era

_HANDWRITTEN = (Era.E1950S, Era.E1960S, Era.E1980S, Era.E1990S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """An acceptance policy: the line, and what is left to people whatever the reader says.

    `floor` is a probability; `eras_to_key` and `tails_to_key` name eras and kinds of field
    (`name`, `birth_date`) that people key.
    """

    name: str
    floor: float
    eras_to_key: tuple[str, ...] = ()
    tails_to_key: tuple[str, ...] = ()


#: Until an audit on the archive's own pages allows more, handwriting goes to people.
CAUTIOUS = Policy(
    name="cautious-1", floor=0.99, eras_to_key=(*(str(era) for era in _HANDWRITTEN), "")
)

#: For the synthetic samples alone; no audit stands behind it.
DEMONSTRATION = Policy(name="demonstration-1", floor=0.9)
