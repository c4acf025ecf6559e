"""Three sides of one certificate: the row keyed earlier, the archive, and the register.

The archive's side is what was decided, or what was only read. The register stands beside the
two and decides nothing: a correction is drafted from what is settled of the paper alone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from records.certificate_number import certificate_value
from records.dates import date_value
from records.id_number import IdFlag, parse_id
from records.names import match_key, name_value
from records.reading import field_tail
from records.sex import parse_sex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


class Verdict(StrEnum):
    """How the earlier row's value stands to the archive's."""

    AGREES = "agrees"
    VARIANT = "variant"  # another written form of the same name
    DIFFERS = "differs"
    LEFT_OUT = "left_out"  # the row has nothing where the archive has a value
    NOT_ON_PAPER = "not_on_paper"  # the archive settled that nothing stands there
    UNSETTLED = "unsettled"  # read, but not settled
    UNREAD = "unread"


class FindingKind(StrEnum):
    """What is wrong with a row, or with the set of them."""

    PLACEHOLDER_ID = "placeholder_id"
    BAD_ID_NUMBER = "bad_id_number"
    BAD_DATE = "bad_date"
    BIRTH_AGAINST_ID = "birth_against_id"
    MISSING_IMAGE = "missing_image"
    UNKNOWN_IMAGE = "unknown_image"
    DOUBLED_NUMBER = "doubled_number"
    DOUBLED_ROW = "doubled_row"
    AMBIGUOUS = "ambiguous"
    NOT_KEYED = "not_keyed"
    GAP = "gap"
    FAR_NUMBER = "far_number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the archive has of a field; `source` is None where it was only read."""

    value: str
    source: str | None
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate of the archive: its fields, and the file its page stands in."""

    certificate_id: str
    scan: str
    fields: Mapping[str, Held]

    def value(self, field: str) -> str:
        """What was settled or read of a field, or nothing."""
        held = self.fields.get(field)
        return held.value if held else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong, at a line of the list or at a record; `detail` names fields or numbers."""

    line: int | None
    record_id: str
    kind: FindingKind
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedField:
    """One field on its three sides; `register` is empty where it says nothing."""

    line: int
    record_id: str
    field: str
    existing: str
    archive: str
    source: str | None
    confidence: float | None
    register: str
    verdict: Verdict

    @property
    def corrects(self) -> bool:
        """Whether a correction is drafted: the archive's value is settled and is another."""
        wrong = {Verdict.DIFFERS, Verdict.LEFT_OUT, Verdict.NOT_ON_PAPER}
        return self.source is not None and self.verdict in wrong


_DAY = len("2000-01-01")
_CONTEXT = (1900, 2100)
_DATES = frozenset({"registration_date", "birth_date"})
_BAD = frozenset(
    {IdFlag.CHECKSUM, IdFlag.BIRTH_INVALID, IdFlag.BIRTH_OUT_OF_RANGE, IdFlag.MALFORMED}
)


def _plain(text: str) -> str:
    return "".join(text.split())


def _date(text: str) -> str:
    return date_value(text, context=_CONTEXT) or _plain(text)


#: How a value is brought to the form in which it is compared, by kind of field.
_NORMAL: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "name": name_value,
        "holder": name_value,
        "certificate_number": certificate_value,
        "registration_date": _date,
        "birth_date": _date,
        "id_number": lambda text: parse_id(text).key or _plain(text),
        "sex": lambda text: parse_sex(text) or _plain(text),
    }
)


def normal(field: str, text: str) -> str:
    """`text` in the form in which values of this field are compared."""
    return _NORMAL.get(field_tail(field), _plain)(text) if text else ""


def verdict(field: str, existing: str, held: Held | None) -> Verdict:
    """How the earlier value stands to what the archive has."""
    if held is None:
        return Verdict.UNREAD
    ours, theirs = normal(field, held.value), normal(field, existing)
    if ours == theirs:
        return Verdict.AGREES
    if held.source is None:
        return Verdict.UNSETTLED
    if not theirs:
        return Verdict.LEFT_OUT
    if not ours:
        return Verdict.NOT_ON_PAPER
    same_name = field_tail(field) in {"name", "holder"} and match_key(ours) == match_key(theirs)
    return Verdict.VARIANT if same_name else Verdict.DIFFERS


def compare_row(
    line: int,
    row: Mapping[str, str],
    certificate: Certificate,
    register: Mapping[str, str],
) -> Iterator[ComparedField]:
    """Each field that row or certificate has, beside each other and what the register says."""
    for field, existing in row.items():
        held = certificate.fields.get(field)
        if held is None and not existing:
            continue
        yield ComparedField(
            line=line,
            record_id=certificate.certificate_id,
            field=field,
            existing=existing,
            archive=held.value if held else "",
            source=held.source if held else None,
            confidence=held.confidence if held else None,
            register=register.get(field, ""),
            verdict=verdict(field, existing, held),
        )


def faults_of_row(line: int, row: Mapping[str, str]) -> Iterator[Finding]:
    """What is wrong with a row by itself."""

    def found(kind: FindingKind, field: str) -> Finding:
        return Finding(line=line, record_id="", kind=kind, detail=field)

    for field, text in row.items():
        tail = field_tail(field)
        if tail == "id_number" and text:
            number = parse_id(text)
            if number.kind == "placeholder":
                yield found(FindingKind.PLACEHOLDER_ID, field)
            elif number.flags & _BAD:
                yield found(FindingKind.BAD_ID_NUMBER, field)
            elif number.birth and _contradicts(row, field, number.birth.isoformat()):
                yield found(FindingKind.BIRTH_AGAINST_ID, field)
        if tail in _DATES and text and date_value(text, context=_CONTEXT) is None:
            yield found(FindingKind.BAD_DATE, field)


def _contradicts(row: Mapping[str, str], field: str, birth: str) -> bool:
    stated = normal("birth_date", row.get(field.replace("id_number", "birth_date"), ""))
    return len(stated) == _DAY and stated != birth


class Linker:
    """Finds the certificate of an earlier row: by number and year, else by names and day."""

    def __init__(self, certificates: Iterable[Certificate]) -> None:
        self._by_number: defaultdict[str, list[Certificate]] = defaultdict(list)
        self._by_couple: defaultdict[tuple[str, str, str], list[Certificate]] = defaultdict(list)
        for each in certificates:
            number = each.value("certificate_number")
            if number:
                self._by_number[certificate_value(number)].append(each)
            self._by_couple[_couple(each.value)].append(each)

    def find(self, row: Mapping[str, str]) -> list[Certificate]:
        """The certificates that the row may mean: one, or none, or several alike."""
        couple = _couple(lambda field: row.get(field, ""))
        number = certificate_value(row.get("certificate_number", ""))
        numbered = self._by_number.get(number, []) if number else []
        fitting = [each for each in numbered if _same_year(each, row)]
        if len(fitting) > 1:
            fitting = [each for each in fitting if _couple(each.value) == couple] or fitting
        if fitting or not all(couple):
            return fitting
        return self._by_couple.get(couple, [])


def _couple(value: Callable[[str], str]) -> tuple[str, str, str]:
    return (
        match_key(value("male.name")),
        match_key(value("female.name")),
        normal("registration_date", value("registration_date")),
    )


def _same_year(certificate: Certificate, row: Mapping[str, str]) -> bool:
    ours = normal("registration_date", certificate.value("registration_date"))[:4]
    theirs = normal("registration_date", row.get("registration_date", ""))[:4]
    return not ours or not theirs or ours == theirs
