"""Does one step of a batch and kills itself before its n-th durable operation.

Durable operations are what reaches the disk in an order that matters: a flush, a rename, a
removal, a commit. Prefect, which is slow and decides nothing, is left out of the process.
"""

# ruff: noqa: E402 - the stand-in for Prefect comes before what imports it

from __future__ import annotations

import os
import shutil
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace


def _undecorated(**_: object):
    return lambda work: work


sys.modules["prefect"] = SimpleNamespace(flow=_undecorated, task=_undecorated)

from confidentiality.homekey import HomeKey
from confidentiality.identity import Identity
from flows.home import Home
from flows.installation import Installation, handed_over, opened
from flows.leftovers import clear_leftovers
from flows.policy import DEMONSTRATION
from flows.process import decide
from flows.receive import Received, receive, weigh
from flows.release import propose, seal_approved
from flows.share import share_batch
from warehouse.store import Warehouse


class Durable:
    """Counts durable operations, and ends the process before the n-th."""

    def __init__(self, fatal: int) -> None:
        self.fatal, self.done = fatal, 0

    def tick(self) -> None:
        self.done += 1
        if self.done == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, module: object, name: str) -> None:
        work = getattr(module, name)

        def watched(*args, **kwargs):
            self.tick()
            return work(*args, **kwargs)

        setattr(module, name, watched)

    def watch_commits(self) -> None:
        run = Warehouse._run

        def watched(warehouse, sql, *args, **kwargs):
            if sql == "COMMIT":
                self.tick()
            return run(warehouse, sql, *args, **kwargs)

        Warehouse._run = watched


class Clock:
    def __init__(self, start: str) -> None:
        self.now = datetime.fromisoformat(start)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def step(name: str, home_id: str, batch_id: str, words: list[str]) -> None:
    """The step as the commands do it."""
    if name == "propose":
        propose(home_id, batch_id, *words)
    elif name == "seal":
        seal_approved(home_id, batch_id)
    elif name == "share":
        share_batch(home_id, batch_id, *words)
    elif name == "receive":
        token = receive(home_id, handed_over.leave([Path(word) for word in words]))
        refused = {each.reason for each in handed_over.collect(token, Received).refusals}
        assert refused <= {"replayed"}, refused
        weigh(home_id, batch_id)
        decide(home_id, batch_id)
    else:
        raise ValueError(name)


def main(root: str, passphrase: str, start: str, fatal: str, name: str, *words: str) -> None:
    durable = Durable(int(fatal))
    home, clock = Home(root=Path(root)), Clock(start)
    key = HomeKey.open(home.home_key)
    archive = Identity.load(home.archive_identity, passphrase)
    for module, function in (
        *((os, each) for each in ("fsync", "rename", "replace", "unlink")),
        (shutil, "rmtree"),
    ):
        durable.watch(module, function)
    durable.watch_commits()
    with Warehouse.open(home.warehouse, key=key.key, now=clock()) as warehouse:
        clear_leftovers(home)
        here = Installation(
            home=home,
            home_key=key,
            warehouse=warehouse,
            clock=clock,
            workers=1,
            policy=DEMONSTRATION,
            archive=archive,
        )
        with opened(here) as home_id:
            batch_id, *rest = words
            step(name, home_id, batch_id, rest)
    sys.stdout.write(f"{durable.done}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
