"""Small regular grammars over folded characters, as lazily built deterministic automata.

A grammar is put together from words, choices and repetitions; a decoder then walks it one
character at a time. Which grammar a field has is said in `grammars`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    #: A part of a grammar: given the builder and the state it starts in, the state it ends in.
    Part = Callable[["Builder", int], int]
State = frozenset[int]
#: The arc label that any Chinese character may take.
ANY_HAN = "\0han"


class Builder:
    """A non-deterministic automaton in the making: labelled arcs and empty moves."""

    def __init__(self) -> None:
        self.arcs: list[dict[str, set[int]]] = []
        self.empty: list[set[int]] = []

    def state(self) -> int:
        """A new state."""
        self.arcs.append({})
        self.empty.append(set())
        return len(self.arcs) - 1

    def arc(self, start: int, label: str, end: int) -> None:
        """An arc that takes one character."""
        self.arcs[start].setdefault(label, set()).add(end)


def word(text: str) -> Part:
    """Exactly this text."""

    def build(builder: Builder, start: int) -> int:
        for character in text:
            end = builder.state()
            builder.arc(start, character, end)
            start = end
        return start

    return build


def one_of(characters: Iterable[str]) -> Part:
    """Any one of these characters (or `ANY_HAN`)."""
    labels = tuple(characters)

    def build(builder: Builder, start: int) -> int:
        end = builder.state()
        for label in labels:
            builder.arc(start, label, end)
        return end

    return build


def words(texts: Iterable[str]) -> Part:
    """Any one of these texts, kept as a tree of shared beginnings."""
    wanted = sorted(set(texts))

    def build(builder: Builder, start: int) -> int:
        end = builder.state()
        places: dict[str, int] = {"": start}
        for text in wanted:
            for i, character in enumerate(text):
                if text[: i + 1] not in places:
                    places[text[: i + 1]] = builder.state()
                    builder.arc(places[text[:i]], character, places[text[: i + 1]])
            builder.empty[places[text]].add(end)
        return end

    return build


def seq(*parts: Part) -> Part:
    """One part after the other."""

    def build(builder: Builder, start: int) -> int:
        for part in parts:
            start = part(builder, start)
        return start

    return build


def alt(*parts: Part) -> Part:
    """Any one of the parts."""

    def build(builder: Builder, start: int) -> int:
        end = builder.state()
        for part in parts:
            entry = builder.state()
            builder.empty[start].add(entry)
            builder.empty[part(builder, entry)].add(end)
        return end

    return build


def opt(part: Part) -> Part:
    """The part or nothing."""
    return alt(part, word(""))


def repeat(part: Part, least: int, most: int) -> Part:
    """The part `least` to `most` times."""
    return seq(*[part] * least, *[opt(part)] * (most - least))


@dataclass(frozen=True, slots=True, eq=False)
class Grammar:
    """A deterministic automaton, determinised as far as it is walked (subset construction)."""

    builder: Builder
    start: State
    goal: int
    moves: dict[State, dict[str, State]] = field(default_factory=dict)

    def arcs(self, state: State) -> Mapping[str, State]:
        """The states that follow, by the character that leads there."""
        known = self.moves.get(state)
        if known is None:
            known = self.moves[state] = self._determinised(state)
        return known

    def step(self, state: State, character: str) -> State | None:
        """The state after one folded character, None when it is not allowed."""
        arcs = self.arcs(state)
        found = arcs.get(character)
        if found is None and is_han(character):
            return arcs.get(ANY_HAN)
        return found

    def final(self, state: State) -> bool:
        """Whether a text may end here."""
        return self.goal in state

    def accepts(self, text: str) -> bool:
        """Whether the folded text belongs to the grammar."""
        state: State | None = self.start
        for character in text:
            state = self.step(state, character) if state is not None else None
        return state is not None and self.final(state)

    def _determinised(self, state: State) -> dict[str, State]:
        reached: dict[str, set[int]] = {}
        for place in state:
            for label, ends in self.builder.arcs[place].items():
                reached.setdefault(label, set()).update(ends)
        # A named character also goes wherever any character may go.
        anywhere = reached.get(ANY_HAN, set())
        return {
            label: closure(self.builder, ends | (anywhere if is_han(label) else set()))
            for label, ends in reached.items()
        }


def compile_grammar(part: Part) -> Grammar:
    """The automaton of a grammar."""
    builder = Builder()
    start = builder.state()
    goal = part(builder, start)
    return Grammar(builder=builder, start=closure(builder, {start}), goal=goal)


def closure(builder: Builder, states: set[int]) -> State:
    """The states and all that empty moves reach from them."""
    todo, seen = list(states), set(states)
    while todo:
        for end in builder.empty[todo.pop()]:
            if end not in seen:
                seen.add(end)
                todo.append(end)
    return frozenset(seen)


def is_han(character: str) -> bool:
    """Whether a character is a Chinese one (the unified ideographs and their extensions)."""
    return (
        "㐀" <= character <= "鿿"
        or "豈" <= character <= "﫿"
        or "𠀀" <= character <= "𳑿"
        or character == "〇"
    ) and len(character) == 1
