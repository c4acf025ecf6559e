"""The generator is deterministic, and what it writes is what it says."""

import importlib.util
import json
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

FOLDER = Path(__file__).parents[2] / "data_samples"


@pytest.fixture(scope="module")
def make_samples():
    spec = importlib.util.spec_from_file_location("make_samples", FOLDER / "make_samples.py")
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        pytest.skip(f"needed for drawing alone and not installed: {error.name}")
    finally:
        sys.path[:] = before
    lacking = module.fonts.missing_packages()
    if lacking:
        pytest.skip(f"fonts for drawing are not installed: {', '.join(lacking)}")
    return module


@pytest.fixture(scope="module")
def wording(make_samples):
    return sys.modules[f"{make_samples.fonts.__package__}.wording"]


def test_same_seed_same_page(make_samples):
    draw = make_samples.draw
    first, again, other = (
        draw("passport_1990s", seed, dpi=60, severity=1) for seed in ("1/1", "1/1", "1/2")
    )
    assert first.image.tobytes() == again.image.tobytes()
    assert first.truth == again.truth
    assert first.truth != other.truth


def test_every_style_draws_fields_inside_the_page(make_samples):
    for style in make_samples.STYLES:
        page = make_samples.draw(style, "boxes", dpi=60, severity=2, rotation=90)
        height, width = page.image.shape[:2]
        assert page.turned.shape[:2] == (width, height)
        for field in page.truth["fields"]:
            left, top, right, bottom = field["box"]
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height


def test_a_folder_of_varied_pages_has_its_truth_beside_it(make_samples, tmp_path):
    given_arguments = ["--pages", "2", "--seed", "5", "--styles", "letter", "--out", str(tmp_path)]
    assert make_samples.main(given_arguments) == 0
    lines = (tmp_path / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    truth = [json.loads(line) for line in lines]
    assert sorted(page["source"] for page in truth) == sorted(
        path.name for path in tmp_path.glob("*.jpg")
    )


def test_pages_without_a_folder_are_refused(make_samples, capsys):
    with pytest.raises(SystemExit) as stopped:
        make_samples.main(["--pages", "2"])
    assert stopped.value.code == 2
    assert "--out" in capsys.readouterr().err


def test_a_missing_font_names_its_package(make_samples, monkeypatch):
    monkeypatch.setattr(make_samples.fonts, "_ROOT", Path("/nowhere"))
    make_samples.fonts.load.cache_clear()
    with pytest.raises(make_samples.fonts.MissingFontError, match="apt-get install fonts-seto"):
        make_samples.fonts.load("seto", 20)
    assert make_samples.main([]) == 2


@given(st.dates(date(1901, 1, 1), date(2003, 12, 31)))
def test_numerals_say_the_date(wording, day):
    digits = {char: number for number, char in enumerate("〇一二三四五六七八九")}
    written = wording.date_of_the_republic(day) if day.year > 1911 else None
    assert wording.date_in_digits(day).text == f"{day.year}年{day.month}月{day.day}日"
    assert "".join(str(digits[c]) for c in wording.spelled(day.year)) == str(day.year)
    tens, _, ones = wording.numeral(day.day).rpartition("十")
    value = digits.get(ones, 0)
    if "十" in wording.numeral(day.day):
        value += 10 * digits.get(tens, 1)
    assert value == day.day
    if written:
        assert written.text.startswith("民國")
        assert written.value == day.isoformat()
