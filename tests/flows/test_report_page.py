"""The report stands by itself, shows what was counted and nobody's values."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.plots import plots, wilson
from flows.report import _bars, report_page, write_report
from keying.gold import judge_gold
from records.reading import FIELD_NAMES, Kind, field_tail
from warehouse.figures import (
    Acceptance,
    BatchFigures,
    ClerkFigures,
    ConfidenceClass,
    ConsensusFigures,
    Demonstration,
    Headline,
    MatchClass,
    NoteCount,
    PagesOfKind,
    SealedFile,
    SetAside,
    StepTime,
    batch_figures,
)
from warehouse.store import Warehouse
from warehouse.words import WORDS, bilingual

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
HEAD = Headline(
    files=12, files_set_aside=2, pages_read=13, pages_set_aside=1, fields=120, accepted=90,
    keyed=22, by_staff=0, inherited=3, undecided=5, sent=30, certificates=11, verified=9,
)  # fmt: skip
EMPTY = BatchFigures(
    batch_id="b", name="测试批次", policy="p", reported_at=NOW, demonstration=None,
    set_aside=(), notes=(), kinds=(), acceptance=(), confidence=(), matches=(), clerks=(),
    consensus=(), steps=(), sealed=(),
    headline=replace(HEAD, **dict.fromkeys(HEAD.__slots__, 0)),
)  # fmt: skip
FULL = replace(
    EMPTY,
    headline=HEAD,
    demonstration=Demonstration(clerk_error_rate=0.015),
    set_aside=(SetAside(source="<b>.tif", page=None, reason="truncated_image", detail="again"),),
    notes=(NoteCount(code="looks_like", pages=1, places=["<a>.jpg p.1 ≈ b.jpg p.1"]),),
    kinds=(
        PagesOfKind(kind="marriage_certificate", era="1950s", pages=8),
        PagesOfKind(kind="marriage_certificate", era="2000s", pages=5),
    ),
    acceptance=(
        Acceptance(tail="name", era="1950s", fields=20, accepted=5),
        Acceptance(tail="age", era="", fields=4, accepted=4),
    ),
    confidence=(
        ConfidenceClass(bin=0, fields=9, stated=0.4, checked=9, checked_stated=0.4, agreed=3),
        ConfidenceClass(bin=8, fields=9, stated=1.0, checked=0, checked_stated=None, agreed=0),
    ),
    matches=(MatchClass(decision="match", tenth=9, people=7),),
    clerks=(ClerkFigures(clerk="clerk-x", entries=9, settled=9, wrong=1, illegible=0),),
    consensus=(ConsensusFigures(outcome="agreed", fields=25),),
    steps=(StepTime(step="digitise", chunks=2, items=13, seconds=71.25),),
    sealed=(
        SealedFile(kind="package", file="p.sealed", sha256="ab" * 32, bytes=2048, items=30,
                   agreement_id="A-1", written_at=NOW),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def page() -> str:
    return report_page(FULL)


class Tags(HTMLParser):
    """Collects elements, ids and the balance of opened and closed tags."""

    VOID = frozenset({"meta", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.names.add(tag)
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_every_field_stands_in_its_bar_and_a_row_above_has_a_part_of_its_own(page):
    parts = {word: count for *_, word, count in _bars(HEAD)[2][2]}
    assert sum(parts.values()) == HEAD.fields
    assert parts["from the row above"] == HEAD.inherited
    assert "承上行" in page


def test_the_page_refers_to_nothing_outside(page):
    assert not re.search(r"(https?:)?//[a-z]", page)
    assert "default-src 'none'" in page
    for forbidden in ("<script", "<link", "<iframe", "@import", " src=", "url(http"):
        assert forbidden not in page


def test_the_page_is_well_formed_and_its_ids_are_unique(page):
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert len(tags.ids) == len(set(tags.ids))
    references = re.findall(r"url\(#([^)]+)\)", page)
    assert references
    assert set(references) <= set(tags.ids)


def test_the_headline_stands_on_the_page(page):
    for number in ("13", "90", "30", "7", "9"):
        assert f"<strong>{number}</strong>" in page
    assert "75.0%" in page


def test_names_of_files_are_escaped(page):
    assert "&lt;b&gt;.tif" in page
    assert "<b>.tif" not in page


def test_the_demonstration_is_declared_only_when_it_is_one(page):
    assert "合成演示数据" in page
    assert "ynthetic demonstration data" in page
    assert "1.5%" in page
    plain = report_page(replace(FULL, demonstration=None))
    assert "合成" not in plain
    assert "ynthetic" not in plain
    unplayed = report_page(replace(FULL, demonstration=Demonstration(clerk_error_rate=None)))
    assert "合成演示数据" in unplayed
    assert "nobody keyed them" not in unplayed
    assert "set for the demonstration" not in unplayed


def test_files_are_shown_with_their_folder_alone():
    far = SetAside(source="/srv/in/box 7/a.tif", page=2, reason="blank_page", detail=None)
    shown = report_page(replace(FULL, set_aside=(far,)))
    assert "<code>box 7/a.tif</code>" in shown
    assert "/srv" not in shown


def test_an_empty_batch_has_a_report(tmp_path):
    out = write_report(EMPTY, tmp_path / "report.html")
    assert out == tmp_path / "report.html"
    assert "<figure>" not in out.read_text(encoding="utf-8")
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_a_clerk_who_failed_on_known_answers_is_named():
    verdicts = [judge_gold(f"clerk-{at}", [True] * 9 + [good] * 9, allowed=0.02)
                for at, good in enumerate((True, False))]  # fmt: skip
    shown = report_page(FULL, verdicts)
    table = shown[shown.index("已知答案") : shown.index("密封文件")]
    rows = re.findall(r"<tr><td>.*</tr>", table)
    assert [("clerk-0" in row, "failed" in row, "不合格" in row) for row in rows] == [
        (True, False, False),
        (False, True, True),
    ]
    assert '<td class="num">18</td><td class="num">9</td>' in rows[1]
    assert "还没有收回已知答案条目" in report_page(FULL)


def test_every_plot_has_both_languages_on_its_axes():
    drawn = plots(FULL)
    assert set(drawn) == {"acceptance", "confidence", "matches", "clerks", "steps"}
    for words in (
        ("acceptance", "登记年代 era of registration"),
        ("confidence", "识读把握 stated confidence"),
        ("confidence", "字段数 fields"),
        ("matches", "人数 people"),
        ("clerks", "share differing"),
        ("steps", "用时（秒） seconds of work"),
    ):
        assert words[1] in drawn[words[0]]


def test_no_value_of_a_person_comes_to_the_report(tmp_path):
    secret, number = "欧阳甲乙丙", "110101195001010015"
    with Warehouse.open(tmp_path / "w.duckdb", key=bytes(32), now=NOW, create=True) as opened:

        def add(table: str, **row: object) -> None:
            opened.append(table, pa.Table.from_pylist([row], opened.schema(table)))

        add("batches", batch_id="b", created_at=NOW)
        add("pages", page_id="s:1", scan_id="s", batch_id="b", page=1, status="read",
            kind="marriage_certificate", era="1950s")  # fmt: skip
        for field, value in (("male.name", secret), ("male.id_number", number)):
            reading = f"s:1/0/{field}/ppocr"
            add("readings", reading_id=reading, page_id="s:1", row=0, field=field, text=value,
                value=value, confidence=0.7, decision="key", engine="ppocr")  # fmt: skip
            add("work_items", item_id=field, reading_id=reading, batch_id="b", lot_id="l",
                package_id="p", keying=1, purpose="key", created_at=NOW)  # fmt: skip
            add("entries", submission_id="u", item_id=field, reading_id=reading, keying=1,
                clerk="clerk-1", text=value, value=value, mark="ok")  # fmt: skip
            add("decisions", reading_id=reading, value=value, source="consensus", reason="r",
                decided_at=NOW)  # fmt: skip
        add("matches", batch_id="b", record_id="s:1/0/male", person_id="P-77", probability=0.97,
            decision="match", evidence=secret, model="m", matched_at=NOW)  # fmt: skip
        shown = report_page(batch_figures(opened, batch_id="b", now=NOW))
    assert "<strong>2</strong>" in shown
    for value in (secret, number, "P-77"):
        assert value not in shown


def test_words_exist_for_every_kind_and_field():
    assert {str(kind) for kind in Kind} <= set(WORDS["kind"])
    assert {field_tail(name) for name in FIELD_NAMES} <= set(WORDS["field"])
    assert all(zh and en for words in WORDS.values() for zh, en in words.values())
    assert bilingual("step", "unheard-of") == "unheard-of"


@given(of=st.integers(min_value=0, max_value=5000), part=st.floats(min_value=0, max_value=1))
def test_the_interval_holds_the_share(of, part):
    wrong = round(part * of)
    low, high = wilson(wrong, of)
    assert 0 <= low <= high <= 1
    if of:
        assert low <= wrong / of <= high


def test_the_interval_agrees_with_a_published_one():
    # Newcombe, Statistics in Medicine 17 (1998), table I: 15 of 148, Wilson without correction.
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
