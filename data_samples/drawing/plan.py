"""The samples of the repository: which file shows what."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from drawing.ledgers import LedgerPlan, ledger_page
from drawing.pages import finish
from drawing.styles import draw

if TYPE_CHECKING:
    from drawing.pages import Page

SEED = "samples"
TEXT_PDF = "s33_ledger_born_digital.pdf"
REGISTER_ROWS = 20_000


class Sample(NamedTuple):
    """One file of one or more pages; `take` picks among the pages that a style can give."""

    file: str
    style: str
    take: int
    dpi: int = 170
    severity: int = 0
    rotation: int = 0
    mode: str = "RGB"


#: Pages of the book of ledgers, and rows on each.
_BOOK_PAGES, _BOOK_ROWS = 3, 12

SAMPLES = (
    Sample("s01_vertical.jpg", "vertical_1950s", 1),
    Sample("s02_vertical.jpg", "vertical_1950s", 9, 170, 1),
    Sample("s03_vertical_turned.jpg", "vertical_1950s", 3, 170, 1, 90),
    Sample("s04_vertical_divorce.png", "vertical_1950s", 4, 150, 0, mode="L"),
    Sample("s05_with_stub.jpg", "stub_1950s", 6, 170, 1),
    Sample("s06_application.jpg", "application_1950s", 2, 200),
    Sample("s07_award_1955.jpg", "award_1955", 1),
    Sample("s08_award_1955.jpg", "award_1955", 6, 170, 1),
    Sample("s09_award_1955.jpg", "award_1955", 8, 170, 2),
    Sample("s10_award_1966.jpg", "award_1966", 1),
    Sample("s11_award_1966_upside_down.jpg", "award_1966", 9, 170, 1, 180),
    Sample("s12_award_1966.jpg", "award_1966", 7, 150, 2),
    Sample("s13_handwritten.jpg", "handwritten_1980s", 2, 200),
    Sample("s14_handwritten.jpg", "handwritten_1980s", 9, 170, 1),
    Sample("s15_handwritten.jpg", "handwritten_1980s", 6, 150, 2),
    Sample("s16_handwritten.png", "handwritten_1980s", 5, 150, mode="P"),
    Sample("s17_two_certificates.jpg", "two_certificates", 9, 170, 1),
    Sample("s18_application.jpg", "application_1980s", 4, 170, 1),
    Sample("s19_passport_divorce.jpg", "passport_1990s", 5, 200),
    Sample("s20_passport.jpg", "passport_1990s", 3, 200, 1),
    Sample("s21_printed_marriage.jpg", "printed_2004", 6),
    Sample("s22_printed_divorce.jpg", "printed_2004", 9, 170, 1),
    Sample("s23_printed_reissue.jpg", "printed_2004", 4),
    Sample("s24_printed_reissue_two_tone.png", "printed_2004", 3, 200, mode="1"),
    Sample("s25_review_form.jpg", "review_form", 4),
    Sample("s26_review_form.png", "review_form", 6, 130, mode="L"),
    Sample("s27_ledger.jpg", "ledger", 13),
    Sample("s28_ledger_ditto.jpg", "ledger", 22, 170, 1),
    Sample("s29_ledger_carried_dates.jpg", "ledger", 24),
    Sample("s30_ledger_two_lines.jpg", "ledger_paired", 7),
    Sample("s31_ledger_three_pages.tif", "ledger_book", 1, mode="L"),
    Sample("s32_three_forms.pdf", "forms", 1, 150),
    Sample("s34_ledger_divorces.jpg", "ledger", 12, 150, 1),
    Sample("s35_letter.jpg", "letter", 6, 150, 1),
)


def draw_sample(sample: Sample) -> list[Page]:
    """The pages of one sample."""
    seed = f"{SEED}/{sample.take}"
    if sample.style == "ledger_book":
        return _book(sample, seed)
    styles = ("review_form", "handwritten_1980s", "award_1966") if sample.style == "forms" else ()
    return [
        draw(
            style,
            f"{seed}/{number}" if styles else seed,
            dpi=sample.dpi,
            severity=sample.severity,
            rotation=sample.rotation,
        )
        for number, style in enumerate(styles or (sample.style,))
    ]


def _book(sample: Sample, seed: str) -> list[Page]:
    """Pages of one ledger that go on from each other."""
    pages: list[Page] = []
    after, start = None, 1
    for _ in range(_BOOK_PAGES):
        plan = LedgerPlan(
            layout="sequence number date his his_birth hers her_birth remark",
            rows=_BOOK_ROWS,
            ditto="〃",
            carried=False,
            event="marriage",
            start=start,
            after=after,
        )
        drawn = ledger_page(f"{seed}/book", sample.dpi, plan)
        after, start = drawn.people[-1][0], start + plan.rows
        pages.append(finish(drawn, "ledger", sample.severity))
    return pages
