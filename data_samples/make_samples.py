#!/usr/bin/env python3
"""Draws the samples of this folder, or any number of varied pages elsewhere.

    python data_samples/make_samples.py                    # this folder, anew
    python data_samples/make_samples.py --pages 200 --seed 7 --out /tmp/pages
    python data_samples/make_samples.py --pages 40 --seed 3 --out /tmp/b --styles ledger,award_1966

Everybody on these pages is invented. The same arguments give the same pages.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
from pyarrow import parquet

sys.path.insert(0, str(Path(__file__).resolve().parent))

from drawing import born_digital, broken, fonts, plan, register
from drawing.files import parties, save, write_lines
from drawing.pages import worn_by
from drawing.styles import STYLES, draw

if TYPE_CHECKING:
    from collections.abc import Sequence

#: How often each style comes when many pages are asked for.
_SHARES = {
    "vertical_1950s": 5, "stub_1950s": 1, "application_1950s": 1, "award_1955": 3,
    "award_1966": 3, "handwritten_1980s": 5, "two_certificates": 1, "application_1980s": 1,
    "passport_1990s": 2, "printed_2004": 3, "review_form": 2, "ledger": 4,
    "ledger_paired": 1, "ledger_varied": 4, "ledger_varied_paired": 1, "letter": 0.5,
}  # fmt: skip


#: Colours in which worn pages are saved, and how often.
_MODES = {"RGB": 78, "L": 13, "1": 9}


def varied_pages(
    count: int, seed: int, out: Path, styles: Sequence[str], *, worn: bool = False
) -> None:
    """Draws `count` pages of the styles into a folder, with truth.jsonl beside them.

    `worn` ones are skewed, bordered, faint or taken by a phone, grey or of two tones as well.
    """
    out.mkdir(parents=True, exist_ok=True)
    truth: list[dict[str, Any]] = []
    for number in range(count):
        chances = random.Random(f"{seed}/{number}")
        style = chances.choices(styles, [_SHARES[name] for name in styles])[0]
        page = draw(
            style,
            f"{seed}/{number}",
            dpi=chances.choice((150, 200, 200, 240, 300)),
            severity=chances.choice((0, 0, 1, 1, 2)),
            rotation=chances.choices((0, 90, 180, 270), (94, 2, 2, 2))[0],
            worn=worn_by(chances) if worn else None,
        )
        mode = chances.choices(list(_MODES), list(_MODES.values()))[0] if worn else "RGB"
        suffix = ".png" if mode == "1" else ".jpg"
        save([page], out / f"{style}_{number:04d}{suffix}", mode=mode)
        truth.append(page.truth)
    write_lines(out / "truth.jsonl", truth)


def repository_samples(folder: Path) -> None:
    """Draws every sample of the repository into a folder, with register, links and truth."""
    folder.mkdir(parents=True, exist_ok=True)
    truth, links, couples = [], [], []
    first = plan.draw_sample(plan.SAMPLES[0])[0]
    for sample in plan.SAMPLES:
        pages = plan.draw_sample(sample)
        save(pages, folder / sample.file, mode=sample.mode)
        for page in pages:
            truth.append(page.truth)
            couples += [who for who, _ in page.people]
            links += parties(page.truth, page.people)
    for entry, people in born_digital.write(folder / plan.TEXT_PDF, plan.SEED):
        truth.append(entry)
        couples += [who for who, _ in people]
        links += parties(entry, people)
    table, known = register.build(plan.SEED, couples, plan.REGISTER_ROWS)
    parquet.write_table(table, folder / "register.parquet", compression="zstd")
    linked = [{**link, "person_id": known.get(id(person))} for link, person in links]
    faulty, faults = register.faulty_csv()
    (folder / "register_with_faults.csv").write_bytes(faulty)
    write_lines(folder / "register_with_faults.jsonl", faults)
    write_lines(folder / "truth.jsonl", truth)
    write_lines(folder / "links.jsonl", linked)
    write_lines(
        folder / "broken.jsonl",
        broken.write(folder / "broken", first, folder / plan.SAMPLES[0].file),
    )


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pages", type=int, help="draw so many varied pages (needs --out)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    parser.add_argument(
        "--styles", default=",".join(STYLES), help="comma-separated; " + ", ".join(STYLES)
    )
    parser.add_argument(
        "--worn", action="store_true", help="skewed, faint, by a phone, in grey or two tones too"
    )
    parsed = parser.parse_args(given)
    parsed.styles = parsed.styles.split(",")
    unknown = sorted(set(parsed.styles) - set(STYLES))
    if unknown:
        parser.error(f"unknown styles: {', '.join(unknown)}")
    if parsed.pages and not parsed.out:
        parser.error("--pages needs --out: the samples in the repository are not overwritten")
    return parsed


def main(given: Sequence[str] | None = None) -> int:
    """Runs the script; returns the exit status."""
    asked = arguments(given)
    cv2.setNumThreads(1)
    lacking = fonts.missing_packages()
    if lacking:
        print(f"fonts are missing: apt-get install {' '.join(lacking)}", file=sys.stderr)
        return 2
    if asked.pages:
        varied_pages(asked.pages, asked.seed, asked.out, asked.styles, worn=asked.worn)
    else:
        repository_samples(asked.out or Path(__file__).resolve().parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
