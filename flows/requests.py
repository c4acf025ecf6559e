"""Requests: how far each release request is, from filing to what came back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from confidentiality.release import APPROVALS_NEEDED

if TYPE_CHECKING:
    from datetime import datetime

    from flows.installation import Installation


class RequestState(StrEnum):
    """How far a release request is."""

    WAITING = "waiting"
    APPROVED = "approved"
    SEALED = "sealed"
    ANSWERED = "answered"
    EXPIRED = "expired"

    @property
    def zh(self) -> str:
        """The state in Chinese."""
        return _CHINESE[self]


_CHINESE = {
    RequestState.WAITING: "待批准",
    RequestState.APPROVED: "待密封",
    RequestState.SEALED: "已密封",
    RequestState.ANSWERED: "已收回",
    RequestState.EXPIRED: "已过期",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRequest:
    """One request as staff see it in the list."""

    package_id: str
    kind: str
    items: int
    state: RequestState
    approvals: int
    needed: int
    expires: datetime

    def as_json(self) -> dict[str, Any]:
        """The request as a JSON object."""
        return {**asdict(self), "expires": self.expires.isoformat()}


def list_requests(here: Installation) -> list[ListedRequest]:
    """All requests of a home, by id."""
    ended = here.warehouse.query("releases_ended").to_pylist()
    answered = {row["package_id"]: row["answered"] for row in ended}
    return [_listed(here, package_id, answered) for package_id in here.releases.ids()]


def _listed(here: Installation, package_id: str, answered: dict[str, bool]) -> ListedRequest:
    request = here.releases.get(package_id)
    approvals = len(here.releases.approvals(package_id))
    if package_id in answered:
        state = RequestState.ANSWERED if answered[package_id] else RequestState.SEALED
    elif request.expires <= here.clock():
        state = RequestState.EXPIRED
    else:
        approved = approvals >= APPROVALS_NEEDED
        state = RequestState.APPROVED if approved else RequestState.WAITING
    return ListedRequest(
        package_id=package_id,
        kind=str(request.kind),
        items=request.records,
        state=state,
        approvals=approvals,
        needed=APPROVALS_NEEDED,
        expires=request.expires,
    )
