"""Tables of ledgers: laid flat, parted into rows and columns, and named by what is in them."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.flat import Flat, flatten
from ocr.given_lines import as_line
from ocr.grid import Rule
from ocr.layout import Area, Frame
from ocr.ledger import find_table
from ocr.ledger_borders import Place, find_places
from ocr.ledger_cells import find_cells
from ocr.ledger_columns import columns_of, is_paired
from ocr.ledger_content import goes_on, ledger_kind, repeats, runs_on, shapes
from ocr.ledger_headings import Heading, find_head
from ocr.ledger_rows import couples_of, find_rows, level
from ocr.lines import TextLine
from ocr.page_lines import SeenPage
from records.reading import Kind

FRAME = Frame(angle=0.0, vertical=False)
LEVEL = Flat(frame=FRAME, u=0.0, v=0.0)
ASKEW = Flat(
    frame=FRAME, u=900.0, v=600.0, rise=0.01, fan=4e-5, lean=-0.02, spread=-5e-5,
)  # fmt: skip

NUMBERS = ["朝结字第101号", "朝结字第102号", "朝结字第103号", "朝结字第104号", "朝结字第105号"]
DAYS = ["1986.5.1", "", "1986.5.3", "〃", "1986.5.7"]
MEN = ["王建国", "李强", "张志明", "刘洋", "陈伟"]
WOMEN = ["赵秀英", "孙丽", "周敏", "吴桂兰", "郑红"]
BORN = ["1960.3.2", "1958.11.20", "1961.7.9", "1955.1.30", "1962.12.1"]
HERS = ["1962.4.2", "1959.10.2", "1960.6.19", "1957.2.3", "1963.11.11"]
CLERK = ["何平", "〃", "〃", "何平", "〃"]


def text_line(text: str, x: float, y: float, *, size: float = 30, on: Flat = LEVEL):
    wide = sum(0.5 if character.isascii() else 1.0 for character in text)
    area = Area(x, x + size * wide, y, y + size)
    return as_line(TextLine(quad=on.quad(area), text=text, confidence=1.0), FRAME)


def page(columns, heads, *, on: Flat = LEVEL, pitch: float = 60):
    """Lines of a page: headings at 100, rows below; columns 300 apart."""
    lines = [text_line(text, 300 * i + 40, 100, on=on) for i, text in enumerate(heads) if text]
    for i, column in enumerate(columns):
        lines += [
            text_line(text, 300 * i + 20 + 7 * (row % 3), 180 + pitch * row, on=on)
            for row, text in enumerate(column)
            if text
        ]
    return lines


def seen(lines) -> SeenPage:
    paper = np.full((1000, 2600, 3), 255, np.uint8)
    return SeenPage(image=paper, clean=paper, frame=FRAME, lines=tuple(lines))


def fields_of(lines):
    """(row, field) → text of all cells with writing."""
    picture = seen(lines)
    table = find_table(picture, lines)
    assert table is not None
    return {
        (cell.row, f"{cell.slot.party}.{cell.slot.field}" if cell.slot.party else cell.slot.field):
        cell.slot.text
        for cell in find_cells(picture, lines, table)
        if cell.slot.ink
    }  # fmt: skip


small = st.floats(-0.05, 0.05)


@given(small, st.floats(-5e-5, 5e-5), small, st.floats(-5e-5, 5e-5), st.floats(-8, 8))
def test_a_place_goes_to_the_flat_table_and_back(rise, fan, lean, spread, angle):
    frame = Frame(angle=angle, vertical=False)
    flat = Flat(
        frame=frame, u=800.0, v=500.0, rise=rise, fan=fan, lean=lean, spread=spread
    )  # fmt: skip
    points = np.array([[10.0, 20.0], [1500.0, 40.0], [900.0, 900.0], [30.0, 1100.0]])
    assert np.allclose(flat.to_page(flat.to_flat(points)), points, atol=0.5)


def test_rows_and_columns_of_a_page_taken_askew_become_level_and_upright():
    columns = [NUMBERS, DAYS, MEN, BORN, WOMEN, HERS]
    lines = page([column * 2 for column in columns], [], on=ASKEW)
    flat = flatten(lines, FRAME)
    rows: dict[int, list[float]] = {}
    for line in lines:
        own, true = flat.area(line.quad), ASKEW.area(line.quad)
        rows.setdefault(round((true.v0 - 180) / 60), []).append((own.v0 + own.v1) / 2)
    assert max(np.ptp(heights) for heights in rows.values()) < 6
    last_row = ASKEW.to_page(np.array([[0.0, 780.0], [1600.0, 780.0]]))
    assert np.ptp(last_row[:, 1]) > 24


def test_a_page_taken_askew_gives_its_cells():
    heads = ["证号", "登记日期", "男方姓名", "出生日期", "女方姓名", "出生日期"]
    found = fields_of(page([NUMBERS, DAYS, MEN, BORN, WOMEN, HERS], heads, on=ASKEW))
    assert found[5, "female.birth_date"] == "1963.11.11"
    assert found[1, "male.name"] == "王建国"
    assert found[3, "registration_date"] == "1986.5.3"


@pytest.mark.parametrize("missing", range(6))
def test_a_heading_that_is_not_found_costs_no_column(missing):
    heads = ["证号", "登记日期", "男方姓名", "男方出生日期", "女方姓名", "女方出生日期"]
    heads[missing] = ""
    found = fields_of(page([NUMBERS, DAYS, MEN, BORN, WOMEN, HERS], heads))
    row = ("朝结字第105号", "1986.5.7", "陈伟", "1962.12.1", "郑红", "1963.11.11")
    names = (
        "certificate_number", "registration_date", "male.name", "male.birth_date", "female.name",
        "female.birth_date",
    )  # fmt: skip
    assert tuple(found[5, name] for name in names) == row


def test_a_page_that_goes_on_without_headings_is_understood_by_its_texts():
    sequence = ["21", "22", "23", "24", "25"]
    found = fields_of(page([sequence, DAYS, NUMBERS, MEN, BORN, WOMEN, HERS, CLERK], []))
    assert found[1, "sequence"] == "21"
    assert found[1, "registration_date"] == "1986.5.1"
    assert (found[2, "male.name"], found[2, "female.name"]) == ("李强", "孙丽")
    assert (found[2, "male.birth_date"], found[2, "female.birth_date"]) == (BORN[1], HERS[1])
    assert found[4, "official"] == "何平"


def test_columns_that_touch_are_parted_where_numbers_end():
    lines = [text_line(text, x, 100) for text, x in (("证号", 90), ("男方", 330), ("女方", 560))]
    for n, (number, man) in enumerate(zip(NUMBERS, MEN, strict=True)):
        # One line for the detector: the name begins where the number ends, or nearly there.
        lines.append(text_line(number + man, 20, 180 + 60 * n))
        lines.append(text_line(WOMEN[n], 540, 180 + 60 * n))
    found = fields_of(lines)
    assert [found[row, "certificate_number"] for row in (1, 5)] == [NUMBERS[0], NUMBERS[4]]
    assert [found[row, "male.name"] for row in (1, 5)] == [MEN[0], MEN[4]]


def test_counts_before_the_numbers_are_not_theirs():
    lines = page([NUMBERS, DAYS, MEN, WOMEN], ["", "日期", "男方", "女方"])
    # No gap wide enough to make a column of its own, and no heading.
    lines = [line for line in lines if line.text not in NUMBERS]
    for n, number in enumerate(NUMBERS):
        lines += [text_line(str(n + 8), 5, 180 + 60 * n), text_line(number, 40, 180 + 60 * n)]
    found = fields_of(lines)
    assert [found[row, "certificate_number"] for row in range(1, 6)] == NUMBERS
    joined = [line for line in lines if line.text not in NUMBERS and not line.text.isdigit()]
    for n, number in enumerate(NUMBERS):
        joined.append(text_line(f"{n + 8}{number}", 5, 180 + 60 * n))
    found = fields_of(joined)
    assert [found[row, "certificate_number"] for row in range(1, 6)] == NUMBERS


def test_a_couple_in_two_lines_without_rules():
    lines = page([[]] * 4, ["证号", "登记日期", "姓名", "出生日期"])
    for n in range(5):
        top = 180 + 150 * n
        lines += [text_line(NUMBERS[n], 20, top + 30), text_line(f"1986.5.{n + 1}", 320, top + 30)]
        lines += [text_line(MEN[n], 620, top), text_line(WOMEN[n], 626, top + 62)]
        lines += [text_line(BORN[n], 920, top), text_line(HERS[n], 925, top + 62)]
    found = fields_of(lines)
    assert max(row for row, _ in found) == 5
    assert (found[4, "male.name"], found[4, "female.name"]) == ("刘洋", "吴桂兰")
    assert (found[4, "male.birth_date"], found[4, "female.birth_date"]) == (BORN[3], HERS[3])
    assert found[4, "certificate_number"] == NUMBERS[3]


def test_a_man_whose_line_was_not_found_leaves_the_others_with_their_wives():
    assert couples_of(5, paired=True, sexes=["女", "男", "女", "男", "女"]) == (
        (-1, 0), (1, 2), (3, 4),
    )  # fmt: skip
    assert couples_of(4, paired=True, sexes=["男", "", "男", "女"]) == ((0, 1), (2, 3))
    assert couples_of(3, paired=False) == ((0,), (1,), (2,))


def test_one_of_two_persons_over_the_headings_is_enough():
    heads = ["证号", "姓名", "年龄", "姓名", "年龄"]
    lines = [text_line(text, 300 * i + 40, 140, size=24) for i, text in enumerate(heads)]
    lines.append(text_line("女方", 500, 85, size=24))
    head = find_head(lines, LEVEL)
    assert [(h.field, h.party) for h in head.headings] == [
        ("certificate_number", None), ("name", "female"), ("age", "female"), ("name", "male"),
        ("age", "male"),
    ]  # fmt: skip


def test_a_heading_in_two_lines_is_one():
    lines = [text_line(text, x, y, size=24) for text, x, y in (
        ("登记", 40, 100), ("日期", 40, 128), ("男", 352, 100), ("姓名", 340, 128),
        ("证号", 640, 114), ("备注", 940, 114),
    )]  # fmt: skip
    head = find_head(lines, LEVEL)
    assert [(h.field, h.party) for h in head.headings] == [
        ("registration_date", None), ("name", "male"), ("certificate_number", None),
        ("remark", None),
    ]  # fmt: skip


def places(count: int):
    edges = [level(float(x)) for x in range(0, 100 * (count + 1), 100)]
    return [Place(left=a, right=b, heading=None) for a, b in itertools.pairwise(edges)]


def test_texts_that_are_not_what_the_heading_says_go_where_they_belong():
    told = places(4)
    heads = find_head(page([], ["证号", "登记日期", "姓名", "姓名"]), LEVEL).headings
    # The first two headings stand over each other's columns.
    told = [replace(place, heading=h) for place, h in zip(told, heads, strict=True)]
    columns = columns_of(told, [["1986.5.1"] * 5, NUMBERS, MEN, WOMEN])
    assert [column.field for column in columns][:2] == ["registration_date", "certificate_number"]


def test_ages_under_a_heading_of_which_only_the_person_was_read():
    heads = find_head(page([], ["男方", "男方", "女方", "女方", "证号", "日期"]), LEVEL).headings
    told = [replace(place, heading=h) for place, h in zip(places(4), heads, strict=False)]
    columns = columns_of(told, [MEN, ["26", "31", "22", "40", "29"], WOMEN, ["24"] * 5])
    assert [(c.field, c.party) for c in columns] == [
        ("name", "male"), ("age", "male"), ("name", "female"), ("age", "female"),
    ]  # fmt: skip


def test_names_that_come_back_are_the_official_s():
    assert repeats(CLERK)
    assert not repeats(MEN)
    columns = columns_of(places(3), [MEN, WOMEN, ["何平", "何平", "林青", "何平", "林青"]])
    assert [(c.field, c.party) for c in columns] == [
        ("name", "male"), ("name", "female"), ("official", None),
    ]  # fmt: skip


def test_what_counts_on_is_a_sequence_and_what_does_not_is_an_age():
    assert runs_on(["21", "", "23", "24"])
    assert not runs_on(["21", "35", "22", "29"])
    assert shapes(["21", "35", "22", "29"])["age"] == 1.0
    assert goes_on(["1986.5.1", "1986.5.1", "1986.6.2"])
    assert not goes_on(["1962.5.1", "1958.5.1", "1960.6.2", "1955.1.1"])


def test_two_lines_a_couple_show_by_half_as_many_numbers():
    alternate = [text for number in NUMBERS for text in (number, "")]
    people = [name for pair in zip(MEN, WOMEN, strict=True) for name in pair]
    columns = columns_of(places(2), [alternate, people])
    assert is_paired(columns, [alternate, people])
    assert not is_paired(columns, [NUMBERS, MEN])


def boxes(rows, height=30.0):
    return [Area(0.0, 90.0, y, y + height) for y in rows]


def test_a_ruled_line_parts_rows_and_its_absence_joins_the_lines_of_a_cell():
    rules = [Rule(offset=float(y), slope=0.0, start=0.0, stop=900.0) for y in range(90, 500, 80)]
    tall = boxes([100, 180, 260, 340, 420])
    wrapped = [*boxes([100, 180, 260, 340]), *boxes([404, 440])]
    strips = find_rows([tall, tall, [*wrapped]], rules, 80.0)
    assert [(a.offset, b.offset) for a, b in strips] == [
        (90.0, 170.0), (170.0, 250.0), (250.0, 330.0), (330.0, 410.0), (410.0, 490.0),
    ]  # fmt: skip


def test_a_rule_that_is_not_seen_joins_no_rows():
    rules = [Rule(offset=float(y), slope=0.0, start=0.0, stop=900.0) for y in range(90, 500, 80)]
    del rules[3]
    strips = find_rows([boxes([100, 180, 260, 340, 420])], rules, 80.0)
    assert len(strips) == 5


def test_rows_without_rules_are_where_the_writing_heaps():
    strips = find_rows([boxes([103, 158, 222, 279]), boxes([98, 162, 218, 281])], [], 0.0)
    assert len(strips) == 4
    for (top, bottom), y in zip(strips, (115, 175, 235, 295), strict=True):
        assert top.offset < y < bottom.offset


def test_numbers_in_a_column_make_a_ledger_of_a_page_without_a_title():
    def kind(texts):
        lines = [text_line(text, 40, 60 * i) for i, text in enumerate(texts)]
        return ledger_kind(lines, Kind.MARRIAGE_CERTIFICATE)

    assert kind(NUMBERS) == Kind.MARRIAGE_LEDGER
    assert kind([n.replace("结", "离") for n in NUMBERS]) == Kind.DIVORCE_LEDGER
    assert kind(NUMBERS[:3]) == Kind.MARRIAGE_CERTIFICATE
    # Red print is seen twice: in colour, and with the red taken off.
    twice = [text_line(text, 40, 60 * i) for i, text in enumerate(NUMBERS[:2])] * 2
    assert ledger_kind(twice, Kind.MARRIAGE_CERTIFICATE) == Kind.MARRIAGE_CERTIFICATE


def test_a_page_of_sentences_is_no_table():
    lines = [text_line("今日天气晴朗", 40, 60 * i) for i in range(6)]
    assert find_table(seen(lines), lines) is None


def test_a_sex_in_the_first_row_is_no_heading():
    heads = ["证号", "姓名", "性别", "出生日期", "民族"]
    columns = [NUMBERS, MEN, ["男"] * 5, BORN, ["汉族"] * 5]
    # The first row stands close below the headings.
    lines = [
        *(line for line in page([[]] * 5, heads)),
        *(text_line(column[0], 300 * i + 20, 133) for i, column in enumerate(columns)),
        *(line for line in page([["", *column[1:]] for column in columns], [])),
    ]
    head = find_head(lines, LEVEL)
    assert [found.field for found in head.headings] == [
        "certificate_number", "name", "sex", "birth_date", "ethnicity"
    ]  # fmt: skip
    assert head.bottom < 133


def test_a_rule_that_alone_parts_two_headings_is_kept_where_one_is_seen_too_wide():
    heads = [
        Heading(area=Area(300.0 * i, 300.0 * i + 90, 100, 130), field="name", party=None)
        for i in range(4)
    ]
    # The fourth was seen together with what stands above it.
    heads[3] = replace(heads[3], area=Area(870.0, 1090.0, 30, 130))
    rules = [Rule(offset=at, slope=0.0, start=0, stop=900) for at in (-10, 290, 590, 895, 1120)]
    stretches = [[(300.0 * i + 10, 300.0 * i + 200)] for i in range(3)] * 4
    stretches += [[(915.0, 1080.0)]] * 4
    places = find_places(stretches, [], heads, rules, middle=115.0, height=30.0)
    assert [place.left.at(0) for place in places] == [-10, 290, 590, 895]


def test_a_person_over_another_column_says_who_comes_first_and_is_doubted():
    texts = [WOMEN, ["1", "", "1", "", "7"], HERS, MEN, ["1960"] * 5, BORN]
    name = Heading(area=Area(0, 1, 0, 1), field="name", party=None)
    born, over = replace(name, field="birth_date"), replace(name, bare=True)
    heads = [name, replace(over, party="female"), born, name, replace(over, party="male"), born]
    told = [replace(place, heading=h) for place, h in zip(places(6), heads, strict=True)]
    columns = columns_of(told, texts)
    assert [(c.field, c.party) for c in columns if c.field in {"name", "birth_date"}] == [
        ("name", "female"), ("birth_date", "female"), ("name", "male"), ("birth_date", "male"),
    ]  # fmt: skip
    assert all(c.custom for c in columns if c.field == "name")
