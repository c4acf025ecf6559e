"""Models that people's answers have taught: learnt, written down, and read again.

Staff look at the hard cases only, so their answers alone would make all papers look hard. The
whole batch is weighed again with these answers held fast (EM with some of the labels known:
Nigam, McCallum, Thrun and Mitchell 2000), and the shares that come of it are the next model.
A model never changes: each has a version of its own, and answers name the one they had.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from matching.certificates import certificates_of
from matching.columns import Column, pc
from matching.compare import Comparison, compare, sample_chances
from matching.couple import hypotheses
from matching.em import learn_couples
from matching.model import VERSION, Parameters, starting_parameters
from matching.search import search
from records.errors import InputError

if TYPE_CHECKING:
    from matching.certificates import Certificates
    from matching.compare import Chances
    from matching.encode import Ints
    from matching.index import RegisterIndex

#: Bits that a confirmed answer has over everybody else's doubt.
_CONFIRMED = 80.0
#: The row of people of whom nobody said anything, and of those who are not in the register.
_UNSAID, _NOBODY = -2, -1
_TABLES = tuple(f.name for f in fields(Parameters) if f.name not in {"records", "version"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """A model learnt, and how many confirmed answers it was learnt with."""

    model: Parameters
    confirmed: int


def relearnt(
    certificates: pa.Table, index: RegisterIndex, confirmed: pa.Table, start: Parameters
) -> Learnt:
    """The model of these people, some of whose answers are known.

    `confirmed` has `record_id` as in `certificates` and `person_id`, null for somebody who is
    not in the register. Raises InputError for a record or a person that there is not.
    """
    people = certificates_of(certificates)
    row = _answered(people, index, confirmed)
    chances = sample_chances(people, index)
    found = search(people, index, chances, start, _silent)
    pairs = _with_answers(people, index, found, row, chances, start)
    sure = np.where(row[pairs.record] == pairs.row, _CONFIRMED, 0.0)
    couples = hypotheses(people, index.people, pairs)
    model, _ = learn_couples(couples, pairs, chances, start, index.known, sure=sure)
    told = int((row != _UNSAID).sum())
    return Learnt(model=_versioned(model, start.records + told), confirmed=told)


def _silent(_: str) -> None:
    """No progress is wanted."""


def _answered(people: Certificates, index: RegisterIndex, confirmed: pa.Table) -> Ints:
    """The register row that is known of each person, or `_NOBODY`, or `_UNSAID`."""
    record = _places(confirmed, "record_id", people.record_id)
    row = _places(confirmed, "person_id", index.person_ids)
    rows = np.full(len(people), _UNSAID, np.int64)
    rows[record] = row
    return rows


def _places(confirmed: pa.Table, name: str, known: Column) -> Ints:
    """The places of these ids among the known ones, `_NOBODY` for null."""
    asked: Column = confirmed[name]
    found = places(asked, known)
    if ((found < 0) & asked.is_valid().to_numpy()).any():
        raise InputError(
            "confirmed_unknown",
            what=f"{name} 中有不存在者 · a confirmed answer names a {name} that there is not",
            where=name,
            remedy="与证件表、人口登记核对 · compare with the certificates and the register",
        )
    return found


def places(ids: Column, known: Column) -> Ints:
    """Where these ids stand among the known ones, whatever type they came in; -1 where not."""
    try:
        alike = pc.cast(ids, known.type)
    except pa.ArrowInvalid:
        # A text among integers: those are compared as texts.
        alike, known = pc.cast(ids, "string"), pc.cast(known, "string")
    found: Ints = pc.fill_null(pc.index_in(alike, value_set=known), -1).to_numpy()
    return found.astype(np.int64)


def _with_answers(
    people: Certificates,
    index: RegisterIndex,
    found: Comparison,
    row: Ints,
    chances: Chances,
    start: Parameters,
) -> Comparison:
    """The candidates, of those whose answer is known this one alone."""
    told = np.flatnonzero(row >= 0)
    answers = compare(
        people, index, told, row[told], known=index.known, chances=chances, start=start
    )
    return Comparison.joined([found.take(np.flatnonzero(row[found.record] == _UNSAID)), answers])


def _versioned(model: Parameters, records: float) -> Parameters:
    """The model under the version that its own figures give it."""
    whole = replace(model, records=records)
    digest = sha256(_text(whole).encode()).hexdigest()
    return replace(whole, version=f"{VERSION}-{digest[:10]}")


def _text(model: Parameters) -> str:
    tables = {name: getattr(model, name).tolist() for name in _TABLES}
    return json.dumps({"records": model.records, **tables})


def as_text(model: Parameters) -> str:
    """The model as one JSON document: levels' shares, no person's data."""
    return json.dumps({"version": model.version, **json.loads(_text(model))})


def from_text(text: str, where: str) -> Parameters:
    """The model that `as_text` wrote; raises InputError for one of other levels, or changed."""
    plain = starting_parameters()
    try:
        told = json.loads(text)
        tables: dict[str, Any] = {name: np.array(told[name], float) for name in _TABLES}
        version, records = str(told["version"]), float(told["records"])
    except (ValueError, KeyError, TypeError) as error:
        raise _refused("model_unreadable", "模型读不出 · this is no model", where) from error
    model = replace(plain, **tables)
    if any(getattr(model, name).shape != getattr(plain, name).shape for name in _TABLES):
        raise _refused("model_version", "模型属另一版本 · the model is of another version", where)
    if version not in {plain.version, _versioned(model, records).version}:
        raise _refused("model_changed", "模型与其版本号不符 · the model was changed", where)
    return replace(model, records=records, version=version)


def _refused(reason: str, what: str, where: str) -> InputError:
    remedy = "重新学习：backfill match learn · learn it again with backfill match learn"
    return InputError(reason, what=what, where=where, remedy=remedy)
