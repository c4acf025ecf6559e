"""Forms are data: what a file may say, what its faults are called, and that the reader uses it."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.classify import title_kind
from ocr.folding import fold_text
from ocr.forms.form import FIELDS
from ocr.forms.in_force import forms_in_force, reading_by
from ocr.forms.loading import forms_of, installed_forms
from ocr.forms.parsing import parse_form
from ocr.forms.vocabulary import vocabulary_of
from ocr.labels import find_labels, heading, vocabulary
from records.errors import ExitStatus, InputError
from records.reading import FIELD_NAMES, Kind

OWN = """
version = 1
kind = "marriage_certificate"
name = "婚书"
english = "Wedding letter"
years = [1950, 1952]
titles = ["鴛鴦譜"]
order = ["female", "male"]
unlabelled = ["office"]
passed_over = ["吉時"]

[labels]
name = ["芳名"]
registration_date = ["良辰"]
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(text: str) -> str:
    _, found = parse_form("f", text.encode(), own=True)
    assert found
    return "\n".join(f"{fault.where}: {fault.what}" for fault in found)


def test_the_installed_forms_cover_every_kind_era_and_field():
    forms = [form for form in installed_forms().forms if form.kind]
    assert {form.kind for form in forms} == set(Kind)
    assert all(form.name and form.english and form.titles for form in forms)
    for year in (1951, 1957, 1970, 1983, 1990, 1999, 2005, 2025):
        certificates = [f for f in forms if f.kind is Kind.MARRIAGE_CERTIFICATE and f.years]
        assert any(form.years[0] <= year <= form.years[1] for form in certificates)
    named = {field for form in installed_forms().forms for field, _ in form.words.labels}
    assert named == set(FIELDS)


def test_words_are_written_as_they_are_looked_for():
    words = vocabulary_of(installed_forms())
    assert all(fold_text(word)[0] == word for word, _ in words.words)
    assert [len(word) for word, _ in words.words] == sorted(
        (len(word) for word, _ in words.words), reverse=True
    )
    assert vocabulary() is words


def test_an_own_form_is_read_by_and_nothing_else_changes(tmp_path):
    write(tmp_path, "wedding-letter", OWN)
    forms = forms_of(tmp_path)
    assert title_kind("鸳鸯谱") is None
    assert find_labels("芳名　李雷") == ()
    with reading_by(forms):
        assert title_kind("鸳鸯谱") is Kind.MARRIAGE_CERTIFICATE
        assert [label.field for label in find_labels("芳名李雷良辰1950年")] == [
            "name",
            "registration_date",
        ]
        assert [label.field for label in find_labels("吉时")] == ["barrier"]
        assert [label.field for label in find_labels("性别男民族汉")] == ["sex", "ethnicity"]
        assert vocabulary().wife_first == {"鸳鸯谱"}
    assert forms_in_force() is installed_forms()
    own = forms.get("wedding-letter")
    assert own is not None
    assert own.own
    assert own.gives == ("male.name", "female.name", "registration_date", "office")
    assert set(own.gives) <= set(FIELD_NAMES)


def test_an_own_form_takes_the_place_of_one_of_its_name(tmp_path):
    write(tmp_path, "marriage-certificate-2004", OWN)
    forms = forms_of(tmp_path)
    assert len(forms.forms) == len(installed_forms().forms)
    assert forms.get("marriage-certificate-2004").name == "婚书"


def test_the_digest_names_the_content(tmp_path):
    assert forms_of(tmp_path) is forms_of(None) is installed_forms()
    first = write(tmp_path, "a", OWN)
    one = forms_of(tmp_path).digest
    assert one != installed_forms().digest
    assert forms_of(None, [first]).digest == one
    first.write_text(OWN + "# 注\n", encoding="utf-8")
    assert forms_of(tmp_path).digest != one


def test_forms_travel_to_other_processes(tmp_path):
    write(tmp_path, "a", OWN)
    forms = forms_of(tmp_path)
    copy = pickle.loads(pickle.dumps(forms))  # noqa: S301 - made in this line
    assert (copy.forms, copy.digest) == (forms.forms, forms.digest)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("version = 1", "version = 2"), "f: version"),
        (('kind = "marriage_certificate"', 'kind = "wedding"'), "f: kind"),
        (('name = "婚书"', ""), "f: name"),
        (('english = "Wedding letter"', "english = 3"), "f: english"),
        (("years = [1950, 1952]", "years = [1952, 1950]"), "f: years"),
        (("years = [1950, 1952]", 'years = ["1950", "1952"]'), "f: years"),
        (('titles = ["鴛鴦譜"]', 'titles = "鴛鴦譜"'), "f: titles"),
        (('titles = ["鴛鴦譜"]', 'titles = ["譜"]'), "f: titles"),
        (('order = ["female", "male"]', 'order = ["female"]'), "f: order"),
        (('unlabelled = ["office"]', 'unlabelled = ["ofice"]'), "perhaps: office"),
        (('name = ["芳名"]', 'names = ["芳名"]'), "f: labels.names"),
        (('name = ["芳名"]', "name = [1]"), "f: labels.name"),
        (('name = ["芳名"]', 'name = ["名"]'), "f: labels.name"),
        (("[labels]", "[label]"), "perhaps: labels"),
        (("kind =", "kind"), "line 3"),
        (('kind = "marriage_certificate"', 'kind = "marriage_ledger"'), "f: order"),
        (('kind = "marriage_certificate"', 'kind = "other"'), "f: labels"),
        (('kind = "marriage_certificate"', ""), "f: titles"),
    ],
)
def test_each_fault_is_named_with_its_place(change, place):
    assert OWN.count(change[0]) == 1
    assert place in faults(OWN.replace(*change))


def test_all_faults_are_told_at_once_with_the_file(tmp_path):
    text = OWN.replace("version = 1", "version = 9").replace("1950, 1952", "1")
    write(tmp_path, "a", text)
    write(tmp_path, "b", "version = 1\n[labels]\naddress = ['姓名', '良辰']\n")
    write(tmp_path, "c", OWN)
    (tmp_path / "d.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError) as caught:
        forms_of(tmp_path)
    assert caught.value.status is ExitStatus.INPUT_REFUSED
    assert caught.value.reason == "form_faulty"
    told = caught.value.what
    assert all(place in told for place in ("a: version", "a: years", "b [labels]", "d: "))
    assert "「姓名」" in told
    assert "docs/forms" in caught.value.remedy


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.write_bytes(bytes(2 << 20))])
def test_what_is_no_description_is_refused_unread(tmp_path, make):
    make(tmp_path / "a.toml")
    with pytest.raises(InputError) as caught:
        forms_of(tmp_path)
    assert caught.value.reason == "form_unreadable"


@given(st.text(max_size=200))
def test_any_text_is_a_form_or_has_faults(text):
    form, found = parse_form("f", text.encode("utf-8", "surrogatepass"), own=True)
    assert (form is not None) or found


def test_headings_of_ledgers_fill_their_box():
    assert heading("男") is not None
    assert heading("男方姓名") is None
