"""Rotating the archive's identity (更换本馆身份): a new one takes the old one's place.

The old identity signs who follows it, the new one signs anew what must go on: agreements,
enrolments, and files that wait to be fetched. The old one's file stays, to open what was
sealed for it. Each step may be done again after a crash.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from confidentiality.agreement import sign_agreement
from confidentiality.agreement_store import AgreementStore
from confidentiality.audit import AuditLog
from confidentiality.enrolment import EnrolmentStore, enrol
from confidentiality.envelope import read_envelope
from confidentiality.files import open_regular, write_private
from confidentiality.sealed import open_sealed, rewrap
from confidentiality.succession import succeed
from confidentiality.trust import TrustStore

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from confidentiality.envelope import Envelope
    from confidentiality.identity import Identity, PublicIdentity
    from confidentiality.succession import Succession
    from confidentiality.trust import Trusted
    from flows.home import Home


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """What a rotation did: how many agreements, enrolments and waiting files were signed anew."""

    succession: Succession
    agreements: int
    enrolments: int
    files: int


def rotate(home: Home, old: Identity, new: Identity, *, out: Path, now: datetime) -> Rotation:
    """Put the new identity, which is kept already, in the old one's place.

    Writes to `out` what stations and departments are given: the statement, the new card, and
    each station's new enrolment.
    """
    store, log = TrustStore(home.cards), AuditLog(home.audit)
    statement = succeed(old, new, now=now)
    if new.fingerprint not in store.trusted(now=now).cards:
        log.append(
            "identity.rotated",
            {"old": old.fingerprint[:16], "new": new.fingerprint[:16]},
            now=now,
        )
    store.succeed(statement, now=now)
    new.public.save(home.archive_card, replace=True)
    out.mkdir(parents=True, exist_ok=True)
    new.public.save(out / "archive.card.json", replace=True)
    write_private(out / "archive.succession", statement.to_bytes(), replace=True)
    trusted = store.trusted(now=now)
    done = Rotation(
        succession=statement,
        agreements=_sign_agreements(home, new, trusted, now=now),
        enrolments=_enrol_anew(home, new, trusted, out=out, now=now),
        files=_wrap_anew(home, old, new, trusted, now=now),
    )
    log.checkpoint(by=new)
    return done


def _sign_agreements(home: Home, new: Identity, trusted: Trusted, *, now: datetime) -> int:
    store, signed = AgreementStore(home.agreements), 0
    for agreement_id in store.ids():
        held = store.get(agreement_id)
        terms = held.agreement
        if now < terms.ends and trusted.follows(new.fingerprint, terms.archive):
            signature = sign_agreement(terms, by=new, side=terms.archive)
            both = {**held.signatures, new.fingerprint: signature}
            store.add_signatures(replace(held, signatures=both), trusted=trusted)
            signed += 1
    return signed


def _enrol_anew(home: Home, new: Identity, trusted: Trusted, *, out: Path, now: datetime) -> int:
    store, enrolled = EnrolmentStore(home.enrolments), 0
    for held in store.all().values():
        card = trusted.cards.get(held.station)
        if card is None or now >= held.ends or not trusted.follows(new.fingerprint, held.archive):
            continue
        made = enrol(
            card,
            place=held.place,
            starts=held.starts,
            ends=held.ends,
            machine=held.machine,
            by=new,
        )
        store.add(made)
        write_private(out / f"{held.station[:16]}.enrolment.json", made.to_bytes(), replace=True)
        enrolled += 1
    return enrolled


def _wrap_anew(home: Home, old: Identity, new: Identity, trusted: Trusted, *, now: datetime) -> int:
    """Sign the waiting files with the new key; their content is not touched."""
    log, wrapped = AuditLog(home.audit), 0
    for path in sorted(home.outgoing.glob("*.sealed")):
        with open_regular(path) as stream:
            envelope = read_envelope(stream, where=path.name)
        head = envelope.head
        others = _others(envelope, old, trusted)
        if head.sender != old.fingerprint or now >= head.header.expires or not others:
            continue
        opened = open_sealed(
            path,
            recipient=old,
            senders=[old.public],
            now=now,
            expect_kind=head.header.kind,
        )
        aside = path.with_suffix(".anew")
        aside.unlink(missing_ok=True)
        receipt = rewrap(aside, opened, sender=new, recipients=[*others, new.public])
        # Entered first: a file that is not the one of an entry would look like another's.
        log.append(
            "file.rewrapped",
            {
                "package": receipt.package_id,
                "sha256": receipt.sha256,
                "digest": receipt.digest,
                "old": opened.digest,
            },
            now=now,
        )
        aside.rename(path)
        wrapped += 1
    return wrapped


def _others(envelope: Envelope, old: Identity, trusted: Trusted) -> list[PublicIdentity]:
    """The recipients but the archive itself, all of them in force; none when one is not."""
    named = envelope.head.recipients
    if old.fingerprint not in named:
        return []
    cards = [trusted.cards.get(each) for each in named if each != old.fingerprint]
    return [card for card in cards if card is not None] if None not in cards else []
