"""What was sealed under an id, as the audit log has it: at first, and wrapped anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from confidentiality.audit import AuditLog

if TYPE_CHECKING:
    from confidentiality.audit import Subject
    from flows.installation import Installation

_SEALED = {"package.released": "package", "share.released": "share", "file.rewrapped": "package"}


def sealed_under(here: Installation, package_id: str) -> list[Subject]:
    """The entries about the files of a package or share; `sha256` and `digest` are theirs."""
    return [
        entry.subject
        for entry in AuditLog(here.home.audit).entries()
        if entry.event in _SEALED and entry.subject.get(_SEALED[entry.event]) == package_id
    ]
