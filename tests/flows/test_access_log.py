"""Every command is known by what it shows, and what shows people's data is logged.

A new command fails here until somebody has said which of the four it is.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import re

import pytest

import flows.commands.comparing
import flows.commands.feedback
import flows.commands.handing
import flows.commands.lots
import flows.commands.matching_runs
import flows.commands.notes
import flows.commands.quality
import flows.commands.registers
import flows.commands.tracing
import flows.register_list
from flows.cli import build_parser

#: Shows or writes what stands on papers or in the register: the event, and where it is entered.
SHOWS = {
    "trace-value": ("value.shown", flows.commands.tracing),
    "correction list": ("values.shown", flows.commands.feedback),
    "match explain": ("match.shown", flows.commands.matching_runs),
    "sample": ("sample.shown", flows.commands.lots),
    "compare": ("rows.compared", flows.commands.comparing),
    "differences export": ("differences.listed", flows.register_list),
    "handover make": ("volumes.read", flows.commands.handing),
    "register ask": ("register.asked", flows.commands.registers),
    "notes": ("notes.shown", flows.commands.notes),
    "quality": ("quality.shown", flows.commands.quality),
}
#: Leaves sealed, by the gate alone, which enters the request, each approval and the release.
GATED = {
    "release", "approve", "seal", "share", "statistics", "comparison answer", "correction answer",
    "differences send",
}  # fmt: skip
#: Works on files that the caller names, with keys of the caller: there is no home to log in.
OWN_FILES = {
    "read", "searchable", "match", "match learn", "register recall", "forms list",
    "forms check", "open-share", "comparison request", "comparison key", "receipt make",
    "correction send", "audit witness", "audit check", "agreement sign", "identity",
    "keys accept", "handover check", "demo",
}  # fmt: skip
#: Shows ids, counts, file names and dates, or nothing.
NO_VALUES = {
    "register build", "register update", "init", "card", "enrol", "keys passphrase", "keys escrow",
    "keys recover", "keys rotate", "keys revoke", "agreement draft", "agreement text",
    "agreement add", "agreement revoke", "agreement list", "calibrate", "intake", "process",
    "releases", "receive", "report", "status", "undecided", "settle", "accept", "match confirm",
    "differences list", "comparison take", "comparison list", "comparison index", "trace-table",
    "receipt take", "receipt list", "correction take", "correction decide", "handover grammar",
    "audit verify", "audit checkpoint", "audit cosigned", "audit prove", "destroyed", "trace",
    "trace-list", "clerks", "joining-risk", "match queue", "publish", "backup", "restore",
}  # fmt: skip


def leaves(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()):
    """Every command that can be run, as it is typed."""
    if parser.get_default("run"):
        yield " ".join(words)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from leaves(below, (*words, name))


def test_every_command_is_known_by_what_it_shows():
    known = [*SHOWS, *GATED, *OWN_FILES, *NO_VALUES]
    assert len(known) == len(set(known))
    assert set(leaves(build_parser())) == set(known)


@pytest.mark.parametrize("command", SHOWS)
def test_what_shows_values_enters_who_and_why(command):
    """The function that enters the event gives it the account and the reason."""
    event, module = SHOWS[command]
    source = inspect.getsource(module)
    entering = [
        text
        for each in ast.walk(ast.parse(source))
        if isinstance(each, ast.FunctionDef)
        and f'"{event}"' in (text := ast.get_source_segment(source, each) or "")
    ]
    assert len(entering) == 1
    assert re.search(r"\bby=|\"by\":", entering[0])
    assert re.search(r"\breason=|\"reason\":", entering[0])
