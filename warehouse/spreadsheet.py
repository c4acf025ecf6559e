"""Values for spreadsheets, which run formulas and turn long numbers into 1.1E+17."""

from __future__ import annotations

#: A cell that begins so may run as a formula, in full-width form too (＝ from an input method).
_FORMULA = frozenset("=+-@＝＋－＠\t\r\n'")
APOSTROPHE, TAB = "'", "\t"


def guarded(text: str) -> str:
    """`text` with one character before it where a spreadsheet would not take it for text.

    An apostrophe stands before what may run as a formula, a tab before what begins with a
    digit: an 18-digit number or a date known to the month would be changed in silence.
    Taking that one character away gives `text` again.
    """
    first = text[:1]
    if first in _FORMULA and first:
        return APOSTROPHE + text
    return TAB + text if first.isdigit() else text


def unguarded(cell: str) -> str:
    """The text that `guarded` made the cell of."""
    return cell[1:] if cell[:1] in {APOSTROPHE, TAB} else cell
