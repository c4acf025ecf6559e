"""Earlier rows beside the archive: forms that mean the same agree, settled values correct."""

from __future__ import annotations

import pytest

from warehouse.comparison import (
    Certificate,
    FindingKind,
    Held,
    Linker,
    Verdict,
    compare_row,
    faults_of_row,
    verdict,
)


def settled(value, source="consensus"):
    return Held(value=value, source=source, confidence=0.99)


def certificate(name, **fields):
    held = {key.replace("__", "."): settled(value) for key, value in fields.items()}
    return Certificate(certificate_id=name, scan=f"{name}.jpg", fields=held)


@pytest.mark.parametrize(
    ("field", "existing", "archive", "expected"),
    [
        ("male.name", "陈 刚", "陈刚", Verdict.AGREES),
        ("male.name", "陈刚", "陳剛", Verdict.VARIANT),
        ("male.name", "陈刚", "陈钢", Verdict.DIFFERS),
        ("male.birth_date", "1953年3月9日", "1953-03-09", Verdict.AGREES),
        ("male.birth_date", "1953-03-19", "1953-03-09", Verdict.DIFFERS),
        ("male.id_number", "110101530309123", "110101195303091238", Verdict.AGREES),
        ("male.sex", "男", "male", Verdict.AGREES),
        ("certificate_number", "（85）东结字第12号", "85东结字第12号", Verdict.AGREES),
        ("male.name", "", "陈刚", Verdict.LEFT_OUT),
        ("male.id_number", "000019530309", "", Verdict.NOT_ON_PAPER),
        ("male.ethnicity", "", "", Verdict.AGREES),
    ],
)
def test_verdicts(field, existing, archive, expected):
    assert verdict(field, existing, settled(archive)) is expected


def test_what_is_not_settled_corrects_nothing():
    read = Held(value="陈钢", source=None, confidence=0.7)
    assert verdict("male.name", "陈刚", read) is Verdict.UNSETTLED
    assert verdict("male.name", "陈刚", None) is Verdict.UNREAD
    held = Certificate(certificate_id="c", scan="", fields={"male.name": read})
    (found,) = compare_row(2, {"male.name": "陈刚"}, held, {"male.name": "陈钢"})
    assert not found.corrects


def test_the_register_alone_never_corrects():
    held = certificate("c", male__name="陈刚")
    (found,) = compare_row(2, {"male.name": "陈刚"}, held, {"male.name": "陈钢"})
    assert (found.verdict, found.register, found.corrects) == (Verdict.AGREES, "陈钢", False)


def test_a_correction_proposes_what_is_settled_of_the_paper():
    held = certificate("c", male__name="陈刚")
    (found,) = compare_row(2, {"male.name": "陈钢"}, held, {"male.name": "陈钢"})
    assert (found.archive, found.corrects) == ("陈刚", True)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"male.id_number": "000019530309"}, [FindingKind.PLACEHOLDER_ID]),
        ({"male.id_number": "110101195303091233"}, [FindingKind.BAD_ID_NUMBER]),
        ({"male.id_number": "110101195303091238"}, []),
        (
            {"male.id_number": "110101195303091238", "male.birth_date": "1953-03-08"},
            [FindingKind.BIRTH_AGAINST_ID],
        ),
        ({"male.id_number": "110101195303091238", "male.birth_date": "1953"}, []),
        ({"registration_date": "1985-02-30"}, [FindingKind.BAD_DATE]),
        ({"male.id_number": "", "registration_date": ""}, []),
    ],
)
def test_faults_of_a_row(row, expected):
    assert [each.kind for each in faults_of_row(2, row)] == expected


def test_links_go_by_number_and_year_then_by_couple():
    one = certificate("one", certificate_number="东结字第12号", registration_date="1985-05-06",
                      male__name="甲一", female__name="乙一")  # fmt: skip
    two = certificate("two", certificate_number="东结字第12号", registration_date="1986-05-06",
                      male__name="甲二", female__name="乙二")  # fmt: skip
    linker = Linker([one, two])
    number = {"certificate_number": "东结字第１２号"}
    assert linker.find(number | {"registration_date": "1986年"}) == [two]
    assert linker.find(number) == [one, two]
    assert linker.find(number | {"male.name": "甲一", "female.name": "乙一"}) == [one, two]
    couple = {"male.name": "甲一", "female.name": "乙一", "registration_date": "1985-05-06"}
    assert linker.find(couple) == [one]
    assert linker.find({"certificate_number": "东结字第99号"} | couple) == [one]
    assert linker.find({"certificate_number": "东结字第99号"}) == []
    assert linker.find({"male.name": "", "female.name": ""}) == []
