"""Signed statements in files of their own: canonical JSON that says exactly what was signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from confidentiality.canonical import parse_canonical
from confidentiality.files import open_regular, read_at_most

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LIMIT = 65_536


class Statement(Protocol):
    """What can be written as a file of its own."""

    def to_bytes(self) -> bytes:
        """The statement with its signature as canonical JSON."""


_Made = TypeVar("_Made", bound=Statement)


def load_statement(
    path: Path, make: Callable[[dict[str, Any]], _Made], damaged: Callable[[str], Exception]
) -> _Made:
    """The statement that `make` finds in a file's record; its signature isn't proven here.

    Raises what `damaged` gives for the file's name where the record lacks a value or says more
    or other than the statement, `IntegrityError` where it is no record at all.
    """
    with open_regular(path) as stream:
        data = read_at_most(stream, _LIMIT, where=path.name)
    record = parse_canonical(data, where=path.name)
    try:
        made = make(record)
        same = made.to_bytes() == data
    except (KeyError, TypeError, AttributeError):
        same = False
    if not same:
        raise damaged(path.name)
    return made
