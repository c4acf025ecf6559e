"""Build an index, match, and say what it cost; `matching.py` compares the answers.

    python benchmarks/match/project.py FOLDER OUT.parquet

FOLDER holds `register.parquet` and `certificates.parquet`, as `city.py` and
`town.py` write them. The last line is JSON: CPU seconds of each step.
"""

from __future__ import annotations

import argparse
import json
import resource
import secrets
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

from matching.certificate_file import read_certificates
from matching.evaluate import estimate
from matching.index import RegisterIndex, build_index
from matching.run import match_table


def said(text: str) -> None:
    """What happens goes to stderr, with the highest memory so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{peak:6d} MB  {text}", file=sys.stderr)


def main() -> None:
    """Run the steps once and print the cost of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    chosen = parser.parse_args()
    key, costs = secrets.token_bytes(32), {}
    with TemporaryDirectory() as place:
        since = time.process_time()
        build_index([chosen.folder / "register.parquet"], Path(place), key=key, progress=said)
        costs["build"], since = time.process_time() - since, time.process_time()
        with RegisterIndex.open(Path(place), key=key) as index:
            costs["open"], since = time.process_time() - since, time.process_time()
            papers = read_certificates(chosen.folder / "certificates.parquet")
            answers = match_table(papers, index, progress=said)
            costs["match"] = time.process_time() - since
    pq.write_table(answers, chosen.out)
    said(str(estimate(answers)))
    print(json.dumps(costs))


if __name__ == "__main__":
    main()
