"""The list of commands under headings, and commands with verbs, as `correction list`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.settings import Settings
    from records.errors import ExitStatus

    Run = Callable[[argparse.Namespace, Settings], ExitStatus]


def head(commands: argparse._SubParsersAction[argparse.ArgumentParser], title: str) -> None:
    """Put a heading into the list of commands, over those added from here on."""
    listed = commands._choices_actions  # noqa: SLF001 - argparse has headings for options only
    listed.append(argparse.Action([], title, metavar=f"── {title}"))


def group(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    common: argparse.ArgumentParser,
    name: str,
    text: str,
    description: str,
) -> Callable[[str, Run, str], argparse.ArgumentParser]:
    """Add a command with verbs; what is returned adds a verb: its name, function and help."""
    parser = commands.add_parser(
        name,
        help=text,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)

    def add(verb: str, run: Run, told: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(verb, parents=[common], help=told, description=run.__doc__)
        made.set_defaults(run=run)
        return made

    return add
