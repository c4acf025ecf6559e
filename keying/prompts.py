"""What a clerk is asked to key for each kind of field, in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What to key, in Chinese and in English."""

    zh: str
    en: str


#: Rules that hold for every field; they stand in each package's manifest.
RULES = Prompt(
    zh=(
        "照录：图上写什么就录什么，繁体、异体、二简字都不改。"
        "看不清的字每字录一个 □；整格看不清标“不可辨认”；没有填写标“空”；"
        "录完仍没有把握标“存疑”。不要猜，不要查。"
    ),
    en=(
        "Key what stands there, as written: keep traditional, variant and 1977 characters. "
        "One □ for each illegible character; mark `illegible` when nothing can be read, "
        "`empty` when nothing is written, `unsure` when a doubt is left. Don't guess or look up."
    ),
)

_PROMPTS = {
    "name": ("姓名，照录；间隔号录 ·", "Name as written; separator ·"),
    "holder": ("持证人姓名，照录", "Holder's name as written"),
    "sex": ("性别：男 或 女", "Sex: 男 or 女"),
    "birth_date": (
        "出生日期，照录（公历、农历、民国纪年都按原样）",
        "Birth date as written (solar, lunar or Republic years as they stand)",
    ),
    "age": ("年龄，照录数字", "Age, the number as written"),
    "id_number": (
        "身份证件号码，照录；末位 X 录大写",
        "Identity number as written; a final X in upper case",
    ),
    "nationality": ("国籍，照录", "Nationality as written"),
    "ethnicity": ("民族，照录", "Ethnicity as written"),
    "native_place": ("籍贯，照录", "Native place as written"),
    "occupation": ("职业，照录", "Occupation as written"),
    "education": ("文化程度，照录", "Education as written"),
    "address": ("住址，照录", "Address as written"),
    "certificate_number": (
        "证书字号，连同“字第…号”等印刷字照录",
        "Certificate number with its printed parts (字第…号) as written",
    ),
    "registration_date": ("登记日期，照录", "Registration date as written"),
    "office": ("登记机关，照录", "Registration office as written"),
    "official": ("登记员姓名，照录", "Registrar's name as written"),
    "remark": ("备注，照录", "Remark as written"),
    "sequence": ("序号，照录", "Sequence number as written"),
    "stamp.fonds": ("归档章：全宗号", "Archive stamp: fonds number"),
    "stamp.year": ("归档章：年度", "Archive stamp: year"),
    "stamp.office_volume": ("归档章：室编卷号", "Archive stamp: office volume number"),
    "stamp.archive_volume": ("归档章：馆编卷号", "Archive stamp: archive volume number"),
    "stamp.pages": ("归档章：页数", "Archive stamp: number of pages"),
}

#: The prompt of every kind of field (the tail of its name).
PROMPTS = MappingProxyType({tail: Prompt(zh=zh, en=en) for tail, (zh, en) in _PROMPTS.items()})
