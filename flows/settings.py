"""The one place that reads the environment and the clock."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from records.errors import UsageError

#: Tells a server of ours from one that the operator named.
_OWN_SERVER = "BACKFILL_PREFECT_SERVER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a command needs to know about its surroundings.

    `home` is None when neither `--home` nor `BACKFILL_HOME` names one; `workers` is the
    number of reading processes, `runtime` what evaluates their networks; `shows_progress`
    says whether a person watches stderr; `register_database` is how to reach the database of
    the population register; `device` is the PKCS#11 library of a token.
    """

    home: Path | None
    workers: int
    shows_progress: bool
    runtime: str = "onnxruntime"
    register_database: str | None = field(default=None, repr=False)
    device: Path | None = None

    def require_home(self) -> Path:
        """The home, or a UsageError that says how to name one."""
        if self.home is None:
            raise UsageError(
                "no_home",
                what="没有指定工作目录 · no home folder is named",
                remedy="--home DIR 或环境变量 BACKFILL_HOME · use --home DIR or set BACKFILL_HOME",
            )
        return self.home


def read_settings(*, home: Path | None, workers: int | None) -> Settings:
    """Settings from the command line, completed from the environment."""
    named = os.environ.get("BACKFILL_HOME")
    device = os.environ.get("BACKFILL_PKCS11")
    return Settings(
        home=home or (Path(named) if named else None),
        workers=workers or len(os.sched_getaffinity(0)),
        shows_progress=sys.stderr.isatty(),
        runtime=os.environ.get("BACKFILL_RUNTIME") or "onnxruntime",
        register_database=os.environ.get("BACKFILL_REGISTER_DATABASE"),
        device=Path(device) if device else None,
    )


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(tz=UTC)


def account() -> str:
    """Whose account runs the command, as the audit log knows it: never a person's name."""
    return f"uid:{os.getuid()}"


def scratch_folder() -> Path:
    """Where short-lived files may lie: TMPDIR, or what the system offers."""
    return Path(tempfile.gettempdir())


def quieten_engines() -> None:
    """One thread per engine and no telemetry; must run before the engines are imported.

    With more threads they spin against each other and cost five to ten times as much.
    """
    for name in ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["DO_NOT_TRACK"] = "1"
    # Else onnxruntime writes a device id and a database of events below HOME.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def settle_prefect(home: Path) -> None:
    """Keep Prefect inside the home, silent and offline; must run before it is imported.

    A server that `PREFECT_API_URL` names is used; else one of this process's own. Its
    database holds ids, hashes and counts only: no result and no log line is stored there.
    """
    folder = home / "prefect"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "PREFECT_HOME": str(folder),
        "PREFECT_PROFILES_PATH": str(folder / "profiles.toml"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_CLI_PROMPT": "false",
    }
    named = os.environ.get("PREFECT_API_URL")
    if named is None or named == os.environ.get(_OWN_SERVER):
        # None was named, or ours by the process that started this one.
        from flows.prefect_server import server  # noqa: PLC0415 - only where flows run

        os.environ["PREFECT_API_URL"] = os.environ[_OWN_SERVER] = server.claim(os.environ)
