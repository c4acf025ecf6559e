"""A confidentiality agreement as its party reads and signs it.

The terms are shown in full before anything is signed, and a signature is given only to the
agreement whose digest the party names: what was read and compared with the paper is what
is signed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from confidentiality.agreement import (
    PARTY_ROLES,
    AgreementKind,
    Ending,
    SignedAgreement,
    sign_agreement,
    signed_by,
)
from confidentiality.files import open_regular, read_at_most
from records.errors import NotPermittedError, UsageError
from records.reading import FIELD_NAMES
from records.visible import visible

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from pathlib import Path

    from confidentiality.agreement import Agreement
    from confidentiality.identity import Identity, PublicIdentity
    from confidentiality.trust import Trusted

_LIMIT = 262_144
#: Hex digits of the digest that a party must name: enough that no other agreement has them.
DIGITS = 16
_DIGEST = re.compile(rf"[0-9a-f]{{{DIGITS},64}}")

_KINDS = {
    AgreementKind.ENTRUSTED_KEYING: "委托录入 entrusted keying",
    AgreementKind.DATA_SHARING: "数据共享 data sharing",
}
_ENDINGS = {Ending.RETURN: "返还 return", Ending.DESTROY: "销毁 destroy"}
_FIELDS = {
    "certificate_number": "证书字号",
    "registration_date": "登记日期",
    "office": "登记机关",
    "official": "登记员",
    "holder": "持证人",
    "remark": "备注",
    "sequence": "序号",
    "stamp.fonds": "归档章全宗号",
    "stamp.year": "归档章年度",
    "stamp.office_volume": "归档章室编卷号",
    "stamp.archive_volume": "归档章馆编卷号",
    "stamp.pages": "归档章页数",
    "name": "姓名",
    "sex": "性别",
    "birth_date": "出生日期",
    "age": "年龄",
    "id_number": "身份证件号码",
    "nationality": "国籍",
    "ethnicity": "民族",
    "native_place": "籍贯",
    "occupation": "职业",
    "education": "文化程度",
    "address": "住址",
}
_ROLES = {"male": "男方", "female": "女方"}


def read_agreement(path: Path) -> SignedAgreement:
    """The agreement in a file; raises `IntegrityError` when it is none."""
    with open_regular(path) as stream:
        data = read_at_most(stream, _LIMIT, where=path.name)
    return SignedAgreement.from_bytes(data, where=path.name)


def require_party(agreement: Agreement, card: PublicIdentity) -> None:
    """Raise `NotPermittedError` unless the agreement names this station in a fitting role."""
    if card.fingerprint not in agreement.parties or card.role not in PARTY_ROLES[agreement.kind]:
        raise NotPermittedError(
            "not_a_party",
            what="本机不是该协议的当事方 · this station is no party to the agreement",
            where=agreement.agreement_id,
            remedy=(
                "把 card.json 交给档案馆重新起草 · "
                "hand card.json to the archive and ask for an agreement that names it"
            ),
        )


def sign(
    held: SignedAgreement, *, by: Identity, accepted: str, trusted: Trusted, now: datetime
) -> SignedAgreement:
    """The agreement with this station's signature alone.

    `accepted` is the digest that the party names, 16 hex digits of it or more. Raises
    `UsageError` when it is shorter, `NotPermittedError` when it is another agreement's,
    when this station is no party, when the archive is not trusted or did not sign, or when
    the agreement has ended.
    """
    agreement = held.agreement
    require_party(agreement, by.public)
    _require_accepted(agreement, accepted)
    if not signed_by(held, trusted.find(agreement.archive)):
        raise _refused("archive_unsigned", "档案馆没有签署 · the archive has not signed", agreement)
    if now >= agreement.ends:
        raise _refused("agreement_expired", "协议已到期 · the agreement has expired", agreement)
    return SignedAgreement(
        agreement=agreement, signatures={by.fingerprint: sign_agreement(agreement, by=by)}
    )


def _require_accepted(agreement: Agreement, accepted: str) -> None:
    digits = accepted.lower()
    if not _DIGEST.fullmatch(digits):
        raise UsageError(
            "digest_too_short",
            what=f"摘要至少 {DIGITS} 位十六进制数 · a digest is {DIGITS} to 64 hex digits",
            where=agreement.agreement_id,
            remedy="先不带 --accept 阅读条款 · read the terms without --accept first",
        )
    if not agreement.digest.startswith(digits):
        raise NotPermittedError(
            "digest_differs",
            what="协议摘要与所认可的不符 · this is not the agreement that was accepted",
            where=agreement.agreement_id,
            remedy=(
                "重读条款，向档案馆核对摘要 · "
                "read the terms again and compare the digest with the archive"
            ),
        )


def _refused(reason: str, what: str, agreement: Agreement) -> NotPermittedError:
    return NotPermittedError(
        reason,
        what=what,
        where=agreement.agreement_id,
        remedy="向档案馆索取有效的协议 · ask the archive for an agreement in force",
    )


def terms(agreement: Agreement) -> str:
    """The terms for people, Chinese first, every value that the signature covers."""
    yes, no = "允许 allowed", "不允许 not allowed"
    place, off_site = agreement.place or "—", agreement.off_site
    if off_site is not None:
        basis, leader = off_site.legal_basis, off_site.leader
        place += f"（馆外 off site；依据 basis {basis}；批准 leader {leader}）"
    lines = {
        "协议 agreement": agreement.agreement_id,
        "种类 kind": _KINDS[agreement.kind],
        "档案馆 archive": agreement.archive,
        "当事方 parties": ", ".join(agreement.parties),
        "目的 purpose": agreement.purpose,
        "法律依据 legal basis": agreement.legal_basis,
        "影响评估 impact assessment": agreement.impact_assessment,
        "字段 fields": _fields(agreement.fields),
        "数量 volume": f"至多 {agreement.max_records} 条 · at most {agreement.max_records} records",
        "期限 period": f"{_moment(agreement.starts)} – {_moment(agreement.ends)}",
        "作业地点 place of work": place,
        "转委托 sub-contracting": yes if agreement.subcontracting else no,
        "到期处理 ending": _ENDINGS[agreement.ending],
        "到期后保留 kept after expiry": f"{agreement.retention_days} 天 days",
        "书面协议 paper, SHA-256": agreement.document_sha256,
    }
    return "\n".join(f"{label}: {visible(value)}" for label, value in lines.items())


def _fields(names: Collection[str]) -> str:
    return "、".join(f"{_in_chinese(name)} {name}" for name in FIELD_NAMES if name in names)


def _in_chinese(name: str) -> str:
    role, dot, tail = name.partition(".")
    return _ROLES[role] + _FIELDS[tail] if dot and role in _ROLES else _FIELDS[name]


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
