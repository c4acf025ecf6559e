"""Rows that earlier campaigns keyed, as offices keep them: Chinese headings or our own names."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd
import pandera.pandas as pandera

from flows.sheets import read_rows
from records.errors import InputError
from records.reading import FIELD_NAMES
from warehouse.spreadsheet import unguarded
from warehouse.words import field_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: The column that names the picture of a row, where a list has one.
IMAGE = "image"
_ALIASES: Mapping[str, str] = MappingProxyType(
    {field_words(name)[0]: name for name in FIELD_NAMES}
    | {name: name for name in (*FIELD_NAMES, IMAGE)}
    | {
        "结婚证字号": "certificate_number", "离婚证字号": "certificate_number",
        "证书字号": "certificate_number", "证件号": "certificate_number",
        "登记时间": "registration_date", "结婚登记日期": "registration_date",
        "离婚登记日期": "registration_date", "男姓名": "male.name", "女姓名": "female.name",
        "男方身份证号": "male.id_number", "女方身份证号": "female.id_number",
        "男身份证号": "male.id_number", "女身份证号": "female.id_number",
        "男出生日期": "male.birth_date", "女出生日期": "female.birth_date",
        "影像文件": IMAGE, "图像文件": IMAGE, "扫描件": IMAGE,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """Earlier rows by line: field → text; the lines that name nobody; unknown headings."""

    rows: Mapping[int, Mapping[str, str]]
    images: Mapping[int, str]
    set_aside: tuple[int, ...]
    unknown: tuple[str, ...]


def read_existing(path: Path) -> Existing:
    """The rows of an earlier list.

    A row needs a certificate number or both names (exit status 3 for those without). Raises
    InputError when the list has no column of ours, or one twice.
    """
    frame = read_rows(path)
    names = [_ALIASES.get(str(heading).replace(" ", ""), "") for heading in frame.columns]
    ours = [name for name in names if name]
    if not ours or len(set(ours)) != len(ours):
        raise InputError(
            "list_columns",
            what="没有认得的列，或同一字段有两列 · no known column, or a field stands there twice",
            where=path.name,
            remedy="用字段名（如 male.name）或中文名（如 男方姓名）作列名 · name columns by field",
        )
    unknown = tuple(
        str(heading) for heading, name in zip(frame.columns, names, strict=True) if not name
    )
    known = frame.loc[:, [bool(name) for name in names]].set_axis(ours, axis=1)
    texts = known.map(unguarded)
    faulty = _faulty_lines(texts)
    held = zip(texts.index.astype(int), texts.to_dict("records"), strict=True)
    rows = {line: row for line, row in held if line not in faulty}
    return Existing(
        rows={
            line: {str(k): v for k, v in row.items() if k != IMAGE} for line, row in rows.items()
        },
        images={line: row[IMAGE] for line, row in rows.items() if row.get(IMAGE)},
        set_aside=tuple(sorted(faulty)),
        unknown=unknown,
    )


def _faulty_lines(texts: pd.DataFrame) -> set[int]:
    blank = pd.Series("", index=texts.index)
    column = {
        name: texts.get(name, blank) for name in ("certificate_number", "male.name", "female.name")
    }
    named = (column["male.name"] != "") & (column["female.name"] != "")
    says = (column["certificate_number"] != "") | named
    door = pandera.DataFrameSchema(checks=pandera.Check(lambda _: says, error="names_nothing"))
    try:
        door.validate(texts, lazy=True)
    except pandera.errors.SchemaErrors as error:
        return {int(line) for line in error.failure_cases["index"].unique()}
    return set()
