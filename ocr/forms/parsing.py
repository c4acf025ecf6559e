"""The description of one form from the TOML of its file, with every fault and its place."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ocr.folding import fold_text
from ocr.forms.form import FIELDS, Form, Listing, Words
from records.reading import LEDGERS, ROLES, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

VERSION = 1
_KEYS = (
    "version", "kind", "name", "english", "years", "titles", "marks", "order", "unlabelled",
    "labels", "columns", "people", "before_names", "passed_over", "signing", "office_endings",
    "sentences",
)  # fmt: skip
#: What only a form has, and a part that any page may bear has not.
_OF_FORMS = ("name", "english", "years", "titles", "marks", "order", "unlabelled")
#: Shorter labels and titles would be found all over running text.
_SHORTEST = 2
_YEARS = range(1800, 2101)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a description, and where: file and key."""

    where: str
    what: str


def parse_form(form_id: str, content: bytes, *, own: bool) -> tuple[Form | None, list[Fault]]:
    """The form that a file describes, None where it can't be told, and all its faults."""
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        return None, [Fault(where=form_id, what="不是 UTF-8 · not UTF-8")]
    except tomllib.TOMLDecodeError as error:
        # The parser's message names line and column, and never quotes the text.
        return None, [Fault(where=form_id, what=f"不是 TOML · not TOML: {error}")]
    checked = _Table(table, form_id)
    form = checked.form(form_id, own=own)
    return form, checked.faults


def contradictions(forms: Sequence[Form]) -> list[Fault]:
    """Words by which two forms, or one, name two different things."""
    faults: list[Fault] = []
    for part in ("labels", "columns", "people"):
        known: dict[str, tuple[str, str]] = {}
        for form in forms:
            for word, named in _named(form, part):
                field, other = known.setdefault(word, (named, form.form_id))
                if field != named:
                    what = f"「{word}」 names {named} here, {field} in {other}"
                    faults.append(Fault(where=f"{form.form_id} [{part}]", what=what))
    return faults


def _named(form: Form, part: str) -> Iterator[tuple[str, str]]:
    listing: Listing = getattr(form.words, part)
    yield from ((word, named) for named, words in listing for word in words)
    if part == "labels":
        yield from ((word, "passed_over") for word in form.words.passed_over)


class _Table:
    """A parsed file on its way to a form; what is wrong with it gathers in `faults`."""

    def __init__(self, table: dict[str, Any], form_id: str) -> None:
        self._table = table
        self._form_id = form_id
        self.faults: list[Fault] = []

    def form(self, form_id: str, *, own: bool) -> Form:
        """The form, as far as it can be told."""
        self._known(self._table, _KEYS, "")
        if self._table.get("version") != VERSION:
            self._fault("version", f"须为 {VERSION} · must be {VERSION}")
        kind = self._kind()
        if kind is None:
            for key in set(_OF_FORMS) & set(self._table):
                self._fault(key, "没有 kind 时不能有 · only where there is a kind")
        form = Form(
            form_id=form_id,
            kind=kind,
            name=self._text("name", needed=kind is not None),
            english=self._text("english", needed=kind is not None),
            years=self._years(),
            titles=self._words("titles"),
            marks=self._words("marks"),
            order=self._order(),
            unlabelled=self._fields("unlabelled"),
            words=self._all_words(),
            own=own,
        )
        if kind in LEDGERS and form.order != ROLES:
            self._fault("order", "登记簿由栏目说明 · a ledger's columns say it")
        if kind is Kind.OTHER and form.gives:
            self._fault("labels", "other 类不给字段 · a form of kind other gives none")
        return form

    def _all_words(self) -> Words:
        return Words(
            labels=self._listing("labels", FIELDS),
            columns=self._listing("columns", (*FIELDS, *ROLES), shortest=1),
            people=self._listing("people", ROLES, shortest=1),
            before_names=self._listing("before_names", ROLES),
            passed_over=self._words("passed_over"),
            signing=self._words("signing"),
            office_endings=self._words("office_endings"),
            sentences=self._words("sentences"),
        )

    def _fault(self, key: str, what: str) -> None:
        self.faults.append(Fault(where=f"{self._form_id}: {key}", what=what))

    def _known(self, keys: Collection[str], allowed: Sequence[str], part: str) -> None:
        for key in keys:
            if key not in allowed:
                near = difflib.get_close_matches(key, allowed, 1, 0)
                self._fault(f"{part}{key}", f"没有此键，莫非 · no such key, perhaps: {near[0]}")

    def _kind(self) -> Kind | None:
        kind = self._table.get("kind")
        if kind is None or kind in list(Kind):
            return Kind(kind) if kind else None
        self._fault("kind", f"须为其中之一 · must be one of: {', '.join(Kind)}")
        return None

    def _text(self, key: str, *, needed: bool) -> str:
        text = self._table.get(key, "")
        if not isinstance(text, str) or (needed and not text.strip()):
            self._fault(key, "须为文字 · must be a text")
            return ""
        return text

    def _years(self) -> tuple[int, int] | None:
        years = self._table.get("years")
        if years is None:
            return None
        match years:
            case [int() as first, int() as last] if first <= last and {first, last} <= set(_YEARS):
                return first, last
        self._fault("years", "须为起止两个年份 · must be two years, from and to")
        return None

    def _order(self) -> tuple[str, str]:
        match self._table.get("order", list(ROLES)):
            case ["male", "female"]:
                return "male", "female"
            case ["female", "male"]:
                return "female", "male"
        self._fault("order", '须为 · must be ["male", "female"] or ["female", "male"]')
        return "male", "female"

    def _fields(self, key: str) -> tuple[str, ...]:
        fields = self._words(key, fold=False)
        self._known(fields, FIELDS, f"{key}: ")
        return fields

    def _listing(self, key: str, allowed: Sequence[str], *, shortest: int = _SHORTEST) -> Listing:
        table = self._table.get(key, {})
        if not isinstance(table, dict):
            self._fault(key, f"须为表 · must be a table: [{key}]")
            return ()
        self._known(table, allowed, f"{key}.")
        return tuple(
            (name, self._folded(f"{key}.{name}", words, shortest))
            for name, words in table.items()
            if name in allowed
        )

    def _words(self, key: str, *, fold: bool = True) -> tuple[str, ...]:
        return self._folded(key, self._table.get(key, []), _SHORTEST, fold=fold)

    def _folded(
        self, key: str, words: object, shortest: int, *, fold: bool = True
    ) -> tuple[str, ...]:
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            self._fault(key, '须为文字的列表 · must be a list of texts: ["…", "…"]')
            return ()
        folded = [fold_text(word)[0] if fold else word for word in words]
        if any(len(word) < shortest for word in folded):
            self._fault(key, f"每词至少 {shortest} 字 · at least {shortest} characters a word")
        return tuple(dict.fromkeys(folded))
