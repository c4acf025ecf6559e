"""What kind of form a page is, by its title and the fields it names."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from ocr.folding import fold_text
from records.reading import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ocr.layout import Line

#: A page is taken for a certificate without a title when it names so many different fields.
_ENOUGH = 3
#: Titles of at most so many characters may run from right to left.
_SHORT = 5
#: Certificate numbers, with or without their label before them.
_DIVORCE = re.compile(r"离字|(?<![0-9A-Z])B?L\d{6}")
_MARRIAGE = re.compile(r"结字|(?<![0-9A-Z])B?J\d{6}")


@cache
def titles() -> tuple[tuple[Kind, tuple[str, ...]], ...]:
    """The kinds in order of precedence with the words of their titles."""
    table = tomllib.loads((files("ocr") / "forms" / "kinds.toml").read_text(encoding="utf-8"))
    return tuple((Kind(entry["kind"]), tuple(entry["titles"])) for entry in table["kind"])


def title_kind(text: str) -> Kind | None:
    """The kind that a line names, when the line is a title and not a sentence."""
    folded = fold_text(text)[0].strip("-.:")
    return _titled(folded) or (_titled(folded[::-1]) if len(folded) <= _SHORT else None)


def _titled(folded: str) -> Kind | None:
    for kind, words in titles():
        for word in words:
            if word in folded and len(folded) - len(word) <= _around(kind):
                return kind
    return None


def _around(kind: Kind) -> int:
    """How many characters a title may have beside its word: ledgers name their district."""
    return 14 if kind in {Kind.MARRIAGE_LEDGER, Kind.DIVORCE_LEDGER} else 8


def classify(lines: Sequence[Line], fields: Collection[str], texts: Sequence[str]) -> Kind:
    """The kind of a page.

    `fields` are the fields that its labels name, `texts` what was read in them: a
    certificate without a title shows by its number (结字, 离字, J…, L…).
    """
    kind = _by_title(lines) or _by_fields(lines, fields, texts)
    if "sequence" in fields and kind in _LEDGER_OF:
        # Only ledgers number their entries.
        return _LEDGER_OF[kind]
    return kind


_LEDGER_OF = {
    Kind.MARRIAGE_CERTIFICATE: Kind.MARRIAGE_LEDGER,
    Kind.DIVORCE_CERTIFICATE: Kind.DIVORCE_LEDGER,
}


def _by_title(lines: Sequence[Line]) -> Kind | None:
    found = [kind for line in lines if (kind := title_kind(line.text))]
    joined = _large_characters(lines)
    spelled = (kind for kind, words in titles() if any(word in joined for word in words))
    return next((kind for kind, _ in titles() if kind in found), None) or next(spelled, None)


def _large_characters(lines: Sequence[Line]) -> str:
    """Titles set so wide that every character is a box of its own, in reading order."""
    alone = [line for line in lines if len(fold_text(line.text)[0]) <= 2]
    if not alone:
        return ""
    tall = max(min(line.area.height, line.area.width) for line in alone)
    large = [line for line in alone if min(line.area.height, line.area.width) > 0.6 * tall]
    ordered = sorted(large, key=lambda line: (round(line.area.v0 / (1.5 * tall)), line.area.u0))
    return "".join(fold_text(line.text)[0] for line in ordered)


def _by_fields(lines: Sequence[Line], fields: Collection[str], texts: Sequence[str]) -> Kind:
    folded = [fold_text(text)[0] for text in texts]
    whole = "".join(fold_text(line.text)[0] for line in lines)
    if len(set(fields)) < _ENOUGH or "name" not in fields:
        return Kind.OTHER
    if any(_DIVORCE.search(text) for text in folded) or "离婚" in whole:
        return Kind.DIVORCE_CERTIFICATE
    if any(_MARRIAGE.search(text) for text in folded) or "婚" in whole:
        return Kind.MARRIAGE_CERTIFICATE
    return Kind.OTHER
