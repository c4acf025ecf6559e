"""The gates that every change passes: format, lint, types, layers, dependencies, dead code."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PACKAGES = (
    "records", "ocr", "matching", "keying", "warehouse", "confidentiality", "flows", "workstation",
)  # fmt: skip

GATES = {
    "ruff check": ["ruff", "check", "--quiet", "."],
    "ruff format": ["ruff", "format", "--check", "--quiet", "."],
    "mypy": ["mypy"],
    "import-linter": ["lint-imports", "--no-cache"],
    "deptry": ["deptry", "."],
    "vulture": ["vulture"],
}


@pytest.mark.parametrize("gate", GATES)
def test_gate(gate):
    program, *arguments = GATES[gate]
    done = subprocess.run(
        [BIN / program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
