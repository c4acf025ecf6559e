"""Leftovers: what a start that was killed had written aside and never put in place.

Files are written aside, flushed and renamed, so nothing that was acknowledged lies there.
"""

from __future__ import annotations

import shutil
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.home import Home

_ASIDE = (".*.part", ".*.aside")


def clear_leftovers(home: Home) -> int:
    """Remove what lies aside where the holder of the warehouse alone writes; returns how much.

    The caller holds the warehouse. Folders in which commands write without it (cards,
    agreements, approvals, the register index) are left as they are.
    """
    folders = (home.root, home.outgoing, home.reports, *home.chunks.glob("*"))
    found = list(chain.from_iterable(each.glob(mark) for each in folders for mark in _ASIDE))
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return len(found)
