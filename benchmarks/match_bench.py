"""Build an index, match, and say what it cost; the score comes from a scorer of one's own.

    python benchmarks/match_bench.py FOLDER OUT.parquet

FOLDER holds `register.parquet` and `certificates.parquet`, as `match_city.py` writes them.
"""

from __future__ import annotations

import argparse
import resource
import secrets
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

from matching.certificate_file import read_certificates
from matching.evaluate import estimate
from matching.index import RegisterIndex, build_index
from matching.run import match_table


def said(step: str, since: float) -> float:
    """Print CPU seconds since, and the highest memory so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{step:12} {time.process_time() - since:7.1f} CPU-s  {peak:6d} MB")
    return time.process_time()


def main() -> None:
    """Run the steps once and print the cost of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    chosen = parser.parse_args()
    key = secrets.token_bytes(32)
    with TemporaryDirectory() as place:
        since = time.process_time()
        build_index([chosen.folder / "register.parquet"], Path(place), key=key)
        since = said("build", since)
        with RegisterIndex.open(Path(place), key=key) as index:
            since = said("open", since)
            answers = match_table(
                read_certificates(chosen.folder / "certificates.parquet"), index, progress=print
            )
            said("match", since)
    pq.write_table(answers, chosen.out)
    print(estimate(answers))


if __name__ == "__main__":
    main()
