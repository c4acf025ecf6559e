"""What the fields of a couple, and the rows of a ledger, say about each other.

An ID number holds a birth date and a sex, a certificate number often a year; numbers in a
ledger run on and its days never go back. Agreement takes doubt away, contradiction leaves
the field to a person, and a reading that the readers held possible may take the place of
one that can't be right. Nothing is put in that no reader saw.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections import Counter
from typing import TYPE_CHECKING

from ocr.automata import is_han
from ocr.confidence import DOUBTED, decide, probability, referred
from ocr.folding import fold_text
from records.areas import area_names
from records.certificate_number import parse_certificate_number
from records.id_number import parse_id
from records.reading import ROLES, FieldReading, field_tail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

#: The share of the readers' opinion that a value needs to take the place of an impossible one.
_HELD_POSSIBLE = 0.002
#: A value that has more of it than this is left as it is, for a person to look at.
_CERTAIN = 0.985
#: A pattern of a ledger holds when so many rows, and such a share of them, follow it.
_ROWS, _MOST = 4, 0.6
_YOUNGEST, _OLDEST = 14, 100
#: What a cell says that refers to the one above.
REFERRING = frozenset({"ditto", "carried"})
#: No office registered marriages before this year.
_FIRST_OFFICE = 1949
#: An age less the difference of the years: 周岁 may be one below, 虚岁 two above.
_COMPLETED, _NOMINAL = -1, 2
#: Places of an ID number that say the province.
_PROVINCE = 2
#: What may begin with a year: figures before 字, or a sequence long enough.
_YEAR_FIRST = re.compile(r"((?:\d\d){1,2}(?=字)|\d{5,}$)")
#: Characters of a number that name no place.
_NO_PLACE = frozenset("京民婚革区县证〇一二三四五六七八九十百")
_SERIAL = re.compile(r"^(?P<head>.*?)(?P<serial>\d+)(?P<tail>\D*)$")


def consistent(readings: Iterable[FieldReading]) -> list[FieldReading]:
    """The readings of a page after they were compared with each other."""
    rows: dict[int | None, dict[str, FieldReading]] = {}
    for reading in readings:
        rows.setdefault(reading.row, {})[reading.name] = reading
    for fields in rows.values():
        _check_couple(fields)
    _check_provinces(list(rows.values()))
    ledger = [rows[row] for row in sorted(row for row in rows if row is not None)]
    if len(ledger) >= _ROWS:
        _check_numbers(ledger)
        _check_days(ledger)
    return [reading for fields in rows.values() for reading in fields.values()]


def confirmed(reading: FieldReading) -> FieldReading:
    """A reading that another field bears out; a year alone bears out a date only partly."""
    return judged(reading, "confirmed")


def contradicted(reading: FieldReading) -> FieldReading:
    """A reading that another field speaks against."""
    return judged(reading, "contradicted")


def chosen(
    reading: FieldReading, fits: Callable[[str], bool], reason: str = "confirmed"
) -> FieldReading:
    """The reading confirmed for a reason when it fits, else an alternative that does.

    Where none does, the reading is contradicted. The text stays what the readers saw.
    """
    if fits(reading.value):
        return judged(reading, reason)
    own = dict(reading.alternatives).get(reading.value, 0.0)
    for value, share in reading.alternatives:
        if share >= _HELD_POSSIBLE and own <= _CERTAIN and fits(value):
            first = sorted(reading.alternatives, key=lambda pair: pair[0] != value)
            other = dataclasses.replace(reading, value=value, alternatives=tuple(first))
            return judged(other, "chosen", reason)
    return contradicted(reading)


def judged(reading: FieldReading, *reasons: str) -> FieldReading:
    """A reading rated anew with one more piece of evidence for each reason.

    What has no evidence of its own, such as a value given by a person, can only be doubted.
    """
    if not reading.value:
        return reading
    evidence = dict(reading.evidence)
    for reason in reasons:
        evidence[reason] = evidence.get(reason, 0.0) + 1.0
    doubted = bool({"contradicted", "chosen"} & set(reasons))
    confidence = min(reading.confidence, DOUBTED if doubted else 1.0)
    if reading.evidence:
        reading = dataclasses.replace(reading, evidence=tuple(evidence.items()))
        confidence = confidence_of(reading)
    return dataclasses.replace(reading, confidence=confidence, decision=decide(confidence))


def confidence_of(
    reading: FieldReading, weigh: Callable[[str, Mapping[str, float]], float] = probability
) -> float:
    """What a reading's evidence comes to by weighing it, with caution for two cells."""
    confidence = weigh(field_tail(reading.name), dict(reading.evidence))
    return referred(confidence) if reading.flags & REFERRING else confidence


def _check_couple(fields: dict[str, FieldReading]) -> None:
    for role in ROLES:
        _check_number(fields, role)
        _check_age(fields, role)
    _check_year(fields)
    _check_office(fields)
    day = fields.get("registration_date")
    if day is not None and (_year(day) or _FIRST_OFFICE) < _FIRST_OFFICE:
        fields[day.name] = contradicted(day)


def _check_number(fields: dict[str, FieldReading], role: str) -> None:
    """An ID number against the birth date and the person's sex."""
    number, birth = fields.get(f"{role}.id_number"), fields.get(f"{role}.birth_date")
    if number is None or not number.value:
        return
    parsed = parse_id(number.value)
    if parsed.birth is None or parsed.value is None:
        fields[number.name] = contradicted(number)
        return
    if parsed.sex not in {None, role}:
        number = fields[number.name] = contradicted(number)
    if birth is None or not birth.value:
        return
    if parsed.birth.isoformat() == birth.value:
        fields[number.name], fields[birth.name] = confirmed(number), confirmed(birth)
    else:
        fields[number.name], fields[birth.name] = contradicted(number), contradicted(birth)


def _check_provinces(couples: Sequence[dict[str, FieldReading]]) -> None:
    """ID numbers of one page mostly come from the same province, which their first places say."""
    names = [f"{role}.id_number" for role in ROLES]
    held = [(fields, name) for fields in couples for name in names if name in fields]
    seen = Counter(fields[name].value[:_PROVINCE] for fields, name in held)
    for fields, name in held:
        if fields[name].value and seen[fields[name].value[:_PROVINCE]] > 1:
            fields[name] = judged(fields[name], "partly")


def _check_age(fields: dict[str, FieldReading], role: str) -> None:
    """Age, birth year and year of registration."""
    registered = _year(fields.get("registration_date"))
    birth, age = fields.get(f"{role}.birth_date"), fields.get(f"{role}.age")
    born = _year(birth)
    if registered is None:
        return
    if birth is not None and born is not None and not _YOUNGEST <= registered - born <= _OLDEST:
        fields[birth.name] = contradicted(birth)
    if birth is None or born is None or age is None or not age.value:
        return
    if _COMPLETED <= int(age.value) - (registered - born) <= _NOMINAL:
        fields[birth.name], fields[age.name] = judged(birth, "partly"), confirmed(age)
    else:
        fields[birth.name], fields[age.name] = contradicted(birth), contradicted(age)


def _check_year(fields: dict[str, FieldReading]) -> None:
    """The year in a certificate number against the year of registration."""
    number, day = fields.get("certificate_number"), fields.get("registration_date")
    if number is None or day is None or not day.value:
        return
    parsed = parse_certificate_number(number.value)
    if parsed is None or "reissue" in parsed.kind:
        return
    if parsed.year is None:
        # 第19850506号, 第850506号, 85字第506号: many offices write the year into the sequence.
        serial = _YEAR_FIRST.search(fold_text(parsed.body)[0])
        if serial and serial[1].startswith((day.value[:4], day.value[2:4])):
            fields[number.name] = judged(number, "partly")
        return
    if parsed.year == _year(day):
        fields[number.name], fields[day.name] = confirmed(number), judged(day, "partly")
    else:
        fields[number.name], fields[day.name] = contradicted(number), contradicted(day)


def _check_office(fields: dict[str, FieldReading]) -> None:
    """The place in a certificate number against the name of the office."""
    number, office = fields.get("certificate_number"), fields.get("office")
    if number is None or office is None or not office.value:
        return
    parsed = parse_certificate_number(number.value)
    if parsed is None:
        return
    if parsed.area:
        named = any(_stem(name) in office.value for name in area_names(parsed.area))
    else:
        place = [c for c in fold_text(parsed.prefix)[0] if is_han(c) and c not in _NO_PLACE]
        named = bool(place) and set(place) <= set(fold_text(office.value)[0])
    if named:
        fields[number.name] = judged(number, "partly")
        fields[office.name] = judged(office, "partly")


def _stem(name: str) -> str:
    """大兴 of 大兴区: counties became districts and kept their names."""
    return name[:-1] if len(name) > 2 else name


def _year(reading: FieldReading | None) -> int | None:
    return int(reading.value[:4]) if reading is not None and reading.value[:4].isdigit() else None


def _check_numbers(ledger: Sequence[dict[str, FieldReading]]) -> None:
    """Certificate numbers of a ledger: one pattern, one after the other."""
    name = "certificate_number"
    parts = [_SERIAL.match(row[name].value) if name in row else None for row in ledger]
    heads = Counter((p["head"], p["tail"], len(p["serial"])) for p in parts if p)
    firsts = Counter(int(p["serial"]) - i for i, p in enumerate(parts) if p)
    if not heads:
        return
    (pattern, count), (first, running) = heads.most_common(1)[0], firsts.most_common(1)[0]
    if count < max(_ROWS, _MOST * len(ledger)):
        return
    head, tail, width = pattern
    follows = running >= max(_ROWS, _MOST * len(ledger))
    for i, row in enumerate(ledger):
        if name not in row:
            continue
        if follows:
            row[name] = chosen(row[name], _equals(f"{head}{first + i:0{width}d}{tail}"), "follows")
        else:
            row[name] = chosen(row[name], _framed(head, tail), "partly")


def _equals(wanted: str) -> Callable[[str], bool]:
    return lambda value: value == wanted


def _framed(head: str, tail: str) -> Callable[[str], bool]:
    return lambda value: value.startswith(head) and value.endswith(tail)


def _between(low: str, high: str) -> Callable[[str], bool]:
    """Between two days of which either may be unknown."""
    return lambda value: (not low or low <= value) and (not high or value <= high)


def _check_days(ledger: Sequence[dict[str, FieldReading]]) -> None:
    """Days of registration never go back in a ledger."""
    name = "registration_date"
    days = [row[name].value if name in row else "" for row in ledger]
    known = [day for day in days if day]
    steps = list(itertools.pairwise(known))
    if not steps or sum(a <= b for a, b in steps) < _MOST * len(steps):
        return
    kept = _longest_order(days)
    for i, row in enumerate(ledger):
        if not days[i]:
            continue
        before = next((days[k] for k in reversed(kept) if k < i), "")
        after = next((days[k] for k in kept if k > i), "")
        fits = _between(before, after)
        if before and after and "carried" not in row[name].flags:
            same = "confirmed" if before == after else "partly"
            row[name] = chosen(row[name], fits, same)
        elif i not in kept:
            row[name] = contradicted(row[name])


def _longest_order(days: Sequence[str]) -> list[int]:
    """The rows of the most days, in their order, that never go back."""
    best: list[list[int]] = []
    for i, day in enumerate(days):
        if day:
            ends = [run for run in best if days[run[-1]] <= day]
            best.append([*max(ends, key=len, default=[]), i])
    return max(best, key=len, default=[])
