"""Held-out pages share nothing with the others, and losses are found where they happened."""

import ast
import importlib
import re
import sys
from pathlib import Path

import pytest

from records.reading import Box, Decision, FieldReading, Kind, PageReading, PageRefusal
from records.written import WrittenLine

ROOT = Path(__file__).parents[2]
DRAWING = ROOT / "data_samples" / "drawing"
CHOICE = re.compile(r"\[[^\]]*\]")


@pytest.fixture(scope="module")
def imported():
    """Imports modules that lie beside scripts."""
    before = list(sys.path)
    sys.path[:0] = [str(ROOT / "data_samples"), str(ROOT / "benchmarks")]

    def load(name):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            pytest.skip(f"needed for drawing alone and not installed: {error.name}")

    yield load
    sys.path[:] = before


def lines_of(folder):
    """The lines of forms that modules of a folder draw, without the choice of labels."""
    found = set()
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                line = re.sub(r"\{[MF]\.|\{(?:fe)?male\.", "{", CHOICE.sub("", node.value))
                # A field alone between rules or after its label is no wording.
                if "{" in line and len(re.findall(r"[一-鿿]", line)) > 1:
                    found.add(line.strip("　 "))
    return found


def test_no_line_of_a_held_out_form_stands_on_another_page():
    own, others = lines_of(DRAWING / "held_out"), lines_of(DRAWING)
    assert len(own) > 20
    assert len(others) > 20
    assert own & others == set()


def test_no_face_of_a_held_out_page_is_drawn_with_elsewhere(imported):
    fonts = imported("drawing.fonts")
    hands = imported("drawing.held_out.hands")
    own = {Path(face.path).name for face in hands.faces(Path("faces")).values()}
    others = {Path(face.path).name for face in fonts.FACES.values()}
    assert len(own) > 10
    assert own & others == set()
    assert all(face.licence and face.package for face in hands.faces(Path("faces")).values())


def test_held_out_pages_are_drawn_inside_their_edges_and_say_what_they_are(imported, monkeypatch):
    fonts = imported("drawing.fonts")
    if fonts.missing_packages():
        pytest.skip(f"fonts for drawing are not installed: {fonts.missing_packages()}")
    hands, styles = imported("drawing.held_out.hands"), imported("drawing.held_out.styles")
    # Any face does for looking at places; those of npm need not be there.
    stand_ins = dict.fromkeys(hands.faces(Path("faces")), fonts.FACES["twkai"])
    monkeypatch.setattr(fonts, "FACES", fonts.FACES | stand_ins)
    for style in styles.STYLES:
        page = styles.draw("boxes", style).page
        height, width = page.image.shape[:2]
        assert page.truth["tags"]["division"] == "held-out"
        assert page.truth["tags"]["column"] == styles.STYLES[style].era
        assert {"male.name", "female.name"} <= {field["name"] for field in page.truth["fields"]}
        for field in page.truth["fields"]:
            left, top, right, bottom = field["box"]
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height


def test_a_hand_writes_simplified_what_it_knows_no_traditional_form_of(imported, monkeypatch):
    hands, wording = imported("drawing.held_out.hands"), imported("drawing.wording")
    hand = imported("drawing.ink").Hand(name="pen", faces=("pen", "last"), ink=(0, 0, 0))
    monkeypatch.setattr(hands.fonts, "has_glyph", lambda _, char: char not in "國號")
    hands._form.cache_clear()
    written = hands.in_hand(
        {
            "male.name": wording.plain("李國"),
            "certificate_number": wording.certificate_number("（五）國«字第»三«號»"),
        },
        hand,
    )
    hands._form.cache_clear()
    assert written["male.name"].value == written["male.name"].text == "李国"
    assert written["certificate_number"].text == "（五）国字第三號"
    assert written["certificate_number"].value == "五国字第三號"


TRUTH = {
    "source": "a.jpg", "kind": "marriage_certificate", "rotation": 0,
    "tags": {"style": "s", "hand": "h", "column": "2004+", "very_cursive": 0},
    "fields": [
        {"name": name, "row": None, "value": value, "box": [100, top, 200, top + 20]}
        for top, (name, value) in enumerate([
            ("male.name", "张三"), ("female.name", "李四"), ("male.birth_date", "1980-01-02"),
            ("female.birth_date", "1981-01-02"), ("registration_date", "2010-01-02"),
            ("male.age", "30"),
        ])
        for top in [100 * top]
    ],
}  # fmt: skip


def reading_of(kind=Kind.MARRIAGE_CERTIFICATE):
    def field(name, value, top, decision=Decision.ACCEPT):
        return FieldReading(
            name=name, row=None, text=value, value=value, confidence=0.9, decision=decision,
            box=Box(98, top - 2, 204, top + 24),
        )  # fmt: skip

    def line(top):
        corners = ((90.0, top), (210.0, top), (210.0, top + 20), (90.0, top + 20))
        return WrittenLine(text="", corners=corners, vertical=False, spans=(), chances=(), words=())

    return PageReading(
        source="a.jpg", page=1, kind=kind, era=None, rotation=0, size=(400, 600), dpi=200,
        fields=(
            field("male.name", "张三", 0), field("female.name", "李四", 100, Decision.KEY),
            field("male.birth_date", "1986-01-02", 200),
            field("certificate_number", "结字1号", 550),
        ),
        engine="ppocr", lines=(line(0), line(300)),
    )  # fmt: skip


def test_losses_are_counted_where_they_happened(imported):
    losses = imported("accuracy_losses")
    found = list(losses.compared(TRUTH, reading_of()))
    assert {field.name: field.stage for field in found} == {
        "male.name": "", "female.name": "not accepted", "male.birth_date": "decoded wrong",
        "female.birth_date": "label not registered", "registration_date": "line not found",
        "certificate_number": "",
    }  # fmt: skip
    row = next(line for line in losses.table(found).splitlines() if "2004+" in line)
    # Two of five are right; of the three accepted one is misread and one is not on the page.
    assert "| 5 | 40.0 (5.3–85.3) |" in row
    assert "| 2/3 |" in row
    assert losses.calibration_error(found) == pytest.approx(0.9 - 0.5)


def test_a_page_of_the_wrong_kind_or_set_aside_loses_all(imported):
    losses = imported("accuracy_losses")
    other = reading_of(Kind.OTHER)
    stages = [field.stage for field in losses.compared(TRUTH, other)]
    assert stages[3:5] == ["kind", "kind"]
    refused = PageRefusal(source="a.jpg", page=1, reason="blank_page", detail="")
    assert {f.stage for f in losses.compared(TRUTH, refused)} == {"page set aside"}
