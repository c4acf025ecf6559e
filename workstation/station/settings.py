"""What a run of `station` takes from its surroundings: home, passphrase, clock.

This is the only module of the station that reads the environment, the clock or a terminal.
"""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from confidentiality.homekey import read_passphrase_file
from records.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

HOME_VARIABLE = "STATION_HOME"
DEVICE_VARIABLE = "STATION_PKCS11"
_MACHINE = Path("/etc/machine-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One run's surroundings; `device` is the PKCS#11 library of a token, if one is named.

    The passphrase is asked for only when a command needs it.
    """

    home: Path
    now: datetime
    machine_id: str = field(repr=False)
    device: Path | None
    passphrase: Callable[[], str] = field(repr=False)
    new_passphrase: Callable[[], str] = field(repr=False)


def read_settings(home: Path | None, passphrase_file: Path | None) -> Settings:
    """The settings of a run; raises UsageError when no home is named."""
    device = os.environ.get(DEVICE_VARIABLE)
    named = home or os.environ.get(HOME_VARIABLE)
    if not named:
        raise UsageError(
            "no_home",
            what="没有指定工作站目录 · no home folder was named",
            remedy=f"用 --home 或环境变量指定 · use --home DIR or set {HOME_VARIABLE}",
        )
    return Settings(
        home=Path(named).absolute(),
        now=datetime.now(UTC),
        machine_id=_machine_id(),
        device=Path(device) if device else None,
        passphrase=lambda: _passphrase(passphrase_file, twice=False),
        new_passphrase=lambda: _passphrase(passphrase_file, twice=True),
    )


def _machine_id() -> str:
    """What the system calls this machine (systemd's machine-id); empty where it doesn't say."""
    try:
        return _MACHINE.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _passphrase(path: Path | None, *, twice: bool) -> str:
    if path is not None:
        return read_passphrase_file(path)
    if not sys.stdin.isatty():
        raise UsageError(
            "passphrase_needed",
            what="需要口令 · a passphrase is needed and there is no terminal to ask at",
            remedy="用口令文件 · use --passphrase-file FILE (mode 0600)",
        )
    given = getpass.getpass("口令 · passphrase: ")
    if twice and given != getpass.getpass("再输一次 · once more: "):
        raise UsageError(
            "passphrases_differ",
            what="两次口令不同 · the two passphrases differ",
            remedy="重试 · try again",
        )
    return given
