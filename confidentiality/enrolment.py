"""Enrolment (登记备案) of keying stations: which machine may open packages, where, how long.

The archive rules of 2006 (令32) have files consulted on the spot and not lent, so the place
is the archive's to say: it signs a statement that names a station by its card's fingerprint,
the place where it stands and, where the system tells it, the machine. Packages are released
only to stations that are enrolled at the agreement's place, and a station opens them only
while its enrolment holds.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from confidentiality.canonical import (
    canonical,
    from_text,
    instant_text,
    is_fingerprint,
    parse_instant,
    require_identifier,
    to_text,
)
from confidentiality.files import write_private
from confidentiality.identity import Role
from confidentiality.rules import refuse
from confidentiality.statements import load_statement
from records.errors import IntegrityError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from confidentiality.identity import Identity, PublicIdentity
    from confidentiality.trust import Trusted

_DOMAIN = "enrolment"
_FORMAT = "backfill-enrolment"
_MAX_PLACE = 200
#: The roles whose machines are enrolled.
STATIONS = frozenset({Role.VENDOR, Role.CLERK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """The archive's word that a station stands at a place from `starts` until before `ends`.

    `station` and `archive` are fingerprints; `machine` is `machine_digest` of the machine's
    id, empty where its system tells none.
    """

    station: str
    archive: str
    place: str
    machine: str
    starts: datetime
    ends: datetime
    signature: bytes = b""

    def claims(self) -> dict[str, Any]:
        """What the signature covers."""
        return {
            "archive": self.archive,
            "ends": instant_text(self.ends),
            "format": _FORMAT,
            "machine": self.machine,
            "place": self.place,
            "starts": instant_text(self.starts),
            "station": self.station,
            "version": 1,
        }

    def to_bytes(self) -> bytes:
        """The statement as canonical JSON."""
        return canonical({**self.claims(), "signature": to_text(self.signature)})

    @classmethod
    def load(cls, path: Path) -> Self:
        """The statement in a file; raises `IntegrityError`. Its signature isn't proven here."""
        return load_statement(path, lambda record: cls._from_record(record, path.name), _damaged)

    @classmethod
    def _from_record(cls, record: dict[str, Any], where: str) -> Self:
        return cls(
            station=record["station"],
            archive=record["archive"],
            place=record["place"],
            machine=record["machine"],
            starts=parse_instant(record["starts"], where=where),
            ends=parse_instant(record["ends"], where=where),
            signature=from_text(record["signature"], where=where),
        )

    def signed_by(self, card: PublicIdentity) -> bool:
        """Whether the archive of this card signed this very statement."""
        return (
            card.fingerprint == self.archive
            and card.role is Role.ARCHIVE
            and card.verify(self.signature, _DOMAIN, canonical(self.claims()))
        )

    def holds(self, now: datetime) -> bool:
        """Whether `now` lies within its time."""
        return self.starts <= now < self.ends


def machine_digest(machine_id: str) -> str:
    """What an enrolment keeps of a machine's id, which is not given to others; empty for none."""
    told = machine_id.strip()
    return hashlib.sha256(f"backfill/machine/1\0{told}".encode()).hexdigest() if told else ""


def enrol(
    card: PublicIdentity,
    *,
    place: str,
    starts: datetime,
    ends: datetime,
    by: Identity,
    machine: str = "",
) -> Enrolment:
    """The archive's signed enrolment of a station.

    Raises `UsageError` for a card that is no station's, or for a place, machine or period
    that no enrolment may have.
    """
    named = bool(place.strip()) and place.isprintable() and len(place) <= _MAX_PLACE
    known = not machine or is_fingerprint(machine)
    if card.role not in STATIONS or not named or not known or starts >= ends:
        raise UsageError(
            "bad_enrolment",
            what="无法登记该工位 · this station can't be enrolled so",
            where=card.fingerprint[:16],
            remedy=(
                "名片须为承录方或录入员，地点不得为空，止期晚于起期 · a vendor's or clerk's card, "
                "a place, the machine as `station init` shows it, an end after the start"
            ),
        )
    bare = Enrolment(
        station=card.fingerprint,
        archive=by.fingerprint,
        place=place,
        machine=machine,
        starts=starts,
        ends=ends,
    )
    return replace(bare, signature=by.sign(_DOMAIN, canonical(bare.claims())))


def require_enrolled(
    enrolments: Mapping[str, Enrolment],
    station: str,
    *,
    place: str,
    trusted: Trusted,
    now: datetime,
) -> None:
    """Raises `NotPermittedError` (`station_not_enrolled`) unless the station may work there now."""
    held = enrolments.get(station)
    if (
        held is None
        or held.place != place
        or not held.holds(now)
        or not held.signed_by(trusted.find(held.archive))
    ):
        raise refuse(
            "station_not_enrolled",
            "工位未在协议所定地点登记，或登记已过期 · the station is not enrolled there",
            where=station[:16],
            remedy="backfill enrol CARD --place PLACE --to DAY",
        )


def require_this_machine(
    held: Enrolment | None, *, machine_id: str, sender: str, trusted: Trusted, now: datetime
) -> None:
    """What a station asks before it opens a package of `sender`, a fingerprint.

    The sender, or the archive whose place it took, must have enrolled the station.

    Raises `NotPermittedError`: `not_enrolled`, `enrolment_ended`, or `other_machine` where
    the enrolment names another machine than this one.
    """
    if (
        held is None
        or not trusted.follows(sender, held.archive)
        or not held.signed_by(trusted.find(held.archive))
    ):
        raise _kept_shut(
            "not_enrolled", "本机未经发件档案馆登记 · the sender has not enrolled this station"
        )
    if not held.holds(now):
        raise _kept_shut("enrolment_ended", "本机登记不在有效期内 · the enrolment is out of time")
    if held.machine and held.machine != machine_digest(machine_id):
        raise _kept_shut("other_machine", "本机不是所登记的机器 · this is not the enrolled machine")


class EnrolmentStore:
    """A home's enrolments, `<station's fingerprint>.json`; a later one takes the place."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, enrolment: Enrolment) -> None:
        """Keep an enrolment."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = require_identifier(enrolment.station, what="station")
        write_private(self._folder / f"{name}.json", enrolment.to_bytes(), replace=True)

    def all(self) -> dict[str, Enrolment]:
        """The enrolments by station; raises `IntegrityError` for a damaged file."""
        kept = map(Enrolment.load, sorted(self._folder.glob("*.json")))
        return {each.station: each for each in kept}


def _kept_shut(reason: str, what: str) -> Exception:
    return refuse(
        reason,
        what,
        where="enrolment.json",
        remedy="请档案馆登记本机，再 station enrol FILE · have the archive enrol it",
    )


def _damaged(where: str) -> IntegrityError:
    return IntegrityError(
        "bad_enrolment",
        what="工位登记文件损坏或被改动 · the enrolment's file is damaged or was changed",
        where=where,
        remedy="向档案馆索取新的登记文件 · ask the archive for a new one",
    )
