"""What a department seals for the archive; needs the base packages alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from confidentiality.identity import Identity, PublicIdentity
from confidentiality.sealed import SealedKind, SealHeader, seal
from flows.keys import passphrase
from flows.settings import now

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from datetime import timedelta

_PURPOSE = {
    SealedKind.COMPARISON: "信息比对 · comparison",
    SealedKind.RECEIPT: "回执 · receipt",
    SealedKind.CORRECTION: "校核纠错 · corrections",
}


def seal_for_archive(
    arguments: argparse.Namespace,
    kind: SealedKind,
    package_id: str,
    contents: Mapping[str, bytes],
    *,
    life: timedelta,
    answers: str | None = None,
) -> None:
    """Seal for the archive as the department whose identity the command names."""
    department = Identity.load(arguments.identity, passphrase(arguments, "口令 · passphrase"))
    moment = now().replace(microsecond=0)
    seal(
        arguments.out,
        contents,
        header=SealHeader(
            kind=kind,
            package_id=package_id,
            agreement=arguments.agreement,
            purpose=_PURPOSE[kind],
            created=moment,
            expires=moment + life,
            answers=answers,
        ),
        sender=department,
        recipients=[PublicIdentity.load(arguments.archive_card)],
    )
