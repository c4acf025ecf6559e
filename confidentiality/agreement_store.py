"""The folder where a home keeps its agreements and their revocations.

`<agreement id>.json` holds an agreement with its signatures, `<agreement id>.revoked` its
revocation; neither is ever overwritten. Whether an agreement binds is `agreement`'s.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from confidentiality.agreement import Agreement, SignedAgreement, require_in_force
from confidentiality.canonical import require_identifier
from confidentiality.files import open_regular, read_at_most, write_private
from confidentiality.revocation import Revocation, verify_revocation
from records.errors import IntegrityError, NotPermittedError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from confidentiality.trust import Trusted

_LIMIT = 262_144


class AgreementStore:
    """Agreements in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, held: SignedAgreement, *, trusted: Trusted) -> None:
        """Keep an agreement that all its sides signed.

        Raises `NotPermittedError` when a signature is missing or wrong, `UsageError` when
        an agreement of that id is kept already.
        """
        # An agreement may be kept before it begins, so its first day stands for now.
        require_in_force(held, trusted=trusted, now=held.agreement.starts)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self._path(held.agreement.agreement_id, "json"), held.to_bytes())

    def add_signatures(self, held: SignedAgreement, *, trusted: Trusted) -> None:
        """Keep an agreement of this store with further signatures.

        Raises `NotPermittedError` when it is another agreement, or a side's signature fails.
        """
        kept = self.get(held.agreement.agreement_id)
        if kept.agreement.digest != held.agreement.digest:
            raise NotPermittedError(
                "agreements_differ",
                what="所签的不是已登记的协议 · this is not the agreement that is kept",
                where=held.agreement.agreement_id,
                remedy="sign the agreement as it is kept",
            )
        require_in_force(replace(held, revocation=None), trusted=trusted, now=held.agreement.starts)
        path = self._path(held.agreement.agreement_id, "json")
        write_private(path, held.to_bytes(), replace=True)

    def get(self, agreement_id: str) -> SignedAgreement:
        """The agreement with its revocation, if any.

        Raises `NotPermittedError` (`agreement_unknown`) when none of that id is kept,
        `IntegrityError` when its file is damaged.
        """
        path = self._path(agreement_id, "json")
        if not path.exists():
            raise NotPermittedError(
                "agreement_unknown",
                what="没有该保密协议 · there is no such agreement",
                where=agreement_id,
                remedy="add the signed agreement first",
            )
        held = SignedAgreement.from_bytes(_read(path), where=path.name)
        if held.agreement.agreement_id != agreement_id:
            raise IntegrityError(
                "agreement_misplaced",
                what="协议与文件名不符 · an agreement lies under another one's name",
                where=path.name,
                remedy="restore the folder from a backup",
            )
        ended = self._path(agreement_id, "revoked")
        if not ended.exists():
            return held
        return replace(held, revocation=Revocation.from_bytes(_read(ended), where=ended.name))

    def ids(self) -> tuple[str, ...]:
        """The ids of the agreements kept."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.json")))

    def revoke(self, agreement_id: str, revocation: Revocation, *, trusted: Trusted) -> None:
        """Keep a revocation signed by a side of the agreement; a second one changes nothing.

        Raises `NotPermittedError` when it is not a side's, or not of this agreement.
        """
        held = self.get(agreement_id)
        verify_revocation(held.agreement, revocation, trusted=trusted)
        if held.revocation is None:
            write_private(self._path(agreement_id, "revoked"), revocation.to_bytes())

    def in_force(self, agreement_id: str, *, trusted: Trusted, now: datetime) -> Agreement:
        """The agreement, if it binds now; raises as `get` and `require_in_force` do."""
        return require_in_force(self.get(agreement_id), trusted=trusted, now=now)

    def _path(self, agreement_id: str, suffix: str) -> Path:
        return self._folder / f"{require_identifier(agreement_id, what='agreement')}.{suffix}"


def _read(path: Path) -> bytes:
    with open_regular(path) as stream:
        return read_at_most(stream, _LIMIT, where=path.name)
