"""Certificate numbers of held-out pages: forms that no other page here bears."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawing import names, wording
from drawing.wording import certificate_number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from drawing.people import Couple
    from drawing.wording import Written

_OF_1950S = (
    "京{ward}婚«字第»{han}«號»", "{ward}區{kind}«字第»{han}«號»", "{ward}民{kind}«字第»{han}«號»",
    "{ward}{kind}«證字第»{han}«號»", "{full}{ward}{kind}«字第»{han}«號»",
)  # fmt: skip
_OF_1966 = (
    "{ward}{street}革{kind}«字第»{n:03d}«号»", "«（»{full}«）»{ward}{kind}«字第»{n}«号»",
    "{ward}{kind}证«字第»{year}{n:03d}«号»",
)  # fmt: skip
_OF_1980S = (
    "«（»{full}«）»{ward}{street}{kind}«字第»{n:03d}«号»",
    "京{ward}{street}{kind}«字»{year}{n:04d}«号»", "{ward}民{kind}«字第»{year}{n:05d}«号»",
    "{ward}{kind}«字第»{full}{n:04d}«号»",
)  # fmt: skip


def number_1950s(rng: Random, who: Couple) -> Written:
    """A number of the fifties in Chinese numerals."""
    return _number(rng, who, [names.older_form(form) for form in _OF_1950S])


def number_1966(rng: Random, who: Couple) -> Written:
    """A number of 1966-79."""
    return _number(rng, who, _OF_1966)


def number_1980s(rng: Random, who: Couple) -> Written:
    """A number of 1980-2003."""
    return _number(rng, who, _OF_1980S)


def _number(rng: Random, who: Couple, forms: Sequence[str]) -> Written:
    ward = who.district.name
    marked = rng.choice(forms).format(
        ward=ward[1:-1] if ward.startswith("第") else who.district.short,
        kind={"marriage": "结", "divorce": "离"}[who.event],
        street=who.street[0], n=who.serial, year=who.registered.year % 100,
        full=wording.spelled(who.registered.year)
        if "han" in "".join(forms)
        else who.registered.year,
        han=rng.choice((wording.counted, wording.spelled))(who.serial % 600 + 1),
    )  # fmt: skip
    return certificate_number(names.older_form(marked) if "號" in marked else marked)
