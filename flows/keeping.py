"""Backups of a home, and a home put back to the moment of one.

A backup is a folder named by its moment: the warehouse as it was then, the home's own small
stores, and a list of all of it under a seal that only the home's key can make. What personal
data it holds is encrypted as in the home. Keys aren't in it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ocr.sniff import sha256_of
from records.errors import InputError, IntegrityError, StoreError
from warehouse.copies import copy, require_readable, require_rows
from warehouse.lock import lock_beside
from warehouse.store import Warehouse, sync

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from confidentiality.homekey import HomeKey
    from flows.home import Home
    from flows.installation import Installation

FORMAT = "backfill-backup/1"
_LIST, _FILES, _WAREHOUSE = "backup.json", "files", "warehouse.duckdb"
_NAME = "%Y%m%dT%H%M%SZ"
#: What a home has and a backup leaves out: it can be made again, or is kept apart (keys).
_LEFT_OUT = frozenset(
    {"keys", "chunks", "register", "prefect", "reports", "snapshot.duckdb", "replaced", "cast"}
)
#: Only this store goes back in time with the warehouse, so that what was received since can
#: be received again. In the others nothing is taken back: a revocation stays a revocation.
_TAKEN_BACK = "received"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One backup: where it lies, of which moment, and the rows of each table."""

    folder: Path
    taken_at: datetime
    rows: dict[str, int]
    files: dict[str, str]


def back_up(here: Installation, place: Path) -> Backup:
    """Write a backup of an open home into a new folder in `place`; returns it.

    It gets its name when all of it is on the disk and was read back. Raises StoreError when
    it can't be written.
    """
    taken_at = here.clock()
    final = place / taken_at.astimezone(UTC).strftime(_NAME)
    aside = place / f".{final.name}.{os.getpid()}.aside"
    try:
        place.mkdir(parents=True, exist_ok=True)
        aside.mkdir(mode=0o700)
        rows = dict(copy(here.warehouse, aside / _WAREHOUSE))
        require_readable(aside / _WAREHOUSE, key=here.home_key.key)
        for name in _stored(here.home.root):
            _put(here.home.root / name, aside / _FILES / name)
        files = {name: sha256_of(aside / name) for name in _below(aside)}
        made = Backup(folder=final, taken_at=taken_at, rows=rows, files=files)
        (aside / _LIST).write_text(_sealed_list(made, here.home_key), encoding="utf-8")
        sync(aside / _LIST)
        sync(aside)
        aside.rename(final)
        sync(place)
    except OSError as error:
        raise _not_written(place) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    here.note("home.backed_up", backup=final.name, rows=sum(rows.values()))
    return made


def find_backup(place: Path, home_key: HomeKey, *, at: datetime | None = None) -> Backup:
    """The backup in `place`, or the latest of those in it that isn't later than `at`.

    Raises InputError when there is none, IntegrityError when a list isn't this home's.
    """
    if (place / _LIST).is_file():
        return _opened(place, home_key)
    folders = sorted(each for each in place.glob("[0-9]*Z") if (each / _LIST).is_file())
    wanted = at.astimezone(UTC).strftime(_NAME) if at else "~"
    for folder in reversed([each for each in folders if each.name <= wanted]):
        return _opened(folder, home_key)
    raise InputError(
        "no_backup",
        what="没有合乎所求的备份 · there is no such backup",
        where=place.name,
        remedy="指定备份所在的文件夹，或较晚的时刻 · "
        "name the folder of the backups, or a later moment",
    )


def verify(backup: Backup, home_key: HomeKey) -> None:
    """Raise IntegrityError unless every file of the backup is what its sealed list says."""
    for name, expected in backup.files.items():
        path = backup.folder / name
        if not path.is_file() or sha256_of(path) != expected:
            raise _damaged(backup.folder.name, name)
    require_rows(backup.folder / _WAREHOUSE, backup.rows, key=home_key.key)


def restore(home: Home, home_key: HomeKey, backup: Backup, *, now: datetime) -> Path:
    """Put a home back to a verified backup; returns where what it replaces was laid.

    The warehouse changes in one step, the last; run again after a crash, it does the rest.
    Raises StoreInUseError while another process has the warehouse.
    """
    verify(backup, home_key)
    replaced = home.root / "replaced" / now.astimezone(UTC).strftime(_NAME)
    _settle(home.warehouse, home_key, now)
    lock = lock_beside(home.warehouse, holder="restore", now=now)
    try:
        replaced.mkdir(parents=True, exist_ok=True)
        incoming = home.root / f".{_WAREHOUSE}.incoming"
        _put(backup.folder / _WAREHOUSE, incoming)
        require_rows(incoming, backup.rows, key=home_key.key)
        _put_back_stores(home.root, backup, replaced)
        _keep(home.root / f"{_WAREHOUSE}.wal", replaced, move=True)
        _keep(home.warehouse, replaced, move=False)
        incoming.replace(home.warehouse)
        sync(home.root)
    except OSError as error:
        raise _not_written(home.root) from error
    finally:
        lock.release()
    return replaced


def _settle(path: Path, home_key: HomeKey, now: datetime) -> None:
    """Bring the log beside the old warehouse into it, where it can still be opened."""
    with suppress(IntegrityError, InputError, StoreError):
        Warehouse.open(path, key=home_key.key, now=now, holder="restore").close()


def _put_back_stores(root: Path, backup: Backup, replaced: Path) -> None:
    held = {name.removeprefix(f"{_FILES}/") for name in backup.files if name != _WAREHOUSE}
    for name in _stored(root):
        if name.split("/")[0] == _TAKEN_BACK:
            _keep(root / name, replaced, move=name not in held)
    for name in sorted(held):
        if name.split("/")[0] == _TAKEN_BACK or not (root / name).exists():
            _put(backup.folder / _FILES / name, root / name)


def _keep(path: Path, replaced: Path, *, move: bool) -> None:
    """Lay a file that is being replaced beside others of its kind."""
    if not path.exists() or (replaced / path.name).exists():
        return
    if move:
        path.rename(replaced / path.name)
    else:
        os.link(path, replaced / path.name)


def _put(source: Path, target: Path) -> None:
    """Copy a file in one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}.aside")
    shutil.copyfile(source, aside)
    aside.chmod(0o600)
    sync(aside)
    aside.replace(target)
    sync(target.parent)


def _stored(root: Path) -> Iterator[str]:
    """The files of a home that a backup holds beside the warehouse, by name below it."""
    for name in _below(root):
        first = name.split("/")[0]
        if first not in _LEFT_OUT and not first.startswith(_WAREHOUSE) and ".lock" not in name:
            yield name


def _below(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _sealed_list(backup: Backup, home_key: HomeKey) -> str:
    listed = {
        "format": FORMAT,
        "taken_at": backup.taken_at.isoformat(),
        "rows": backup.rows,
        "files": backup.files,
    }
    return json.dumps({**listed, "seal": _seal(listed, home_key)}, indent=1, sort_keys=True)


def _seal(listed: dict[str, Any], home_key: HomeKey) -> str:
    text = json.dumps(listed, sort_keys=True, separators=(",", ":")).encode()
    return hmac.new(home_key.derive("backup"), text, hashlib.sha256).hexdigest()


def _opened(folder: Path, home_key: HomeKey) -> Backup:
    try:
        listed = json.loads((folder / _LIST).read_text(encoding="utf-8"))
        seal = listed.pop("seal")
        fits = listed["format"] == FORMAT and hmac.compare_digest(seal, _seal(listed, home_key))
        taken_at = datetime.fromisoformat(listed["taken_at"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        fits = False
    if not fits:
        raise _damaged(folder.name, _LIST)
    return Backup(folder=folder, taken_at=taken_at, rows=listed["rows"], files=listed["files"])


def _damaged(folder: str, name: str) -> IntegrityError:
    return IntegrityError(
        "backup_damaged",
        what="备份已损坏，或不属于这个工作目录 · the backup is damaged or another home's",
        where=f"{folder}/{name}",
        remedy="换用另一个备份 · use another backup",
    )


def _not_written(place: Path) -> StoreError:
    return StoreError(
        "copy_not_written",
        what="备份写不进去 · the copy can't be written",
        where=place.name,
        remedy="检查剩余空间和写权限 · see the free space and your rights there",
    )
