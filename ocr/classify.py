"""What kind of form a page is, by its title and the fields it names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ocr.folding import fold_text
from ocr.forms.in_force import forms_in_force
from ocr.forms.vocabulary import vocabulary_of
from records.reading import LEDGERS, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ocr.layout import Line

#: A page is taken for a certificate without a title when it names so many different fields.
_ENOUGH = 3
#: Titles of at most so many characters may run from right to left.
_SHORT = 5
#: How many characters a title may have beside its word: ledgers and other papers name their
#: district.
_BESIDE, _DISTRICT = 8, 14
#: Words of all kinds of papers that say nothing of a certificate.
_CIVIL_STATUS = re.compile("婚姻状况|婚否|[未已初再]婚")
#: Certificate numbers, with or without their label before them.
_DIVORCE = re.compile(r"离字|(?<![0-9A-Z])B?L\d{6}")
_MARRIAGE = re.compile(r"结字|(?<![0-9A-Z])B?J\d{6}")


def titles() -> tuple[tuple[Kind, tuple[str, ...]], ...]:
    """The kinds in order of precedence with the words of their titles."""
    return vocabulary_of(forms_in_force()).titles


def title_kind(text: str) -> Kind | None:
    """The kind that a line names, when the line is a title and not a sentence."""
    folded = fold_text(text)[0].strip("-.:")
    return _titled(folded) or (_titled(folded[::-1]) if len(folded) <= _SHORT else None)


def title_words(lines: Sequence[Line]) -> tuple[str, ...]:
    """The titles, of whatever form, that stand on a page."""
    folded = [fold_text(line.text)[0].strip("-.:") for line in lines]
    folded += [text[::-1] for text in folded if len(text) <= _SHORT]
    joined = _large_characters(lines)
    return tuple(
        word
        for kind, words in titles()
        for word in words
        if word in joined or any(_is_title(text, word, kind) for text in folded)
    )


def wife_first(lines: Sequence[Line]) -> bool:
    """Whether a title says that the page is of a form on which the woman comes first."""
    marked = vocabulary_of(forms_in_force()).wife_first
    return bool(marked) and not marked.isdisjoint(title_words(lines))


def _titled(folded: str) -> Kind | None:
    for kind, words in titles():
        if any(_is_title(folded, word, kind) for word in words):
            return kind
    return None


def _is_title(folded: str, word: str, kind: Kind) -> bool:
    """Whether a line is little more than a title; other papers' must close their line."""
    beside = len(folded) - len(word)
    if kind is Kind.OTHER:
        return folded.endswith(word) and beside <= _DISTRICT
    return word in folded and beside <= (_DISTRICT if kind in LEDGERS else _BESIDE)


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
    spelled = [kind for kind, words in titles() if any(word in joined for word in words)]
    # A certificate may name other papers, and no other paper bears a certificate's title.
    ranked = [kind for kinds in (found, spelled) for kind, _ in titles() if kind in kinds]
    return next((kind for kind in ranked if kind is not Kind.OTHER), next(iter(ranked), None))


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
    whole = _CIVIL_STATUS.sub("", "".join(fold_text(line.text)[0] for line in lines))
    if len(set(fields)) < _ENOUGH or "name" not in fields:
        return Kind.OTHER
    if any(_DIVORCE.search(text) for text in folded) or "离婚" in whole:
        return Kind.DIVORCE_CERTIFICATE
    if any(_MARRIAGE.search(text) for text in folded) or "婚" in whole:
        return Kind.MARRIAGE_CERTIFICATE
    return Kind.OTHER
