"""What the columns of a ledger are: their order, headings and widths, by chance.

Ledgers were ruled and headed by every office in its own way. How a page is drawn is
handled in `ledger_books`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its field, its heading, the heading over it, its share of the width.

    The field of a column that speaks of both people, one below the other, begins with a dot;
    one that isn't read is empty. A bar in the heading begins a new line.
    """

    field: str
    label: str
    share: float
    over: str = ""


_SHARES = {
    "sequence": 3.0, "registration_date": 7.5, "certificate_number": 10.5, "remark": 4.6,
    "official": 5.0, "office": 6.0, "name": 6.0, "sex": 2.6, "birth_date": 7.5, "age": 3.2,
    "id_number": 11.0, "ethnicity": 3.8, "native_place": 8.0, "occupation": 5.0, "education": 4.4,
    "": 4.6,
}  # fmt: skip
_LABELS = {
    "sequence": "序号 编号 顺序号 序 号数 顺|号",
    "registration_date": "登记日期 登记时间 登记|日期 登记年月日 {what}日期 {what}登记日期 "
    "年月日 日期",
    "certificate_number": "证书字号 {what}证号 {what}证|字号 证号 {what}证编号 证书编号 字号",
    "remark": "备注 备考 附注", "official": "经办人 登记员 承办人 经办|人",
    "": "婚姻状况 领证人签字 介绍人 领证人|签名 有无子女 审查意见",
}  # fmt: skip
_OWN = {
    "name": "姓名 姓　名", "sex": "性别",
    "birth_date": "出生日期 出生年月 出生年月日 生日 出生|年月日", "age": "年龄 年|龄 年岁",
    "id_number": "身份证号 身份证号码 居民身份证号", "ethnicity": "民族 族别",
    "native_place": "籍贯 籍　贯 原籍", "occupation": "职业 职　业 职务",
    "education": "文化程度 文化|程度",
}  # fmt: skip
_OF_PERSON = (
    ("birth_date",), ("birth_date",), ("age",), ("age", "native_place"),
    ("birth_date", "ethnicity"), ("id_number",), ("age", "ethnicity"),
    ("birth_date", "occupation"), ("age", "occupation"), ("age", "education"), (),
)  # fmt: skip
#: Nobody had an ID number before this year.
_NUMBERED = 1988
_WIDEST = 66.0
_PAIRED_WIDEST = 60.0


def columns(rng: Random, what: str, year: int, *, headed: bool) -> list[Column]:
    """The columns of a ledger with a line for each couple; `what` is 结婚 or 离婚.

    Where no heading says so, nobody could tell that the woman comes first.
    """
    tails = ("name", *_tails(rng, year))
    roles = ("female", "male") if headed and rng.random() < 0.2 else ("male", "female")
    own = [(role, tail) for role in roles for tail in tails]
    if rng.random() < 0.15:
        own = [(role, tail) for tail in tails for role in roles]
        named = _named(rng, own, rng.choice(("told", "short")))
    else:
        named = _named(rng, own, rng.choice(("told", "short", "names", "names", "over", "over")))
    shared = _shared(rng, what)
    whole = [*shared[0], *named, *shared[1]]
    while sum(column.share for column in whole) > _WIDEST:
        whole.remove(next(c for c in reversed(whole) if c.field.rpartition(".")[2] not in _NEEDED))
    return whole


def paired_columns(rng: Random, what: str, year: int) -> list[Column]:
    """The columns of a ledger with two lines for each couple, the man's above."""
    tails = ["name", *_tails(rng, year)]
    if rng.random() < 0.6:
        tails.insert(1, "sex")
    if rng.random() < 0.4:
        tails += [t for t in ("occupation",) if t not in tails]
    own = [_column(f".{tail}", _pick(rng, _OWN[tail])) for tail in tails]
    shared = _shared(rng, what)
    whole = [*shared[0], *own, *shared[1]]
    while sum(column.share for column in whole) > _PAIRED_WIDEST:
        whole.remove(next(c for c in reversed(whole) if c.field.rpartition(".")[2] not in _NEEDED))
    return whole


_NEEDED = frozenset({"name", "registration_date", "certificate_number", "birth_date", "age"})


def _tails(rng: Random, year: int) -> tuple[str, ...]:
    choices = [tails for tails in _OF_PERSON if "id_number" not in tails or year >= _NUMBERED]
    return rng.choice(choices)


def _shared(rng: Random, what: str) -> tuple[list[Column], list[Column]]:
    """The columns before and after those of the two people."""
    first = ["sequence"] if rng.random() < 0.75 else []
    last: list[str] = []
    for field in rng.sample(("registration_date", "certificate_number"), 2):
        (first if rng.random() < 0.55 else last).append(field)
    if rng.random() < 0.15:
        last.append("")
    last += [f for f, chance in (("official", 0.4), ("remark", 0.6)) if rng.random() < chance]
    labels = {field: _pick(rng, _LABELS[field]).format(what=what) for field in (*first, *last)}
    if "编号" in labels.get("certificate_number", "") and labels.get("sequence") == "编号":
        labels["sequence"] = "序号"
    made = [[_column(field, labels[field]) for field in fields] for fields in (first, last)]
    return made[0], made[1]


def _column(field: str, label: str) -> Column:
    return Column(field=field, label=label, share=_SHARES[field.rpartition(".")[2]])


def _pick(rng: Random, words: str) -> str:
    return rng.choice(words.split(" "))


def _named(rng: Random, own: list[tuple[str, str]], how: str) -> list[Column]:
    """The columns of both people, and how their headings say whose they are."""
    words = {tail: _pick(rng, _OWN[tail]) for _, tail in own}
    party = rng.choice(({"male": "男方", "female": "女方"}, {"male": "男", "female": "女"}))
    bare = rng.random() < 0.4
    result: list[Column] = []
    for role, tail in own:
        column = _column(f"{role}.{tail}", words[tail])
        if how == "over":
            result.append(replace(column, over=party[role]))
        elif tail == "name" and how != "told" and bare:
            result.append(replace(column, label=party[role]))
        elif tail == "name" or how in {"told", "short"}:
            word = words[tail].replace("　", "")
            # A narrow heading has the person on a line of its own.
            between = "|" if how == "short" and "|" not in word and len(word) > 1 else ""
            result.append(replace(column, label=party[role] + between + word))
        else:
            result.append(column)
    return result
