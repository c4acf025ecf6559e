"""The printed words that name fields, found in recognised lines.

A form is registered by its labels, wherever they stand: the words are those of the forms in
force (`ocr.forms`). Which ink belongs to which label is decided in `layout`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocr.automata import is_han
from ocr.folding import fold_text
from ocr.forms.in_force import forms_in_force
from ocr.forms.vocabulary import PASSED_OVER, Vocabulary, vocabulary_of
from records.reading import PARTY_FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Fields of which a couple has two.
PARTY_TAILS = frozenset(PARTY_FIELDS)
#: What a label names that only ends the zone of the field before it.
BARRIER = PASSED_OVER
#: A party named without a field: 男方 over a column, 新郎 before a name.
PARTY_MARK = "party"

_LONG_SENTENCE = 8
#: Words of at least this many characters may have one of them misread.
_FUZZY = 4
_FIGURES = frozenset("0123456789〇一二三四五六七八九十")
_STUB = "存根"
#: What a sentence begins with before it names a person: 兹据男方, 及女方.
_LEAD = re.compile(r"^[兹今]?[有据由]?[与及和同]?")
_SEPARATORS = " :;.,"
#: Words too short to name a person except at the beginning of a line with a name behind.
_SPOUSES = (("夫", "male"), ("妻", "female"))
#: What a name in a box of its own may look like after a word as short as 夫, and what
#: follows a person in brackets.
_SHORT_REST = re.compile(r"^[:.]?(?![妻妇男女])[㐀-鿿]{0,4}$")
_NAME_AHEAD = re.compile(r"^(?![年现时生性出])[㐀-鿿]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A printed word for a field in a line: characters start ≤ i < stop of the line's text."""

    field: str
    party: str | None
    start: int
    stop: int


def vocabulary() -> Vocabulary:
    """The words of the forms in force."""
    return vocabulary_of(forms_in_force())


def heading(text: str) -> Label | None:
    """The label of a ledger's column when the whole box is one of its short headings."""
    found = vocabulary().headings.get(fold_text(text)[0].strip(".:-"))
    return Label(field=found[0], party=found[1], start=0, stop=len(text)) if found else None


def order_of_names(parties: Sequence[str | None]) -> tuple[str, str]:
    """Who comes first, by the columns of names; the man where nothing says otherwise."""
    wife_first = list(parties[:1]) == ["female"] or list(parties[:2]) == [None, "male"]
    return ("female", "male") if wife_first else ("male", "female")


def is_sentence(folded: str) -> bool:
    """Whether a folded line is running text of the form."""
    hits = [word for word in vocabulary().sentences if word in folded]
    return len(folded) >= _LONG_SENTENCE and (len(hits) > 1 or any(len(hit) > 2 for hit in hits))


def find_labels(text: str, likely: Sequence[frozenset[str]] | None = None) -> tuple[Label, ...]:
    """The labels in a line, in order.

    `likely` holds, for each character of the text, what else it may be (folded), so that a
    faint label is found when the recogniser thought of it.
    """
    folded, where = fold_text(text)
    if is_sentence(folded) or folded in vocabulary().title_words or folded.endswith(_STUB):
        return ()
    options = [
        frozenset({character}) | (likely[i] if likely else frozenset())
        for character, i in zip(folded, where, strict=True)
    ]
    found: list[Label] = []
    at = 0
    while at < len(folded):
        hit = _at(folded, options, at) or _mark_at(folded, at, found)
        if hit is None:
            at += 1
            continue
        field, party, start, stop = hit
        found.append(Label(field=field, party=party, start=where[start], stop=where[stop - 1] + 1))
        at = stop
    return tuple(found)


def _at(
    folded: str, options: list[frozenset[str]], at: int
) -> tuple[str, str | None, int, int] | None:
    """The longest label that starts here: (field, party, start, stop)."""
    role, skipped = _party_at(folded, at)
    starts = (at + skipped, at) if skipped else (at,)
    possible = {start: _possible(options, start) for start in starts}
    for misses in (0, 1):
        for start in starts:
            for word, field in possible[start]:
                if _misses(word, options, start) == misses and (not misses or len(word) >= _FUZZY):
                    if field == "birth_date" and folded[at - 1 : at] == "日":
                        # 1957年3月27日出生: what is said of the day stands before.
                        continue
                    if misses and _names_a_paper(folded[start : start + len(word)]):
                        continue
                    party = role if start > at else None
                    stop, party = _bracketed_party(folded, start + len(word), party)
                    return field, party if field in PARTY_TAILS else None, at, stop
    return None


def _names_a_paper(folded: str) -> bool:
    """Whether characters are a paper's name, as in a sentence, and no label like it: 结婚证书."""
    return any(
        folded.startswith(title) and not any(is_han(c) for c in folded[len(title) :])
        for title in vocabulary().title_words
    )


def _mark_at(
    folded: str, at: int, found: Sequence[Label]
) -> tuple[str, str | None, int, int] | None:
    """A person named by a word of its own that starts here, before a name."""
    begins = at == 0 or folded[at - 1] in _SEPARATORS
    others = {label.party for label in found if label.field == PARTY_MARK}
    lead = _LEAD.match(folded) if at == 0 else None
    for start in sorted({at, lead.end() if lead else at}):
        for word, party in (*vocabulary().alone, *_SPOUSES):
            stop = start + len(word)
            # After 新郎 in the same line, 新娘 is a mark wherever it stands.
            second = len(word) > 1 and bool(others - {party})
            alone = len(word) > 1 or (at == 0 and _SHORT_REST.match(folded[stop:]))
            if (begins or second) and alone and folded.startswith(word, start):
                return PARTY_MARK, party, at, stop
    if at == 0:
        stop, role = _bracketed_party(folded, 0, None)
        if role and _NAME_AHEAD.match(folded[stop:]):
            return PARTY_MARK, role, 0, stop
    return None


def _possible(options: list[frozenset[str]], start: int) -> list[tuple[str, str]]:
    """The words, longest first, whose first or second character may stand here.

    No other can be there with one character misread.
    """
    known = vocabulary()
    numbers: set[int] = set()
    for offset, choice in enumerate(options[start : start + 2]):
        for character in choice:
            numbers.update(known.places.get((offset, character), ()))
    return [known.words[number] for number in sorted(numbers)]


def _party_at(folded: str, at: int) -> tuple[str | None, int]:
    """A party named right here, and how many characters lie before what it qualifies."""
    for word, role in vocabulary().parties:
        if folded.startswith(word, at):
            after = at + len(word)
            while folded[after : after + 1] in {"的", "之", ")", ":"} and after < len(folded):
                after += 1
            return role, after - at
    return None, 0


def _bracketed_party(folded: str, stop: int, party: str | None) -> tuple[int, str | None]:
    """姓名(男): the party in brackets after the label."""
    for word, role in vocabulary().parties:
        if folded.startswith(f"({word})", stop):
            return stop + len(word) + 2, role
    return stop, party


def _misses(word: str, options: list[frozenset[str]], start: int) -> int:
    """How many characters of a word are not what may stand there, 2 for more than one.

    A figure never stands for a character of a label: such a word is not there at all.
    """
    missed = 0
    if start + len(word) > len(options):
        return 2
    for character, choice in zip(word, options[start : start + len(word)], strict=True):
        if character not in choice:
            if missed or _FIGURES & choice:
                return 2
            missed = 1
    return missed
