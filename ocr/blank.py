"""Pages on which nothing is written.

A yellowed sheet has specks and folds in which engines see a character or two; such a page
is set aside as blank, not delivered as read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocr.automata import is_han
from ocr.labels import find_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.layout import Line

#: What counts as read, and how many ideographs, or letters and figures, make writing: a
#: cover bears three (结婚证), and paper alone has been read as one of five letters.
_FAIR, _IDEOGRAPHS, _CHARACTERS = 0.5, 3, 8


def is_written(lines: Sequence[Line]) -> bool:
    """Whether the lines of a page hold writing: a label, or enough characters read fairly."""
    fair = [
        character
        for line in lines
        for character, chance in zip(line.text, line.chances, strict=True)
        if chance >= _FAIR and character.isalnum()
    ]
    ideographs = sum(is_han(character) for character in fair)
    if ideographs >= _IDEOGRAPHS or len(fair) >= _CHARACTERS:
        return True
    return any(find_labels(line.text) for line in lines)
