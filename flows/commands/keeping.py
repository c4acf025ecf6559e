"""`backfill publish`, `backup` and `restore`: copies of the warehouse."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from records.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.settings import Settings

_PUBLISH_HELP = """\
发布供查阅的加密快照，一步切换；正在读旧快照的人不受影响。
Publish the encrypted snapshot for readers in one step; who reads the older one keeps it.

  backfill publish --home 馆库
  backfill status --snapshot --home 馆库      库被占用时也能查 · also while the warehouse is in use
"""
_BACKUP_HELP = """\
备份工作目录：库、协议、外发与接收记录、审计日志。写完逐块读过才算数。密钥不在其中，须另行保存。
Back a home up: warehouse, agreements, releases, receipts, audit log. It counts only when every
block of it was read back. Keys aren't in it; keep them apart.

  backfill backup --to /mnt/备份 --home 馆库
"""
_RESTORE_HELP = """\
恢复到某一备份的时刻：先核对每个文件，再一步换库；被换下的放在 replaced/ 中。
Put a home back to a backup: every file is verified first, the warehouse is exchanged in one step,
and what it replaces is kept in replaced/.

  backfill restore /mnt/备份 --home 馆库                         最近的备份 · the latest
  backfill restore /mnt/备份 --at 2026-11-23T18:00Z --home 馆库    该时刻以前最近的 · up to then
  backfill restore /mnt/备份 --verify --home 馆库                只核对 · verify only

工作目录须已有 keys/。此后收到的回件须重新接收 · submissions received since must be received again.
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `publish`, `backup` and `restore`."""

    def add(name: str, text: str, description: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            parents=[common],
            help=text,
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    publish = add("publish", "发布查阅快照 · publish the snapshot for readers", _PUBLISH_HELP)
    publish.set_defaults(run=_publish)
    backup = add("backup", "备份 · back the home up", _BACKUP_HELP)
    backup.add_argument(
        "--to", type=Path, required=True, metavar="DIR", help="备份放在哪里 · where"
    )
    backup.set_defaults(run=_backup)
    restore = add("restore", "恢复 · put the home back to a backup", _RESTORE_HELP)
    restore.add_argument("backup", type=Path, metavar="DIR", help="备份，或存放备份的文件夹")
    restore.add_argument(
        "--at", metavar="TIME", help="不晚于该时刻 · ISO 8601, not later than this"
    )
    restore.add_argument("--verify", action="store_true", help="只核对 · verify it and stop")
    restore.set_defaults(run=_restore)


def _publish(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Publish and say where."""
    from flows.opening import open_installation
    from warehouse.copies import publish

    with open_installation(arguments, settings) as here:
        path = publish(here.installation.warehouse, here.installation.home.snapshot)
    _say({"snapshot": str(path)}, f"已发布 · published: {path}", as_json=arguments.json)
    return ExitStatus.DONE


def _backup(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Write a backup and say where and of how much."""
    from flows.keeping import back_up
    from flows.opening import open_installation

    with open_installation(arguments, settings) as here:
        made = back_up(here.installation, arguments.to.absolute())
    rows = sum(made.rows.values())
    _say(
        {"backup": str(made.folder), "taken_at": made.taken_at.isoformat(), "rows": made.rows},
        f"已备份 · backed up: {made.folder}  {rows:,} 行 rows, {len(made.files)} 个文件 files",
        as_json=arguments.json,
    )
    return ExitStatus.DONE


def _restore(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Verify a backup and, unless only that was asked for, put it back."""
    from confidentiality.audit import AuditLog
    from flows.home import Home
    from flows.keeping import find_backup, restore, verify
    from flows.keys import unlock_home
    from flows.settings import now

    home = Home(root=settings.require_home().absolute())
    home_key = unlock_home(home, arguments)
    backup = find_backup(arguments.backup.absolute(), home_key, at=_moment(arguments.at))
    found = {"backup": str(backup.folder), "taken_at": backup.taken_at.isoformat()}
    if arguments.verify:
        verify(backup, home_key)
        _say(found, f"备份完好 · the backup is whole: {backup.folder}", as_json=arguments.json)
        return ExitStatus.DONE
    replaced = restore(home, home_key, backup, now=now())
    subject: dict[str, str | int] = {"backup": backup.folder.name}
    AuditLog(home.audit).append("home.restored", subject, now=now())
    _say(
        {**found, "replaced": str(replaced)},
        f"已恢复到 · restored to {backup.taken_at:%Y-%m-%d %H:%M:%S %Z}；"
        f"换下的在 · what it replaced: {replaced}",
        as_json=arguments.json,
    )
    return ExitStatus.DONE


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            "bad_moment",
            what="时刻无法辨认 · the moment can't be understood",
            where="--at",
            remedy="2026-11-23T18:00Z",
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _say(found: Mapping[str, object], text: str, *, as_json: bool) -> None:
    print(json.dumps(found, ensure_ascii=False) if as_json else text)
