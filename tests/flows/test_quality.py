"""The page of quality counts what the warehouse holds, works offline and shows nobody's values."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from flows.plots import svg
from flows.quality import overruled_plot, quality_page
from flows.receive import merge_keyings, receive
from records.errors import UsageError


@pytest.fixture
def worked(keyed, leave):
    """A batch whose keyings came back and were weighed."""
    receive(keyed.desk.home_id, leave([keyed.submit(row) for row in keyed.packages]))
    merge_keyings(keyed.desk.home_id, keyed.batch_id)
    return keyed.desk


def test_each_way_of_looking_counts_every_field_once(worked):
    store = worked.here.warehouse
    found = store.query("quality_of_fields").to_pandas()
    of_all = len(worked.rows("decided_fields"))
    assert of_all > 0
    assert found.groupby("over")["fields"].sum().to_dict() == dict.fromkeys(
        ("batch", "era", "office"), of_all
    )
    parts = ["accepted", "keyed", "by_staff", "inherited", "undecided"]
    assert (found[parts].sum(axis=1) == found["fields"]).all()
    assert (found["overruled"] <= found["checked"]).all()
    (vendor,) = store.query("quality_of_vendors").to_pylist()
    assert (vendor["part"], vendor["fields"]) == ("A-1", len(worked.rows("entries")))


def test_the_page_stands_by_itself_and_tells_no_values(worked):
    page = quality_page(worked.here.warehouse, now=worked.clock())
    assert page.count("<svg") == 7
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!#|data:)', page)
    names = {row["value"] for row in worked.rows("readings") if row["field"].endswith("name")}
    assert names
    assert not [name for name in names if name and name in page]


def test_nothing_read_is_said(desk):
    with pytest.raises(UsageError, match="nothing_read"):
        quality_page(desk.here.warehouse, now=desk.clock())


def test_parts_that_nobody_looked_at_have_no_point():
    table = pd.DataFrame(
        {"part": ["a", "b"], "checked": [10, 0], "overruled": [1, 0], "fields": [10, 5]}
    )
    drawn = svg(overruled_plot(table), "x")
    assert "1 / 10" in drawn
    assert "0 / 0" not in drawn
