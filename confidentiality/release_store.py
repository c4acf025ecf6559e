"""The folder where a home keeps release requests and the approvals given to them.

`<package id>.request` is what officers are asked to approve, `<package id>.<officer>.approval`
one officer's signature. Whether a release may go is `release`'s to decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from confidentiality.canonical import (
    canonical,
    from_text,
    instant_text,
    parse_canonical,
    parse_instant,
    require_identifier,
    to_text,
)
from confidentiality.files import open_regular, read_at_most, write_private
from confidentiality.format import SealedKind
from confidentiality.release import Approval, ReleaseRequest
from records.errors import IntegrityError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

_LIMIT = 262_144


class ReleaseStore:
    """Requests and approvals in a folder; none is ever overwritten."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, request: ReleaseRequest) -> None:
        """Keep a request; adding the same one again changes nothing.

        Raises `UsageError` when another request of that id is kept.
        """
        path = self._request(request.package_id)
        if path.exists() and _read(path) == canonical(request.to_record()):
            return
        write_private(path, canonical(request.to_record()))

    def get(self, package_id: str) -> ReleaseRequest:
        """The request; raises `UsageError` (`no_such_request`) or `IntegrityError`."""
        path = self._request(package_id)
        if not path.exists():
            raise UsageError(
                "no_such_request",
                what="没有该外发申请 · there is no such release request",
                where=package_id,
                remedy="backfill releases",
            )
        return request_from_record(parse_canonical(_read(path), where=path.name), where=path.name)

    def ids(self) -> tuple[str, ...]:
        """The package ids of all requests."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.request")))

    def approve(self, package_id: str, approval: Approval) -> None:
        """Keep an approval; an officer's second approval of a request changes nothing."""
        name = f"{require_identifier(package_id, what='package')}.{approval.officer}.approval"
        if not (self._folder / name).exists():
            write_private(self._folder / name, canonical(_approval_record(approval)))

    def approvals(self, package_id: str) -> tuple[Approval, ...]:
        """The approvals given to a request; they are proven by `release.decide`."""
        # Ids may hold dots: `P.*` would also find the approvals of a package `P.1`.
        officer = "[0-9a-f]" * 64
        files = sorted(self._folder.glob(f"{self._request(package_id).stem}.{officer}.approval"))
        return tuple(_approval(parse_canonical(_read(f), where=f.name), f.name) for f in files)

    def _request(self, package_id: str) -> Path:
        return self._folder / f"{require_identifier(package_id, what='package')}.request"


def request_from_record(record: dict[str, Any], *, where: str) -> ReleaseRequest:
    """The request a record states; raises `IntegrityError` when it states none."""
    try:
        made = ReleaseRequest(
            package_id=record["package_id"],
            kind=SealedKind(record["kind"]),
            agreement_id=record["agreement_id"],
            agreement_digest=record["agreement"],
            purpose=record["purpose"],
            legal_basis=record["legal_basis"],
            impact_assessment=record["impact_assessment"],
            recipients=tuple(record["recipients"]),
            fields=frozenset(record["fields"]),
            records=record["records"],
            contents=record["contents"],
            requested_by=record["requested_by"],
            created=parse_instant(record["created"], where=where),
            expires=parse_instant(record["expires"], where=where),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(where) from error
    if made.to_record() != record or type(made.records) is not int:
        raise _damaged(where)
    return made


def _approval_record(approval: Approval) -> dict[str, Any]:
    return {
        "at": instant_text(approval.at),
        "officer": approval.officer,
        "request": approval.request,
        "signature": to_text(approval.signature),
    }


def _approval(record: dict[str, Any], where: str) -> Approval:
    try:
        return Approval(
            request=record["request"],
            officer=record["officer"],
            at=parse_instant(record["at"], where=where),
            signature=from_text(record["signature"], where=where),
        )
    except KeyError as error:
        raise _damaged(where) from error


def _damaged(where: str) -> IntegrityError:
    return IntegrityError(
        "release_record_damaged",
        what="外发申请或批准的文件损坏 · a request's or approval's file is damaged",
        where=where,
        remedy="file the request anew and have it approved again",
    )


def _read(path: Path) -> bytes:
    with open_regular(path) as stream:
        return read_at_most(stream, _LIMIT, where=path.name)
