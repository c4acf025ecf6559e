"""The words of all forms together, as labels are looked for on a page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ocr.forms.form import FIELDS
from records.reading import ROLES, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ocr.forms.form import Form, FormSet, Listing

#: A word under which nothing is read, but which ends the zone of the field before it.
PASSED_OVER = "barrier"
#: Which kind a page is taken for that bears titles of several.
_KINDS = (
    Kind.MARRIAGE_LEDGER, Kind.DIVORCE_LEDGER, Kind.REVIEW_FORM, Kind.APPLICATION,
    Kind.DIVORCE_CERTIFICATE, Kind.MARRIAGE_CERTIFICATE, Kind.OTHER,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vocabulary:
    """All words, the longest first, with the field or person each one names.

    `places` holds, for 0 or 1 and a character, the numbers of the words with that character
    first or second; `titles` the kinds in order of precedence with the words of theirs,
    `title_words` all of these: 结婚证书 is a title and not 结婚证号 misread.
    """

    words: tuple[tuple[str, str], ...]
    places: Mapping[tuple[int, str], tuple[int, ...]]
    parties: tuple[tuple[str, str], ...]
    alone: tuple[tuple[str, str], ...]
    headings: Mapping[str, tuple[str, str | None]]
    signing_offices: tuple[str, ...]
    office_endings: tuple[str, ...]
    sentences: tuple[str, ...]
    titles: tuple[tuple[Kind, tuple[str, ...]], ...]
    title_words: frozenset[str]
    wife_first: frozenset[str]


@cache
def vocabulary_of(form_set: FormSet) -> Vocabulary:
    """The words of a set of forms; made once for each set."""
    forms = form_set.forms
    words = _longest_first(_labels(forms))
    titles = tuple((kind, _titles(forms, kind)) for kind in _KINDS)
    return Vocabulary(
        words=words,
        places=_places(words),
        parties=_longest_first(_of_roles(form.words.people for form in forms)),
        alone=_longest_first(_of_roles(form.words.before_names for form in forms)),
        headings=_headings(forms),
        signing_offices=_once(word for form in forms for word in form.words.signing),
        office_endings=_once(word for form in forms for word in form.words.office_endings),
        sentences=_once(word for form in forms for word in form.words.sentences),
        titles=titles,
        title_words=frozenset(word for _, listed in titles for word in listed),
        wife_first=_titles_with_wife_first(forms),
    )


def _labels(forms: Sequence[Form]) -> list[tuple[str, str]]:
    """The words of the fields in their order, then those that are passed over."""
    pairs = [
        (word, field)
        for wanted in FIELDS
        for form in forms
        for field, words in form.words.labels
        if field == wanted
        for word in words
    ]
    return pairs + [(word, PASSED_OVER) for form in forms for word in form.words.passed_over]


def _of_roles(listings: Iterable[Listing]) -> list[tuple[str, str]]:
    pairs = [(word, role) for listing in listings for role, words in listing for word in words]
    return [pair for role in ROLES for pair in pairs if pair[1] == role]


def _longest_first(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(dict.fromkeys(pairs), key=lambda pair: -len(pair[0])))


def _places(words: Sequence[tuple[str, str]]) -> dict[tuple[int, str], tuple[int, ...]]:
    places: dict[tuple[int, str], tuple[int, ...]] = {}
    for number, (word, _) in enumerate(words):
        for offset, character in enumerate(word[:2]):
            key = (offset, character)
            places[key] = (*places.get(key, ()), number)
    return places


def _headings(forms: Sequence[Form]) -> dict[str, tuple[str, str | None]]:
    return {
        word: ("name", key) if key in ROLES else (key, None)
        for form in forms
        for key, words in form.words.columns
        for word in words
    }


def _titles(forms: Sequence[Form], kind: Kind) -> tuple[str, ...]:
    return _once(title for form in forms if form.kind is kind for title in form.titles)


def _titles_with_wife_first(forms: Sequence[Form]) -> frozenset[str]:
    """Titles that only forms bear on which the woman comes first."""
    of_orders = {
        first: {title for form in forms if form.order[0] == first for title in form.titles}
        for first in ROLES
    }
    return frozenset(of_orders["female"] - of_orders["male"])


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
