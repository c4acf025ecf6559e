"""Which held-out pages there are, how often each comes, and what befalls them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

from drawing.held_out import across, ledgers, printed, vertical
from drawing.held_out.hands import VERY_CURSIVE
from drawing.pages import finish, worn_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from drawing.pages import Drawn, Page

    Draw = Callable[[str, int], Drawn]

#: Put before every seed, so that no held-out page shares its chances with another page.
DIVISION = "held-out"


class Style(NamedTuple):
    """A kind of held-out page: the era it is counted under, its share, and who draws it."""

    era: str
    share: float
    draw: Draw


STYLES: dict[str, Style] = {
    "vertical": Style("1950s-60s", 13, vertical.sheet),
    "vertical_stub": Style("1950s-60s", 4, vertical.with_stub),
    "award_1955": Style("1950s-60s", 10, across.award_1955),
    "award_1966": Style("1950s-60s", 9, across.award_1966),
    "handwritten": Style("1980s-90s", 22, across.certificate_1980s),
    "two_on_a_sheet": Style("1980s-90s", 5, across.side_by_side),
    "printed": Style("2004+", 25, printed.certificate),
    "ledger": Style("ledgers", 5, ledgers.ledger),
}
MODES = ("RGB", "L", "1")


class Scan(NamedTuple):
    """A held-out page and the colours it is saved in."""

    page: Page
    mode: str


def style_of(seed: str) -> str:
    """The style that a seed draws, by the shares."""
    chances = random.Random(f"{DIVISION}/{seed}/style")
    return chances.choices(list(STYLES), [style.share for style in STYLES.values()])[0]


def draw(seed: str, style: str = "") -> Scan:
    """One held-out page with the defects that its seed decides on.

    150 to 400 dpi; a fifth turned by 90, 180 or 270°; worn; in colour, grey or two tones.
    """
    style = style or style_of(seed)
    chances = random.Random(f"{DIVISION}/{seed}/scan")
    dpi = chances.choice((150, 200, 240, 300, 300, 400))
    worn = worn_by(chances)
    drawn = STYLES[style].draw(f"{DIVISION}/{seed}/{style}", dpi)
    drawn.tags.update(
        division=DIVISION,
        column=STYLES[style].era,
        very_cursive=int(drawn.hand == VERY_CURSIVE),
        phone=int("tilt" in worn),
    )
    page = finish(
        drawn,
        style,
        chances.choice((0, 0, 1, 1, 2)),
        rotation=chances.choices((0, 90, 180, 270), (80, 7, 6, 7))[0],
        worn=worn,
    )
    mode = chances.choices(MODES, (78, 13, 9))[0]
    page.truth["tags"]["mode"] = mode
    return Scan(page, mode)
