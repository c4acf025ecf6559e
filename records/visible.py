"""Text from outside as it may be shown: nothing in it moves the cursor, hides or breaks a line."""

from __future__ import annotations


def visible(text: str) -> str:
    """The text with every character spelt out that is none to be seen, as `<U+001B>`.

    What turns the direction of writing is among them, and bytes of a file name that are no
    UTF-8: neither can be printed safely.
    """
    return "".join(
        each if each.isprintable() or each == "\N{IDEOGRAPHIC SPACE}" else f"<U+{ord(each):04X}>"
        for each in text
    )
