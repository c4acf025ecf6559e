"""Sealing what a release decision permits, and nothing else.

The content is compared with what the officers approved before a byte is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from confidentiality.release import contents_digest
from confidentiality.rules import refuse
from confidentiality.sealed import SealReceipt, seal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from confidentiality.identity import Identity
    from confidentiality.release import ReleaseDecision


def seal_released(
    out: Path, contents: Mapping[str, bytes], *, decision: ReleaseDecision, sender: Identity
) -> SealReceipt:
    """Seal approved content for the approved recipients, and for the archive that sends it.

    The archive's own copy lets it say what was sent, and wrap it anew under a later key.

    Raises `NotPermittedError` (`contents_differ`) when the content is not what was
    approved, and whatever `seal` raises.
    """
    if contents_digest(contents) != decision.request.contents:
        raise refuse(
            "contents_differ",
            "内容与批准的申请不符 · the content is not what the officers approved",
            where=decision.request.package_id,
            remedy="file a new request for this content and have it approved",
        )
    return seal(
        out,
        contents,
        header=decision.header,
        sender=sender,
        recipients=(*decision.recipients, sender.public),
    )
