"""Where characters stand on a line, whichever way it runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.written import WrittenLine, WrittenWord


def line(corners, spans=((0.0, 0.25), (0.25, 1.0)), *, vertical=False, words=()):
    return WrittenLine(
        text="张三", corners=corners, vertical=vertical, spans=spans, chances=(0.9, 0.4),
        words=words,
    )  # fmt: skip


FLAT = ((100.0, 50.0), (200.0, 50.0), (200.0, 70.0), (100.0, 70.0))
TALL = ((100.0, 50.0), (120.0, 50.0), (120.0, 150.0), (100.0, 150.0))


def test_characters_of_a_row_lie_beside_each_other():
    assert line(FLAT).corners_of(0, 1) == ((100, 50), (125, 50), (125, 70), (100, 70))
    assert line(FLAT).corners_of(1, 2) == ((125, 50), (200, 50), (200, 70), (125, 70))


def test_characters_of_a_column_lie_below_each_other():
    assert line(TALL, vertical=True).corners_of(0, 1) == (
        (100, 50),
        (120, 50),
        (120, 75),
        (100, 75),
    )
    assert line(TALL, vertical=True).corners_of(0, 2) == TALL


def test_a_leaning_line_keeps_its_lean():
    corners = ((0.0, 0.0), (100.0, 10.0), (98.0, 30.0), (-2.0, 20.0))
    a, b, c, d = line(corners, ((0.0, 0.5), (0.5, 1.0))).corners_of(1, 2)
    assert (a, b, c, d) == ((50, 5), (100, 10), (98, 30), (48, 25))


def test_a_word_is_as_sure_as_its_field_else_as_its_least_sure_character():
    plain, field = (WrittenWord(start=0, stop=2), WrittenWord(start=0, stop=2, confidence=0.97))
    assert line(FLAT).chance_of(plain) == 0.4
    assert line(FLAT).chance_of(field) == 0.97


@given(st.floats(0, 0.49), st.floats(0.5, 1), st.booleans())
def test_parts_lie_within_the_whole(first, last, vertical):
    whole = TALL if vertical else FLAT
    middle = (first + last) / 2
    part = line(whole, ((first, middle), (middle, last)), vertical=vertical)
    for x, y in (*part.corners_of(0, 1), *part.corners_of(1, 2)):
        assert whole[0][0] <= x <= whole[2][0] or pytest.approx(x) in (whole[0][0], whole[2][0])
        assert whole[0][1] <= y <= whole[2][1] or pytest.approx(y) in (whole[0][1], whole[2][1])
