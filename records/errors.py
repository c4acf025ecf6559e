"""One family of errors, by whose fault it is.

Every error says what happened, where, and what to do next, and carries the exit
status of the command that meets it. A message never holds a person's data.
"""

from __future__ import annotations

from enum import IntEnum

from records.visible import visible


class ExitStatus(IntEnum):
    """Exit statuses of `backfill` and `station`."""

    DONE = 0
    INTERNAL_FAULT = 1
    WRONG_USAGE = 2
    DONE_WITH_QUARANTINE = 3
    INPUT_REFUSED = 4
    LOT_FAILED = 5
    WAREHOUSE_IN_USE = 6
    NOT_PERMITTED = 7


class BackfillError(Exception):
    """Base of all expected failures.

    `reason` is a stable code (`truncated_image`, `agreement_expired`) that programs may
    match on; `what`, `where` and `remedy` are sentences for people.
    """

    status: ExitStatus = ExitStatus.INTERNAL_FAULT

    def __init__(self, reason: str, *, what: str, where: str = "", remedy: str = "") -> None:
        super().__init__(reason, what, where, remedy)
        self.reason = reason
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f" [{visible(self.where)}]" if self.where else ""
        advice = f" → {self.remedy}" if self.remedy else ""
        return f"{self.what}{place} ({self.reason}){advice}"

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process boundaries; keyword-only arguments need help to be rebuilt.
        return (_rebuild, (type(self), self.reason, self.what, self.where, self.remedy))


def _rebuild(
    kind: type[BackfillError], reason: str, what: str, where: str, remedy: str
) -> BackfillError:
    return kind(reason, what=what, where=where, remedy=remedy)


class InputError(BackfillError):
    """The material is broken, unreadable or not of a kind this software takes."""

    status = ExitStatus.INPUT_REFUSED


class IntegrityError(BackfillError):
    """A file or a store is not what it was when it was written: altered, cut or replayed."""

    status = ExitStatus.INPUT_REFUSED


class UsageError(BackfillError):
    """The operator asked for something that can't be done as asked."""

    status = ExitStatus.WRONG_USAGE


class EngineError(BackfillError):
    """An outside program or model failed."""

    status = ExitStatus.INTERNAL_FAULT


class StoreError(BackfillError):
    """The warehouse or an index could not do its work."""

    status = ExitStatus.INTERNAL_FAULT


class StoreInUseError(StoreError):
    """Another process holds the warehouse."""

    status = ExitStatus.WAREHOUSE_IN_USE


class LotFailedError(BackfillError):
    """A lot of keyed records failed acceptance sampling."""

    status = ExitStatus.LOT_FAILED


class NotPermittedError(BackfillError):
    """A confidentiality rule forbids it: expired, revoked, replayed, wrong agreement."""

    status = ExitStatus.NOT_PERMITTED
