"""A vendor installs cryptography, borax and the standard library, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {"pyarrow", "numpy", "pandas", "duckdb", "prefect", "fastapi", "onnxruntime", "cv2"}
OURS = {"records", "keying", "confidentiality", "workstation"}
ALLOWED = OURS | {"cryptography", "borax", "cffi", "_cffi_backend", "_openssl"}

LIST_MODULES = """
import sys
before = set(sys.modules)
{statement}
print(*sorted({{name.partition(".")[0] for name in set(sys.modules) - before}}))
"""
STATEMENTS = {
    "help": """
import contextlib, io
from workstation.station.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main(["--help"])
""",
    "everything": """
import importlib, pkgutil, keying, workstation.station
for package in (keying, workstation.station):
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
""",
}


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_station_reaches_only_the_vendors_set(statement):
    done = subprocess.run(
        [sys.executable, "-c", LIST_MODULES.format(statement=STATEMENTS[statement])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert "workstation" in loaded
    assert not loaded & HEAVY
    assert loaded - set(sys.stdlib_module_names) <= ALLOWED


def test_help_answers_without_loading_cryptography():
    done = subprocess.run(
        [sys.executable, "-c", LIST_MODULES.format(statement=STATEMENTS["help"])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cryptography" not in done.stdout.split()


def test_help_speaks_chinese_even_in_the_c_locale():
    done = subprocess.run(
        [sys.executable, "-c", "from workstation.station.cli import main; main(['--help'])"],
        cwd=ROOT,
        capture_output=True,
        env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        check=True,
    )
    assert "工作站" in done.stdout.decode()
