"""Sealing and opening beside age and Crypt4GH, and the audit log, each in a process of its own.

    python benchmarks/sealing.py [--items 10000] [--size 20000] [--entries 1000000] [--repeat 3]

Floors: the same bytes written plain into one file and flushed to the disk, and the same bytes
read item by item from a file that the system holds in memory. `ours_open` proves the whole and
gives every item out in memory; `ours_open_out` also writes them into one file and flushes it, so
that it compares with the floor of writing. age (pyrage) gets a tar, since it knows no items; it
has no sender. Crypt4GH gets the bytes as one stream. All read the same items from one file and
flush what they write. The repeats go round, so that a busy machine is busy for all; the best of
each counts. CPU seconds count when others use the machine too; they include making what is not
timed (keys, imports). Memory is the process's peak, interpreter and libraries included.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def items(folder: Path, size: int) -> Iterator[tuple[str, bytes]]:
    """The items, read one after another."""
    with (folder / "items.bin").open("rb") as stream:
        number = 0
        while data := stream.read(size):
            yield f"{number:032x}.png", data
            number += 1


def flushed(stream: BinaryIO) -> None:
    """Wait for the disk."""
    stream.flush()
    os.fsync(stream.fileno())


def plain_write(folder: Path, size: int) -> float:
    """The floor of writing."""
    started = time.perf_counter()
    with (folder / "plain.out").open("wb") as out:
        for _, data in items(folder, size):
            out.write(data)
        flushed(out)
    return time.perf_counter() - started


def plain_read(folder: Path, size: int) -> float:
    """The floor of reading: warm, item by item."""
    started = time.perf_counter()
    read = sum(len(data) for _, data in items(folder, size))
    seconds = time.perf_counter() - started
    require(read == (folder / "items.bin").stat().st_size)
    return seconds


def ours_seal(folder: Path, size: int) -> float:
    """Seal for one recipient, signed."""
    from confidentiality.identity import Identity, Role
    from confidentiality.sealed import SealedKind, SealHeader, seal

    clerk = Identity.create(Role.CLERK, "clerk")
    archive = Identity.create(Role.ARCHIVE, "archive")
    for name, identity in (("clerk", clerk), ("archive", archive)):
        (folder / name).write_bytes(identity.kem_seed + identity.sign_seed)
    header = SealHeader(
        kind=SealedKind.WORK_PACKAGE,
        package_id="P",
        agreement="A",
        purpose="benchmark",
        created=NOW,
        expires=NOW + timedelta(days=1),
    )
    out = folder / "ours.sealed"
    out.unlink(missing_ok=True)
    started = time.perf_counter()
    seal(out, items(folder, size), header=header, sender=archive, recipients=[clerk.public])
    return time.perf_counter() - started


def ours_open(folder: Path, size: int) -> float:
    """Prove the whole file, then give every item out."""
    return opened(folder, size, None)


def ours_open_out(folder: Path, size: int) -> float:
    """Prove the whole file, then write every item into one file and flush it."""
    with (folder / "ours.plain").open("wb") as out:
        return opened(folder, size, out)


def opened(folder: Path, size: int, out: BinaryIO | None) -> float:
    """Open the sealed file; seconds until every item was given out, or is on the disk."""
    from confidentiality.identity import Identity, Role
    from confidentiality.sealed import SealedKind, open_sealed
    from confidentiality.suites import DEFAULT_SUITE

    def known(role: Role, name: str) -> Identity:
        seeds = (folder / name).read_bytes()
        return Identity(
            role=role, name=name, suite=DEFAULT_SUITE, kem_seed=seeds[:32], sign_seed=seeds[32:]
        )

    started = time.perf_counter()
    contents = open_sealed(
        folder / "ours.sealed",
        recipient=known(Role.CLERK, "clerk"),
        senders=[known(Role.ARCHIVE, "archive").public],
        now=NOW,
        expect_kind=SealedKind.WORK_PACKAGE,
    ).contents
    read = 0
    for name in contents:
        data = contents[name]
        read += len(data)
        if out:
            out.write(data)
    if out:
        flushed(out)
    seconds = time.perf_counter() - started
    require(read == (folder / "items.bin").stat().st_size and size > 0)
    return seconds


def age_seal(folder: Path, size: int) -> float:
    """A tar into age, streamed."""
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    (folder / "age.key").write_text(str(identity))
    started = time.perf_counter()
    with (folder / "items.tar").open("wb") as stream, tarfile.open(fileobj=stream, mode="w") as tar:
        for name, data in items(folder, size):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    with (folder / "items.tar").open("rb") as plain, (folder / "age.out").open("wb") as out:
        pyrage.encrypt_io(plain, out, [identity.to_public()])
        flushed(out)
    return time.perf_counter() - started


def age_open(folder: Path, size: int) -> float:
    """Decrypt the tar into a file and read its entries."""
    import pyrage

    identity = pyrage.x25519.Identity.from_str((folder / "age.key").read_text())
    started = time.perf_counter()
    with (folder / "age.out").open("rb") as sealed, (folder / "age.tar").open("wb") as out:
        pyrage.decrypt_io(sealed, out, [identity])
    read = 0
    with tarfile.open(folder / "age.tar") as tar:
        for entry in tar:
            data = tar.extractfile(entry)
            read += len(data.read()) if data else 0
    seconds = time.perf_counter() - started
    require(read == (folder / "items.bin").stat().st_size and size > 0)
    return seconds


def crypt4gh_seal(folder: Path, size: int) -> float:
    """The bytes as one stream into Crypt4GH."""
    from crypt4gh.lib import encrypt
    from cryptography.hazmat.primitives.asymmetric.x25519 import (
        X25519PrivateKey,
    )

    sender, recipient = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    public = recipient.public_key().public_bytes_raw()
    known = sender.public_key().public_bytes_raw()
    (folder / "crypt4gh.key").write_bytes(recipient.private_bytes_raw() + known)
    started = time.perf_counter()
    with (folder / "items.bin").open("rb") as plain, (folder / "c4gh.out").open("wb") as out:
        encrypt([(0, sender.private_bytes_raw(), public)], plain, out)
        flushed(out)
    require(size > 0)
    return time.perf_counter() - started


def crypt4gh_open(folder: Path, size: int) -> float:
    """Decrypt the stream into a file."""
    from crypt4gh.lib import decrypt

    keys = (folder / "crypt4gh.key").read_bytes()
    started = time.perf_counter()
    with (folder / "c4gh.out").open("rb") as sealed, (folder / "c4gh.plain").open("wb") as out:
        decrypt([(0, keys[:32], None)], sealed, out, sender_pubkey=keys[32:])
    seconds = time.perf_counter() - started
    same = (folder / "c4gh.plain").stat().st_size == (folder / "items.bin").stat().st_size
    require(same and size > 0)
    return seconds


def audit_append(folder: Path, entries: int) -> float:
    """Entries in bulk, a thousand at a time, each time flushed."""
    from confidentiality.audit import AuditLog

    for left in (*folder.glob("audit*"), *folder.glob("audit.checkpoints/*")):
        if left.is_file():
            left.unlink()
    log, together = AuditLog(folder / "audit"), 10_000
    started = time.perf_counter()
    for at in range(0, entries, together):
        some = range(at, min(at + together, entries))
        events = [("package.released", {"package": f"P-{n}", "items": n}) for n in some]
        log.append_all(events, now=NOW)
    return time.perf_counter() - started


def audit_prove(folder: Path, entries: int) -> float:
    """Seconds for the proof of one entry: its line and its path, the mean of a thousand."""
    from confidentiality.audit import AuditLog

    log, asked = AuditLog(folder / "audit"), 1000
    started = time.perf_counter()
    for number in range(asked):
        seq = 1 + number * (entries - 1) // asked
        log.line_of(seq)
        log.path_of(seq, entries)
    return (time.perf_counter() - started) / asked


def audit_verify(folder: Path, entries: int) -> float:
    """Every line, every node, a checkpoint at the end."""
    from confidentiality.audit import AuditLog
    from confidentiality.audit_check import check_log
    from confidentiality.identity import Identity, Role
    from confidentiality.trust import Trusted

    log, archive = AuditLog(folder / "audit"), Identity.create(Role.ARCHIVE, "archive")
    for left in folder.glob("audit.checkpoints/*"):
        left.unlink()
    log.checkpoint(by=archive)
    trusted = Trusted(cards={archive.fingerprint: archive.public})
    started = time.perf_counter()
    checked = check_log(log, trusted=trusted)
    require(checked.size == checked.signed == entries)
    return time.perf_counter() - started


WORK: dict[str, Callable[[Path, int], float]] = {
    each.__name__: each
    for each in (
        plain_write, plain_read, ours_seal, ours_open, ours_open_out, age_seal, age_open,
        crypt4gh_seal, crypt4gh_open, audit_append, audit_prove, audit_verify,
    )
}  # fmt: skip


def require(good: bool) -> None:  # noqa: FBT001 - the answer of a comparison
    """A benchmark of something that went wrong is none."""
    if not good:
        raise SystemExit("what was read is not what was written")


def once(folder: Path, name: str, count: int) -> tuple[float, float, float]:
    """Seconds, CPU seconds and peak memory (MB) of a piece of work in a process of its own."""
    words = [sys.executable, __file__, "--work", name, "--folder", str(folder)]
    done = subprocess.run(
        [*words, "--size", str(count)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr[-400:]}")
    seconds, used, peak = json.loads(done.stdout)
    return seconds, used, peak


def measured(
    folder: Path, names: list[str], count: int, repeat: int
) -> dict[str, tuple[float, float, float]]:
    """Best seconds and CPU seconds and largest memory of each, in rounds of all."""
    rounds = [[once(folder, name, count) for name in names] for _ in range(repeat)]
    found = {}
    for name, runs in zip(names, zip(*rounds, strict=True), strict=True):
        seconds, used, peak = zip(*runs, strict=True)
        found[name] = (min(seconds), min(used), max(peak))
    return found


def main() -> None:
    """Measure everything and print seconds, memory and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--work", choices=WORK)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.work:
        before = time.process_time()
        seconds = WORK[given.work](given.folder, given.size)
        used = time.process_time() - before
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps([seconds, used, peak]))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "items.bin").open("wb") as stream:
            for _ in range(given.items):
                stream.write(os.urandom(given.size))
            flushed(stream)
        works = [name for name in WORK if not name.startswith("audit")]
        found = measured(folder, works, given.size, given.repeat)
        written, read = found["plain_write"][0], found["plain_read"][0]
        print(f"{given.items} items of {given.size} bytes, best of {given.repeat} rounds")
        for work, (seconds, used, memory) in found.items():
            row = f"{seconds:8.2f} s {used:8.2f} CPU s {memory:8.0f} MB"
            print(
                f"  {work:<15}{row} {seconds / written:8.2f} of writing plain, "
                f"{seconds / read:8.2f} of reading plain"
            )
        for left in folder.glob("*.*"):
            left.unlink()
        print(f"{given.entries} audit entries")
        for work in ("audit_append", "audit_prove", "audit_verify"):
            seconds, used, memory = once(folder, work, given.entries)
            row = f"{seconds:10.5f} s {used:8.2f} CPU s {memory:8.0f} MB"
            print(f"  {work:<15}{row} {given.entries / seconds:12.0f} a second")


if __name__ == "__main__":
    main()
