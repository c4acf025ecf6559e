"""The readable text of an agreement (保密协议), as a PDF to print, sign and seal.

The words stand in `templates/agreement.typ`; an archive's counsel may change them there. The
signed paper's scan is what the electronic agreement then names by its hash.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typst

from confidentiality.files import write_private
from records.errors import EngineError, UsageError
from records.reading import FIELD_NAMES
from warehouse.words import chinese, field_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from confidentiality.agreement import Agreement
    from confidentiality.identity import PublicIdentity

_TEMPLATE = Path(__file__).with_name("templates") / "agreement.typ"
#: Faces with the characters of an agreement; one of them must be installed.
FACES = frozenset({"Noto Serif CJK SC", "Noto Sans CJK SC", "AR PL UMing CN", "WenQuanYi Zen Hei"})
_TITLES = {
    "entrusted-keying": ("档案数据委托录入保密协议", "Confidentiality agreement, entrusted keying"),
    "data-sharing": ("档案数据共享保密协议", "Confidentiality agreement, data sharing"),
}


def write_text(
    out: Path, terms: Agreement, cards: Mapping[str, PublicIdentity], *, now: datetime
) -> None:
    """Write the agreement's text to a new PDF/A-2b; `cards` are the sides' by fingerprint.

    Raises UsageError (`no_chinese_face`) where no face with Chinese characters is installed.
    """
    if FACES.isdisjoint(typst.Fonts().families()):
        raise UsageError(
            "no_chinese_face",
            what="没有中文字体，无法排印协议 · no typeface with Chinese characters is there",
            remedy="apt-get install fonts-noto-cjk",
        )
    inputs = {"terms": json.dumps(_values(terms, cards), ensure_ascii=False)}
    try:
        pdf = typst.compile(
            str(_TEMPLATE),
            sys_inputs=inputs,
            pdf_standards="a-2b",
            timestamp=now.replace(microsecond=0),
        )
    except typst.TypstError as fault:
        raise EngineError(
            "agreement_text_failed",
            what=f"协议排印失败 · the agreement could not be set: {fault}",
            where=_TEMPLATE.name,
        ) from None
    write_private(out, pdf)


def _values(terms: Agreement, cards: Mapping[str, PublicIdentity]) -> dict[str, Any]:
    title, english = _TITLES[terms.kind]
    off_site = terms.off_site
    return {
        "title": title,
        "english": english,
        "id": terms.agreement_id,
        "kind": str(terms.kind),
        "archive": _side(terms.archive, cards),
        "parties": [_side(party, cards) for party in terms.parties],
        "purpose": terms.purpose,
        "basis": terms.legal_basis,
        "assessment": terms.impact_assessment,
        "fields": [field_words(name)[0] for name in FIELD_NAMES if name in terms.fields],
        "rows": _rows(terms),
        "volume": f"{terms.max_records:,}",
        "starts": f"{terms.starts:%Y 年 %m 月 %d 日}",
        "ends": f"{terms.ends:%Y 年 %m 月 %d 日}",
        "place": terms.place,
        "off_site": off_site
        and {"basis": off_site.legal_basis, "leader": _side(off_site.leader, cards)["name"]},
        "subcontracting": terms.subcontracting,
        "ending": str(terms.ending),
        "retention": terms.retention_days,
    }


def _side(fingerprint: str, cards: Mapping[str, PublicIdentity]) -> dict[str, str]:
    return {"name": cards[fingerprint].name, "fingerprint": fingerprint}


def _rows(terms: Agreement) -> str:
    scope = terms.rows
    said = [chinese("kind", kind) for kind in sorted(scope.kinds)]
    if scope.registered_from:
        said.append(f"登记日期自 {scope.registered_from}")
    if scope.registered_to:
        said.append(f"登记日期至 {scope.registered_to}")
    return "，".join(said)
