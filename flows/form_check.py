"""How a form fits pages: each page drawn with what was found on it, and what was not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.home import Home
from flows.progress import progress
from ocr.form_check import CHECKER, CheckedPage
from ocr.forms.fit import best_fit, fit
from ocr.forms.loading import ENDING, forms_of
from ocr.pool import expand, read_paths
from records.errors import UsageError
from records.reading import PageRefusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ocr.forms.form import Form, FormSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What of a form was found on a page, or the reason why the page was set aside.

    `labels` counts the printed labels, `picture` is the drawn page; `best` names the form
    of the page's kind that fits it best.
    """

    source: str
    page: int
    reason: str | None = None
    detail: str = ""
    kind: str = ""
    titles: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    labels: int = 0
    given: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    best: str = ""
    picture: str = ""

    def as_json(self) -> dict[str, Any]:
        """The page as one line of `backfill forms check --json`."""
        return asdict(self)


def known_forms(home: Path | None) -> FormSet:
    """The installed forms with those of a home; raises InputError where these have faults."""
    return forms_of(Home(root=home).forms if home else None)


def form_and_forms(named: str, home: Path | None) -> tuple[Form, FormSet]:
    """A form by its name, or from a file that is not in use yet, and all that are known.

    Raises UsageError (`no_such_form`), and InputError where a description has faults.
    """
    path = Path(named)
    drafted = [path] if path.suffix == ENDING else []
    forms = forms_of(Home(root=home).forms if home else None, drafted)
    form = forms.get(path.stem if drafted else named)
    if form is None or form.kind is None:
        raise UsageError(
            "no_such_form",
            what="没有该表样 · there is no such form",
            where=named,
            remedy="backfill forms list",
        )
    return form, forms


def check_pages(
    form: Form, forms: FormSet, paths: Sequence[Path], out: Path, *, workers: int
) -> Iterator[Checked]:
    """Look at pages for a form, and draw each into a folder, numbered in their order.

    Raises UsageError (`cannot_write`) where the folder can't be written to.
    """
    files = expand(paths)
    with progress("核对表样 · checking the form", len(files)) as bar:

        def advance(done: int, _total: int) -> None:
            bar.update(done - bar.n)

        # Text layers are left aside: it is the paper that the form describes.
        found = read_paths(
            files, engine="ppocr", workers=workers, reader=CHECKER, forms=forms,
            on_progress=advance,
        )  # fmt: skip
        for number, page in enumerate(found, 1):
            assert isinstance(page, CheckedPage | PageRefusal)  # noqa: S101 - what CHECKER gives
            yield _checked(form, forms, page, out / f"page-{number:03}.png")


def _checked(form: Form, forms: FormSet, page: CheckedPage | PageRefusal, picture: Path) -> Checked:
    if isinstance(page, PageRefusal):
        return Checked(source=page.source, page=page.page, reason=page.reason, detail=page.detail)
    _write(picture, page.picture)
    fields = {zone.name for zone in page.zones}
    here = fit(form, text=page.text, titles=page.titles, fields=fields)
    best = best_fit(forms.forms, page.kind, text=page.text, titles=page.titles, fields=fields)
    return Checked(
        source=page.source, page=page.page, kind=str(page.kind), titles=here.titles,
        marks=here.marks, labels=len(page.labels), given=here.given, missing=here.missing,
        other=here.other, best=best.form_id if best else "", picture=str(picture),
    )  # fmt: skip


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(
            "cannot_write",
            what="文件夹不可写 · the folder can't be written to",
            where=str(path.parent),
            remedy="--out 指定另一个文件夹 · name another folder with --out",
        ) from error
