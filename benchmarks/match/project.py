"""Build an index, match, and say what it cost; `matching.py` compares the answers.

    python benchmarks/match/project.py FOLDER OUT.parquet [--file]

FOLDER holds `register.parquet` and `certificates.parquet`, as `city.py` and
`town.py` write them. The last line is JSON: CPU seconds of each step. With `--file` the
register's file is encoded in memory for this run alone.
"""

from __future__ import annotations

import argparse
import json
import resource
import secrets
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from matching.certificate_file import read_certificates
from matching.evaluate import estimate
from matching.index import RegisterIndex, build_index
from matching.run import match_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa


def said(text: str) -> None:
    """What happens goes to stderr, with the highest memory so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{peak:6d} MB  {text}", file=sys.stderr)


def main() -> None:
    """Run the steps once and print the cost of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--file", action="store_true")
    chosen = parser.parse_args()
    register, costs = chosen.folder / "register.parquet", {}
    papers = chosen.folder / "certificates.parquet"
    if chosen.file:
        with timed(costs, "encode"):
            index, _ = RegisterIndex.passing([register])
        answers = matched(index, papers, costs)
    else:
        answers = by_index(register, papers, costs)
    pq.write_table(answers, chosen.out)
    said(str(estimate(answers)))
    print(json.dumps(costs))


def by_index(register: Path, papers: Path, costs: dict[str, float]) -> pa.Table:
    """Build an index, open it and match against it."""
    key = secrets.token_bytes(32)
    with TemporaryDirectory() as place:
        with timed(costs, "build"):
            build_index([register], Path(place), key=key, progress=said)
        with timed(costs, "open"):
            index = RegisterIndex.open(Path(place), key=key)
        return matched(index, papers, costs)


def matched(index: RegisterIndex, papers: Path, costs: dict[str, float]) -> pa.Table:
    """Read the certificates and match them."""
    with index, timed(costs, "match"):
        return match_table(read_certificates(papers), index, progress=said)


@contextmanager
def timed(costs: dict[str, float], step: str) -> Iterator[None]:
    """Note the CPU seconds of a step."""
    since = time.process_time()
    yield
    costs[step] = time.process_time() - since


if __name__ == "__main__":
    main()
