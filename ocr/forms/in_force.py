"""Which forms this process reads by: those that are installed, unless it was told others."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from ocr.forms.loading import installed_forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocr.forms.form import FormSet

_chosen: ContextVar[FormSet] = ContextVar("forms")


def forms_in_force() -> FormSet:
    """The forms that pages are read by here and now."""
    return _chosen.get(None) or installed_forms()


@contextmanager
def reading_by(forms: FormSet | None) -> Iterator[None]:
    """Read by these forms within the block; by those that are installed where None is given."""
    token = _chosen.set(forms or installed_forms())
    try:
        yield
    finally:
        _chosen.reset(token)
