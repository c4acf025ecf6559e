"""The words of reports and data dictionaries, Chinese first with English beside it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "kind": {
            "marriage_certificate": ("结婚证", "marriage certificate"),
            "divorce_certificate": ("离婚证", "divorce certificate"),
            "marriage_ledger": ("结婚登记簿", "marriage ledger"),
            "divorce_ledger": ("离婚登记簿", "divorce ledger"),
            "application": ("申请书", "application"),
            "review_form": ("审查处理表", "review form"),
            "other": ("其他", "other"),
        },
        "field": {
            "name": ("姓名", "name"),
            "sex": ("性别", "sex"),
            "birth_date": ("出生日期", "birth date"),
            "age": ("年龄", "age"),
            "id_number": ("证件号码", "ID number"),
            "nationality": ("国籍", "nationality"),
            "ethnicity": ("民族", "ethnicity"),
            "native_place": ("籍贯", "native place"),
            "occupation": ("职业", "occupation"),
            "education": ("文化程度", "education"),
            "address": ("住址", "address"),
            "certificate_number": ("字号", "certificate no."),
            "registration_date": ("登记日期", "registration date"),
            "office": ("登记机关", "office"),
            "official": ("登记员", "official"),
            "holder": ("持证人", "holder"),
            "remark": ("备注", "remark"),
            "sequence": ("序号", "sequence"),
            "stamp.fonds": ("全宗号", "fonds"),
            "stamp.year": ("归档年度", "filing year"),
            "stamp.office_volume": ("室编卷号", "office volume"),
            "stamp.archive_volume": ("馆编卷号", "archive volume"),
            "stamp.pages": ("页数", "pages"),
        },
        "match": {
            "match": ("认定", "match"),
            "review": ("待核", "review"),
            "none": ("库中无此人", "none"),
        },
        "consensus": {
            "agreed": ("两次录入一致", "two keyings agree"),
            "third_keying": ("待第三次录入", "waits for a third keying"),
            "arbitrated": ("经第三次录入定下", "settled by a third keying"),
            "unresolved": ("未定，留档案员", "unresolved, for staff"),
        },
        "source": {
            "inherited": ("承前行", "taken from the row above"),
            "policy": ("机读，按规则采信", "read by machine, accepted by policy"),
            "consensus": ("合议", "consensus of keyings and machine"),
            "arbitration": ("仲裁", "arbitration"),
            "staff": ("档案员", "staff"),
        },
        "mark": {
            "ok": ("已录", "keyed"),
            "unsure": ("存疑", "unsure"),
            "illegible": ("无法辨认", "illegible"),
            "empty": ("空白", "blank"),
        },
        "evidence": {
            "prior": ("随机一人", "anybody"),
            "name": ("姓名", "name"),
            "birth_date": ("出生日期", "birth date"),
            "id_number": ("证件号码", "ID number"),
            "sex": ("性别", "sex"),
            "address": ("住址", "address"),
            "reader": ("笔迹", "ink"),
            "couple": ("夫妻合看", "couple together"),
        },
        "match_flag": {
            "two_marriages": (
                "此人另有一件证件，配偶不同",
                "answered elsewhere with another partner",
            ),
            "reissue": (
                "同一对夫妻另有证件，已合看",
                "a second certificate of the couple counted too",
            ),
        },
        "verdict": {
            "agrees": ("一致", "agrees"),
            "variant": ("字形不同", "another form of the name"),
            "differs": ("不一致", "differs"),
            "left_out": ("以往漏录", "left out earlier"),
            "not_on_paper": ("纸上没有", "not on the paper"),
            "unsettled": ("档案未定，不一致", "differs, not settled"),
            "unread": ("档案无此字段", "not read"),
        },
        "finding": {
            "placeholder_id": ("占位证件号码", "placeholder ID number"),
            "bad_id_number": ("证件号码不合规则", "impossible ID number"),
            "bad_date": ("日期不成立", "impossible date"),
            "birth_against_id": ("出生日期与证件号码不符", "birth date against ID number"),
            "missing_image": ("没有影像", "no image"),
            "unknown_image": ("影像文件不在库中", "image not in the archive"),
            "doubled_number": ("字号重复", "number stands twice"),
            "doubled_row": ("同一证件两行", "two rows for one certificate"),
            "ambiguous": ("对应多件", "fits several certificates"),
            "not_keyed": ("以往未录", "not keyed earlier"),
            "gap": ("字号间断", "gap in the numbers"),
            "far_number": ("字号偏离", "number far from the others"),
        },
        "sealed": {
            "package": ("工作包（发出）", "work package, out"),
            "submission": ("录入结果（收回）", "submission, in"),
            "share": ("共享（发出）", "share, out"),
            "receipt": ("回执（收到）", "receipt, in"),
            "comparison": ("比对名单（收到）", "list to compare, in"),
            "answer": ("比对答复（发出）", "answer to a list, out"),
        },
        "step": {
            "intake": ("接收", "intake"),
            "read": ("识读", "read"),
            "digitise": ("识读", "read"),
            "load": ("入库", "load"),
            "match": ("比对", "match"),
            "link": ("比对", "match"),
            "release": ("发出", "release"),
            "key": ("录入", "key"),
            "receive": ("收回合议", "receive"),
            "verify": ("核定", "verify"),
            "share": ("共享", "share"),
            "report": ("报告", "report"),
        },
    }
)


#: The smallest share that two decimals of a per cent show.
_SHOWN = 0.0001
_PARTIES = {"male": ("男方", "man's"), "female": ("女方", "woman's")}


def field_words(name: str) -> tuple[str, str]:
    """The words for a whole field name: `male.name` → (男方姓名, man's name)."""
    role, _, tail = name.partition(".")
    if role not in _PARTIES:
        return WORDS["field"][name]
    party, field = _PARTIES[role], WORDS["field"][tail]
    return f"{party[0]}{field[0]}", f"{party[1]} {field[1]}"


def probability(share: float) -> str:
    """A probability in per cent that is never rounded to certain or impossible."""
    if 0 < share < _SHOWN:
        return "<0.01%"
    return ">99.99%" if 1 - _SHOWN < share < 1 else f"{share:.2%}"


def chinese(group: str, code: str) -> str:
    """The Chinese word for a code, or the code where there is none."""
    return WORDS[group].get(code, (code, ""))[0]


def english(group: str, code: str) -> str:
    """The English word for a code, or nothing where there is none."""
    return WORDS[group].get(code, ("", ""))[1]


def bilingual(group: str, code: str) -> str:
    """Both words, Chinese first."""
    return f"{chinese(group, code)} {english(group, code)}".strip()
