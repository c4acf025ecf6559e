"""The plots of a batch report, as SVG text that stands inside a page.

Colours are those of Okabe and Ito, which people with any colour vision can tell apart;
every axis has its name in Chinese and English.
"""

from __future__ import annotations

import re
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd
import vl_convert

from warehouse.figures import CONFIDENCE_EDGES
from warehouse.words import bilingual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warehouse.figures import (
        Acceptance,
        BatchFigures,
        ClerkFigures,
        ConfidenceClass,
        MatchClass,
        StepTime,
    )

FONTS = (
    "'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei','Heiti SC',"
    "'WenQuanYi Micro Hei',sans-serif"
)
BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#8A8F98"
#: Any chart that can be drawn.
Drawing = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart
_INK, _MUTED, _GRID = "#22272e", "#5b6470", "#e4e1da"
_ERAS = ("1950s", "1960s", "1980s", "1990s", "2000s")
_SVG_NAMESPACE = re.compile(r' xmlns(:\w+)?="[^"]*"')
_SVG_ID = re.compile(r'(id="|url\(#|href="#)')


def plots(figures: BatchFigures) -> dict[str, str]:
    """Plot name → SVG, for every plot that has something to show."""
    timed = [step for step in figures.steps if step.seconds is not None]
    charts = {
        "acceptance": acceptance_plot(figures.acceptance) if figures.acceptance else None,
        "confidence": confidence_plot(figures.confidence) if figures.confidence else None,
        "matches": match_plot(figures.matches) if figures.matches else None,
        "clerks": clerk_plot(figures) if figures.clerks else None,
        "steps": step_plot(timed) if timed else None,
    }
    return {name: svg(chart, name) for name, chart in charts.items() if chart is not None}


def wilson(wrong: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (Journal of the American Statistical Association 1927)."""
    if not of:
        return 0.0, 1.0
    z = 1.959964
    share, spread = wrong / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return (middle - half if wrong else 0.0), (middle + half if wrong < of else 1.0)


def acceptance_plot(shares: Sequence[Acceptance]) -> Drawing:
    """Share of fields accepted without a person, by kind of field and era."""
    table = pd.DataFrame(
        [(each.tail, each.era, each.fields, each.accepted) for each in shares],
        columns=["tail", "era", "fields", "accepted"],
    )
    table["share"] = table["accepted"] / table["fields"]
    table["field"] = table["tail"].map(lambda tail: bilingual("field", tail))
    table["era"] = table["era"].replace("", "?")
    table["label"] = [f"{share:.0%}" for share in table["share"]]
    table["count"] = [f"n={fields}" for fields in table["fields"]]
    order = table.groupby("field")["fields"].sum().sort_values(ascending=False).index.tolist()
    base = alt.Chart(table).encode(
        x=alt.X("era:O", title="登记年代 era of registration", sort=[*_ERAS, "?"]).axis(
            orient="top", labelAngle=0
        ),
        y=alt.Y("field:N", title=None, sort=order),
    )
    cells = base.mark_rect(stroke="white", strokeWidth=2, cornerRadius=3).encode(
        color=alt.Color(
            "share:Q",
            title="采信比例 accepted",
            scale=alt.Scale(scheme="blues", domain=[0, 1]),
            legend=alt.Legend(format=".0%", orient="right", gradientLength=140),
        )
    )
    ink = alt.condition("datum.share > 0.6", alt.value("white"), alt.value(_INK))
    words = base.mark_text(fontSize=12, fontWeight=600, dx=-16).encode(text="label:N", color=ink)
    counts = base.mark_text(fontSize=10, dx=20).encode(text="count:N", color=ink)
    return alt.layer(cells, words, counts).properties(width=520, height=alt.Step(26))


def confidence_plot(classes: Sequence[ConfidenceClass]) -> Drawing:
    """Stated confidence against what people settled on, and how the fields are spread."""
    table = pd.DataFrame(
        [(c.bin, c.fields, c.stated, c.checked, c.checked_stated, c.agreed) for c in classes],
        columns=["bin", "fields", "stated", "checked", "checked_stated", "agreed"],
    )
    table["class"] = table["bin"].map(_class_names())
    return alt.hconcat(
        _reliability([each for each in classes if each.checked]), _spread(table), spacing=48
    )


def match_plot(classes: Sequence[MatchClass]) -> Drawing:
    """People by the probability of their best candidate, coloured by outcome."""
    table = pd.DataFrame(
        [(c.decision, c.tenth, c.people) for c in classes], columns=["decision", "tenth", "people"]
    )
    table["outcome"] = table["decision"].map(lambda each: bilingual("match", each))
    table["class"] = table["tenth"].map(lambda tenth: f"{tenth * 10}–{tenth * 10 + 10}%")
    names = [bilingual("match", each) for each in ("match", "review", "none")]
    tenths = [f"{tenth * 10}–{tenth * 10 + 10}%" for tenth in range(10)]
    x_title = "最可能者的后验概率 probability of the best candidate"
    x = alt.X("class:N", title=x_title, scale=alt.Scale(domain=tenths)).axis(labelAngle=0)
    colour = alt.Color(
        "outcome:N",
        title=None,
        scale=alt.Scale(domain=names, range=[BLUE, ORANGE, GREY]),
        legend=alt.Legend(orient="top"),
    )
    y_title = "人数 people"
    bars = (
        alt.Chart(table)
        .mark_bar()
        .encode(
            x=x,
            y=alt.Y("sum(people):Q", title=y_title),
            color=colour,
            order=alt.Order("outcome:N", sort="descending"),
        )
    )
    totals = table.groupby("class", as_index=False)["people"].sum()
    words = (
        alt.Chart(totals)
        .mark_text(dy=-8, fontSize=11, color=_INK)
        .encode(x=x, y=alt.Y("people:Q", title=y_title), text="people:Q")
    )
    return alt.layer(bars, words).properties(width=740, height=230)


def clerk_plot(figures: BatchFigures) -> Drawing:
    """Each clerk's share of entries that differ from what was settled, with 95 % intervals."""
    table = _clerk_table(figures.clerks)
    y = alt.Y("clerk:N", title=None, sort=table["clerk"].tolist())
    title = "与定值不符的比例（95% 区间） share differing from what was settled (95 % interval)"
    x = alt.X("share:Q", title=title).axis(format=".0%").scale(domainMin=0, nice=True)
    base = alt.Chart(table)
    marks = [
        base.mark_rule(strokeWidth=3, color="#a9c7db").encode(
            y=y, x=alt.X("low:Q", title=title), x2="high:Q"
        ),
        base.mark_point(size=90, filled=True, color=BLUE, opacity=1).encode(y=y, x=x),
        base.mark_text(align="left", dx=8, fontSize=11, color=_MUTED).encode(
            y=y, x=alt.X("high:Q", title=title), text="label:N"
        ),
    ]
    if figures.demonstration and figures.demonstration.clerk_error_rate is not None:
        rate = pd.DataFrame({"rate": [figures.demonstration.clerk_error_rate]})
        marks.insert(
            0,
            alt.Chart(rate)
            .mark_rule(strokeDash=[5, 4], color=RED, strokeWidth=1.5)
            .encode(x=alt.X("rate:Q", title=title)),
        )
    return alt.layer(*marks).properties(width=640, height=alt.Step(30))


def step_plot(steps: Sequence[StepTime]) -> Drawing:
    """Seconds of work in each step."""
    table = pd.DataFrame(
        [(s.step, s.seconds or 0.0, f"{s.items:,} 项 items" if s.items else "") for s in steps],
        columns=["step", "seconds", "items"],
    )
    table["name"] = table["step"].map(lambda step: bilingual("step", step))
    table["label"] = [
        " · ".join(filter(None, (f"{seconds:,.1f} s", items)))
        for seconds, items in zip(table["seconds"], table["items"], strict=True)
    ]
    base = alt.Chart(table).encode(
        y=alt.Y("name:N", title=None, sort=table["name"].tolist()),
        x=alt.X("seconds:Q", title="用时（秒） seconds of work"),
    )
    bars = base.mark_bar(color=BLUE, cornerRadiusEnd=3, height=16)
    words = base.mark_text(align="left", dx=6, fontSize=11, color=_INK).encode(text="label:N")
    return alt.layer(bars, words).properties(width=600, height=alt.Step(28))


def svg(chart: Drawing, name: str) -> str:
    """The chart as SVG to stand in a page: no outside address, ids of its own."""
    spec: dict[str, Any] = chart.configure(**_theme()).to_dict()
    drawn = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    inline = _SVG_NAMESPACE.sub("", drawn)
    return _SVG_ID.sub(lambda found: f"{found.group()}{name}-", inline)


def _reliability(checked: Sequence[ConfidenceClass]) -> Drawing:
    shown = pd.DataFrame(
        [
            (c.checked_stated, c.checked, c.agreed / c.checked, *wilson(c.agreed, c.checked))
            for c in checked
        ],
        columns=["checked_stated", "checked", "share", "low", "high"],
    )
    x_title = "识读把握 stated confidence"
    y_title = "与人工定值一致 borne out by people"
    ideal = pd.DataFrame({"x": [0.0, 1.0]})
    x = alt.X("checked_stated:Q", title=x_title, scale=alt.Scale(domain=[0, 1])).axis(format=".0%")
    y = alt.Y("share:Q", title=y_title, scale=alt.Scale(domain=[0, 1])).axis(format=".0%")
    line = alt.Chart(ideal).mark_line(strokeDash=[5, 4], color=GREY, strokeWidth=1.5)
    base = alt.Chart(shown)
    return alt.layer(
        line.encode(x=alt.X("x:Q", title=x_title), y=alt.Y("x:Q", title=y_title)),
        base.mark_rule(color="#a9c7db", strokeWidth=2.5).encode(
            x=x, y=alt.Y("low:Q", title=y_title), y2="high:Q"
        ),
        base.mark_circle(color=BLUE, opacity=1).encode(
            x=x,
            y=y,
            size=alt.Size(
                "checked:Q",
                title="人工核过的字段 fields checked",
                scale=alt.Scale(range=[40, 400]),
                legend=alt.Legend(orient="top", tickCount=3),
            ),
        ),
    ).properties(width=290, height=270)


def _spread(table: pd.DataFrame) -> Drawing:
    names = list(_class_names().values())
    base = alt.Chart(table).encode(
        y=alt.Y("class:N", title="识读把握 stated confidence", sort=names[::-1]),
        x=alt.X("fields:Q", title="字段数 fields"),
    )
    bars = base.mark_bar(color=BLUE, cornerRadiusEnd=3, height=16)
    words = base.mark_text(align="left", dx=5, fontSize=11, color=_INK).encode(text="fields:Q")
    return alt.layer(bars, words).properties(width=290, height=alt.Step(29))


def _clerk_table(clerks: Sequence[ClerkFigures]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (c.clerk, c.wrong / max(c.settled, 1), *wilson(c.wrong, c.settled),
             f"{c.wrong} / {c.settled}")
            for c in clerks
        ],
        columns=["clerk", "share", "low", "high", "label"],
    )  # fmt: skip


def _class_names() -> dict[int, str]:
    bounds = [f"{bound * 100:g}" for bound in (0.0, *CONFIDENCE_EDGES, 1.0)]
    return {n: f"{low}–{high}%" for n, (low, high) in enumerate(pairwise(bounds))}


def _theme() -> dict[str, Any]:
    words = {"labelFont": FONTS, "titleFont": FONTS, "labelColor": _INK, "titleColor": _MUTED}
    axis = {"gridColor": _GRID, "domainColor": _GRID, "tickColor": _GRID, "titleFontWeight": 500}
    return {
        "font": FONTS,
        "background": "transparent",
        "view": {"stroke": None},
        "axis": {**words, **axis, "labelFontSize": 12, "titleFontSize": 12, "titlePadding": 10,
                 "labelLimit": 260},
        "legend": {**words, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 500},
    }  # fmt: skip
