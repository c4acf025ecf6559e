"""Calibrations of one home: what was fitted and audited on its own pages, version by version.

A file holds counts, bounds, weights and hashes; nothing of a person. It decides what the
machine may accept, so it stands under a seal that only the home's key can make, and it holds
only for the reader whose readings were checked.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from confidentiality.files import read_private, write_private
from ocr.recalibration import Recalibration
from records.errors import IntegrityError

if TYPE_CHECKING:
    from pathlib import Path

    from confidentiality.homekey import HomeKey
    from flows.home import Home

FORMAT = "backfill-calibration/1"
#: What an audit makes of an era and hand.
OPEN, KEY, CLOSED = "open", "key", "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """An era and hand: fields to fit, fields audited, and what the audit showed.

    `missing` is how many more fields must be drawn, none accepted wrongly, before it opens.
    """

    era: str
    hand: str
    fit: int
    audited: int
    accepted: int
    wrong: int
    lower: float
    upper: float
    level: float
    outcome: str
    missing: int

    @property
    def name(self) -> str:
        """As policies name it: `1980s/neat`."""
        return f"{self.era}/{self.hand}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """One version: the change of confidence, what opened, and where both come from.

    `pages` are scans and pages (`<sha256>:<page>`) of which fields were keyed, `sample` the
    digest of all answers, `unsettled` the fields that keyings left open, counted as wrong.
    """

    version: int
    made_at: str
    made_by: str
    reader: str
    models: dict[str, str]
    batches: tuple[str, ...]
    pages: tuple[str, ...]
    sample: str
    unsettled: int
    allowed: float
    accept_at: float
    change: Recalibration
    strata: tuple[Stratum, ...]

    def named(self, outcome: str) -> tuple[str, ...]:
        """The strata with this outcome, as policies name them."""
        return tuple(each.name for each in self.strata if each.outcome == outcome)

    @property
    def label(self) -> str:
        """How pages that were read with it name it: its version and its hash."""
        return f"home-{self.version:04d}-{hashlib.sha256(_body(self)).hexdigest()[:16]}"


def path_of(home: Home, version: int) -> Path:
    """Where a version lies."""
    return home.calibration / f"{version:04d}.json"


def save(home: Home, key: HomeKey, calibration: Calibration) -> Path:
    """Write a version in one step, under the home's seal; returns its path."""
    home.calibration.mkdir(mode=0o700, exist_ok=True)
    path = path_of(home, calibration.version)
    body = _body(calibration)
    sealed = {"seal": _seal(key, body), **json.loads(body)}
    text = json.dumps(sealed, ensure_ascii=False, indent=1) + "\n"
    write_private(path, text.encode(), replace=True)
    return path


def latest(home: Home, key: HomeKey) -> Calibration | None:
    """The newest version, None before the first.

    Raises IntegrityError (`damaged_calibration`) for a file that this home didn't make.
    """
    versions = sorted(home.calibration.glob("[0-9]*.json"))
    return _read(versions[-1], key) if versions else None


def _read(path: Path, key: HomeKey) -> Calibration:
    try:
        held: dict[str, Any] = json.loads(read_private(path, limit=1 << 26))
        seal = str(held.pop("seal"))
        known = held.pop("format") == FORMAT
        held["change"] = Recalibration(**held["change"])
        held["strata"] = tuple(Stratum(**each) for each in held["strata"])
        held["batches"], held["pages"] = tuple(held["batches"]), tuple(held["pages"])
        found = Calibration(**held)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _damaged(path) from None
    if not (known and hmac.compare_digest(seal, _seal(key, _body(found)))):
        raise _damaged(path)
    return found


def _body(calibration: Calibration) -> bytes:
    whole = {"format": FORMAT, **asdict(calibration)}
    return json.dumps(whole, ensure_ascii=False, sort_keys=True).encode()


def _seal(key: HomeKey, body: bytes) -> str:
    return hmac.new(key.derive("calibration"), body, hashlib.sha256).hexdigest()


def _damaged(path: Path) -> IntegrityError:
    return IntegrityError(
        "damaged_calibration",
        what="校准文件有损或非本馆所制 · a calibration is damaged, or this home didn't make it",
        where=path.name,
        remedy="从备份恢复；或移走后重新运行 backfill calibrate · restore it from a backup, or "
        "move it away and run backfill calibrate",
    )
