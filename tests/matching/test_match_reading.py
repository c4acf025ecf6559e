"""The reader's ink in the posterior: probabilities that add up, and the ink's own weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from matching.encode import encode_names
from matching.reading import Ink, ask, weigh

if TYPE_CHECKING:
    from matching.index import RegisterIndex
    from matching.reading import Asked
    from tests.matching.conftest import SmallCity


@pytest.fixture(scope="module")
def asked(city: SmallCity, index: RegisterIndex) -> Asked:
    return ask(index, city.certificates, random=50)


def ink_of(asked: Asked, nats: float, chance: float = -13.0) -> Ink:
    """Ink that bears exactly the names on paper; any other name costs so many nats."""
    paper = asked.people.name.delivered().key[asked.record]

    name = encode_names(asked.texts["name"])
    former = encode_names(asked.texts["former_name"])
    return Ink(
        name=np.where(name.key == paper, 0.0, nats),
        former=np.where(former.length > 0, np.where(former.key == paper, 0.0, nats), -np.inf),
        chance=np.full(len(asked.people), chance),
    )


def test_somebody_or_nobody_is_meant(index: RegisterIndex, asked: Asked) -> None:
    meant = weigh(index, asked, ink_of(asked, -13.0))
    total = np.bincount(asked.record, weights=meant.person, minlength=len(asked.people))
    np.testing.assert_allclose(total + meant.absent, 1.0, atol=1e-6)
    assert (meant.name + meant.former <= meant.person + 1e-9).all()
    assert (meant.name >= 0).all()


def test_those_who_are_meant_are_found(city: SmallCity, index: RegisterIndex, asked: Asked) -> None:
    meant = weigh(index, asked, ink_of(asked, -13.0))
    ids = np.array([str(each) for each in index.ids_at(asked.row).to_pylist()])
    records = asked.people.record_id.to_pylist()
    truth = dict(
        zip(city.truth["record_id"].to_pylist(), city.truth["person_id"].to_pylist(), strict=True)
    )
    sure = meant.person > 0.99
    right = [
        str(truth[records[r]]) == i for r, i in zip(asked.record[sure], ids[sure], strict=True)
    ]
    assert sure.sum() > 0.5 * len(records)
    assert np.mean(right) > 0.98


def test_names_that_the_ink_does_not_bear_are_not_on_the_paper(
    index: RegisterIndex, asked: Asked
) -> None:
    ink = ink_of(asked, -13.0)
    meant = weigh(index, asked, ink)
    assert meant.name[ink.name < 0].max() < 0.9
    flat = weigh(index, asked, ink_of(asked, -13.0, chance=0.0))
    # Ink that fits anybody leaves people to their dates and partners.
    assert flat.person.sum() < meant.person.sum()


def test_nobody_to_compare_with(index: RegisterIndex, city: SmallCity) -> None:
    nobody = city.certificates.slice(0, 2).select(["record_id", "certificate_id", "role"])
    asked = ask(index, nobody, random=5)
    assert len(asked.record) == 0
    empty = np.zeros(0)
    meant = weigh(index, asked, Ink(name=empty, former=empty, chance=np.full(2, -13.0)))
    assert meant.absent.tolist() == [1.0, 1.0]


def test_names_from_all_over_the_register(asked: Asked) -> None:
    assert len(asked.random) == 50
    assert len(set(asked.random)) > 30
