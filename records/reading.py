"""What the reader says about a page: its kind, its era and its fields.

The shapes and names are those of the interface description (`docs/interfaces.md`).
How a page is read is not handled here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from records.written import WrittenLine


class Kind(StrEnum):
    """The kind of form that a page bears."""

    MARRIAGE_CERTIFICATE = "marriage_certificate"
    DIVORCE_CERTIFICATE = "divorce_certificate"
    MARRIAGE_LEDGER = "marriage_ledger"
    DIVORCE_LEDGER = "divorce_ledger"
    APPLICATION = "application"
    REVIEW_FORM = "review_form"
    OTHER = "other"


LEDGERS = frozenset({Kind.MARRIAGE_LEDGER, Kind.DIVORCE_LEDGER})


class Era(StrEnum):
    """Eras of registration, named by their first decade."""

    E1950S = "1950s"
    E1960S = "1960s"
    E1980S = "1980s"
    E1990S = "1990s"
    E2000S = "2000s"


_ERA_ENDS = ((1965, Era.E1950S), (1979, Era.E1960S), (1993, Era.E1980S), (2003, Era.E1990S))


def era_of(year: int) -> Era:
    """The era of a registration year; years before 1950 count as the first era."""
    return next((era for end, era in _ERA_ENDS if year <= end), Era.E2000S)


class Decision(StrEnum):
    """The reader's recommendation for a field."""

    ACCEPT = "accept"
    KEY = "key"


class Colours(StrEnum):
    """The colours of a scan."""

    COLOUR = "colour"
    GREY = "grey"
    TWO_TONE = "two_tone"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTraits:
    """What a scan is like as a picture.

    `dpi_by_text` is its resolution by the height of the writing, None where there is too
    little; `fingerprint` holds 63 bits by which a page is known again.
    """

    colours: Colours
    dpi_by_text: int | None
    fingerprint: int


PARTY_FIELDS = (
    "name", "sex", "birth_date", "age", "id_number", "nationality", "ethnicity",
    "native_place", "occupation", "education", "address",
)  # fmt: skip
COUPLE_FIELDS = (
    "certificate_number", "registration_date", "office", "official", "holder", "remark",
    "sequence", "stamp.fonds", "stamp.year", "stamp.office_volume", "stamp.archive_volume",
    "stamp.pages",
)  # fmt: skip
ROLES = ("male", "female")
FIELD_NAMES = (*COUPLE_FIELDS, *(f"{role}.{field}" for role in ROLES for field in PARTY_FIELDS))

#: The fields that identify people and events; quality is stated over these.
KEY_FIELD_TAILS = frozenset(
    {"name", "holder", "birth_date", "registration_date", "certificate_number", "id_number"}
)


def field_tail(name: str) -> str:
    """`male.birth_date` → `birth_date`; names without a party are returned as they are."""
    return name.removeprefix("male.").removeprefix("female.")


class Box(NamedTuple):
    """Pixels of the upright page: left, top, right, bottom."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldReading:
    """One field as read: what stands there, what it means, and how sure the reader is.

    `text` is what stands on the page; `value` its normal form; `alternatives` other values
    with their probabilities, the delivered one first; `confidence` the calibrated
    probability that `value` is right; `flags` say what a person should know (`ditto`,
    `carried`, `ambiguous_date`, `sealed_over`, `register_corroborated`).
    `evidence` is what the confidence was computed from, by name of the feature; `lattice`
    the serialised character lattice of `ocr`; both are empty where there is none.
    """

    name: str
    row: int | None
    text: str
    value: str
    confidence: float
    decision: Decision
    box: Box | None
    alternatives: tuple[tuple[str, float], ...] = ()
    flags: frozenset[str] = frozenset()
    evidence: tuple[tuple[str, float], ...] = ()
    lattice: bytes = b""

    def as_json(self) -> dict[str, Any]:
        """The field as the interface describes it."""
        shown: dict[str, Any] = {
            "name": self.name,
            "row": self.row,
            "text": self.text,
            "value": self.value,
            "confidence": round(self.confidence, 4),
            "decision": str(self.decision),
            "box": list(self.box) if self.box else None,
        }
        if self.alternatives:
            shown["alternatives"] = [[text, round(p, 4)] for text, p in self.alternatives]
        if self.flags:
            shown["flags"] = sorted(self.flags)
        return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """A page that was read.

    `form_set` names the content of the descriptions of forms that it was read by; `lines` are
    all its writing in reading order, empty where nobody asked for it. `traits` are those of
    the picture, None for a text layer.
    """

    source: str
    page: int
    kind: Kind
    era: Era | None
    rotation: int
    size: tuple[int, int]
    dpi: int | None
    fields: tuple[FieldReading, ...]
    engine: str
    form_set: str = ""
    traits: PageTraits | None = None
    lines: tuple[WrittenLine, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The page as one line of `backfill read`."""
        return {
            "source": self.source,
            "page": self.page,
            "status": "read",
            "kind": str(self.kind),
            "era": str(self.era) if self.era else None,
            "rotation": self.rotation,
            "fields": [field.as_json() for field in self.fields],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRefusal:
    """A page, or a whole file, that was set aside, and why."""

    source: str
    page: int
    reason: str
    detail: str

    def as_json(self) -> dict[str, Any]:
        """The refusal as one line of `backfill read`."""
        return {
            "source": self.source,
            "page": self.page,
            "status": "quarantined",
            "reason": self.reason,
            "detail": self.detail,
        }
