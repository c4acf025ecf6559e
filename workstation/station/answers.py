"""Answers from a file: JSON Lines, one answer a line.

Lines that can't be taken are set aside with their number and reason; the rest is taken.
A line's text never appears in a message.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from confidentiality.files import open_regular
from keying.entry import answer
from records.errors import InputError
from workstation.station.work import Answer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from records.errors import BackfillError


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The answers of a file, and the lines that were set aside: `(line, reason)`."""

    taken: tuple[Answer, ...]
    set_aside: tuple[tuple[int, str], ...]


def read_answers(path: Path, known: Collection[str]) -> Answers:
    """The answers in a file for items with `known` ids; a byte order mark is passed over.

    Raises IntegrityError when the file can't be read.
    """
    with open_regular(path) as stream:
        lines = stream.read().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return _sorted_out(lines, frozenset(known))


def _sorted_out(lines: Iterable[bytes], known: frozenset[str]) -> Answers:
    taken: list[Answer] = []
    aside: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            taken.append(_answer(line, f"line {number}", known))
        except InputError as fault:
            aside.append((number, fault.reason))
    return Answers(taken=tuple(taken), set_aside=tuple(aside))


def _answer(line: bytes, where: str, known: frozenset[str]) -> Answer:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError):
        raise _fault("not_json", where) from None
    item_id, text, mark, keystrokes = answer(raw, where)
    if item_id not in known:
        raise _fault("unknown_item", where)
    return Answer(item_id=item_id, text=text, mark=mark, keystrokes=keystrokes)


def _fault(reason: str, where: str) -> BackfillError:
    return InputError(
        reason,
        what="该行不是本工作包的答案 · this line is no answer for the package",
        where=where,
        remedy="改正该行后重新录入 · correct the line and key the file again",
    )
