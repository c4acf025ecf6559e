"""Quality over batches, eras, offices and vendors: one HTML page of plots, which works offline.

The page holds counts, shares, names of offices and numbers of agreements; nobody's values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from flows.paper import environment
from flows.plots import BLUE, FONTS, GREY, ORANGE, Drawing, svg, wilson
from records.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import pandas as pd

    from warehouse.store import Warehouse

#: Who settled a field, in the order of the bars, with its colour.
_SETTLED = {
    "accepted": ("机读采信 accepted as read", BLUE),
    "keyed": ("录入定值 settled by keying", ORANGE),
    "by_staff": ("档案员定值 settled by staff", "#009E73"),
    "inherited": ("承上行 from the row above", "#CC79A7"),
    "undecided": ("未定 open", GREY),
}
#: So many offices are shown by themselves, the rest together.
_OFFICES = 20
_REST = "其余 the rest"
_MISSING = "不详 unknown"


def write_quality(warehouse: Warehouse, out: Path, *, now: datetime) -> Path:
    """Write the page to a file; raises UsageError when nothing was read yet."""
    out.write_text(quality_page(warehouse, now=now), encoding="utf-8")
    return out


def quality_page(warehouse: Warehouse, *, now: datetime) -> str:
    """The page as HTML; raises UsageError (`nothing_read`) for an empty warehouse."""
    fields = warehouse.query("quality_of_fields").to_pandas()
    if fields.empty:
        raise UsageError(
            "nothing_read",
            what="还没有识读结果 · nothing was read yet",
            remedy="backfill process --home DIR",
        )
    vendors = warehouse.query("quality_of_vendors").to_pandas()
    tables = {over: _parts(fields[fields["over"] == over]) for over in ("batch", "era", "office")}
    drawn = {f"{over}_settled": settled_plot(table) for over, table in tables.items()}
    drawn |= {f"{over}_overruled": overruled_plot(table) for over, table in tables.items()}
    if not vendors.empty:
        drawn["vendor_overruled"] = overruled_plot(vendors)
    page = environment().get_template("quality.html.j2")
    return page.render(
        plots={name: svg(chart, name) for name, chart in drawn.items()}, fonts=FONTS, at=now
    )


def _parts(table: pd.DataFrame) -> pd.DataFrame:
    """The parts under names that people know; of many, the fullest and the rest together."""
    counts = [*_SETTLED, "fields", "checked", "overruled"]
    named = table.assign(part=table["part"].replace("", _MISSING))
    fullest = named.groupby("part")["fields"].sum().nlargest(_OFFICES).index
    named["part"] = named["part"].where(named["part"].isin(fullest), _REST)
    summed = named.groupby("part", sort=False)[counts].sum().reset_index()
    return summed.sort_values("part", kind="stable", key=lambda part: part.isin([_MISSING, _REST]))


def settled_plot(table: pd.DataFrame) -> Drawing:
    """Who settled the fields of each part, as shares; `table` has a column for each source."""
    long = table.melt(id_vars=["part", "fields"], value_vars=[*_SETTLED], value_name="count")
    long["share"] = long["count"] / long["fields"]
    long["source"] = long["variable"].map(lambda name: _SETTLED[name][0])
    long["order"] = long["variable"].map([*_SETTLED].index)
    scale = alt.Scale(
        domain=[word for word, _ in _SETTLED.values()], range=[c for _, c in _SETTLED.values()]
    )
    bars: Drawing = (
        alt.Chart(long)
        .mark_bar()
        .encode(
            y=_rows(table),
            x=alt.X("share:Q", title="字段的比例 share of fields").axis(format=".0%"),
            color=alt.Color("source:N", title=None, scale=scale).legend(orient="top", columns=3),
            order="order:Q",
        )
        .properties(width=560, height=alt.Step(30))
    )
    return bars


def overruled_plot(table: pd.DataFrame) -> Drawing:
    """How often people settled on another value, with 95 % intervals, where they looked."""
    shown = table[table["checked"] > 0]
    counts = [(int(w), int(n)) for w, n in shown[["overruled", "checked"]].to_numpy()]
    shown = shown.assign(
        share=shown["overruled"] / shown["checked"],
        low=[wilson(*each)[0] for each in counts],
        high=[wilson(*each)[1] for each in counts],
        label=[f"{wrong} / {of}" for wrong, of in counts],
    )
    title = "与定值不符的比例（95% 区间） share differing from what was settled (95 % interval)"
    y = _rows(table)
    base = alt.Chart(shown)
    marks = (
        base.mark_rule(strokeWidth=3, color="#a9c7db").encode(
            y=y, x=alt.X("low:Q", title=title), x2="high:Q"
        ),
        base.mark_point(size=90, filled=True, color=BLUE, opacity=1).encode(
            y=y, x=alt.X("share:Q", title=title).axis(format=".0%").scale(domainMin=0)
        ),
        base.mark_text(align="left", dx=8, fontSize=11).encode(
            y=y, x=alt.X("high:Q", title=title), text="label:N"
        ),
    )
    return alt.layer(*marks).properties(width=560, height=alt.Step(30))


def _rows(table: pd.DataFrame) -> Any:  # noqa: ANN401 - altair's classes are made at run time
    return alt.Y("part:N", title=None, sort=table["part"].tolist())
