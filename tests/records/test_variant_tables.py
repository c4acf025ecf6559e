"""The shipped tables of characters against where they come from."""

from __future__ import annotations

from pathlib import Path

import opencc

from records.glyphs import SHORTENED_SURNAMES, key_table, likeness, simplified_table, variants

DATA = Path(__file__).parents[2] / "records" / "data"
BLOCKS = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0x20000, 0x323B0))


def _from_opencc() -> dict[str, str]:
    convert = opencc.OpenCC("t2s").convert
    table = {
        written: plain
        for block in BLOCKS
        for written in map(chr, block)
        if (plain := convert(written)) != written and written not in "乾峯"
    }
    table["锺"] = "钟"
    for written, first in table.items():
        plain = first
        while plain in table:
            plain = table[plain]
        table[written] = plain
    return table


def test_simplified_table_is_that_of_opencc() -> None:
    lines = (DATA / "simplified.tsv").read_text(encoding="utf-8").splitlines()[1:]
    assert dict(line.split("\t") for line in lines) == _from_opencc()


def test_tables_need_no_second_pass() -> None:
    for table in (simplified_table(), key_table()):
        assert all(plain.translate(table) == plain for plain in table.values())


def test_variants_are_pairs_of_simplified_characters() -> None:
    table = variants()
    assert len(table) > 1000
    for first, near in table.items():
        assert first.translate(simplified_table()) == first
        for second, weight in near.items():
            assert first != second
            assert 0 < weight < 1
            assert table[second][first] == weight
            assert likeness(first, second) == likeness(second, first) > 0


def test_shortened_surnames_meet_whatever_the_script() -> None:
    for short, full in SHORTENED_SURNAMES.items():
        assert likeness(short, full) == likeness(full, short) > 0.8
