"""Comparison (信息比对): a department's list comes in, the answer leaves by the gate.

The list is opened, held against the agreement and the limits, compared with everybody on a
verified record, and what is answered is kept: the department gets the class of each person,
and the agreed fields of those who were found for certain. The list itself is not kept.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from confidentiality.replay import ReplayRegister
from confidentiality.rules import refuse
from confidentiality.sealed import SealedKind
from flows.comparing_people import by_name, by_token
from flows.gate import refusals_noted, terms_in_force
from flows.giving import Gift, gift_line, give, recipient_name, sealed_before
from flows.people_lists import Mode, parse_list
from flows.probing import probes_of, probes_of_found, require_no_probing, require_volume
from flows.share import rows_agreed
from flows.taking import open_from_department
from records.errors import UsageError
from warehouse.answers import AnswerTerms, answer_contents
from warehouse.share import enter_given

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from confidentiality.agreement import Agreement
    from confidentiality.linkage import LinkageKey
    from confidentiality.sealed import Opened, SealReceipt
    from flows.comparing_people import Finding
    from flows.installation import Installation
    from flows.people_lists import PeopleList

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """A list that may be answered."""

    opened: Opened
    asked: PeopleList
    terms: Agreement
    file: str

    @property
    def id(self) -> str:
        return self.opened.header.package_id

    @property
    def department(self) -> str:
        return self.opened.sender.fingerprint[:16]


def take_list(here: Installation, path: Path, linkage: LinkageKey | None = None) -> str:
    """Take in a sealed list, compare it and file the request for its answer; gives its id.

    Raises NotPermittedError naming the rule that forbids it, which is entered in the audit
    log; IntegrityError for a file that is damaged or no list.
    """
    with refusals_noted(here, file_kind="comparison"):
        taken = _open(here, path)
        register = ReplayRegister(here.home.received / "comparisons")
        register.require_new(taken.id, taken.opened.digest)
        if not _loaded(here, taken):
            _load(here, taken, linkage)
        register.record(taken.id, taken.opened.digest, now=here.clock())
    answer_list(here, taken.id)
    return taken.id


def answer_list(here: Installation, comparison_id: str) -> str | None:
    """File the request for an answer, or seal it once two officers approved."""
    row = _known(here, comparison_id)
    package_id = f"C-{comparison_id}"
    sealed = sealed_before(here, package_id)
    if sealed:
        return sealed
    terms = terms_in_force(here, row["agreement_id"])
    fields = tuple(json.loads(row["fields"]))
    contents = answer_contents(
        here.warehouse.query("comparison_rows", comparison_id=comparison_id),
        AnswerTerms(
            share_id=package_id,
            agreement_id=terms.agreement_id,
            recipient=recipient_name(here, terms),
            purpose=terms.purpose,
            fields=fields,
            people=row["people"],
        ),
        now=row["received_at"],
    )
    told = frozenset(fields) | compared_fields(terms)
    gift = Gift(
        package_id=package_id,
        terms=terms,
        fields=told,
        records=row["people"],
        contents=contents,
    )

    def enter(receipt: SealReceipt, now: datetime) -> None:
        enter_given(here.warehouse, gift_line(gift, "comparison", receipt), now=now)

    return give(here, gift, enter)


def compared_fields(terms: Agreement) -> frozenset[str]:
    """The agreed fields by which people are compared; whether they match tells of them."""
    tails = ("name", "birth_date", "id_number")
    names = {f"{role}.{tail}" for role in ("male", "female") for tail in tails}
    return terms.fields & names


def _open(here: Installation, path: Path) -> _Taken:
    opened, terms = open_from_department(here, path, SealedKind.COMPARISON)
    asked = parse_list(opened.contents, where=path.name)
    if not set(asked.fields) <= terms.fields:
        raise _refused("fields_not_agreed", "含协议外字段 · fields beyond the agreement", terms)
    if not {"male.name", "female.name"} & terms.fields:
        raise _refused(
            "comparison_not_agreed", "协议不含姓名，不得比对 · names may not be compared", terms
        )
    return _Taken(opened=opened, asked=asked, terms=terms, file=path.name)


def _load(here: Installation, taken: _Taken, linkage: LinkageKey | None) -> None:
    people = len(taken.asked.people)
    given = here.warehouse.query("records_shared", agreement_id=taken.terms.agreement_id)
    room = taken.terms.max_records - given["records"][0].as_py()
    require_volume(here, taken.department, people, room)
    probes = probes_of(here, taken.id, taken.asked)
    require_no_probing(here, taken.department, probes)
    findings = _compared(here, taken, linkage)
    found = probes_of_found(here, taken.id, [each.persons[0] for each in findings if each.persons])
    require_no_probing(here, taken.department, found)
    rows = _answered(here, taken, findings)
    line = {
        "comparison_id": taken.id,
        "agreement_id": taken.terms.agreement_id,
        "department": taken.department,
        "mode": str(taken.asked.mode),
        "fields": json.dumps(taken.asked.fields),
        "people": people,
        "file": taken.file,
        "sha256": taken.opened.digest,
        "received_at": here.clock(),
    }
    store = here.warehouse
    with store.transaction():
        store.merge("comparison_probes", pa.concat_tables([probes, found]))
        store.merge("comparison_answers", rows)
        store.merge("comparisons", pa.Table.from_pylist([line], store.schema("comparisons")))
        here.note(
            "comparison.received",
            comparison=taken.id,
            people=people,
            rows=rows.num_rows,
            sha256=taken.opened.digest,
        )


def _compared(here: Installation, taken: _Taken, linkage: LinkageKey | None) -> tuple[Finding, ...]:
    if taken.asked.mode is Mode.NAMES:
        return by_name(here, taken.asked)
    if linkage is None or linkage.name != taken.asked.linkage_key:
        raise UsageError(
            "linkage_key_needed",
            what="需要制作令牌所用的关联密钥 · the linkage key of these tokens is needed",
            where=taken.asked.linkage_key,
            remedy="--linkage-key FILE",
        )
    return by_token(here, taken.asked, linkage)


def _answered(here: Installation, taken: _Taken, findings: tuple[Finding, ...]) -> pa.Table:
    """What each is told: nothing of those who are merely possible, and only rows agreed."""
    told = _told(here, taken, findings)
    refs = [each.ref for each in taken.asked.people]
    rows: list[Row] = []
    for each in findings:
        own = {"comparison_id": taken.id, "place": each.place, "ref": refs[each.place - 1]}
        allowed = [record for record in each.records if record in told]
        if not allowed:
            rows.append(own | {"record_id": "", "answer": "none", "told": "{}"})
        for record in allowed if each.certain else allowed[:1]:
            values = told[record] if each.certain else {}
            rows.append(
                own
                | {
                    "record_id": record,
                    "answer": "match" if each.certain else "possible",
                    "told": json.dumps(values, ensure_ascii=False, sort_keys=True),
                }
            )
    return pa.Table.from_pylist(rows, here.warehouse.schema("comparison_answers"))


def _told(
    here: Installation, taken: _Taken, findings: tuple[Finding, ...]
) -> dict[str, dict[str, str]]:
    records = sorted({record for each in findings for record in each.records})
    incoming = pa.table({"record_id": pa.array(records, pa.string())})
    scope = rows_agreed(taken.terms).params()
    bounds = {name: scope[name] for name in ("kinds", "registered_from", "registered_to")}
    values = here.warehouse.query_about(
        "values_told", incoming, fields=taken.asked.fields, **bounds
    )
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    columns = (values[name].to_pylist() for name in ("record_id", "field", "value"))
    for record, field, value in zip(*columns, strict=True):
        known = found[record]
        if field is not None:
            known[field] = value
    return dict(found)


def _loaded(here: Installation, taken: _Taken) -> bool:
    """Whether a start that stopped before it could enter the file had loaded it."""
    rows = here.warehouse.query("comparisons_known").to_pylist()
    known = {row["comparison_id"]: row["sha256"] for row in rows}
    if known.get(taken.id, taken.opened.digest) != taken.opened.digest:
        raise _refused(
            "package_id_reused", "编号已被另一文件使用 · another file used this id", taken.terms
        )
    return taken.id in known


def _known(here: Installation, comparison_id: str) -> Row:
    for row in here.warehouse.query("comparisons_known").to_pylist():
        if row["comparison_id"] == comparison_id:
            return dict(row)
    raise UsageError(
        "unknown_comparison",
        what="没有这次比对 · there is no such comparison",
        where=comparison_id,
        remedy="backfill comparison list",
    )


def _refused(reason: str, what: str, terms: Agreement) -> Exception:
    return refuse(
        reason,
        what,
        where=terms.agreement_id,
        remedy="请对方按协议重新提交 · have the request made anew within the agreement",
    )
