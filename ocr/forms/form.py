"""What a description of a form says.

Reading descriptions from files is not handled here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from records.reading import COUPLE_FIELDS, PARTY_FIELDS, ROLES, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The fields that a label may name, in the order in which equally long words are tried.
FIELDS = (*PARTY_FIELDS, *COUPLE_FIELDS)

Listing = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Printed words, folded: simplified and without spaces.

    `labels` are those of each field, `columns` short headings of ledgers that fill their box;
    `people` name a person beside or over a label, `before_names` before a name without one.
    Words `passed_over` name nothing that is read. After `signing` the official signs, offices
    end in `office_endings`, `sentences` are words of running text.
    """

    labels: Listing = ()
    columns: Listing = ()
    people: Listing = ()
    before_names: Listing = ()
    passed_over: tuple[str, ...] = ()
    signing: tuple[str, ...] = ()
    office_endings: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A kind of printed sheet; without `kind` it is a part that any page may bear.

    `titles` tell the kind of a page, `marks` this form from others with the same title.
    `order` says who comes first where nothing on the page names a person, `unlabelled` which
    fields stand there without a label. `own` is set for forms of an archive.
    """

    form_id: str
    kind: Kind | None
    name: str
    english: str
    years: tuple[int, int] | None
    titles: tuple[str, ...]
    marks: tuple[str, ...]
    order: tuple[str, str]
    unlabelled: tuple[str, ...]
    words: Words
    own: bool

    @property
    def gives(self) -> tuple[str, ...]:
        """The names of the fields that the form gives, those of people for both."""
        tails = {field for field, _ in self.words.labels} | set(self.unlabelled)
        return tuple(name for tail in FIELDS if tail in tails for name in _of_both(tail))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FormSet:
    """Forms that are used together; `digest` names their content."""

    forms: tuple[Form, ...]
    digest: str

    def get(self, form_id: str) -> Form | None:
        """The form of this name."""
        return next((form for form in self.forms if form.form_id == form_id), None)


def _of_both(tail: str) -> Iterator[str]:
    if tail in PARTY_FIELDS:
        yield from (f"{role}.{tail}" for role in ROLES)
    else:
        yield tail
