"""Which key opens what: the home's own, a named key file's, or the one beside an index."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from confidentiality.homekey import HomeKey, read_key_file, read_passphrase_file
from flows.home import Home
from records.errors import InputError, UsageError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from flows.settings import Settings
    from matching.index import RegisterIndex


def passphrase(arguments: argparse.Namespace, prompt: str) -> str:
    """The passphrase from `--passphrase-file`, or typed by the person at the terminal."""
    if arguments.passphrase_file:
        return read_passphrase_file(arguments.passphrase_file)
    if not sys.stdin.isatty():
        raise UsageError(
            "no_passphrase",
            what="需要口令 · a passphrase is needed",
            remedy="--passphrase-file FILE",
        )
    return getpass.getpass(f"{prompt}: ", stream=sys.stderr)


def new_passphrase(arguments: argparse.Namespace) -> str:
    """The new passphrase from `--new-passphrase-file`, or typed twice at the terminal."""
    if arguments.new_passphrase_file:
        return read_passphrase_file(arguments.new_passphrase_file)
    if not sys.stdin.isatty():
        raise UsageError(
            "no_passphrase",
            what="需要新口令 · a new passphrase is needed",
            remedy="--new-passphrase-file FILE",
        )
    given = getpass.getpass("新口令 · new passphrase: ", stream=sys.stderr)
    if given != getpass.getpass("再输一次 · once more: ", stream=sys.stderr):
        raise UsageError(
            "passphrases_differ",
            what="两次口令不同 · the two passphrases differ",
            remedy="重试 · try again",
        )
    return given


def unlock_home(home: Home, arguments: argparse.Namespace) -> HomeKey:
    """The home's key, with the passphrase when it is behind one."""
    home.require()
    try:
        return HomeKey.open(home.home_key)
    except UsageError:
        return HomeKey.open(
            home.home_key, passphrase(arguments, "馆库口令 · passphrase of the home")
        )


def index_folder(named: Path | None, settings: Settings) -> Path:
    """Where the register index lies: as named, or in the home."""
    return named or Home(root=settings.require_home()).register


def register_key(
    folder: Path, arguments: argparse.Namespace, settings: Settings, *, create: bool = False
) -> bytes:
    """The key of the register index in `folder`.

    Taken from `--key-file`; else from the key file beside the index; else derived from the
    home's key; else, when `create`, from a new key file beside the index.
    """
    beside = folder.with_name(f"{folder.name}.key")
    if arguments.key_file:
        return read_key_file(arguments.key_file)
    if beside.exists():
        return read_key_file(beside)
    if settings.home is not None:
        return unlock_home(Home(root=settings.home), arguments).derive("index")
    if create:
        return read_key_file(beside)
    raise InputError(
        "no_index_key",
        what="没有打开索引的密钥 · there is no key for this index",
        where=folder.name,
        remedy="--key-file FILE 或 --home DIR · name its key file or its home",
    )


def open_register(folder: Path, arguments: argparse.Namespace, settings: Settings) -> RegisterIndex:
    """Open the register index for reading."""
    from matching.index import RegisterIndex  # noqa: PLC0415 - DuckDB is slow to import

    return RegisterIndex.open(folder, key=register_key(folder, arguments, settings))
