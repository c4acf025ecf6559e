"""The cast of the demonstration: officers, clerks' stations, a department, agreements.

The people are played, the steps are not: identities, agreements, approvals, stations and
sealed files are made by the same code, and the same vendor command, as in daily work.
"""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from confidentiality.agreement import (
    Agreement,
    AgreementKind,
    SignedAgreement,
    merge_signatures,
    sign_agreement,
)
from confidentiality.enrolment import enrol
from confidentiality.files import write_private
from confidentiality.homekey import HomeKey
from confidentiality.identity import Identity, PublicIdentity, Role
from confidentiality.release import APPROVALS_NEEDED, approve
from flows.opening import make_warehouse
from flows.progress import progress
from records.errors import EngineError
from records.reading import FIELD_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flows.home import Home
    from flows.installation import Installation

Row = dict[str, Any]

KEYING, SHARING = "KEYING-DEMO", "SHARING-DEMO"
#: What the department's agreement names; addresses, occupations and remarks are not in it.
SHARED_FIELDS = frozenset(
    {"certificate_number", "registration_date", "office"}
    | {
        f"{role}.{tail}"
        for role in ("male", "female")
        for tail in ("name", "birth_date", "id_number")
    }
)
_YEAR = timedelta(days=365)
_PLACE = "演示档案馆录入室"
#: Stations at work at a time; each unlocks its identity with a costly passphrase.
_STATIONS_TOGETHER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Where the played people keep their things; `passphrase_file` is everybody's."""

    folder: Path
    clerks: int

    @property
    def passphrase_file(self) -> Path:
        """The passphrase of this demonstration."""
        return self.folder / "passphrase"

    def station(self, number: int) -> Path:
        """The home of a clerk's station."""
        return self.folder / "stations" / f"clerk-{number:02d}"

    def person(self, name: str) -> Path:
        """The private identity of an officer or of the department."""
        return self.folder / f"{name}.identity"


def assemble(cast: Cast, home: Home) -> None:
    """Make everybody's identity, and the home; what exists already stays."""
    cast.folder.mkdir(parents=True, exist_ok=True)
    if not cast.passphrase_file.exists():
        write_private(cast.passphrase_file, secrets.token_urlsafe(18).encode() + b"\n")
    secret = passphrase(cast)
    home.make_folders()
    _identity(home.archive_identity, Role.ARCHIVE, "演示档案馆", secret)
    if not home.home_key.exists():
        HomeKey.create(home.home_key, secret)
    make_warehouse(home, HomeKey.open(home.home_key, secret))
    _identity(cast.person("officer-1"), Role.OFFICER, "演示审批岗甲", secret)
    _identity(cast.person("officer-2"), Role.OFFICER, "演示审批岗乙", secret)
    _identity(cast.person("department"), Role.DEPARTMENT, "演示民政信息中心", secret)
    missing = [n for n in _numbers(cast) if not _ready(cast, n).exists()]
    in_turns(
        "建立录入工作站 · making keying stations",
        [partial(_make_station, cast, n) for n in missing],
    )


def passphrase(cast: Cast) -> str:
    """The passphrase of this demonstration."""
    return cast.passphrase_file.read_text().strip()


def _identity(path: Path, role: Role, name: str, secret: str) -> None:
    card = path.with_suffix(".card.json")
    if not path.exists():
        Identity.create(role, name).save(path, secret)
    if not card.exists():
        Identity.load(path, secret).public.save(card)


def _ready(cast: Cast, number: int) -> Path:
    return cast.station(number) / "ready"


def _make_station(cast: Cast, number: int) -> None:
    home = cast.station(number)
    # What a start that did not finish left behind is no station yet.
    shutil.rmtree(home, ignore_errors=True)
    station(cast, number, "init", "--name", f"演示录入机{number:02d}", "--role", "clerk")
    archive = cast.folder.parent / "keys" / "archive.card.json"
    station(cast, number, "trust", str(archive), home=home)
    _ready(cast, number).touch()


def station(cast: Cast, number: int, *words: str, home: Path | None = None) -> list[Row]:
    """Run the vendor's command line on a clerk's station; gives the JSON lines it printed.

    Raises EngineError when it fails.
    """
    program = Path(sys.executable).with_name("station")
    options = ["--home", str(home or cast.station(number)), "--json"]
    options += ["--passphrase-file", str(cast.passphrase_file)]
    done = subprocess.run(  # noqa: S603 - our own program with our own words
        [str(program), *words, *options], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise EngineError(
            "station_failed",
            what=f"station {words[0]} ended with status {done.returncode}: {done.stderr.strip()}",
            where=f"clerk-{number:02d}",
        )
    return [json.loads(line) for line in done.stdout.splitlines() if line]


def in_turns(title: str, work: Sequence[Callable[[], object]]) -> None:
    """Do all the work, a few stations at a time, with progress."""
    with progress(title, len(work)) as bar, ThreadPoolExecutor(_STATIONS_TOGETHER) as crew:
        for _ in crew.map(lambda each: each(), work):
            bar.update(1)


def conclude_agreements(cast: Cast, here: Installation) -> None:
    """Trust everybody's card and conclude both agreements, signed by all their sides."""
    cards = {n: PublicIdentity.load(cast.station(n) / "card.json") for n in _numbers(cast)}
    people = ("officer-1", "officer-2", "department")
    for path in (cast.person(name).with_suffix(".card.json") for name in people):
        here.trust.add(PublicIdentity.load(path))
    for card in (here.require_archive().public, *cards.values()):
        here.trust.add(card)
    in_turns(
        "登记录入工位 · enrolling stations",
        [partial(_enrol, cast, here, number, card) for number, card in cards.items()],
    )
    if KEYING not in here.agreements.ids():
        parties = [card.fingerprint for card in cards.values()]
        terms = _terms(here, KEYING, AgreementKind.ENTRUSTED_KEYING, parties)
        _conclude(here, [_by_archive(here, terms), *_by_stations(cast, here, terms)])
    if SHARING not in here.agreements.ids():
        department = Identity.load(cast.person("department"), passphrase(cast))
        terms = _terms(here, SHARING, AgreementKind.DATA_SHARING, [department.fingerprint])
        _conclude(here, [_by_archive(here, terms), _by(department, terms)])


def _enrol(cast: Cast, here: Installation, number: int, card: PublicIdentity) -> None:
    if card.fingerprint in here.enrolments.all():
        return
    now = here.clock().replace(microsecond=0)
    made = enrol(card, place=_PLACE, starts=now, ends=now + _YEAR, by=here.require_archive())
    statement = cast.station(number) / "archive.enrolment.json"
    write_private(statement, made.to_bytes(), replace=True)
    station(cast, number, "enrol", str(statement))
    here.enrolments.add(made)
    here.note("station.enrolled", station=card.fingerprint[:16])


def _by(party: Identity, terms: Agreement) -> SignedAgreement:
    signature = sign_agreement(terms, by=party)
    return SignedAgreement(agreement=terms, signatures={party.fingerprint: signature})


def _by_archive(here: Installation, terms: Agreement) -> SignedAgreement:
    return _by(here.require_archive(), terms)


def _by_stations(cast: Cast, here: Installation, terms: Agreement) -> list[SignedAgreement]:
    """Each clerk reads and signs the agreement at their own station."""
    folder = cast.folder / "agreements"
    folder.mkdir(exist_ok=True)
    draft = folder / f"{terms.agreement_id}.json"
    write_private(draft, _by_archive(here, terms).to_bytes(), replace=True)
    signed = {n: folder / f"{terms.agreement_id}.{n:02d}.json" for n in _numbers(cast)}

    def sign(number: int) -> None:
        signed[number].unlink(missing_ok=True)
        words = ["sign", str(draft), "--out", str(signed[number]), "--accept", terms.digest]
        station(cast, number, *words)

    in_turns("签署保密协议 · signing the agreement", [partial(sign, n) for n in signed])
    return [
        SignedAgreement.from_bytes(path.read_bytes(), where=path.name) for path in signed.values()
    ]


def _numbers(cast: Cast) -> range:
    return range(1, cast.clerks + 1)


def _terms(
    here: Installation, agreement_id: str, kind: AgreementKind, parties: Sequence[str]
) -> Agreement:
    sharing = kind is AgreementKind.DATA_SHARING
    now = here.clock().replace(microsecond=0)
    return Agreement(
        agreement_id=agreement_id,
        kind=kind,
        archive=here.require_archive().fingerprint,
        parties=tuple(parties),
        purpose="部门间信息比对共享（演示）" if sharing else "婚姻登记档案补录（演示）",
        legal_basis="京民社管发〔2023〕136 号第五条（演示）",
        impact_assessment="PIA-DEMO-1",
        fields=SHARED_FIELDS if sharing else frozenset(FIELD_NAMES),
        max_records=100_000,
        starts=now,
        ends=now + _YEAR,
        document_sha256=sha256(f"demonstration {agreement_id}".encode()).hexdigest(),
        place="" if sharing else _PLACE,
    )


def _conclude(here: Installation, parts: Sequence[SignedAgreement]) -> None:
    held = merge_signatures(parts)
    here.agreements.add(held, trusted=here.trusted)
    here.note("agreement.added", agreement=held.agreement.agreement_id)


def approve_all(cast: Cast, here: Installation) -> int:
    """Both officers approve every request that waits; returns how many were approved."""
    secret = passphrase(cast)
    waiting = [
        each
        for each in here.releases.ids()
        if len(here.releases.approvals(each)) < APPROVALS_NEEDED
    ]
    for name in ("officer-1", "officer-2") if waiting else ():
        officer = Identity.load(cast.person(name), secret)
        for package_id in waiting:
            request = here.releases.get(package_id)
            here.releases.approve(package_id, approve(request, by=officer, now=here.clock()))
            here.note("release.approved", package=package_id, officer=officer.fingerprint[:16])
    return len(waiting)
