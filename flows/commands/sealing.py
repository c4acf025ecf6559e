"""The options of a file that a department seals for the archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def add_sealing(parser: argparse.ArgumentParser) -> None:
    """Add agreement, identity, the archive's card and the output."""
    parser.add_argument("--agreement", required=True, metavar="ID")
    parser.add_argument("--identity", required=True, type=Path, metavar="FILE")
    parser.add_argument("--archive-card", required=True, type=Path, metavar="CARD")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE")
