"""Prefect's server: one for this process, and never longer than it.

Where no server is named Prefect starts one by itself and stops it at the end of the
process; when the process is killed, that server is left behind for ever. The one started
here holds the other end of a pipe and ends when the pipe closes, whatever closed it.
"""

from __future__ import annotations

import atexit
import http.client
import os
import runpy
import signal
import socket
import subprocess
import sys
from contextlib import closing
from threading import Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING

from records.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOST = "127.0.0.1"
#: How long the server may take to come up; a busy machine takes minutes.
_PATIENCE_S = 300.0
_GRACE_S = 5.0
_PAUSE_S = 0.05
#: As Prefect starts it: no page, no services beyond what a run needs.
_OWN_SETTINGS = {
    "PREFECT_UI_ENABLED": "0",
    "PREFECT__SERVER_EPHEMERAL": "1",
    "PREFECT__SERVER_FINAL": "1",
}
_APPLICATION = ("--factory", "prefect.server.api.server:create_app")


class PrefectServer:
    """The server of this process: its address first, its process when it is needed."""

    def __init__(self) -> None:
        self._address: socket.socket | None = None
        self._port = 0
        self._environment: Mapping[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def claim(self, environment: Mapping[str, str]) -> str:
        """The address for Prefect's settings, which from now on nobody else can take.

        The server itself is started by the first flow, with `environment`. Claiming again
        gives the same address.
        """
        if not self._port:
            self._environment = environment
            self._address = socket.socket()
            # A process may end without a flow.
            atexit.register(self._address.close)
            self._address.bind((_HOST, 0))
            self._port = self._address.getsockname()[1]
        return f"http://{_HOST}:{self._port}/api"

    def require(self) -> None:
        """Start the server and wait for it, unless it runs or no address was claimed.

        Raises EngineError when it does not come up.
        """
        if self._process is not None or self._address is None:
            return
        with closing(self._address):
            self._process = _started(self._address.fileno(), self._environment)
        atexit.register(self._stop, self._process)
        end = monotonic() + _PATIENCE_S
        while not _answers(self._port):
            ended = self._process.poll()
            if ended is not None or monotonic() > end:
                raise EngineError(
                    "prefect_not_started",
                    what="Prefect 服务未能启动 · Prefect's server did not start",
                    where="no answer" if ended is None else f"status {ended}",
                    remedy="查看磁盘空间与权限 · see the disk's free space and rights",
                )
            sleep(_PAUSE_S)

    @staticmethod
    def _stop(process: subprocess.Popen[bytes]) -> None:
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(2 * _GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _started(address: int, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    from prefect.settings import get_current_settings  # noqa: PLC0415 - when its settings stand

    known = get_current_settings().to_environment_variables(exclude_unset=True)
    surroundings = {**environment, **_OWN_SETTINGS, **known}
    # The server itself must not look for a server.
    surroundings.pop("PREFECT_API_URL", None)
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "flows.prefect_server", str(address)],
        stdin=subprocess.PIPE,
        pass_fds=[address],
        env=surroundings,
    )


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(_HOST, port, timeout=_GRACE_S)
    try:
        connection.request("GET", "/api/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    # What a server says about being stopped in the middle is no fault of the command.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    os.kill(os.getpid(), signal.SIGTERM)
    sleep(_GRACE_S)
    # It was asked to end and did not.
    os._exit(1)


def main(address: str) -> None:
    """Serve on an inherited socket until the parent is gone; the server's own process."""
    # A key pressed at the terminal is for the parent, which then closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = ["uvicorn", *_APPLICATION, "--fd", address, "--log-level", "error"]
    runpy.run_module("uvicorn", run_name="__main__")


server = PrefectServer()

if __name__ == "__main__":
    main(*sys.argv[1:])
