"""Prefect's server ends with the process that started it, however that process ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

#: A process with a flow; says when the flow ran, and ends when it is told to.
WITH_A_FLOW = """
import sys
from pathlib import Path
from flows.settings import settle_prefect
settle_prefect(Path(sys.argv[1]))
from flows.discretion import discreet_flow
print(discreet_flow("adding")(lambda: 1 + 1)(), flush=True)
sys.stdin.read()
"""


def servers(home: Path) -> list[int]:
    """The servers that run for a home; one that ended but was not waited for is none."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            serves = b"flows.prefect_server" in (process / "cmdline").read_bytes()
            ours = os.fsencode(home) in (process / "environ").read_bytes()
        except OSError:
            continue
        if serves and ours:
            found.append(int(process.name))
    return found


def wait_until(holds, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def start(tmp_path):
    """Starts the process with the surroundings of a command, without pytest's own server."""
    env = {name: value for name, value in os.environ.items() if "PREFECT" not in name}
    started = []

    def start() -> subprocess.Popen:
        with (tmp_path / "err").open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, "-c", WITH_A_FLOW, tmp_path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=err,
                env=env,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "how",
    [
        signal.SIGKILL,
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param(None, marks=pytest.mark.slow),
    ],
)
def test_the_server_ends_with_its_process(start, tmp_path, how):
    process = start()
    assert process.stdout.readline() == b"2\n"
    (server,) = servers(tmp_path)
    if how is None:
        process.communicate()
        assert process.returncode == 0
    else:
        process.send_signal(how)
        process.wait()
    wait_until(lambda: not Path(f"/proc/{server}").exists(), 10)
    assert b"Traceback" not in (tmp_path / "err").read_bytes()
    assert (tmp_path / "prefect" / "prefect.db").is_file()


def test_a_server_that_is_still_starting_ends_too(start, tmp_path):
    process = start()
    wait_until(lambda: servers(tmp_path))
    process.kill()
    process.wait()
    wait_until(lambda: not servers(tmp_path), 10)
