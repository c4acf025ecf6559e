"""A cabinet of readers that misbehave, each on the pages whose file name asks for it."""

import os
import signal
import sys
import time
from pathlib import Path

from records.errors import InputError
from records.reading import Kind, PageReading


def work(seconds):
    """Use the processor for so long."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def take_time(name):
    """Work or wait for as long as a file's name says."""
    if "waits" in name:
        time.sleep(60)
    if "patient" in name:
        time.sleep(3)
    if "stuck" in name:
        # Signals can't interrupt this one.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGPROF, signal.SIGALRM])
    if "hang" in name or "stuck" in name:
        work(60)


def read_page(page, models):
    """Read a page as told by its file name."""
    name = Path(page.source).name
    sys.stdout.write("a library that talks\n")
    sys.stderr.write("and complains\n")
    if "crash" in name or f"poison{page.page}." in name:
        os._exit(11)
    if "killed" in name:
        os.kill(os.getpid(), signal.SIGKILL)
    if "once" in name:
        mark = Path(page.source + ".mark")
        if not mark.exists():
            mark.touch()
            os._exit(1)
    if "fault" in name:
        raise ValueError("what stood on the page")
    if "refuse" in name:
        raise InputError("blank_page", what="空白页。Blank.")
    take_time(name)
    if "memory" in name:
        bytearray(1 << 40)
    return PageReading(
        source=page.source,
        page=page.page,
        kind=Kind.OTHER,
        era=None,
        rotation=0,
        size=(page.rgb.shape[1], page.rgb.shape[0]),
        dpi=page.dpi,
        fields=(),
        engine=models.engine,
    )
