"""The commands of `station`: a parsed command line in, what is shown out."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from dataclasses import asdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from confidentiality.enrolment import machine_digest
from confidentiality.files import write_private
from confidentiality.identity import PublicIdentity, Role
from confidentiality.suites import CALLED
from confidentiality.token import use_device
from keying.values import oddities
from records.errors import ExitStatus, InputError, NotPermittedError, UsageError
from records.visible import visible
from workstation.station import signing
from workstation.station.answers import read_answers
from workstation.station.home import (
    Home,
    create_home,
    succeed_archive,
    take_enrolment,
    trust_archive,
    unlock,
)
from workstation.station.journal import HeldPackage, Journal, State
from workstation.station.settings import Settings, read_settings
from workstation.station.shown import Shown
from workstation.station.work import Answer, Station

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from keying.package import WorkPackage

#: Answers that are flushed to the disk, and then acknowledged, together.
TOGETHER = 200
_STATES = {
    State.OPEN: "录入中 open",
    State.SUBMITTED: "已回传 submitted",
    State.DESTROYED: "已销毁 destroyed",
}


def make(given: argparse.Namespace) -> Shown:
    """Make the station's home and identity."""
    settings = _settings(given)
    home = Home(folder=settings.home)
    card = create_home(
        home,
        name=given.name,
        role=Role(given.role),
        passphrase=settings.new_passphrase(),
        suite=CALLED[given.suite],
        token=given.token,
    )
    machine = machine_digest(settings.machine_id)
    return Shown(
        text=f"已建立 · made: {home.card}\n指纹 · fingerprint: {card.fingerprint}\n"
        f"机器 · machine: {machine or '系统未提供 not told by the system'}\n"
        "把名片交给档案馆，并通过电话核对指纹 · hand the card over and compare the fingerprint",
        data={
            "card": str(home.card),
            "fingerprint": card.fingerprint,
            "role": str(card.role),
            "machine": machine,
        },
    )


def trust(given: argparse.Namespace) -> Shown:
    """Accept an archive's packages from now on."""
    home = Home(folder=_settings(given).home)
    card = PublicIdentity.load(given.card)
    if given.fingerprint is not None and given.fingerprint.lower() != card.fingerprint:
        raise NotPermittedError(
            "fingerprint_differs",
            what="名片指纹与所给不符 · the card has another fingerprint",
            where=given.card.name,
            remedy=(
                "不要使用此名片，电话询问档案馆 · don't use this card; ask the archive by telephone"
            ),
        )
    trust_archive(home, card)
    return Shown(
        text=f"已登记 · trusted: {card.name}\n指纹 · fingerprint: {card.fingerprint}",
        data={"name": card.name, "fingerprint": card.fingerprint},
    )


def succeed(given: argparse.Namespace) -> Shown:
    """Accept an archive's new card, on its old one's word."""
    settings = _settings(given)
    card = succeed_archive(Home(folder=settings.home), given.statement, now=settings.now)
    return Shown(
        text=f"已登记 · trusted: {card.name}\n指纹 · fingerprint: {card.fingerprint}",
        data={"name": card.name, "fingerprint": card.fingerprint},
    )


def enrol(given: argparse.Namespace) -> Shown:
    """Keep the archive's enrolment of this station."""
    settings = _settings(given)
    held = take_enrolment(
        Home(folder=settings.home),
        given.file,
        machine_id=settings.machine_id,
        now=settings.now,
    )
    return Shown(
        text=f"已登记 · enrolled: {visible(held.place)}\n"
        f"有效期 · period: {held.starts:%Y-%m-%d} – {held.ends:%Y-%m-%d}",
        data={"place": held.place, "ends": held.ends.isoformat(), "machine": held.machine},
    )


def sign(given: argparse.Namespace) -> Shown:
    """Show an agreement's terms, and sign it when the party names its digest."""
    settings = _settings(given)
    home = Home(folder=settings.home)
    home.require()
    held = signing.read_agreement(given.agreement)
    agreement = held.agreement
    signing.require_party(agreement, PublicIdentity.load(home.card))
    digest = agreement.digest
    shown = f"{signing.terms(agreement)}\n\n摘要 · digest: {digest}\n"
    data = {"agreement": agreement.to_record(), "digest": digest, "signed": None}
    if given.accept is None:
        again = f"--accept {digest[: signing.DIGITS]}"
        return Shown(
            text=f"{shown}尚未签署；同意则加 · not signed; to agree, add: {again}", data=data
        )
    signed = signing.sign(
        held,
        by=unlock(home, settings.passphrase()),
        accepted=given.accept,
        trusted=home.trust.trusted(now=settings.now),
        now=settings.now,
    )
    write_private(given.out, signed.to_bytes())
    return Shown(
        text=f"{shown}已签署，交给档案馆 · signed; hand it to the archive: {given.out}",
        data={**data, "signed": str(given.out)},
    )


def take_in(given: argparse.Namespace) -> Shown:
    """Take in a sealed work package."""
    with _unlocked(given) as station:
        held = station.open_package(given.file)
    return Shown(
        text=f"已打开 · opened: {held.package_id}，{held.items} 项 items，"
        f"截止 due {held.due}\n下一步 · next: station items {held.package_id}",
        data=_progress(held),
    )


def show_all(given: argparse.Namespace) -> Shown:
    """All packages and how far they are."""
    with _books(given) as journal:
        held = journal.packages()
    text = "\n".join(map(_line, held)) or "还没有工作包 · no packages yet"
    return Shown(text=text, data=[_progress(package) for package in held], many=True)


def show(given: argparse.Namespace) -> Shown:
    """How far one package is, or all."""
    if given.package is None:
        return show_all(given)
    with _books(given) as journal:
        held = journal.package(given.package)
    return Shown(text=_line(held), data=_progress(held))


def show_items(given: argparse.Namespace) -> Shown:
    """What is to be keyed, without the pictures."""
    with _unlocked(given) as station:
        package = station.package(given.package)
        done = station.journal.answered(given.package)
    rows = [
        {
            "item_id": item.item_id,
            "field": item.tail,
            "prompt_zh": package.guidelines[item.tail].zh,
            "prompt_en": package.guidelines[item.tail].en,
            "answered": item.item_id in done,
        }
        for item in package.items
    ]
    lines = [f"{'✓' if r['answered'] else '·'} {r['item_id']}  {r['prompt_zh']}" for r in rows]
    return Shown(text="\n".join([package.rules.zh, package.rules.en, *lines]), data=rows, many=True)


def key(given: argparse.Namespace) -> Shown:
    """Take answers from a file; what was acknowledged is never lost."""
    with _unlocked(given) as station:
        package = station.package(given.package)
        answers = read_answers(given.answers, {item.item_id for item in package.items})
        if answers.set_aside and not answers.taken:
            raise InputError(
                "no_answers",
                what="没有一行可用的答案 · no line of the file is an answer for this package",
                where=f"{given.answers.name}, line {answers.set_aside[0][0]}",
                remedy='one JSON object a line: {"item_id": …, "text": …, "mark": "ok"}',
            )
        fresh = _keep(station, package, answers.taken)
        held = station.journal.package(given.package)
    return _keyed(held, fresh, answers.set_aside, _odd(package, answers.taken))


def submit(given: argparse.Namespace) -> Shown:
    """Seal the entries for the archive."""
    with _unlocked(given) as station:
        package = station.package(given.package)
        given.out.mkdir(mode=0o700, parents=True, exist_ok=True)
        path, receipt = station.submit(package, given.out, partial=given.partial)
        held = station.journal.package(given.package)
    return Shown(
        text=f"已加密回传 · sealed: {path}\n条目 · entries: {held.answered}/{held.items}\n"
        f"SHA-256: {receipt.sha256}",
        data={
            **_progress(held),
            "file": str(path),
            "submission_id": receipt.package_id,
            "sha256": receipt.sha256,
            "bytes": receipt.size,
        },
    )


def destroy(given: argparse.Namespace) -> Shown:
    """Delete a package's content and sign a record of it."""
    with _unlocked(given) as station:
        held = station.journal.package(given.package)
        if held.state is State.OPEN and not given.unsubmitted:
            raise UsageError(
                "not_submitted",
                what="工作包尚未全部回传 · the package has no final submission yet",
                where=held.package_id,
                remedy=(
                    "先回传，或加 --unsubmitted · "
                    "submit it first, or add --unsubmitted to destroy it all the same"
                ),
            )
        out = given.out or station.home.folder / "destroyed"
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        path, destruction = station.destroy(given.package, out)
    return Shown(
        text=f"已销毁 · destroyed: {destruction.package_id}\n签名证明 · signed record: {path}",
        data={
            "package_id": destruction.package_id,
            "destroyed_at": destruction.destroyed_at,
            "entries": destruction.entries,
            "file": str(path),
        },
    )


def _settings(given: argparse.Namespace) -> Settings:
    settings = read_settings(given.home, given.passphrase_file)
    use_device(settings.device)
    return settings


@contextlib.contextmanager
def _unlocked(given: argparse.Namespace) -> Iterator[Station]:
    settings = _settings(given)
    home = Home(folder=settings.home)
    home.require()
    identity = unlock(home, settings.passphrase())
    with Station.unlocked(
        home, identity, now=settings.now, machine_id=settings.machine_id
    ) as station:
        yield station


@contextlib.contextmanager
def _books(given: argparse.Namespace) -> Iterator[Journal]:
    home = Home(folder=_settings(given).home)
    home.require()
    with Journal.open(home.journal) as journal:
        yield journal


def _keep(station: Station, package: WorkPackage, answers: Sequence[Answer]) -> int:
    fresh = 0
    for start in range(0, len(answers), TOGETHER):
        fresh += station.key(package, answers[start : start + TOGETHER])
        done = min(start + TOGETHER, len(answers))
        sys.stderr.write(f"已保存 · kept {done}/{len(answers)}\n")
    return fresh


def _odd(package: WorkPackage, answers: Sequence[Answer]) -> dict[str, tuple[str, ...]]:
    tails = {item.item_id: item.tail for item in package.items}
    found = {a.item_id: oddities(tails[a.item_id], a.text) for a in answers}
    return {item_id: tuple(odd.code for odd in odds) for item_id, odds in found.items() if odds}


def _keyed(
    held: HeldPackage,
    fresh: int,
    aside: Sequence[tuple[int, str]],
    odd: dict[str, tuple[str, ...]],
) -> Shown:
    kinds = Counter(code for codes in odd.values() for code in codes)
    lines = [
        (
            f"已录 · answered {held.answered}/{held.items}，新增 new {fresh}，"
            f"退回 set aside {len(aside)}"
        ),
        *(f"  第 {number} 行 · line {number}: {reason}" for number, reason in aside),
        *(f"  请再看一眼 · look again: {code} × {count}" for code, count in sorted(kinds.items())),
    ]
    return Shown(
        text="\n".join(lines),
        data={
            **_progress(held),
            "new": fresh,
            "set_aside": [{"line": number, "reason": reason} for number, reason in aside],
            "look_again": {item_id: [*codes] for item_id, codes in odd.items()},
        },
        status=ExitStatus.DONE_WITH_QUARANTINE if aside else ExitStatus.DONE,
    )


def _progress(held: HeldPackage) -> dict[str, Any]:
    return {**asdict(held), "state": str(held.state)}


def _line(held: HeldPackage) -> str:
    done = held.destroyed_entries if held.state is State.DESTROYED else held.answered
    return (
        f"{held.package_id}  {_STATES[held.state]}  {done}/{held.items}  "
        f"截止 due {held.due}  有效至 expires {held.expires}"
    )


#: The function of each command.
VERBS: Mapping[str, Callable[[argparse.Namespace], Shown]] = MappingProxyType(
    {
        "init": make,
        "trust": trust,
        "succeed": succeed,
        "enrol": enrol,
        "sign": sign,
        "open": take_in,
        "list": show_all,
        "status": show,
        "items": show_items,
        "key": key,
        "submit": submit,
        "destroy": destroy,
    }
)
