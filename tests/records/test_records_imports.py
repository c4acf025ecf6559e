"""The vendor's station imports these modules: they reach nothing but borax."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import importlib, pathlib, sys
before = {name.partition(".")[0] for name in sys.modules}
for path in sorted(pathlib.Path("records").glob("*.py")):
    if path.stem not in {"schemas", "__init__"}:
        importlib.import_module("records." + path.stem)
after = {name.partition(".")[0] for name in sys.modules} - before
print(" ".join(sorted(after - set(sys.stdlib_module_names))))
"""


def test_records_reach_nothing_but_borax() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["borax", "records"]
