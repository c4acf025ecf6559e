"""`backfill open-share`: what a department opens; needs no home, database or OCR."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.commands import departments, feedback
from records.errors import ExitStatus, IntegrityError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from confidentiality.sealed import Opened
    from flows.settings import Settings

#: Shares, and the answers to what the department sent.
FORMATS = frozenset(
    {
        "backfill-share/2",
        "backfill-comparison-answer/1",
        "backfill-correction-answer/1",
        "backfill-differences/1",
        "backfill-statistics/1",
    }
)
_DESCRIPTOR = "datapackage.json"
_HELP = """\
打开发给本部门的共享件：先验证档案馆的签名和每一个字节，再解到一个新文件夹。
Open a share for this department: the archive's signature and every byte are proven
before anything is written into a new folder. No home is needed.

  backfill open-share S-….sealed --identity department.identity
      --archive-card archive.card.json --out share
"""


def add_parsers(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `open-share` and what the department sends back."""
    parser = commands.add_parser(
        "open-share",
        parents=[common],
        help="打开共享件（接收部门用） · open a share, as its department",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("share", type=Path, metavar="FILE", help="共享件 · the .sealed file")
    parser.add_argument(
        "--identity", type=Path, required=True, metavar="FILE", help="本部门身份文件 · your own"
    )
    parser.add_argument(
        "--archive-card", type=Path, required=True, metavar="CARD", help="档案馆名片 · its card"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="新文件夹 · a new folder"
    )
    parser.add_argument(
        "--agreement", metavar="ID", help="须属于该协议 · refuse a share under another agreement"
    )
    parser.set_defaults(run=_open_share)
    departments.add_parsers(commands, common)
    feedback.add_parsers(commands, common)


def _open_share(arguments: argparse.Namespace, _settings: Settings) -> ExitStatus:
    """Prove the share, look at what it says of itself, and only then write it down."""
    from confidentiality.identity import Identity, PublicIdentity
    from confidentiality.sealed import SealedKind, open_sealed
    from flows.keys import passphrase
    from flows.settings import now

    _require_new(arguments.out)
    archive = PublicIdentity.load(arguments.archive_card)
    department = Identity.load(arguments.identity, passphrase(arguments, "口令 · passphrase"))
    opened = open_sealed(
        arguments.share,
        recipient=department,
        senders=[archive],
        now=now(),
        expect_kind=SealedKind.SHARE,
        expect_agreement=arguments.agreement,
    )
    found = _summary(opened, arguments.share.name)
    _extract(opened, arguments.out)
    _print(found, arguments.out, as_json=arguments.json)
    return ExitStatus.DONE


def _require_new(out: Path) -> None:
    if out.exists() or not out.absolute().parent.is_dir():
        raise UsageError(
            "output_not_new",
            what="目标已存在，或其上级文件夹不存在 · the output exists, or its parent doesn't",
            where=out.name,
            remedy="指定一个尚不存在的文件夹 · name a new folder in one that exists",
        )


def _summary(opened: Opened, where: str) -> dict[str, Any]:
    header = opened.header
    return {
        "share": header.package_id,
        "agreement": header.agreement,
        "purpose": header.purpose,
        "records": records_in(opened.contents, where),
        "expires": header.expires.isoformat(),
        "files": list(opened.contents),
    }


def records_in(contents: Mapping[str, bytes], where: str) -> int:
    """How many rows the share has, as its descriptor says."""
    try:
        told = json.loads(contents[_DESCRIPTOR])["backfill"]
        known, records = told["format"] in FORMATS, int(told["records"])
    except (KeyError, TypeError, ValueError):
        known, records = False, 0
    if not known:
        raise IntegrityError(
            "unknown_share_format",
            what="共享件的内容格式不认识 · the content of the share is of an unknown format",
            where=where,
            remedy="更新软件，或请档案馆重新共享 · update the software, or ask the archive",
        )
    return records


def _extract(opened: Opened, out: Path) -> None:
    try:
        opened.contents.extract(out.absolute())
    except OSError as error:
        raise UsageError(
            "output_not_writable",
            what="无法写入目标文件夹 · the output folder can't be written",
            where=out.name,
            remedy="检查权限和磁盘空间 · check your rights and the free space",
        ) from error


def _print(found: Mapping[str, Any], out: Path, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({**found, "out": str(out)}, ensure_ascii=False))
        return
    print(f"共享 · share: {found['share']}")
    print(f"协议 · agreement: {found['agreement']}")
    print(f"用途 · purpose: {found['purpose']}")
    print(f"记录 · rows: {found['records']:,}")
    print(f"打开期限 · can be opened until: {found['expires']}")
    print(f"已解到 · extracted to: {out}")
    for name in found["files"]:
        print(f"  {name}")
