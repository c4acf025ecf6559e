"""`backfill forms`: the forms that the reader knows, and how one of them fits pages."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from flows.settings import Settings, quieten_engines
from records.errors import ExitStatus
from records.visible import visible

if TYPE_CHECKING:
    from flows.form_check import Checked
    from ocr.forms.form import Form, FormSet

_HELP = """\
识读所认的表样：列出，或看某一表样与扫描页合不合。
The forms that the reader knows: list them, or see how one of them fits pages.

  backfill forms list
  backfill forms check marriage-certificate-2004 页.jpg --out 核对/
  backfill forms check 新表样.toml 扫描件/ --out 核对/     尚未启用的表样 · one not yet in use

馆库的 forms/ 文件夹里可放本馆自己的表样，写法见 docs/forms.zh.md。
An archive keeps its own descriptions in the folder forms/ of its home; see docs/forms.md.
"""
_CHECK_HELP = """\
在页面图像上画出所见标签（蓝）、各字段的位置（红），并列出表样中有而页上未见的字段。
Draw over each page the labels found (blue) and the place of each field (red), and list what
the form gives and the page does not. Values are neither decoded nor shown.
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `forms`."""
    parser = commands.add_parser(
        "forms",
        help="表样 · the forms that are known",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser(
        "list", parents=[common], help="列出表样 · list the forms", description=_list.__doc__
    )
    listing.set_defaults(run=_list)
    check = verbs.add_parser(
        "check",
        parents=[common],
        help="核对表样与页面 · see how a form fits pages",
        description=_CHECK_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument("form", metavar="FORM", help="表样名，或 .toml 文件 · name or .toml file")
    check.add_argument("pages", nargs="+", type=Path, metavar="PAGE", help="扫描件 · scans")
    check.add_argument("--out", type=Path, required=True, metavar="DIR", help="图片放处 · pictures")
    check.add_argument("--workers", type=int, metavar="N", help="并行进程数 · reading processes")
    check.set_defaults(run=_check)


def _list(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """List the forms, an archive's own marked; exit status 4 when one of these is faulty."""
    from flows.form_check import known_forms

    forms = known_forms(settings.home)
    if arguments.json:
        for form in forms.forms:
            print(json.dumps(_form(form), ensure_ascii=False))
        return ExitStatus.DONE
    for form in forms.forms:
        if form.kind:
            years = f"{form.years[0]}–{form.years[1]}" if form.years else ""
            own = " *" if form.own else ""
            print(f"{form.form_id}{own}  {form.kind}  {years}  {form.name} · {form.english}")
    _print_set(forms)
    return ExitStatus.DONE


def _form(form: Form) -> dict[str, object]:
    return {
        "form": form.form_id,
        "kind": form.kind,
        "name": form.name,
        "english": form.english,
        "years": form.years,
        "titles": form.titles,
        "fields": form.gives,
        "own": form.own,
    }


def _print_set(forms: FormSet) -> None:
    known = [form for form in forms.forms if form.kind]
    own = sum(form.own for form in known)
    print(f"共 {len(known)} 种，本馆 {own} 种 (*) · forms, own; 表样集 form set {forms.digest}")


def _check(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Draw pages with what was found of a form; exit status 3 when pages were set aside."""
    quieten_engines()
    from flows.form_check import check_pages, form_and_forms

    form, forms = form_and_forms(arguments.form, settings.home)
    set_aside = False
    for checked in check_pages(
        form, forms, arguments.pages, arguments.out, workers=settings.workers
    ):
        set_aside = set_aside or checked.reason is not None
        if arguments.json:
            print(json.dumps(checked.as_json(), ensure_ascii=False))
        else:
            _print_checked(form, checked)
    return ExitStatus.DONE_WITH_QUARANTINE if set_aside else ExitStatus.DONE


def _print_checked(form: Form, checked: Checked) -> None:
    place = f"{visible(Path(checked.source).name)} p.{checked.page}"
    if checked.reason:
        print(f"搁置 · set aside: {place}  {checked.reason}  {checked.detail}")
        return
    same = "✓" if checked.kind == form.kind else f"✗ ({form.kind})"
    print(
        f"{place}  {form.name} · {form.english}\n"
        f"  种类 kind: {checked.kind} {same}\n"
        f"  标题 titles: {_listed(checked.titles)}   标记 marks: {_listed(checked.marks)}\n"
        f"  标签 labels: {checked.labels}   字段 fields: {_listed(checked.given)}\n"
        f"  未见 not found: {_listed(checked.missing)}\n"
        f"  表样所无 not of the form: {_listed(checked.other)}\n"
        f"  最合 fits best: {checked.best or '—'}\n"
        f"  图 picture: {checked.picture}"
    )


def _listed(words: tuple[str, ...]) -> str:
    return "、".join(words) or "—"
