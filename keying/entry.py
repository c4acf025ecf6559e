"""What a clerk entered for one item, as it stands in the journal and in a submission.

What the entry means for its kind of field is decided in `keying.values`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from keying.workitem import TOKEN
from records.errors import InputError

#: Stands for one character that can't be read.
ILLEGIBLE_CHARACTER = "\N{WHITE SQUARE}"
MAX_TEXT = 1000
_CLERK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


class Mark(StrEnum):
    """What the clerk says about the whole field."""

    OK = "ok"
    ILLEGIBLE = "illegible"
    EMPTY = "empty"
    UNSURE = "unsure"


_WITH_TEXT = frozenset({Mark.OK, Mark.UNSURE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One acknowledged answer: `keyed_at` is UTC, `keystrokes` what it took to enter it."""

    item_id: str
    text: str
    mark: Mark
    clerk_id: str
    keyed_at: datetime
    keystrokes: int

    def as_json(self) -> dict[str, Any]:
        """The entry as one line of a submission."""
        return {
            "item_id": self.item_id,
            "text": self.text,
            "mark": str(self.mark),
            "clerk_id": self.clerk_id,
            "keyed_at": self.keyed_at.astimezone(UTC).isoformat(timespec="milliseconds"),
            "keystrokes": self.keystrokes,
        }


def clean_text(text: str) -> str:
    """The text as keyed, in composed form (NFC) and without white space at its ends."""
    return unicodedata.normalize("NFC", text).strip()


def answer(raw: object, where: str) -> tuple[str, str, Mark, int]:
    """Item id, text, mark and keystrokes of an answer `{"item_id", "text", "mark"}`.

    `text` and `mark` may be left out where the other says it all; `keystrokes` is the
    length of the text when it is not given. Raises InputError naming `where`.
    """
    match raw:
        case {"item_id": str(item_id), **rest} if TOKEN.match(item_id) and set(rest) <= _OPTIONAL:
            text, keystrokes = rest.get("text", ""), rest.get("keystrokes", 0)
            mark = rest.get("mark", str(Mark.OK))
        case _:
            raise _bad("bad_answer", where)
    if not isinstance(text, str) or not isinstance(mark, str) or mark not in set(Mark):
        raise _bad("bad_answer", where)
    if not isinstance(keystrokes, int) or isinstance(keystrokes, bool) or keystrokes < 0:
        raise _bad("bad_answer", where)
    checked = checked_text(text, Mark(mark), where)
    return item_id, checked, Mark(mark), keystrokes or len(checked)


_OPTIONAL = frozenset({"text", "mark", "keystrokes"})


def checked_text(text: str, mark: Mark, where: str) -> str:
    """The cleaned text, if it goes with its mark; raises InputError naming `where`."""
    cleaned = clean_text(text)
    if len(cleaned) > MAX_TEXT or any(unicodedata.category(c) in {"Cc", "Cs"} for c in cleaned):
        raise _bad("bad_text", where)
    if bool(cleaned) != (mark in _WITH_TEXT):
        raise _bad("text_contradicts_mark", where)
    return cleaned


def parse_entry(raw: object, where: str) -> Entry:
    """An entry from a line of a submission; raises InputError naming `where`."""
    match raw:
        case {
            "clerk_id": str(clerk_id),
            "keyed_at": str(keyed_at),
            **others,
        } if _CLERK.match(clerk_id):
            item_id, text, mark, keystrokes = answer(others, where)
        case _:
            raise _bad("bad_entry", where)
    return Entry(
        item_id=item_id,
        text=text,
        mark=mark,
        clerk_id=clerk_id,
        keyed_at=_moment(keyed_at, where),
        keystrokes=keystrokes,
    )


def _moment(text: str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _bad("bad_entry", where) from None
    if moment.tzinfo is None:
        raise _bad("bad_entry", where)
    return moment.astimezone(UTC)


_WHAT = {
    "bad_answer": "答案不合格式 · an answer is malformed",
    "bad_entry": "录入记录不合格式 · an entry is malformed",
    "bad_text": "录入文字过长或含控制字符 · the text is too long or holds control characters",
    "text_contradicts_mark": (
        "文字与标记矛盾：“空”“不可辨认”不带文字，其余必须有文字 · text and mark contradict: "
        "`empty` and `illegible` go without text, `ok` and `unsure` with it"
    ),
}


def _bad(reason: str, where: str) -> InputError:
    return InputError(
        reason,
        what=_WHAT[reason],
        where=where,
        remedy="改正该行后重试 · correct this line and try again",
    )
