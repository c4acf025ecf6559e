"""Which names begin with a well-known surname."""

from __future__ import annotations

import pytest

from records.names import has_common_surname
from records.surnames import COMMON_SURNAMES


@pytest.mark.parametrize("name", ["王力", "張紅", "蕭山", "欧阳明", "歐陽明", "亓华"])
def test_surnames_are_known_in_either_script(name: str) -> None:
    assert has_common_surname(name)


@pytest.mark.parametrize("name", ["你梅", "未秀霞", "到銘凯", "·王", "", "John"])
def test_look_alikes_are_no_surnames(name: str) -> None:
    assert not has_common_surname(name)


def test_the_hundred_family_surnames_are_single_simplified_characters() -> None:
    assert len(COMMON_SURNAMES) > 400
    assert all(len(surname) == 1 for surname in COMMON_SURNAMES)
