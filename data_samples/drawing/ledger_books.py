"""Ledgers of 1954-2003 as offices kept them: ruled, faintly ruled or not at all.

Columns in any order, headings that are faint, stamped over or missing, one line or two for
a couple, marks for what is repeated. What stands in which column is chosen in
`ledger_columns`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from drawing import filling, seals
from drawing.ink import INKS, press, somebody
from drawing.ledger_columns import columns, paired_columns
from drawing.names import older_form
from drawing.pages import Drawn, new_sheet
from drawing.people import Couple, couple, following
from drawing.sheet import Style
from drawing.wording import Written, certificate_number, plain

if TYPE_CHECKING:
    from random import Random

    from drawing.ledger_columns import Column
    from drawing.sheet import Sheet

    Values = dict[str, Written]

_WORDS = {"marriage": "结婚", "divorce": "离婚"}
_NUMBER_FORMS = (
    "{year:02d}{ward}{kind}字{n:04d}号", "京{ward}{kind}字第{year:02d}{n:04d}号",
    "（{year:02d}）{ward}{kind}字第{n}号", "{ward}{kind}字第{n:03d}号",
    "{ward}{kind}字（{year:02d}）{n:03d}号",
    "（{year:02d}）京{ward}{kind}字第{n:05d}号", "{ward}{kind}字{n}号",
    "〔{full}〕{ward}{kind}字{n}号",
)  # fmt: skip
_YEARS = ((1954, 1965), (1966, 1979), (1980, 1993), (1980, 1993), (1994, 2003))
_SIMPLIFIED, _SPELLED = 1958, 1966
_REPEATED = ("registration_date", "remark", "official")
_SHARED_TAILS = ("ethnicity", "native_place", "occupation", "education")
_MARKS = frozenset('〃々″"同上仝')


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """How a ledger is ruled and headed, and what its clerk does."""

    ruling: str
    heading: str
    lines: int
    ditto: str
    carried: bool
    low: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Book:
    """A ledger page under way; lengths in millimetres."""

    sheet: Sheet
    style: Style
    look: _Look
    columns: tuple[Column, ...]
    edges: tuple[float, ...]
    top: float
    head: float
    high: float
    rows: int

    @property
    def body(self) -> float:
        """Where the first row begins."""
        return self.top + self.head

    @property
    def bottom(self) -> float:
        """Where the last row ends."""
        return self.body + self.rows * self.high


def _look(rng: Random, lines: int) -> _Look:
    rulings = ("full", "full", "faint", "faint", "rows", "columns", "dashed", "none", "none")
    headings = ("plain", "plain", "plain", "faint", "sealed", "lost", "absent")
    return _Look(
        ruling=rng.choice(rulings), heading=rng.choice(headings), lines=lines,
        ditto=rng.choice(("", "〃", "〃", "同上", "々", "″", "仝上")),
        carried=rng.random() < 0.35, low=rng.random() < 0.3,
    )  # fmt: skip


def _title(book: _Book, who: Couple, event: str) -> None:
    sheet, rng = book.sheet, book.sheet.rng
    place = f"北京市{who.district.name}"
    words = ("登记簿", "登记册", "登记表册", "登记台账", "登记花名册")
    title = _WORDS[event] + rng.choice(words)
    if rng.random() < 0.3:
        title = f"{who.registered.year}年{title}"
    if who.registered.year < _SIMPLIFIED:
        place, title = older_form(place), older_form(title)
    size = rng.uniform(5.5, 7.5)
    big = replace(book.style, print_hand=replace(book.style.print_hand, spacing=0.15), size=size)
    wide = sheet.measure(place + title, big.print_hand, size)
    spot = ((sheet.width - wide) / 2, book.top - 2.6 * size)
    office = {"office": Written(marked=f"«{place}»", value=place)}
    moved = sheet.flow("{office::bare}", spot, big, office, optional=True)
    sheet.flow(title, (spot[0] + moved, spot[1]), big, {})


# -- ruling and headings ------------------------------------------------------------
def _rules(book: _Book, colour: tuple[int, int, int]) -> None:
    ruling = book.look.ruling
    if ruling == "none":
        return
    thin, thick = (0.12, 0.15) if ruling == "faint" else (0.2, 0.5)
    left, right = book.edges[0], book.edges[-1]
    for n in range(book.rows + 1):
        y = book.body + n * book.high
        if ruling != "columns" or n in {0, book.rows}:
            _line(book, (left, y), (right, y), colour, thick if n in {0, book.rows} else thin)
        if book.look.lines == 2 and n < book.rows and ruling in {"full", "faint"}:
            _half(book, y + book.high / 2, colour, thin)
    _line(book, (left, book.top), (right, book.top), colour, thick)
    if ruling != "rows":
        for x in book.edges:
            _line(book, (x, book.top), (x, book.bottom), colour, thin)


def _half(book: _Book, y: float, colour: tuple[int, int, int], thin: float) -> None:
    """The rule between a couple's lines, where both have a cell."""
    for column, x, end in zip(book.columns, book.edges, book.edges[1:], strict=False):
        if column.field.startswith("."):
            _line(book, (x, y), (end, y), colour, thin)


def _line(
    book: _Book, start: tuple[float, float], end: tuple[float, float],
    colour: tuple[int, int, int], thick: float,
) -> None:  # fmt: skip
    if book.look.ruling != "dashed":
        book.sheet.rule(start, end, colour, thick)
        return
    length = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    count = round(length / 2.6)
    for n in range(count):
        a, b = n / count, (n + 0.55) / count
        book.sheet.rule(
            (start[0] + a * (end[0] - start[0]), start[1] + a * (end[1] - start[1])),
            (start[0] + b * (end[0] - start[0]), start[1] + b * (end[1] - start[1])),
            colour, thick,
        )  # fmt: skip


def _headings(book: _Book) -> None:
    look, rng = book.look, book.sheet.rng
    if look.heading == "absent":
        return
    hand = book.style.print_hand
    if look.heading == "faint":
        hand = replace(hand, ink=(176, 176, 176))
    lost = rng.randrange(len(book.columns)) if look.heading == "lost" else -1
    grouped = any(column.over for column in book.columns)
    for place, column in enumerate(book.columns):
        left, right = book.edges[place], book.edges[place + 1]
        if place != lost:
            down = 0.5 if column.over else 0.0
            box = (left, right, book.top + down * book.head, book.body)
            _heading(book, column.label, box, replace(book.style, print_hand=hand))
    if grouped:
        _over(book, replace(book.style, print_hand=hand))


def _over(book: _Book, style: Style) -> None:
    """男方 and 女方 over their columns."""
    for party in dict.fromkeys(column.over for column in book.columns if column.over):
        own = [i for i, column in enumerate(book.columns) if column.over == party]
        box = (
            book.edges[own[0]], book.edges[own[-1] + 1], book.top, book.top + book.head / 2,
        )  # fmt: skip
        spaced = party if len(party) == 1 else "　".join(party)
        _heading(book, spaced, box, style)


def _heading(book: _Book, label: str, box: tuple[float, float, float, float], style: Style) -> None:
    left, right, top, bottom = box
    texts = label.split("|")
    size = min(
        3.8, 0.9 * (bottom - top) / len(texts), *((right - left - 0.8) / len(t) for t in texts)
    )
    for n, text in enumerate(texts):
        wide = book.sheet.measure(text, style.print_hand, size)
        middle = (top + bottom) / 2 + (n - (len(texts) - 1) / 2) * size * 1.15
        spot = ((left + right - wide) / 2, middle - size / 2)
        book.sheet.characters(text, spot, style.print_hand, size)


# -- cells --------------------------------------------------------------------------
def _cell(
    book: _Book, name: str, written: Written, row: int, box: tuple[float, float, float, float]
) -> None:
    """Writes one cell: left edge, right edge, top and bottom in mm."""
    left, right, top, bottom = box
    sheet, style = book.sheet, book.style
    entry = sheet.new_field(name, written, row=row) if name else None
    if not written.text:
        if entry:
            # The date stands above; the empty cell is where a reader would look for it.
            entry.box = (sheet.px(left), sheet.px(top), sheet.px(right), sheet.px(bottom))
        return
    size = style.pen_size
    room = right - left - 1.0
    wide = sheet.measure(written.text, style.pen, size)
    size = min(size, size * room / wide) if wide > room else size
    wide = min(wide, room)
    if set(written.text) <= _MARKS:
        x = (left + right - wide) / 2
    else:
        x = left + sheet.rng.uniform(0.4, max(0.5, min(2.5, room - wide + 0.4)))
    stray = sheet.rng.uniform(-0.12, 0.12) * (bottom - top)
    y = bottom - size * 1.1 if book.look.low else (top + bottom - size) / 2 + stray
    _, found = sheet.characters(written.text, (x, y), style.pen, size)
    if entry:
        entry.box = found


def _rows(book: _Book, filled: list[Values]) -> None:
    above: dict[str, str] = {}
    for n, values in enumerate(filled):
        top = book.body + n * book.high
        for place, column in enumerate(book.columns):
            left, right = book.edges[place], book.edges[place + 1]
            if column.field.startswith("."):
                middle = top + book.high / 2
                for role, y, end in (("male", top, middle), ("female", middle, top + book.high)):
                    name = role + column.field
                    _cell(book, name, values[name], n + 1, (left, right, y, end))
                continue
            written = _repeated(book, column.field, values[column.field], above)
            _cell(book, column.field, written, n + 1, (left, right, top, top + book.high))


def _repeated(book: _Book, field: str, written: Written, above: dict[str, str]) -> Written:
    """The text of a cell, or the mark for what stands above it."""
    same = above.get(field) == written.value
    above[field] = written.value
    look, rng = book.look, book.sheet.rng
    tail = field.rpartition(".")[2]
    if not same or not (tail in _REPEATED or tail in _SHARED_TAILS):
        return written
    if tail == "registration_date" and look.carried:
        return Written(marked="", value=written.value)
    if look.ditto and rng.random() < 0.85:
        return Written(marked=look.ditto, value=written.value)
    return written


# -- people and texts ---------------------------------------------------------------
def _couples(rng: Random, event: str, rows: int) -> list[Couple]:
    first = couple(rng, rng.choice(_YEARS), event=event)
    if first.registered.month == 12:
        first = replace(first, registered=first.registered.replace(month=5, day=8))
    people = [first]
    while len(people) < rows:
        people.append(following(rng, people[-1], rng.choice((0, 0, 0, 1, 1, 2))))
    return people


def _values(seed: str, who: Couple, number: int, dates: str) -> Values:
    """A couple's texts; what is one ledger's custom follows from the seed alone."""
    custom, rng = random.Random(f"{seed}/custom"), random.Random(f"{seed}/{number}")
    older = who.registered.year < _SIMPLIFIED
    values = filling.values(
        rng, who, older=older, dates=dates.removesuffix("/"), printed=False, ids=15
    )
    if who.registered.year < _SPELLED:
        values["certificate_number"] = filling.number_1950s(custom, who, older=older)
    else:
        number_form = custom.choice(_NUMBER_FORMS).format(
            year=who.registered.year % 100, full=who.registered.year, ward=who.district.short,
            kind=_WORDS[who.event][0], n=who.serial,
        )  # fmt: skip
        values["certificate_number"] = certificate_number(number_form)
    first, again = ("初婚", "再婚") if who.event == "marriage" else ("双方自愿", "协议")
    values["remark"] = plain(rng.choice((first, first, first, again)))
    values["sequence"] = plain(str(number))
    values[""] = plain(custom.choice(("", "", "无", "同意")))
    if dates.endswith("/"):
        values |= {
            name: replace(value, marked=value.marked.replace(".", "/"))
            for name, value in values.items()
            if "date" in name
        }
    return values


# -- whole pages --------------------------------------------------------------------
_SIZES = ((297, 210), (297, 210), (297, 210), (270, 195), (364, 257))


def _book(seed: str, dpi: int, rng: Random, people: list[Couple], look: _Look) -> _Book:
    size = rng.choice(_SIZES if dpi <= 300 else _SIZES[:4])
    sheet = new_sheet(seed, size, dpi)
    year, what = people[0].registered.year, _WORDS[people[0].event]
    if look.lines == 2:
        made = paired_columns(rng, what, year)
    else:
        made = columns(rng, what, year, headed=look.heading != "absent")
    left, top = rng.uniform(8, 22), rng.uniform(22, 40)
    wide = size[0] - left - rng.uniform(8, 22)
    total = sum(column.share for column in made)
    edges = [left]
    for column in made:
        edges.append(edges[-1] + column.share / total * wide)
    head = rng.uniform(8.5, 13) + (4 if any(column.over for column in made) else 0)
    room = (size[1] - rng.uniform(8, 16) - top - head) / len(people)
    high = min(room, 13.5 * look.lines)
    grey = rng.choice(((203, 203, 206), (196, 210, 200), (214, 200, 196)))
    pen = somebody(rng, older=year < _SPELLED, tidy=rng.uniform(0.35, 1.0))
    style = Style(
        print_hand=press(rng.choice(("song", "hei", "ukai", "song-bold", "fangsong"))),
        pen=pen, size=4.0, pen_size=min(rng.uniform(4.0, 5.3), 0.72 * high / look.lines),
    )  # fmt: skip
    book = _Book(
        sheet=sheet, style=style, look=look, columns=tuple(made), edges=tuple(edges), top=top,
        head=head, high=high, rows=len(people),
    )  # fmt: skip
    inks = [INKS[name] for name in ("black", "grey", "green", "red", "brown")]
    _rules(book, grey if look.ruling == "faint" else rng.choice(inks))
    return book


def _drawn(seed: str, dpi: int, lines: int) -> Drawn:
    rng = random.Random(f"{seed}/book")
    look = _look(rng, lines)
    event = "divorce" if rng.random() < 0.2 else "marriage"
    rows = rng.randint(8, 20) if lines == 1 else rng.randint(4, 9)
    people = _couples(rng, event, rows)
    book = _book(seed, dpi, rng, people, look)
    # A page that goes on from the one before has neither title nor headings.
    if look.heading != "absent" or rng.random() < 0.5:
        _title(book, people[0], event)
    _headings(book)
    year = people[0].registered.year
    dates = rng.choice(("dotted", "dotted", "dotted/", "digits"))
    if year < _SPELLED and rng.random() < 0.6:
        dates = "numerals"
    start = rng.choice((1, 1, rng.randint(2, 300)))
    _rows(book, [_values(seed, who, start + n, dates) for n, who in enumerate(people)])
    if look.heading == "sealed":
        x = rng.uniform(0.15, 0.85) * book.sheet.width
        arc = f"北京市{people[0].district.name}{people[0].street}"
        seals.round_seal(book.sheet, (x, book.top + rng.uniform(-2, 6)), arc)
    papers = rng.choice(("cream", "white", "yellowed", "grey"))
    return Drawn(
        sheet=book.sheet, kind=f"{event}_ledger", year=year, papers=papers,
        hand=book.style.pen.name, tilt=rng.choice((0.0, 0.0, 0.0, 0.03, 0.05)),
        tags={"ruling": look.ruling, "heading": look.heading, "lines": lines},
        people=[(who, {"row": n + 1}) for n, who in enumerate(people)],
    )  # fmt: skip


def single(seed: str, dpi: int) -> Drawn:
    """A ledger with a line for each couple."""
    return _drawn(seed, dpi, 1)


def paired(seed: str, dpi: int) -> Drawn:
    """A ledger with two lines for each couple."""
    return _drawn(seed, dpi, 2)
