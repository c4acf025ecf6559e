"""How well a form fits a page: what of it was found there and what was not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from records.reading import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ocr.forms.form import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A form beside a page.

    `titles` and `marks` are those of the form that stand there; `missing` are fields that the
    form gives and the page does not, `other` those that the page gives and the form does not.
    """

    titles: tuple[str, ...]
    marks: tuple[str, ...]
    given: tuple[str, ...]
    missing: tuple[str, ...]
    other: tuple[str, ...]

    @property
    def rank(self) -> tuple[bool, int, float]:
        """Title before marks before the share of fields; the greater, the better the fit."""
        named = len(self.given) + len(self.missing) + len(self.other)
        return bool(self.titles), len(self.marks), len(self.given) / max(1, named)


def fit(form: Form, *, text: str, titles: Collection[str], fields: Collection[str]) -> Fit:
    """What of a form is on a page.

    `text` is all that was read there, folded, `titles` the titles among its lines, `fields`
    the names of the fields that have a place on it.
    """
    return Fit(
        titles=tuple(title for title in form.titles if title in titles),
        marks=tuple(mark for mark in form.marks if mark in text),
        given=tuple(name for name in form.gives if name in fields),
        missing=tuple(name for name in form.gives if name not in fields),
        other=tuple(sorted(set(fields) - set(form.gives))),
    )


def best_fit(
    forms: Iterable[Form],
    kind: Kind,
    *,
    text: str,
    titles: Collection[str],
    fields: Collection[str],
) -> Form | None:
    """The form of a kind that fits a page best; of other papers one whose title stands there."""
    ranked = [
        (fit(form, text=text, titles=titles, fields=fields).rank, form)
        for form in forms
        if form.kind is kind
    ]
    fitting = [pair for pair in ranked if pair[0][0] or kind is not Kind.OTHER]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None
