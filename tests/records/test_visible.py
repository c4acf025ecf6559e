"""What is shown of names from outside neither moves the cursor nor hides."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from records.errors import InputError
from records.visible import visible


def test_what_is_seen_stays_and_what_is_not_is_spelt_out():
    assert visible("第一批 2004\u3000簿.jpg") == "第一批 2004\u3000簿.jpg"
    assert visible("a\x1b[2Jb\r\nc") == "a<U+001B>[2Jb<U+000D><U+000A>c"
    assert visible("gpj.\u202eexe") == "gpj.<U+202E>exe"
    assert visible(b"\xff.jpg".decode(errors="surrogateescape")) == "<U+DCFF>.jpg"


@given(st.text())
def test_the_result_is_one_line_that_can_be_written(text):
    shown = visible(text)
    assert shown.replace("\u3000", "").isprintable()
    shown.encode()
    assert visible(shown) == shown


def test_errors_show_where_on_one_line():
    error = InputError("damaged", what="w", where="a\x1b]0;b\x07\n.jpg", remedy="r")
    assert str(error) == "w [a<U+001B>]0;b<U+0007><U+000A>.jpg] (damaged) → r"
