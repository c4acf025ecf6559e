"""Memory of this process: given back to the system when a page is done.

The C library keeps what was freed, and a heap for each thread; a page's pictures and the
networks' layers come in all sizes, so what is kept fits the next page badly and piles up.
Elsewhere than under glibc nothing is done.
"""

from __future__ import annotations

import ctypes
from functools import cache

#: `M_ARENA_MAX` of mallopt(3).
_ARENA_MAX = -8


@cache
def _library() -> ctypes.CDLL | None:
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") else None


def one_heap() -> None:
    """Let all threads share one heap; for a process that has not allocated much yet."""
    library = _library()
    if library is not None:
        library.mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Give what is free back to the system."""
    library = _library()
    if library is not None:
        library.malloc_trim(0)
