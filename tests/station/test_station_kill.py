"""kill -9 at any moment: what was acknowledged is there, and nothing is counted twice."""

import random
import subprocess
import sys
import time

import pytest

KEY = "import sys; from workstation.station.cli import main; sys.exit(main(sys.argv[1:]))"


def _key_until_killed(vendor, answers, acknowledged_at_least):
    """Start `station key` in a process of its own and kill it once it has acknowledged."""
    command = [sys.executable, "-c", KEY, "key", "P-0001", "--answers", str(answers)]
    command += ["--home", str(vendor.home), "--passphrase-file", str(vendor.passphrase)]
    seen = 0
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            seen = int(line.split()[-1].split("/")[0])
            if seen >= acknowledged_at_least:
                process.kill()
                break
        process.stderr.read()
    return seen


def test_what_was_acknowledged_survives_kill(archive, vendor, tmp_path):
    path, plan = archive.package(vendor.card, fields=1500)
    assert vendor.run("open", path)[0] == 0
    answers = vendor.answers(plan)
    acknowledged = _key_until_killed(vendor, answers, 400)
    assert acknowledged >= 400
    assert vendor.json("status", "P-0001")["answered"] >= acknowledged
    shown = vendor.json("key", "P-0001", "--answers", answers)
    assert shown["answered"] == 1500
    assert shown["new"] <= 1500 - acknowledged
    assert vendor.run("submit", "P-0001", "--out", tmp_path)[0] == 0
    _, submission = archive.receive(vendor.card, tmp_path / "P-0001-s1.sealed")
    assert len(submission.entries) == 1500


@pytest.mark.slow
def test_many_kills_at_random_moments(archive, vendor):
    rng = random.Random(7)  # noqa: S311 - moments of a test, not secrets
    path, plan = archive.package(vendor.card, fields=4000)
    assert vendor.run("open", path)[0] == 0
    answers = vendor.answers(plan)
    command = [sys.executable, "-c", KEY, "key", "P-0001", "--answers", str(answers)]
    command += ["--home", str(vendor.home), "--passphrase-file", str(vendor.passphrase)]
    before = 0
    for _ in range(20):
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            time.sleep(rng.uniform(0.2, 1.2))
            process.kill()
        answered = vendor.json("status", "P-0001")["answered"]
        assert answered >= before
        before = answered
    assert vendor.json("key", "P-0001", "--answers", answers)["answered"] == 4000
