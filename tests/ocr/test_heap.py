"""Freed memory leaves the process, and nothing breaks where the C library can't do it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from ocr import heap

if TYPE_CHECKING:
    import pytest

SCRIPT = """
import ctypes
from pathlib import Path
from ocr.heap import give_back, one_heap

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

one_heap()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
# Blocks are not given back by themselves while a later one is still in use.
blocks = [library.malloc(60_000) for _ in range(500)]
for block in blocks:
    ctypes.memset(block, 1, 60_000)
kept = library.malloc(60_000)
for block in blocks:
    library.free(ctypes.c_void_p(block))
before = resident()
give_back()
assert resident() < before - 20_000_000, (before, resident())
"""


def test_what_was_freed_is_given_back():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_without_glibc_nothing_is_done(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(heap, "_library", lambda: None)
    heap.one_heap()
    heap.give_back()
