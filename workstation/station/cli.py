"""The vendor's command line.

Each command is one function from a parsed command line to what is shown. Everything beyond
the standard library is imported when a command runs, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from records.errors import BackfillError, ExitStatus
from workstation.station.help import COMMANDS, LESSON, OVERVIEW

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workstation.station.shown import Shown

    Command = Callable[[argparse.Namespace], Shown]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is that of the interface description."""
    _speak_utf8()
    given = _parser().parse_args(arguments)
    try:
        shown = _command(given.command)(given)
        shown.print(as_json=given.json)
    except BackfillError as fault:
        return _complain(str(fault), fault.status)
    except KeyboardInterrupt:
        return _complain("已中断，已确认的录入不会丢失 · interrupted", ExitStatus.INTERNAL_FAULT)
    except BrokenPipeError:
        return _pipe_closed()
    except OSError as fault:
        return _complain(
            f"读写失败 · reading or writing failed: {fault.strerror} → "
            "检查路径、权限和磁盘空间 · check path, rights and free space",
            ExitStatus.INTERNAL_FAULT,
        )
    except Exception as fault:  # noqa: BLE001 - a traceback could show what is being keyed
        return _complain(_defect(fault), ExitStatus.INTERNAL_FAULT)
    return int(shown.status)


def _defect(fault: Exception) -> str:
    """Where the program failed, without any value it was working on."""
    last = traceback.extract_tb(fault.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.lineno}"
    return (
        f"程序内部故障 · internal fault: {type(fault).__name__} [{place}] → "
        "请把此行报告给维护人员 · report this line to the maintainers"
    )


def _command(name: str) -> Command:
    from workstation.station import commands

    return commands.VERBS[name]


def _complain(message: str, status: ExitStatus) -> int:
    sys.stderr.write(f"station: {message}\n")
    return int(status)


def _pipe_closed() -> int:
    # Python would complain once more while it flushes stdout at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return int(ExitStatus.DONE)


def _speak_utf8() -> None:
    # A machine whose locale is C must still show Chinese.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="station",
        description=OVERVIEW,
        epilog=LESSON,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_common(parser)
    parser.set_defaults(home=None, passphrase_file=None, json=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, sentence in COMMANDS.items():
        command = commands.add_parser(name, help=sentence, description=sentence)
        _add_common(command)
        _OPTIONS.get(name, _no_options)(command)
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    # These may stand before or after the command; what isn't given must not undo the other.
    parser.add_argument(
        "--home",
        type=Path,
        metavar="DIR",
        default=argparse.SUPPRESS,
        help="工作站目录 · the station's folder (STATION_HOME)",
    )
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        default=argparse.SUPPRESS,
        help="口令文件，权限 0600 · file that holds the passphrase",
    )
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="输出 JSON · print JSON"
    )


def _no_options(_: argparse.ArgumentParser) -> None:
    """Most commands take a package or nothing."""


def _init(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", required=True, help="公开名称 · public name of this station")
    command.add_argument(
        "--role", choices=("vendor", "clerk"), default="vendor", help="承录方或录入员 · role"
    )
    command.add_argument(
        "--suite",
        choices=("xwing", "hybrid", "gm"),
        default="xwing",
        help="密码套件，与档案馆一致 · cipher suite, the archive's",
    )
    command.add_argument(
        "--token",
        default="",
        metavar="LABEL",
        help="置于密码设备，口令即其 PIN · behind a PKCS#11 token (STATION_PKCS11)",
    )


def _trust(command: argparse.ArgumentParser) -> None:
    command.add_argument("card", type=Path, metavar="CARD", help="名片文件 · the archive's card")
    command.add_argument(
        "--fingerprint",
        metavar="HEX",
        help="电话核对所得指纹，不符则拒绝 · fingerprint told by voice; refuse another",
    )


def _enrol(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "file", type=Path, metavar="FILE", help="工位登记文件 · the archive's enrolment"
    )


def _succeed(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "statement", type=Path, metavar="FILE", help="更替声明 · the archive's succession"
    )


def _sign(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "agreement", type=Path, metavar="AGREEMENT.json", help="保密协议 · the agreement"
    )
    command.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="回签文件 · the file to write"
    )
    command.add_argument(
        "--accept",
        metavar="DIGEST",
        help="所同意协议的摘要，至少 16 位；不给则只显示条款 · digest of the agreement you accept, "
        "16 hex digits or more; without it the terms are only shown",
    )


def _open(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE.sealed", help="工作包 · work package")


def _package(command: argparse.ArgumentParser) -> None:
    command.add_argument("package", metavar="PACKAGE", help="工作包编号 · id of the package")


def _status(command: argparse.ArgumentParser) -> None:
    command.add_argument("package", metavar="PACKAGE", nargs="?", help="工作包编号 · package id")


def _key(command: argparse.ArgumentParser) -> None:
    _package(command)
    command.add_argument(
        "--answers",
        type=Path,
        required=True,
        metavar="FILE.jsonl",
        help='每行一个答案 · one answer a line: {"item_id", "text", "mark"}',
    )


def _submit(command: argparse.ArgumentParser) -> None:
    _package(command)
    command.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="输出目录 · folder for the file"
    )
    command.add_argument(
        "--partial", action="store_true", help="允许未录完 · return what is done so far"
    )


def _destroy(command: argparse.ArgumentParser) -> None:
    _package(command)
    command.add_argument(
        "--out", type=Path, metavar="DIR", help="证明存放目录 · folder for the signed record"
    )
    command.add_argument(
        "--unsubmitted",
        action="store_true",
        help="尚未回传也销毁 · also when nothing final was submitted",
    )


_OPTIONS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "init": _init,
    "trust": _trust,
    "succeed": _succeed,
    "enrol": _enrol,
    "sign": _sign,
    "open": _open,
    "status": _status,
    "items": _package,
    "key": _key,
    "submit": _submit,
    "destroy": _destroy,
}
