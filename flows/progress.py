"""Progress of long work on stderr, with the time that is left."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMAT = "{desc}  {n_fmt}/{total_fmt}  用时 {elapsed}  余 {remaining} left"


@contextmanager
def progress(title: str, total: int) -> Iterator[tqdm[NoReturn]]:
    """Progress of one step, `total` pieces long; call `update(n)` when n are done.

    A terminal is redrawn five times a second; a log gets a line every ten seconds at most.
    """
    on_terminal = sys.stderr.isatty()
    with tqdm(
        total=total,
        desc=title,
        bar_format=_FORMAT,
        mininterval=0.2 if on_terminal else 10.0,
        file=sys.stderr,
        leave=True,
        disable=not total,
    ) as bar:
        yield bar


def say(message: str) -> None:
    """A line about long work whose length nobody knows beforehand."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()
