"""Disks that fill up and machines that stop: a sealed file is whole or absent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from confidentiality import files

KILLED = """
import sys, time
from datetime import datetime, timedelta, UTC
from pathlib import Path
from confidentiality.identity import Identity, Role
from confidentiality.sealed import SealedKind, SealHeader, seal

class Slow:
    def read(self, size):
        (Path(sys.argv[1]) / "begun").touch()
        time.sleep(0.01)
        return bytes(size)

now = datetime(2026, 3, 2, tzinfo=UTC)
head = SealHeader(kind=SealedKind.WORK_PACKAGE, package_id="P", agreement="A", purpose="x",
                  created=now, expires=now + timedelta(days=1))
seal(Path(sys.argv[1]) / "p.sealed", [("a", Slow())], header=head,
     sender=Identity.create(Role.ARCHIVE, "a"),
     recipients=[Identity.create(Role.VENDOR, "v").public])
"""


@pytest.mark.parametrize("broken", ["fsync", "rename"])
def test_a_disk_that_refuses(desk, tmp_path, monkeypatch, broken):
    def refuse(*_args):
        raise OSError(28, "No space left on device")

    if broken == "fsync":
        monkeypatch.setattr(files.os, "fsync", refuse)
    else:
        monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match="No space"):
        desk.seal({"a": b"1"})
    assert list(tmp_path.iterdir()) == []


def test_a_process_killed_while_sealing_leaves_no_sealed_file(tmp_path):
    root = Path(__file__).parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], env={**os.environ, "PYTHONPATH": str(root)}
    )
    for _ in range(600):
        if (tmp_path / "begun").exists():
            break
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    names = {path.name for path in tmp_path.iterdir()}
    assert "begun" in names
    assert "p.sealed" not in names
