"""Crypto-shredding: a sealed file is closed for good by forgetting its wrapped keys.

The file key exists only wrapped to each recipient, in the stanzas. Overwritten there, no
identity opens the file any more, nor any other link to it. Copies that were made before
are not reached; SPEC.md says so.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from confidentiality.envelope import read_envelope
from confidentiality.files import open_regular, sync_folder
from confidentiality.format import stanza_bytes
from records.errors import IntegrityError

if TYPE_CHECKING:
    from pathlib import Path


def shred(path: Path) -> None:
    """Overwrite the wrapped keys of a sealed file, wait for the disk, and unlink the file.

    A file that can no longer be read as sealed is overwritten whole; a missing one is no fault.
    """
    if not path.exists():
        return
    start, size = _wrapped_keys(path)
    with path.open("r+b") as stream:
        stream.seek(start)
        stream.write(secrets.token_bytes(size))
        stream.flush()
        os.fsync(stream.fileno())
    path.unlink()
    sync_folder(path.parent)


def _wrapped_keys(path: Path) -> tuple[int, int]:
    """Where the stanzas begin and how long they are; the whole of a file that has none."""
    try:
        with open_regular(path) as stream:
            envelope = read_envelope(stream, where=path.name)
    except IntegrityError:
        return 0, path.stat().st_size
    size = len(stanza_bytes(envelope.stanzas))
    return envelope.body - size, size
