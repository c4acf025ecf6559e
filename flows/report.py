"""The report of a batch: one HTML page that stands by itself.

Chinese comes first with English beside it. The page holds counts, shares, file names and
pseudonyms; it never holds a name, a number or a date of a person.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pandas as pd

from flows.note_words import NOTES, sentence
from flows.paper import environment
from flows.plots import FONTS, plots

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from keying.gold import GoldVerdict
    from warehouse.figures import BatchFigures, Headline, PagesOfKind

#: One bar: Chinese name, English name, and its parts (class, Chinese, English, count).
Bar = tuple[str, str, list[tuple[str, str, str, int]]]


def write_report(figures: BatchFigures, out: Path, *, gold: Sequence[GoldVerdict] = ()) -> Path:
    """Write the report of a batch to `out` in one step; returns `out`.

    `gold` are the verdicts on clerks from their known answers of all batches.
    """
    aside = out.with_name(f".{out.name}.{os.getpid()}.aside")
    aside.write_text(report_page(figures, gold), encoding="utf-8")
    aside.replace(out)
    return out


def report_page(figures: BatchFigures, gold: Sequence[GoldVerdict] = ()) -> str:
    """The report as HTML."""
    page = environment().get_template("report.html.j2")
    return page.render(
        f=figures,
        head=figures.headline,
        bars=[_with_shares(bar) for bar in _bars(figures.headline)],
        plots=plots(figures),
        people=sum(each.people for each in figures.matches),
        matched=sum(each.people for each in figures.matches if each.decision == "match"),
        entries=sum(each.entries for each in figures.clerks),
        seconds=sum(each.seconds or 0 for each in figures.steps),
        kinds=_kinds(figures.kinds),
        gold=gold,
        rated=figures.demonstration is not None
        and figures.demonstration.clerk_error_rate is not None,
        fonts=FONTS,
        notes={code: sentence(code) for code in NOTES},
    )


def _kinds(kinds: Sequence[PagesOfKind]) -> tuple[list[str], list[tuple[str, list[int]]]]:
    """Pages by kind of form and era: the eras, and for each kind its counts with their sum."""
    if not kinds:
        return [], []
    long = pd.DataFrame([(each.kind, each.era or "?", each.pages) for each in kinds])
    wide = long.pivot_table(index=0, columns=1, values=2, aggfunc="sum", fill_value=0)
    wide["sum"] = wide.sum(axis=1)
    ordered = wide.sort_values("sum", ascending=False, kind="stable")
    rows = [(str(kind), [int(n) for n in counts]) for kind, counts in ordered.T.items()]
    return [str(era) for era in wide.columns[:-1]], rows


def _bars(head: Headline) -> list[Bar]:
    """What became of files, pages, fields and certificates, in the order of the work."""
    return [
        (
            "文件",
            "files",
            [
                ("good", "收下", "taken in", head.files - head.files_set_aside),
                ("aside", "搁置", "set aside", head.files_set_aside),
            ],
        ),
        (
            "页",
            "pages",
            [
                ("good", "已识读", "read", head.pages_read),
                ("aside", "搁置", "set aside", head.pages_set_aside),
            ],
        ),
        (
            "字段",
            "fields",
            [
                ("good", "机读采信", "accepted as read", head.accepted),
                ("people", "人工录入定值", "settled by keying", head.keyed),
                ("staff", "档案员定值", "settled by staff", head.by_staff),
                ("above", "承上行", "from the row above", head.inherited),
                ("open", "未定", "open", head.undecided),
            ],
        ),
        (
            "证件",
            "certificates",
            [
                ("good", "已核定", "verified", head.verified),
                ("open", "未齐", "not complete", head.certificates - head.verified),
            ],
        ),
    ]


def _with_shares(bar: Bar) -> dict[str, object]:
    zh, en, parts = bar
    total = sum(count for *_, count in parts)
    return {
        "zh": zh,
        "en": en,
        "total": total,
        "parts": [
            {"class": kind, "zh": part, "en": word, "count": count, "share": count / total}
            for kind, part, word, count in parts
            if count
        ],
    }
