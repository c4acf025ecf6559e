"""The folders of one installation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from records.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where one installation keeps its things; `root` is what `--home` names.

    Everything personal in it is encrypted: the warehouse, its chunks and the register
    index under keys derived from the home's own, packages under their recipients'.
    """

    root: Path

    @property
    def keys(self) -> Path:
        """Private keys, each protected by a passphrase or by file permissions."""
        return self.root / "keys"

    @property
    def home_key(self) -> Path:
        """The wrapped data key of this home."""
        return self.keys / "home.key"

    @property
    def archive_identity(self) -> Path:
        """The archive's private identity."""
        return self.keys / "archive.identity"

    def earlier_identity(self, fingerprint: str) -> Path:
        """An identity of this archive whose place another took; opens what was sealed for it."""
        return self.keys / f"archive-{fingerprint[:16]}.identity"

    def earlier_identities(self) -> list[Path]:
        """The files of all identities whose place the present one took."""
        return sorted(self.keys.glob("archive-*.identity"))

    @property
    def archive_card(self) -> Path:
        """The archive's public card, to hand out."""
        return self.root / "archive.card.json"

    @property
    def cards(self) -> Path:
        """Public cards of everybody this archive deals with."""
        return self.root / "cards"

    @property
    def agreements(self) -> Path:
        """Agreements with vendors and departments."""
        return self.root / "agreements"

    @property
    def enrolments(self) -> Path:
        """Which stations may open packages, and where they stand."""
        return self.root / "enrolments"

    @property
    def releases(self) -> Path:
        """Release requests and their approvals."""
        return self.root / "releases"

    @property
    def outgoing(self) -> Path:
        """Sealed files for others."""
        return self.root / "outgoing"

    @property
    def warehouse(self) -> Path:
        """The encrypted warehouse."""
        return self.root / "warehouse.duckdb"

    @property
    def snapshot(self) -> Path:
        """The copy of the warehouse that others read."""
        return self.root / "snapshot.duckdb"

    @property
    def chunks(self) -> Path:
        """Encrypted tables that wait to be loaded."""
        return self.root / "chunks"

    @property
    def register(self) -> Path:
        """The encrypted index of the population register."""
        return self.root / "register"

    @property
    def people(self) -> Path:
        """The encrypted index of everybody on a verified record, for comparisons."""
        return self.root / "people"

    @property
    def audit(self) -> Path:
        """The audit log."""
        return self.root / "audit"

    @property
    def received(self) -> Path:
        """Which sealed files have been taken in."""
        return self.root / "received"

    @property
    def destroyed(self) -> Path:
        """Vendors' signed statements that packages were destroyed."""
        return self.root / "destroyed"

    @property
    def forms(self) -> Path:
        """The archive's own descriptions of forms."""
        return self.root / "forms"

    @property
    def calibration(self) -> Path:
        """Calibrations of the reader on this archive's own pages."""
        return self.root / "calibration"

    @property
    def reports(self) -> Path:
        """Reports of batches."""
        return self.root / "reports"

    @property
    def archive_codes(self) -> Path:
        """The grammar of archive codes, in TOML."""
        return self.root / "archive-codes.toml"

    def make_folders(self) -> None:
        """Make all folders; the home itself is closed to other users."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o700)
        for folder in (
            self.keys,
            self.cards,
            self.enrolments,
            self.agreements,
            self.releases,
            self.outgoing,
            self.chunks,
            self.received,
            self.destroyed,
            self.forms,
            self.reports,
        ):
            folder.mkdir(exist_ok=True)

    def require(self) -> None:
        """Raise a UsageError when `backfill init` has not made this home."""
        if not self.home_key.exists():
            raise UsageError(
                "home_not_made",
                what="这里还没有工作目录 · there is no home here",
                where=str(self.root),
                remedy="backfill init --home DIR",
            )
