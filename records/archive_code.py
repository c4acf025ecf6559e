"""Archive codes (档号): how a holding office forms them is its own setting, not code.

A grammar is TOML: a pattern of parts for a volume, one for a page of it, and the letters of each
nature of a volume. DA/T 13-2022 joins parts with "-" and parts of one level with "·".
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from string import Formatter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from records.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT: Final = "backfill-archive-code/1"
#: The natures of a volume: those of the rules for marriage files of 2006, and ledgers.
NATURES: Final = MappingProxyType(
    {
        "marriage": "结婚",
        "divorce": "离婚",
        "annulment": "撤销",
        "reissue": "补发",
        "ledger": "登记簿",
    }
)
#: Where a volume's number comes from: a stamp's field that was settled, or the next free one.
NUMBERS: Final = ("stamp.archive_volume", "stamp.office_volume", "assigned")
_VOLUME_PARTS: Final = frozenset({"fonds", "year", "nature", "retention", "volume"})
_PAGE_PARTS: Final = frozenset({"code", "page"})
#: What may stand in a code beside its parts: no separator of paths, nothing unseen.
_BETWEEN: Final = re.compile(r"[-·A-Za-z0-9\u4e00-\u9fff.]*")
_PART: Final = re.compile(r"[A-Za-z0-9\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveCodes:
    """A grammar of archive codes, and what it fills in where the paper says nothing.

    `natures` gives the letters of each nature of a volume; `number` is one of `NUMBERS`.
    """

    code: str
    page: str
    fonds: str
    retention: str
    number: str
    natures: Mapping[str, str]
    sender: str
    receiver: str

    def code_of(self, *, fonds: str, year: int, nature: str, volume: str) -> str:
        """The archive code of a volume; `volume` is its number, widened as the pattern says.

        Raises InputError (`archive_code_part`) where a part can't stand in a code.
        """
        parts = {
            "fonds": fonds,
            "year": f"{year:04d}",
            "nature": self.natures[nature],
            "retention": self.retention,
            "volume": volume,
        }
        for name, part in parts.items():
            if not _PART.fullmatch(part):
                raise _part(name)
        return _filled(self.code, parts)

    def page_of(self, code: str, page: int) -> str:
        """The code of a page of a volume, from 1 on, which also names its picture."""
        return _filled(self.page, {"code": code, "page": str(page)})


def parse_archive_codes(text: str, *, where: str) -> ArchiveCodes:
    """The grammar in a TOML text; raises InputError (`archive_code_grammar`) for any other."""
    try:
        given = tomllib.loads(text)
        grammar = _grammar(given)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            "archive_code_grammar",
            what="档号规则不成立 · the grammar of archive codes doesn't hold",
            where=f"{where}: {error}",
            remedy="照 docs/formats.md 改正 · correct it by docs/formats.md",
        ) from error
    return grammar


def _grammar(given: Mapping[str, Any]) -> ArchiveCodes:
    if given["format"] != FORMAT:
        raise ValueError("format")
    _require_parts(given["code"], _VOLUME_PARTS, needed={"year", "nature", "volume"})
    _require_parts(given["page"], _PAGE_PARTS, needed=_PAGE_PARTS)
    natures = {nature: given["nature"][nature] for nature in NATURES}
    if len(set(natures.values())) != len(natures):
        raise ValueError("nature: two are the same")
    for part in (given["fonds"], given["retention"], *natures.values()):
        if not _PART.fullmatch(part):
            raise ValueError("fonds, retention, nature: letters, digits and Chinese characters")
    if given["number"] not in NUMBERS:
        raise ValueError(f"number: one of {', '.join(NUMBERS)}")
    return ArchiveCodes(
        code=given["code"], page=given["page"], fonds=given["fonds"],
        retention=given["retention"], number=given["number"], natures=MappingProxyType(natures),
        sender=str(given["sender"]), receiver=str(given["receiver"]),
    )  # fmt: skip


def _require_parts(
    pattern: str, known: frozenset[str], *, needed: set[str] | frozenset[str]
) -> None:
    names = set()
    for before, name, width, conversion in Formatter().parse(pattern):
        if not _BETWEEN.fullmatch(before) or conversion:
            raise ValueError(f"{pattern}: {before}")
        if name is not None:
            if name not in known or not re.fullmatch(r"(0?[1-9])?", width or ""):
                raise ValueError(f"{pattern}: {{{name}}}")
            names.add(name)
    if not needed <= names:
        raise ValueError(f"{pattern}: needs {', '.join(sorted(needed))}")


def _filled(pattern: str, parts: Mapping[str, str]) -> str:
    """The pattern with its parts, each led by zeroes to the width that it names."""
    return "".join(
        before + (parts[name].zfill(int(width or 0)) if name else "")
        for before, name, width, _ in Formatter().parse(pattern)
    )


def _part(name: str) -> InputError:
    return InputError(
        "archive_code_part",
        what="档号的组成部分含有不能使用的字符 · a part of the archive code can't stand in it",
        where=name,
        remedy="核对归档章与档号规则 · see the stamp and the grammar",
    )
