"""`backfill notes`: the pages whose scans people should look at, and why."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.commands.choosing import chosen_batch
from records.errors import ExitStatus
from records.visible import visible

if TYPE_CHECKING:
    from flows.installation import Installation
    from flows.settings import Settings

_HELP = """\
已收下并识读、但扫描有问题的页：低分辨率、灰度或黑白二值、疑似重复、与归档章页数不符。
Pages that were taken and read, and whose scans people should look at: too coarse, in grey or in
black and white, scanned twice as it seems, not as many as the archive's stamp says.
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `notes`."""
    parser = commands.add_parser(
        "notes",
        parents=[common],
        help="扫描提示 · notes on scans",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("batch", nargs="?", help="批次号；缺省为最近一批 · default: the latest")
    parser.add_argument("--code", metavar="CODE", help="只列此种 · notes of this code alone")
    parser.set_defaults(run=_notes)


def _notes(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """List the notes on a batch, one a line."""
    from flows.opening import open_installation
    from flows.settings import account

    with open_installation(arguments, settings) as here:
        batch_id = chosen_batch(here.installation, arguments.batch)
        notes = here.installation.warehouse.query("page_notes", batch_id=batch_id).to_pylist()
        here.installation.note(
            "notes.shown", batch=batch_id, notes=len(notes), by=account(), reason="scans"
        )
    for note in notes:
        if arguments.code in {None, note["code"]}:
            print(json.dumps(note, ensure_ascii=False) if arguments.json else _line(note))
    return ExitStatus.DONE


def _line(note: dict[str, Any]) -> str:
    named = [(note["source"], note["page"]), (note["other_source"], note["other_page"])]
    places = [f"{visible(Path(source).name)} p.{page}" for source, page in named if source]
    return f"{note['code']}  {' ≈ '.join(places)}  {note['detail']}"


def print_note_counts(here: Installation, batch_id: str) -> None:
    """Say of each kind of note on how many pages it was made, with some of them."""
    from flows.note_words import sentence

    for row in here.warehouse.query("figures_notes", batch_id=batch_id).to_pylist():
        places = "、".join(visible(place) for place in row["places"])
        print(
            f"提示 · note: {row['code']}  {row['pages']} 页 pages ({places}"
            f"{' …' if row['pages'] > len(row['places']) else ''})  {sentence(row['code'])}"
        )
