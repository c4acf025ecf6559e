"""Flows and tasks of which Prefect learns names, ids and counts, and nothing else.

Prefect keeps the text of every failure in its database, in plain text; the text of a
failure that nobody expected may quote what was being worked on. So a failure passes
through Prefect without its text, and is itself again on the other side.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from prefect import flow, task

from flows.prefect_server import server

if TYPE_CHECKING:
    from collections.abc import Callable

_P = ParamSpec("_P")
_T = TypeVar("_T")


class HiddenError(Exception):
    """A failure as Prefect may see it: its kind alone."""

    def __init__(self, original: Exception) -> None:
        super().__init__(type(original).__name__)
        self.original = original


def discreet_flow(name: str) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
    """Make a function a flow; call it with ids and tokens only, as Prefect stores them."""

    def made(work: Callable[_P, _T]) -> Callable[_P, _T]:
        run = flow(name=name, persist_result=False, validate_parameters=False)(_hiding(work))
        return _revealing(work, run)

    return made


def discreet_task(name: str) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
    """Make a function a task of a flow."""

    def made(work: Callable[_P, _T]) -> Callable[_P, _T]:
        run = task(name=name, persist_result=False)(_hiding(work))
        return _revealing(work, run)

    return made


def _hiding(work: Callable[_P, _T]) -> Callable[_P, _T]:
    @wraps(work)
    def hidden(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return work(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever it is, its text stays with us
            raise HiddenError(error) from None

    return hidden


def _revealing(work: Callable[_P, _T], run: Callable[_P, _T]) -> Callable[_P, _T]:
    @wraps(work)
    def revealed(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        server.require()
        try:
            return run(*args, **kwargs)
        except HiddenError as error:
            raise error.original from None

    return revealed
