"""The list of reason codes that operators read is the list that the code knows."""

from __future__ import annotations

import re
from pathlib import Path

from flows.intake import DUPLICATE
from flows.note_words import NOTES
from ocr.refusals import ADVICE

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
#: Given by intake and by reading a scan that is no longer what intake took.
ELSEWHERE = {DUPLICATE, "scan_changed"}


def listed(section: str) -> set[str]:
    (body,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| (`.*?) \|", body, re.MULTILINE)
    return {code for row in rows for code in re.findall(r"`(\w+)`", row)}


def test_every_reason_for_setting_aside_is_listed():
    assert listed("Why files are set aside") == set(ADVICE) | ELSEWHERE


def test_every_note_is_listed():
    assert listed("Notes on scans") == set(NOTES)
