"""Descriptions of forms from files: those that are installed, and an archive's own.

An own form of the same name takes the place of an installed one. What a file may hold is
checked in `parsing`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from ocr.forms.form import FormSet
from ocr.forms.parsing import Fault, contradictions, parse_form
from records.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

ENDING = ".toml"
_LARGEST = 1 << 20
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A description as it lies in a file."""

    content: bytes
    own: bool


@cache
def installed_forms() -> FormSet:
    """The forms that come with the software."""
    return _form_set(_installed())


def forms_of(folder: Path | None, extra: Sequence[Path] = ()) -> FormSet:
    """The installed forms with those of a folder, where it is there, and of single files.

    Raises InputError (`form_unreadable`, `form_faulty`) with all faults, each with its place.
    """
    own = sorted(folder.glob(f"*{ENDING}")) if folder and folder.is_dir() else []
    if not own and not extra:
        return installed_forms()
    return _form_set(_installed() | {path.stem: _read(path) for path in (*own, *extra)})


def _installed() -> dict[str, _Text]:
    folder = files("ocr") / "forms" / "builtin"
    return {
        entry.name.removesuffix(ENDING): _Text(content=entry.read_bytes(), own=False)
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(ENDING)
    }


def _read(path: Path) -> _Text:
    try:
        # A pipe would be waited for, and no description is as large as this.
        if path.is_file() and path.stat().st_size <= _LARGEST:
            return _Text(content=path.read_bytes(), own=True)
    except OSError:
        pass
    raise InputError(
        "form_unreadable",
        what="读不到表样文件 · the description of a form can't be read",
        where=path.name,
        remedy="须为可读的普通文件，不超过 1 MB · give a file that may be read, of 1 MB at most",
    )


def _form_set(texts: Mapping[str, _Text]) -> FormSet:
    parsed = [parse_form(name, text.content, own=text.own) for name, text in texts.items()]
    forms = tuple(form for form, _ in parsed if form)
    faults = [fault for _, found in parsed for fault in found]
    faults += contradictions(forms)
    if faults:
        raise _faulty(faults)
    return FormSet(forms=forms, digest=_digest(texts))


def _digest(texts: Mapping[str, _Text]) -> str:
    """A name from the content: sixteen hexadecimal digits of SHA-256."""
    whole = hashlib.sha256()
    for name, text in sorted(texts.items()):
        whole.update(f"{name}\0{hashlib.sha256(text.content).hexdigest()}\0".encode())
    return whole.hexdigest()[:16]


def _faulty(faults: Iterable[Fault]) -> InputError:
    listed = [f"{fault.where}: {fault.what}" for fault in faults]
    more = [f"… {len(listed) - _SHOWN} 处 more"] if len(listed) > _SHOWN else []
    return InputError(
        "form_faulty",
        what="表样有误 · faults in the description of a form:\n  "
        + "\n  ".join([*listed[:_SHOWN], *more]),
        where=listed[0].partition(":")[0],
        remedy="按 docs/forms.zh.md 改正 · correct it as docs/forms.md says",
    )
