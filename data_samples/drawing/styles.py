"""The styles of pages by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawing import (
    forms_award,
    forms_new,
    forms_printed,
    forms_vertical,
    ledger_books,
    ledgers,
    letters,
    office_forms,
    paired,
)
from drawing.pages import finish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drawing.pages import Drawn, Page

STYLES: dict[str, Callable[[str, int], Drawn]] = {
    "vertical_1950s": forms_vertical.vertical_sheet,
    "stub_1950s": forms_vertical.stub_sheet,
    "application_1950s": forms_vertical.old_application,
    "award_1955": forms_award.award_1955,
    "award_1966": forms_award.award_1966,
    "handwritten_1980s": forms_new.certificate_1980s,
    "two_certificates": forms_new.two_certificates,
    "application_1980s": office_forms.application_1980s,
    "passport_1990s": forms_new.passport_1990s,
    "printed_2004": forms_printed.printed_2004,
    "review_form": office_forms.review_form,
    "ledger": ledgers.ledger,
    "ledger_paired": paired.ledger,
    "ledger_varied": ledger_books.single,
    "ledger_varied_paired": ledger_books.paired,
    "letter": letters.letter,
}


def draw(
    style: str,
    seed: str,
    *,
    dpi: int,
    severity: int,
    rotation: int = 0,
    worn: Mapping[str, float] | None = None,
) -> Page:
    """One page of a style; the same arguments always give the same page."""
    drawn = STYLES[style](f"{seed}/{style}", dpi)
    return finish(drawn, style, severity, rotation=rotation, worn=worn)
