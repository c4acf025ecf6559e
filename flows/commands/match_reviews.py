"""`backfill match queue`, `confirm`, `learn`: what staff look at, say, and teach."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.commands.choosing import add_snapshot, chosen_batch
from records.errors import ExitStatus
from records.visible import visible

if TYPE_CHECKING:
    from flows.settings import Settings

_QUEUE_HELP = """\
待核名单：先看最值得看的。worth 是看一眼所值，扣除看的工夫，以“一眼”为单位。
Whom to look at, those first whose look is worth most. No name, date or number is shown.

  backfill match queue --home 馆库 [批次]
  backfill match queue --answers 结果.parquet
"""
_CONFIRM_HELP = """\
档案员认定一条结果：是登记中的某人，或库中无此人。认定后以此为准，并可供学习。
An officer says who is meant. This stands, whatever is computed afterwards.

  backfill match confirm 记录号 --person 编号 --identity 甲.identity --home 馆库
  backfill match confirm 记录号 --nobody --identity 甲.identity --home 馆库
"""
_LEARN_HELP = """\
由已认定的结果重估参数，成为新的一版模型；以后的批次用新版，以前的结果仍记所用的旧版。
Learn the parameters again from confirmed answers, as a new version of the model.

  backfill match learn --home 馆库
  backfill match learn --certificates 证.parquet --register 人口.parquet --confirmed 认定.csv --out 模型.json
  backfill match --model 模型.json --certificates …
"""  # noqa: E501 - a command is one line


def add_verbs(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], common: argparse.ArgumentParser
) -> None:
    """Add `queue`, `confirm` and `learn` to `match`."""

    def verb(name: str, line: str, long: str) -> argparse.ArgumentParser:
        return verbs.add_parser(
            name,
            help=line,
            parents=[common],
            description=long,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    queue = verb("queue", "待核名单 · whom to look at first", _QUEUE_HELP)
    queue.add_argument("batch", nargs="?")
    queue.add_argument("--answers", type=Path, metavar="FILE", help="match 的结果 · of `match`")
    add_snapshot(queue)
    queue.set_defaults(run=_queue)
    confirm = verb("confirm", "认定一条结果 · say who is meant", _CONFIRM_HELP)
    confirm.add_argument("record", metavar="RECORD", help="记录号 · record_id")
    who = confirm.add_mutually_exclusive_group(required=True)
    who.add_argument("--person", metavar="ID", help="登记中的编号 · person_id")
    who.add_argument("--nobody", action="store_true", help="库中无此人 · not in the register")
    confirm.add_argument("--identity", required=True, type=Path, metavar="FILE")
    confirm.add_argument("--identity-passphrase-file", type=Path, metavar="FILE")
    confirm.set_defaults(run=_confirm)
    learn = verb("learn", "由认定学习 · learn from what was confirmed", _LEARN_HELP)
    learn.add_argument("--certificates", type=Path, metavar="FILE")
    learn.add_argument("--register", type=Path, metavar="FILE|INDEX", help="登记表或索引")
    learn.add_argument("--key-file", type=Path, metavar="FILE", help="索引密钥文件")
    learn.add_argument("--confirmed", type=Path, metavar="FILE", help="record_id, person_id")
    learn.add_argument("--out", type=Path, metavar="FILE", help="模型 · the model")
    learn.set_defaults(run=_learn, refuse=learn.error)


def _queue(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """List the records for review, the most worthwhile first."""
    if arguments.answers:
        from flows.explain import queued, read_answers

        rows = queued(read_answers(arguments.answers))
    else:
        from flows.opening import open_installation

        with open_installation(arguments, settings) as here:
            batch_id = chosen_batch(here.installation, arguments.batch)
            rows = here.installation.warehouse.query("match_queue", batch_id=batch_id).to_pylist()
    for row in rows:
        print(json.dumps(row, ensure_ascii=False) if arguments.json else _line(row))
    return ExitStatus.DONE


def _line(row: dict[str, Any]) -> str:
    flags = " ".join(json.loads(row["flags"] or "[]"))
    place = f"  {visible(Path(row['source']).name)} p.{row['page']}" if row.get("source") else ""
    ledger_row = f" 行 row {row['row']}" if row.get("row") else ""
    value = "   –" if row["worth"] is None else f"{row['worth']:4.1f}"
    return f"{value}  {row['probability']:6.1%}  {row['record_id']}{place}{ledger_row}  {flags}"


def _confirm(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Keep an officer's answer."""
    from confidentiality.homekey import read_passphrase_file
    from confidentiality.identity import Identity
    from flows.keys import passphrase
    from flows.opening import open_installation

    own = arguments.identity_passphrase_file
    secret = read_passphrase_file(own) if own else passphrase(arguments, "本人口令 · passphrase")
    officer = Identity.load(arguments.identity, secret)
    with open_installation(arguments, settings, register=True) as here:
        from flows.reviews import Confirmed, confirm

        answer = Confirmed(
            record_id=arguments.record, person_id=arguments.person, by=officer.fingerprint
        )
        batch_id = confirm(here.installation, answer)
    if arguments.json:
        print(json.dumps({"batch": batch_id, "record": arguments.record}, ensure_ascii=False))
    else:
        print(f"已认定 · confirmed: {arguments.record}")
    return ExitStatus.DONE


def _learn(arguments: argparse.Namespace, settings: Settings) -> ExitStatus:
    """Learn a model, from files or from what the home has confirmed."""
    files = ("certificates", "register", "confirmed", "out")
    given = [name for name in files if getattr(arguments, name)]
    if given and len(given) < len(files):
        missing = [f"--{name}" for name in files if name not in given]
        arguments.refuse(f"the following arguments are required: {', '.join(missing)}")
    if given:
        learnt = _learn_files(arguments, settings)
    else:
        from flows.opening import open_installation

        with open_installation(arguments, settings, register=True) as here:
            from flows.reviews import learn_model

            learnt = asdict(learn_model(here.installation))
    if arguments.json:
        print(json.dumps(learnt))
    else:
        print(f"模型 model {learnt['version']}: 据 {learnt['confirmed']} 人次认定 confirmed")
    return ExitStatus.DONE


def _learn_files(arguments: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    from flows.keys import register_key
    from matching.files import learn_files

    is_index = arguments.register.is_dir()
    key = register_key(arguments.register, arguments, settings) if is_index else None
    learnt = learn_files(
        arguments.certificates, arguments.register, arguments.confirmed, arguments.out, key=key
    )
    return {"version": learnt.model.version, "confirmed": learnt.confirmed}
