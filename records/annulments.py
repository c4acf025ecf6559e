"""Annulments as they are noted on a marriage's paper (备注): what was done, when, by which paper.

A marriage that is revoked (撤销) or declared void (宣告无效) has papers of its own that stay with
the office or the court; the archive notes it in the file of the marriage, with the code of the
other file. Only a note that says so plainly counts; one that merely touches on it (an application,
a refusal) is told apart for people to read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from records.dates import date_value


class Manner(StrEnum):
    """How a marriage was annulled: revoked (撤销) or declared void (宣告无效)."""

    REVOKED = "revoked"
    VOID = "void"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annulment:
    """What a note says of an annulment.

    `manner` is None where it doesn't say plainly that there was one; `day` is the ISO date that
    it names, None where it names none or several; `document` the other file's code or number.
    """

    manner: Manner | None
    day: str | None
    document: str | None


#: Traditional forms that the words below may be written in.
_PLAIN: Final = str.maketrans(
    "銷無認為婚姻關係結離經請駁決檔號復", "销无认为婚姻关系结离经请驳决档号复"
)
_WORD: Final = re.compile("撤销|无效")
#: Who wants it, refuses it or says that it was not done, just before the word.
_NOT_DONE: Final = re.compile(
    r"(?:不予|不得|不能|没有|未被|未予|未|非|申请|请求|要求|起诉|驳回|拟)(?:宣告|确认|认定|依法|的)?"
    r"(?:该|此|其|本|双方|婚姻|结婚|离婚|登记|关系|为|系)*$"
)
_DONE: Final = (
    (
        Manner.REVOKED,
        re.compile(r"(?:已|被|予以|依法|决定|判决|裁定|批准)(?:[^，。；,;]{0,12})?撤销"),
    ),
    (Manner.REVOKED, re.compile(r"撤销(?:了|该|此|其|本|双方|原|的)*(?:婚姻|结婚|离婚|登记)")),
    (Manner.REVOKED, re.compile(r"(?:^|[，。；,;、\s年月日])撤销(?=$|[，。；,;、\s（(])")),
    (Manner.VOID, re.compile(r"(?:宣告|宣布|确认|认定|判决|裁定)[^，。；,;]{0,16}无效")),
    (Manner.VOID, re.compile(r"(?:婚姻|结婚|登记)(?:登记|关系)?(?:被|经|为|系|属|已)*无效")),
)
_NUMERAL: Final = "[0-9０-９〇○零一二三四五六七八九十廿卅]"
_DATES: Final = re.compile(
    rf"{_NUMERAL}{{4}}\s*年(?:\s*{_NUMERAL}{{1,3}}\s*月(?:\s*{_NUMERAL}{{1,3}}\s*日)?)?"
    r"|(?<![0-9])[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}(?![0-9])"
)
_FILE: Final = re.compile(r"档案?号\s*[:：为]?\s*([0-9A-Za-z][0-9A-Za-z·.\-]*[0-9A-Za-z])")
_PAPER: Final = re.compile(
    r"[（(〔【\[]\s*[0-9]{4}\s*[)）〕】\]]\s*[^，。；,;\s]{0,12}?第?\s*[0-9]+\s*号"
)
_YEARS: Final = (1949, 2049)


def read_annulment(note: str) -> Annulment | None:
    """What a note says of an annulment, None where it doesn't touch on one."""
    plain = note.translate(_PLAIN)
    if not _WORD.search(plain):
        return None
    file = _FILE.search(plain) or _PAPER.search(plain)
    document = None if file is None else file.group(file.lastindex or 0)
    return Annulment(manner=_manner(plain), day=_day(plain), document=document)


def _manner(plain: str) -> Manner | None:
    """The one manner that is plainly said to have been done; None for none, or for both."""
    said = {
        manner
        for manner, pattern in _DONE
        for found in pattern.finditer(plain)
        if not _NOT_DONE.search(plain[: _word_at(plain, found)])
    }
    return said.pop() if len(said) == 1 else None


def _word_at(plain: str, found: re.Match[str]) -> int:
    """Where the deciding word of a phrase begins."""
    at = _WORD.search(plain, found.start())
    return found.start() if at is None else at.start()


def _day(plain: str) -> str | None:
    days = {
        date_value(each.group().replace(" ", ""), context=_YEARS) for each in _DATES.finditer(plain)
    }
    return days.pop() if len(days) == 1 else None
