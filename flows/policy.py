"""Which machine readings a batch accepts without a person.

The reader recommends; a policy decides per era and kind of field. Handwriting is accepted
only where a blind audit on the archive's own pages has shown the rate of error.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from records.reading import Era
from warehouse.verification import AcceptancePolicy

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Until an audit on the archive's own pages allows more, all but print goes to people.
CAUTIOUS = AcceptancePolicy(
    name="cautious-1",
    floor=0.99,
    eras_to_key=(*(str(era) for era in Era if era is not Era.E2000S), ""),
)

#: For the synthetic samples alone; no audit stands behind it.
DEMONSTRATION = AcceptancePolicy(name="demonstration-1", floor=0.9)

POLICIES = {policy.name: policy for policy in (CAUTIOUS, DEMONSTRATION)}


def audited(label: str, *, opened: Sequence[str], closed: Sequence[str]) -> AcceptancePolicy:
    """The cautious policy as an audit changed it; `label` names the calibration behind it.

    What it neither opened nor closed stays as it was.
    """
    return replace(CAUTIOUS, name=f"audited-{label}", opened=tuple(opened), closed=tuple(closed))
