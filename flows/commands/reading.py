"""`backfill read`: scans to JSON lines, without a warehouse."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from flows.settings import Settings, quieten_engines
from records.errors import ExitStatus

ENGINES = ("auto", "ppocr", "tesseract", "text-layer")

_HELP = """\
识读扫描件，每页输出一行 JSON；不需要库。
Read scans and print one JSON line per page; no warehouse is needed.

  backfill read 扫描件/                         一个文件夹 · a folder
  backfill read a.jpg b.pdf --workers 2         几个文件 · some files
  backfill read 扫描件/ --register 人口索引 --key-file 密钥
                                               以人口登记佐证 · with a register as evidence

decision=accept 表示无须人看，key 表示请人录入。
decision=accept needs no person; key asks for a person to key the field.
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `read`."""
    parser = commands.add_parser(
        "read",
        help="识读扫描件 · read scans",
        parents=[common],
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="图像、PDF 或文件夹 · files or folders"
    )
    parser.add_argument("--register", type=Path, metavar="INDEX", help="人口索引 · register index")
    parser.add_argument(
        "--key-file", type=Path, metavar="FILE", help="索引密钥文件 · key of the index"
    )
    parser.add_argument(
        "--engine", choices=ENGINES, default="auto", help="识读引擎 · engine (default: auto)"
    )
    parser.add_argument("--workers", type=int, metavar="N", help="并行进程数 · reading processes")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Read every page; exit status 3 when some were set aside."""
    quieten_engines()
    from flows.home import Home
    from flows.keys import open_register
    from flows.progress import progress
    from flows.reading import read_pages
    from ocr.forms.loading import forms_of
    from ocr.pool import expand

    index = None
    if arguments.register:
        index = open_register(arguments.register, arguments, settings)
    forms = forms_of(settings.home and Home(root=settings.home).forms)
    files = expand(arguments.paths)
    set_aside = 0
    with progress("识读 · reading", len(files)) as bar:

        def advance(done: int, _total: int) -> None:
            bar.update(done - bar.n)

        for result in read_pages(
            files,
            engine=arguments.engine,
            workers=settings.workers,
            index=index,
            on_progress=advance,
            forms=forms,
        ):
            line: dict[str, Any] = result.as_json()
            set_aside += line["status"] == "quarantined"
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
            sys.stdout.flush()
    return ExitStatus.DONE_WITH_QUARANTINE if set_aside else ExitStatus.DONE
