"""`backfill searchable`: scans to two-layer PDF/A and ALTO, without a warehouse."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from flows.settings import Settings, quieten_engines, scratch_folder
from records.errors import ExitStatus

_HELP = """\
把扫描件做成可检索的副本：双层 PDF/A-2b 与 ALTO 4 XML；不需要库，原件不动。
Make searchable copies of scans, two-layer PDF/A-2b and ALTO 4 XML; no warehouse is needed,
and the scans are not touched.

  backfill searchable 扫描件/ --to 副本/            两种都做 · both kinds
  backfill searchable a.tif --to 副本/ --pdf        只做 PDF · PDF alone

每份文件输出一行 JSON。中断后再次运行即可继续，已完成的不重做。
One JSON line per document. Run it again to go on after a stop; what is finished stays.
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `searchable`."""
    parser = commands.add_parser(
        "searchable",
        help="做可检索副本（双层 PDF/A、ALTO）· make searchable copies",
        parents=[common],
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="图像、PDF 或文件夹 · files or folders"
    )
    parser.add_argument(
        "--to", type=Path, required=True, metavar="DIR", help="副本的文件夹 · folder of the copies"
    )
    parser.add_argument("--pdf", action="store_true", help="只做双层 PDF · two-layer PDF alone")
    parser.add_argument("--alto", action="store_true", help="只做 ALTO · ALTO alone")
    parser.add_argument("--workers", type=int, metavar="N", help="并行进程数 · reading processes")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Copy every document; exit status 3 when pages were set aside."""
    quieten_engines()
    from flows.home import Home
    from flows.progress import progress
    from flows.searchable import KINDS, documents_of, make_searchable
    from ocr.forms.loading import forms_of

    forms = forms_of(settings.home and Home(root=settings.home).forms)
    documents = documents_of(arguments.paths, arguments.to)
    kinds = [kind for kind in KINDS if getattr(arguments, kind)] or list(KINDS)
    set_aside = False
    with progress("可检索副本 · searchable copies", len(documents)) as bar:

        def advance(done: int, _total: int) -> None:
            bar.update(done - bar.n)

        for made in make_searchable(
            documents,
            arguments.to,
            kinds=kinds,
            workers=settings.workers,
            scratch=scratch_folder(),
            on_progress=advance,
            forms=forms,
        ):
            set_aside = set_aside or bool(made.refused)
            sys.stdout.write(json.dumps(made.as_json(), ensure_ascii=False) + "\n")
            sys.stdout.flush()
    return ExitStatus.DONE_WITH_QUARANTINE if set_aside else ExitStatus.DONE
