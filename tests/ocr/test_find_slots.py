"""What stands where on forms that nobody described: marks, runs, columns, stubs."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.certificate import find_slots
from ocr.given_lines import as_line
from ocr.labels import BARRIER, PARTY_MARK, find_labels
from ocr.layout import Frame
from ocr.lines import TextLine
from ocr.page_lines import SeenPage
from ocr.sheets import certificates_of, stub_of

FRAME = Frame(angle=0.0, vertical=False)
EMPTY = np.zeros((9, 9, 3), np.uint8)
SIZE = 20


def line(text, x, y):
    right, bottom = x + SIZE * len(text), y + SIZE
    quad = np.array([[x, y], [right, y], [right, bottom], [x, bottom]], np.float32)
    return as_line(TextLine(quad=quad, text=text, confidence=1.0), FRAME)


def page(lines):
    return SeenPage(image=EMPTY, clean=EMPTY, frame=FRAME, lines=tuple(lines))


def slots_of(*lines):
    found = find_slots(page(lines), lines)
    return {(slot.party or "") + "." + slot.field: slot for slot in found if slot.ink}


def texts(*lines):
    return {name: slot.text for name, slot in slots_of(*lines).items()}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("（男）陶启宝", [(PARTY_MARK, "male")]),
        ("（男）年二十歲", []),
        ("據男方崔學景", [(PARTY_MARK, "male")]),
        ("兹有女方李梅", [(PARTY_MARK, "female")]),
        ("新郎张海泉•新娘石翠玲", [(PARTY_MARK, "male"), (PARTY_MARK, "female")]),
        ("夫钱林长", [(PARTY_MARK, "male")]),
        ("夫妻二人", []),
        ("夫君一世平安如意", []),
        ("结婚证存根", []),
        ("發給結婚證書以資證明", []),
        ("登记，特发结婚证。", []),
        ("成份軍人", [(BARRIER, None)]),
        ("結婚人男周紹傑", [(PARTY_MARK, "male")]),
        ("1957年3月27日出生", []),
        ("出生1957年3月27日", [("birth_date", None)]),
    ],
)
def test_words_that_name_a_person(text, found):
    assert [(label.field, label.party) for label in find_labels(text)] == found


def test_a_name_goes_on_with_an_age_and_a_place():
    found = texts(
        line("據男方崔學景25歲山東省德縣人", 20, 60), line("及女方朱琳鳳廿一歲河北省人", 20, 100)
    )
    assert found["male.name"] == "崔學景"
    assert found["male.age"] == "25歲"
    assert found["male.native_place"] == "山東省德縣"
    assert (found["female.name"], found["female.age"]) == ("朱琳鳳", "廿一歲")


def test_days_say_themselves_that_somebody_was_born():
    found = texts(
        line("新郎：李雷", 20, 60), line("一九五六年七月二十日生", 260, 60),
        line("新娘：韩梅", 20, 100), line("1957年3月2日出生", 260, 100),
        line("一九七九年五月五日", 300, 300),
    )  # fmt: skip
    assert found["male.name"] == "李雷"
    assert found["male.birth_date"] == "一九五六年七月二十日"
    assert found["female.birth_date"] == "1957年3月2日"
    assert found[".registration_date"] == "一九七九年五月五日"


def test_a_day_beside_an_official_is_not_the_officials():
    found = texts(
        line("姓名李雷", 20, 60), line("姓名韩梅", 20, 100), line("经办人王平", 20, 300),
        line("1992年5月14日婚姻登记专用章", 400, 300),
    )  # fmt: skip
    assert found[".official"] == "王平"
    assert found[".registration_date"].startswith("1992年5月14日")


def test_people_may_be_the_rows_of_a_table():
    found = texts(
        line("姓名", 160, 60), line("出生年月日", 400, 60),
        line("男方李雷", 20, 110), line("1956年7月20日", 400, 110),
        line("女方韩梅", 20, 160), line("1957年3月2日", 400, 160),
        line("北京市东城区人民政府", 350, 300),
    )  # fmt: skip
    assert found["male.name"] == "李雷"
    assert found["male.birth_date"] == "1956年7月20日"
    assert found["female.birth_date"] == "1957年3月2日"
    assert found[".office"] == "北京市东城区人民政府"


def test_her_answer_may_stand_far_from_its_label():
    far = 20 + 15 * SIZE
    found = texts(
        line("男方", 120, 20), line("女方", far, 20), line("姓名", 20, 60),
        line("李雷", 120, 60), line("韩梅", far + 60, 60), line("姓名", 20, 400),
    )  # fmt: skip
    assert (found["male.name"], found["female.name"]) == ("李雷", "韩梅")


def test_a_field_that_two_lines_claim_is_doubted():
    rows = [line("男方李雷", 20, 60), line("女方韩梅", 20, 100)]
    assert not slots_of(*rows)["male.name"].rivalled
    assert slots_of(*rows, line("男方张三", 20, 140))["male.name"].rivalled
    births = [line("男方出生1967年9月1日", 20, 180), line("男方出生1972年10月7日", 20, 220)]
    assert slots_of(*rows, *births)["male.birth_date"].rivalled
    # The same name read twice, once misread, is one name.
    assert not slots_of(*rows, line("男方李雪", 20, 140))["male.name"].rivalled


def test_a_field_found_once_is_whose_other_fields_stand_about_it():
    man = [line("性别男", 400, 60), line("出生1956年7月20日", 20, 100)]
    woman = [line("性别女", 400, 200), line("出生1957年3月2日", 20, 240)]
    assert texts(*man, line("姓名韩梅", 20, 200), *woman)["female.name"] == "韩梅"
    assert texts(line("姓名李雷", 20, 60), *man, *woman)["male.name"] == "李雷"
    between = slots_of(*man, line("姓名韩梅", 20, 165), *woman)["female.name"]
    assert between.rivalled


def test_two_days_that_the_detector_saw_as_one_line_are_two_people_s():
    found = texts(
        line("姓名", 20, 60), line("李雷", 120, 60), line("韩梅", 500, 60),
        line("出生年月日", 20, 100), line("1956年7月20日1957年3月2日", 140, 100),
    )  # fmt: skip
    assert found["male.birth_date"] == "1956年7月20日"
    assert found["female.birth_date"] == "1957年3月2日"


def certificate(x, number="京海结字第87号"):
    return [
        line("结婚证", x, 20), line(number, x, 60), line("男方李雷", x, 100),
        line("女方韩梅", x, 140),
    ]  # fmt: skip


def test_two_certificates_are_told_by_their_titles_where_a_number_is_misread():
    left, right = certificate(20, "京海倍字87"), certificate(600)
    assert certificates_of(page([*left, *right])) == [left, right]
    assert certificates_of(page(left)) == [left]


def test_a_number_at_a_certificate_s_foot_is_not_the_next_one_s():
    first = [
        line("结婚证", 20, 20), line("男方李雷", 20, 60), line("女方韩梅", 20, 100),
        line("京海结字第87号", 20, 300),
    ]  # fmt: skip
    second = [
        line("结婚证", 20, 420), line("京海结字第88号", 20, 460), line("男方王力", 20, 500),
        line("女方张雪", 20, 540),
    ]  # fmt: skip
    assert certificates_of(page([*first, *second])) == [first, second]


def test_a_man_here_and_a_woman_there_are_one_certificate():
    man = [line("结婚证", 20, 20), line("男方李雷", 20, 60), line("年齡二十", 20, 100)]
    woman = [
        line("女方韩梅", 20, 240), line("年齡二十", 20, 280), line("發給結婚證書以資證明", 20, 320),
    ]  # fmt: skip
    assert certificates_of(page([*man, *woman])) == [[*man, *woman]]


def test_a_stub_is_kept_apart_whatever_it_says():
    own = certificate(400)
    stub = [line("结婚证存根", 20, 20), line("新郎李雷新娘韩梅", 20, 60)]
    assert certificates_of(page([*own, *stub])) == [own]
    assert stub_of(page([*own, *stub])) == stub
    assert stub_of(page(own)) == []
    # A stub alone is read as it is.
    assert certificates_of(page(stub)) == [stub]


def test_beside_each_other_fields_belong_to_whose_side_they_begin_on():
    found = texts(
        line("姓名（男）唐文", 20, 60), line("姓名（女）赵静玲", 420, 60),
        line("诞生日期一九三〇年十二月二十六日", 20, 100),
        line("诞生日期一九三〇年二月十七日", 420, 100),
    )  # fmt: skip
    assert found["male.birth_date"] == "一九三〇年十二月二十六日"
    assert found["female.birth_date"] == "一九三〇年二月十七日"


@pytest.mark.parametrize("slope", [0, -6, 6])
def test_of_two_numbers_on_one_side_the_second_is_hers(slope):
    found = texts(
        line("姓名（男）唐文", 20, 60), line("姓名（女）赵静玲", 420, 60 + slope),
        line("居民身份证编号110109570920317", 20, 100),
        line("居民身份证编号110108640126576", 20, 140),
    )  # fmt: skip
    assert found["male.id_number"] == "110109570920317"
    assert found["female.id_number"] == "110108640126576"


def test_one_may_be_born_after_a_name_and_the_other_in_a_box():
    found = texts(
        line("男方李勇", 20, 60), line("1971年04月27日出生", 300, 60),
        line("女方李晓玉，1973年1月7日出生", 20, 100),
    )  # fmt: skip
    assert found["male.birth_date"] == "1971年04月27日"
    assert found["female.birth_date"] == "1973年1月7日"
    dotted = texts(line("新郎：朱文凯1943.10.25", 20, 60), line("新娘：孙香春1945.9.16", 20, 100))
    assert dotted["male.name"] == "朱文凯"
    assert dotted["female.birth_date"] == "1945.9.16"


@pytest.mark.parametrize("closing", ["", "生", "出生，"])
def test_a_day_after_a_person_s_name_is_the_birth(closing):
    rows = [("新郎：李雷", "1939年5月7日", 60), ("新娘：韩梅", "1942年7月13日", 100)]
    lines = [line(name, 20, y) for name, _, y in rows] + [line(day, 300, y) for _, day, y in rows]
    lines += [line(closing, 700, y) for _, _, y in rows if closing]
    found = texts(*lines, line("1968年8月2日", 500, 300))
    assert found["male.birth_date"] == "1939年5月7日"
    assert found["female.birth_date"] == "1942年7月13日"
    assert found[".registration_date"] == "1968年8月2日"


def test_a_day_since_when_somebody_lives_is_the_birth():
    found = texts(
        line("男方姓名李福润", 20, 60), line("生於一九二五年二月十一日", 20, 100),
        line("女方姓名董珍金", 20, 140), line("生於一九一三年八月十六日", 20, 180),
    )  # fmt: skip
    assert found["male.birth_date"] == "一九二五年二月十一日"
    assert found["female.birth_date"] == "一九一三年八月十六日"


def test_a_day_below_a_number_s_label_is_no_number():
    found = texts(
        line("结婚证编号", 300, 60), line("1970年11月20日", 300, 90), line("朝结字第707号", 500, 20)
    )
    assert found[".certificate_number"] == "朝结字第707号"


def test_what_lies_over_a_value_does_not_belong_to_it():
    found = texts(
        line("编号", 20, 60), line("L110116-2010-000144", 80, 60), line("市怀柔", 200, 65)
    )
    assert found[".certificate_number"] == "L110116-2010-000144"


def test_two_addresses_seen_as_one_are_two_people_s():
    found = texts(
        line("姓名", 20, 60), line("李雷", 120, 60), line("韩梅", 500, 60),
        line("住址", 20, 100), line("北京市平谷区马坊胡同8号北京市怀柔区庙城街11号", 120, 100),
    )  # fmt: skip
    assert found["male.address"] == "北京市平谷区马坊胡同8号"
    assert found["female.address"] == "北京市怀柔区庙城街11号"


@pytest.mark.parametrize(
    ("text", "official"),
    [("北京市丰台区长辛店街道办事处", None), ("北京市第一區人民政府區長王梅", "王梅")],
)
def test_an_official_signs_behind_a_title_and_not_in_a_place_that_is_spelled_like_one(
    text, official
):
    found = texts(line("男方李雷", 20, 60), line("女方韩梅", 20, 100), line(text, 20, 300))
    assert found.get(".official") == official
    assert found[".office"].endswith(("办事处", "人民政府"))


def test_a_seal_s_rim_beside_a_day_is_no_part_of_it():
    rim = as_line(
        TextLine(
            quad=np.array([[300, 0], [420, 0], [420, 80], [300, 80]], np.float32),
            text="丰台区民政", confidence=1.0,
        ),
        FRAME,
    )  # fmt: skip
    found = texts(line("登记日期", 20, 55), line("2017年2月21日", 110, 55), rim)
    assert found[".registration_date"] == "2017年2月21日"


@pytest.mark.parametrize("day", ["1999.1.22", "九六〇年二月三日"])
def test_a_day_in_an_official_s_row_is_that_of_registration(day):
    lines = [line("男方李雷", 20, 60), line("女方韩梅", 20, 100), line("经办人赵承", 20, 300)]
    assert texts(*lines, line(day, 600, 300))[".registration_date"] == day
