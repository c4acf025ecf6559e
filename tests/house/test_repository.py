"""What must hold for the repository as a whole."""

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "records", "ocr", "matching", "keying", "warehouse", "confidentiality", "flows", "workstation",
)  # fmt: skip
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def tracked_files():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


@pytest.mark.parametrize("name", PACKAGES)
def test_top_level_names_are_ours(name):
    # Names such as `matching` collide silently with other distributions.
    spec = importlib.util.find_spec(name)
    assert Path(spec.origin) == ROOT / name / "__init__.py"


def test_no_flow_hides_a_package():
    # Prefect's loader puts flows/ first on the import path.
    names = {path.stem for path in (ROOT / "flows").iterdir()}
    assert names & set(PACKAGES) == set()
    assert "cli" in names


def test_every_requirement_is_pinned_with_hashes():
    assert len(LOCKS) == 3
    for lock in LOCKS:
        blocks = re.split(r"\n(?=\S)", lock.read_text().strip())
        assert len(blocks) > 2
        for block in blocks:
            assert re.match(r"[a-z0-9._-]+==", block), block[:80]
            assert "--hash=sha256:" in block, block[:80]


def test_no_address_of_a_package_index():
    address = re.compile(
        r"(--(extra-)?index-url|--find-links|registry\s*=|https?://[^\s]*/simple\b)"
    )
    checked = 0
    for path in tracked_files():
        if path.suffix in {".txt", ".toml", ".sh", ".cfg", ".lock"} or path.name in {"run", "test"}:
            checked += 1
            assert not address.search(path.read_text()), path
    assert checked > 5


def test_no_promise_is_left_in_the_code():
    words = ("TO" + "DO", "FIX" + "ME", "X" * 3)
    promise = re.compile(rf"\b({'|'.join(words)})\b")
    sources = [path for path in tracked_files() if path.suffix == ".py"]
    assert len(sources) > 20
    assert [path.name for path in sources if promise.search(path.read_text())] == []


def test_flows_seal_only_what_a_decision_permits():
    sealing = [
        path.name
        for path in (ROOT / "flows").rglob("*.py")
        if re.search(r"import .*\bseal\b", path.read_text())
    ]
    released = [p.name for p in (ROOT / "flows").rglob("*.py") if "seal_released" in p.read_text()]
    # What a department sends to the archive is its own to seal.
    assert sealing == ["from_department.py"]
    assert sorted(released) == ["gate.py"]
