"""Who may seal what for whom, and when a proven file may be opened.

Decides on values; the signature has been proven before these rules are asked, so that an
altered file never chooses which rule it meets.
"""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from confidentiality.format import Head, SealedKind
from confidentiality.identity import Role
from records.errors import NotPermittedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

SENDERS: Mapping[SealedKind, frozenset[Role]] = MappingProxyType(
    {
        SealedKind.WORK_PACKAGE: frozenset({Role.ARCHIVE}),
        SealedKind.SUBMISSION: frozenset({Role.VENDOR, Role.CLERK}),
        SealedKind.SHARE: frozenset({Role.ARCHIVE}),
        SealedKind.COMPARISON: frozenset({Role.DEPARTMENT}),
        SealedKind.RECEIPT: frozenset({Role.DEPARTMENT}),
        SealedKind.CORRECTION: frozenset({Role.DEPARTMENT}),
    }
)
#: The archive may keep a copy of whatever it sends.
RECIPIENTS: Mapping[SealedKind, frozenset[Role]] = MappingProxyType(
    {
        SealedKind.WORK_PACKAGE: frozenset({Role.VENDOR, Role.CLERK, Role.ARCHIVE}),
        SealedKind.SUBMISSION: frozenset({Role.ARCHIVE}),
        SealedKind.SHARE: frozenset({Role.DEPARTMENT, Role.ARCHIVE}),
        SealedKind.COMPARISON: frozenset({Role.ARCHIVE}),
        SealedKind.RECEIPT: frozenset({Role.ARCHIVE}),
        SealedKind.CORRECTION: frozenset({Role.ARCHIVE}),
    }
)

#: How far two honest clocks may differ.
CLOCK_SKEW = timedelta(days=1)


def refuse(reason: str, what: str, *, where: str, remedy: str) -> NotPermittedError:
    """The refusal by a rule."""
    return NotPermittedError(reason, what=what, where=where, remedy=remedy)


def check_sealing(kind: SealedKind, sender: Role, recipients: Iterable[Role]) -> None:
    """Raises `NotPermittedError` unless these roles may exchange this kind of file."""
    if sender not in SENDERS[kind] or not RECIPIENTS[kind].issuperset(recipients):
        raise refuse(
            "role_not_permitted",
            "此角色不得收发此类文件 · these roles may not exchange this kind of sealed file",
            where=str(kind),
            remedy="check which cards were chosen as sender and recipients",
        )


def check_opening(
    head: Head,
    *,
    recipient: str,
    now: datetime,
    expect_kind: SealedKind,
    expect_agreement: str | None,
    where: str,
) -> None:
    """Raises `NotPermittedError` naming the rule that forbids opening.

    `recipient` is a fingerprint. The file must be for it, of the expected kind, under the
    expected agreement (None: any), not past its expiry, and not made in the future.
    """
    header = head.header
    if header.kind != expect_kind:
        raise refuse(
            "wrong_kind",
            f"文件类型不符 · a {header.kind} was given where a {expect_kind} is expected",
            where=where,
            remedy="choose the right file",
        )
    if recipient not in head.recipients:
        raise refuse(
            "not_for_you",
            "文件不是发给本机的 · the file is not meant for this identity",
            where=where,
            remedy="return the file to its sender",
        )
    if expect_agreement is not None and header.agreement != expect_agreement:
        raise refuse(
            "wrong_agreement",
            "文件属于另一份协议 · the file belongs to another agreement",
            where=where,
            remedy="open it under the agreement it was released for",
        )
    _check_time(head, now=now, where=where)


def _check_time(head: Head, *, now: datetime, where: str) -> None:
    if now >= head.header.expires:
        raise refuse(
            "expired",
            "文件已过有效期 · the sealed file has expired",
            where=where,
            remedy="ask the sender to release it anew",
        )
    if now + CLOCK_SKEW < head.header.created:
        # A clock set back would keep expired packages open.
        raise refuse(
            "clock_behind",
            "本机时钟早于文件生成时间 · this machine's clock is behind the file's making",
            where=where,
            remedy="set the clock right and open the file again",
        )
