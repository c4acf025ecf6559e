"""What each field may hold, how it is decoded, and its normal form.

Puts together the grammar of a field, the signs it may contain, what is likely beforehand
and its value. How sure the result is, is judged in `confidence`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from ocr import grammars
from ocr.decode import decode
from ocr.folding import fold_text, traditional
from records.ages import parse_age
from records.certificate_number import certificate_value
from records.dates import parse_date
from records.id_number import id_value
from records.sex import parse_sex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ocr.automata import Grammar
    from ocr.decode import Decoded
    from ocr.lattice import Lattice


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldKind:
    """How a kind of field is decoded.

    A text outside the grammar is delivered freely read when `open` is set, at the price of
    its confidence; otherwise too, but never accepted. `numerals` says that numbers in it may
    be spelled in characters; after `last` follows nothing that belongs to the field.
    """

    grammar: Grammar | None
    kept: str = ""
    open: bool = False
    value: Callable[[str], str]
    prior: Callable[[str], float] = lambda _: 0.0
    same: Callable[[str], str] = lambda text: text
    numerals: bool = False
    last: str = ""


def _date_prior(text: str) -> float:
    folded = fold_text(text)[0]
    rare = any(mark in folded for mark in ("民国", "农", "阴", "旧", "夏", "初", "腊", "闰", "正"))
    short = 0.0 if folded.endswith("日") or not folded.endswith(("月", "年")) else -6.0
    return short - (3.0 if rare else 0.0)


def _name_prior(text: str) -> float:
    """Dots and great length are rare in names, single characters rarer."""
    folded = fold_text(text)[0]
    return (-5.0 if "." in folded else 0.0) - (4.0 if len(folded) < 2 else 0.0)


#: What a number is of, before 字: marriages, divorces, second marriages, second copies.
_REGISTERED = frozenset("结离婚复补登证")


def _number_prior(text: str) -> float:
    """Before 字 stands in one character what is registered; seldom anything else."""
    head, found, _ = fold_text(text)[0].partition("字")
    return -4.0 if found and head and head[-1] not in _REGISTERED | set("()0123456789") else 0.0


def _plain(text: str) -> str:
    return "".join(text.split())


def _date_value(text: str) -> str:
    return parse_date(text, context=(1900, 2030)).value or ""


def _sex_value(text: str) -> str:
    return {"male": "男", "female": "女"}.get(parse_sex(fold_text(text)[0]) or "", "")


def _age_value(text: str) -> str:
    age = parse_age(text)
    return "" if age is None else str(age)


def _name_value(text: str) -> str:
    return _plain(text).translate(_DOTS)


_DOTS = str.maketrans(dict.fromkeys("•‧∙⋅・.．。", "·"))


def _dates() -> FieldKind:
    return FieldKind(
        grammar=grammars.date_grammar(), kept=".-/—－、", value=_date_value,
        prior=_date_prior, same=_date_value, numerals=True, last="日",
    )  # fmt: skip


def _names() -> FieldKind:
    return FieldKind(
        grammar=grammars.name_grammar(), kept="·.", open=True, value=_name_value,
        prior=_name_prior, same=_name_value,
    )  # fmt: skip


def _figures() -> FieldKind:
    return FieldKind(grammar=grammars.figures_grammar(), value=_plain, same=_plain)


def _ids() -> FieldKind:
    return FieldKind(
        grammar=grammars.id_grammar(), open=True, same=_plain,
        value=lambda text: id_value(text) or _plain(text),
    )  # fmt: skip


def _certificate_numbers() -> FieldKind:
    return FieldKind(
        grammar=grammars.certificate_grammar(), kept="-—－", open=True, numerals=True,
        value=certificate_value, same=certificate_value, prior=_number_prior,
    )  # fmt: skip


def _open(grammar: Grammar | None) -> FieldKind:
    return FieldKind(grammar=grammar, open=True, value=_plain, same=_plain)


def _ages() -> FieldKind:
    return FieldKind(
        grammar=grammars.age_grammar(), value=_age_value, same=_age_value, numerals=True
    )  # fmt: skip


def _sexes() -> FieldKind:
    return FieldKind(grammar=grammars.sex_grammar(), value=_sex_value, same=_sex_value)


def _anything() -> FieldKind:
    return FieldKind(grammar=None, kept=".-—()（）·、，", value=_plain, same=_plain)


_KINDS: dict[str, Callable[[], FieldKind]] = {
    "birth_date": _dates, "registration_date": _dates, "age": _ages, "sex": _sexes,
    "id_number": _ids, "certificate_number": _certificate_numbers,
    "name": _names, "holder": _names, "official": _names,
    "native_place": lambda: _open(grammars.place_grammar()),
    "ethnicity": lambda: _open(grammars.ethnicity_grammar()),
    "sequence": _figures,
}  # fmt: skip


@cache
def kind_of(tail: str) -> FieldKind:
    """The kind of a field by the last part of its name."""
    if tail.startswith("stamp."):
        return _figures()
    return _KINDS.get(tail, _anything)()


#: Beyond this many nats the readers' own opinion is no longer bent into a grammar.
_BENT = 12.0
#: What a traditional character costs (nats) on a page printed in simplified ones.
_OTHER_SCRIPT = 2.5


def read_field(
    tail: str, lattices: Sequence[Lattice], *, simplified: bool = False, writings: int = 1
) -> tuple[Decoded | None, bool]:
    """The decoded field, and whether its text belongs to the field's grammar.

    `simplified` says that the page is printed in simplified characters, `writings` how often
    the lattices' text was written.
    """
    kind = kind_of(tail)
    lattices = [_ended(lattice, kind.last) for lattice in lattices] if kind.last else lattices
    cost = _OTHER_SCRIPT if simplified else 0.0

    def prior(text: str) -> float:
        return kind.prior(text) - cost * traditional(text)

    decoded = partial(
        decode, lattices, kept=kind.kept, prior=prior, same=kind.same, numerals=kind.numerals,
        writings=writings,
    )  # fmt: skip
    bound = decoded(kind.grammar) if kind.grammar else None
    if bound is not None and (bound.gap <= _BENT or not kind.open):
        return bound, True
    free = decoded(None)
    return free, kind.grammar is None


#: A day with its month is no shorter.
_SHORTEST = 6


def _ended(lattice: Lattice, last: str) -> Lattice:
    """The lattice up to the sign that closes a field: what follows runs in from the next one."""
    spelled = lattice.greedy()
    at = spelled.text.find(last) + 1
    # With another day after it nobody has said whose the first one is.
    if not _SHORTEST <= at < len(spelled.text) or last in spelled.text[at:]:
        return lattice
    return lattice.slice(0, (spelled.steps[at - 1][1] + spelled.steps[at][0] + 1) // 2)
