"""Archive codes follow the office's grammar, and nothing that is no code comes of it."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from records.archive_code import NATURES, parse_archive_codes
from records.errors import InputError

EXAMPLE = files("flows").joinpath("schemas", "archive-codes.toml").read_text(encoding="utf-8")


def grammar(**changed: str):
    text = EXAMPLE
    for name, value in changed.items():
        lines = [
            f'{name} = "{value}"' if line.startswith(f"{name} = ") else line
            for line in text.splitlines()
        ]
        assert lines != text.splitlines()
        text = "\n".join(lines)
    return parse_archive_codes(text, where="archive-codes.toml")


def test_the_example_makes_codes_of_the_standard():
    codes = grammar()
    code = codes.code_of(fonds="0045", year=1985, nature="divorce", volume="7")
    assert code == "0045-LH·1985-Y-0007"
    assert codes.page_of(code, 12) == "0045-LH·1985-Y-0007-0012"


def test_old_holdings_keep_their_own_order():
    codes = grammar(code="{fonds}-{year}{nature}-{volume}", fonds="45")
    assert codes.code_of(fonds="45", year=1952, nature="marriage", volume="51") == "45-1952JH-51"


@given(
    st.sampled_from(sorted(NATURES)),
    st.integers(1, 9999),
    st.integers(1, 99999),
    st.from_regex(r"[A-Z]?[0-9]{1,4}", fullmatch=True),
)
def test_two_volumes_never_share_a_code(nature, year, volume, fonds):
    codes = grammar()
    one = codes.code_of(fonds=fonds, year=year, nature=nature, volume=str(volume))
    for other in sorted(NATURES):
        two = codes.code_of(fonds=fonds, year=year, nature=other, volume=str(volume))
        assert (one == two) == (nature == other)
    three = codes.code_of(fonds=fonds, year=year, nature=nature, volume=str(volume + 1))
    assert one != three


@given(st.text(max_size=6))
def test_what_a_stamp_says_never_leaves_the_folder(part):
    assume(not part.isalnum() or not part)
    with pytest.raises(InputError, match="archive_code_part"):
        grammar().code_of(fonds="0045", year=1985, nature="marriage", volume=part)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", "backfill-archive-code/2"),
        ("code", "{fonds}-{volume}"),
        ("code", "{fonds}/{nature}-{year}-{volume}"),
        ("code", "{fonds!r}-{nature}-{year}-{volume}"),
        ("code", "{fonds}-{nature}-{year}-{volume:>9}"),
        ("code", "{name}-{nature}-{year}-{volume}"),
        ("page", "{code}"),
        ("fonds", "../1"),
        ("retention", ""),
        ("number", "stamp.pages"),
        ("divorce", "JH"),
        ("ledger", "."),
    ],
)
def test_a_grammar_that_could_not_hold_is_refused(name, value):
    with pytest.raises(InputError, match="archive_code_grammar"):
        grammar(**{name: value})


@pytest.mark.parametrize(
    "text", ["", "format = 1", "[nature", "format = 'backfill-archive-code/1'"]
)
def test_what_is_no_grammar_is_refused(text):
    with pytest.raises(InputError, match="archive_code_grammar"):
        parse_archive_codes(text, where="archive-codes.toml")
