"""Which machine readings a batch accepts without a person.

The reader recommends; a policy decides per era and kind of field. Handwriting is accepted
only where a blind audit on the archive's own pages has shown the rate of error.
"""

from __future__ import annotations

from records.reading import Era
from warehouse.verification import AcceptancePolicy

#: Until an audit on the archive's own pages allows more, all but print goes to people.
CAUTIOUS = AcceptancePolicy(
    name="cautious-1",
    floor=0.99,
    eras_to_key=(*(str(era) for era in Era if era is not Era.E2000S), ""),
)

#: For the synthetic samples alone; no audit stands behind it.
DEMONSTRATION = AcceptancePolicy(name="demonstration-1", floor=0.9)

POLICIES = {policy.name: policy for policy in (CAUTIOUS, DEMONSTRATION)}
