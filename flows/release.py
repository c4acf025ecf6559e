"""Release: split what people must key into packages, propose them, seal what was approved.

Compute, record, then act: a package's plan stands in the warehouse before anybody is asked
to approve it, and its file is written from the plan. A second start finds the plan and
goes on.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from confidentiality.disclosure import Placement
from confidentiality.format import SealedKind
from confidentiality.identity import Role
from confidentiality.release import APPROVALS_NEEDED
from flows.cutting import cut_snippets
from flows.discretion import discreet_flow, discreet_task
from flows.gate import (
    Parcel,
    decide_release,
    file_request,
    seal_permitted,
    terms_in_force,
)
from flows.installation import handed_over, installation
from flows.joining import field_of, keep, kept, measure, shown_before
from flows.marking import marked
from flows.planting import planted, stock
from flows.progress import progress
from keying.assign import (
    ARBITRATION,
    FIRST_ROUNDS,
    Clerk,
    PackagePlan,
    PlannedItem,
    Seen,
    assign,
)
from keying.chance import SecretRandom
from keying.gold import SHARE
from keying.package import PackageHead, build_package
from records.errors import NotPermittedError

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from confidentiality.agreement import Agreement
    from flows.installation import Installation
    from keying.assign import FieldToKey

#: How long a clerk has for a package.
PACKAGE_LIFE = timedelta(days=14)

#: One for each keying, and one for the arbiters.
_TEAMS = 3

Row = dict[str, Any]


@discreet_flow("propose-release")
def propose(
    home_id: str,
    batch_id: str,
    agreement_id: str,
    *,
    arbitration: bool = False,
    waiting: str = "",
    gold: float = SHARE,
) -> int:
    """Plan packages for what is to be keyed and file a request for each.

    With `arbitration`, for fields whose two keyings differ; `waiting` names another query
    that says which fields wait; `gold` is the share of items whose answer is known. Returns how
    many requests of the batch stand for approval or were approved.
    """
    here = installation(home_id)
    terms = terms_in_force(here, agreement_id)
    asked = waiting or ("fields_to_arbitrate" if arbitration else "fields_to_key")
    plan_packages(home_id, batch_id, agreement_id, arbitration=arbitration, asked=asked, gold=gold)
    planned = here.warehouse.query("packages_planned", batch_id=batch_id).to_pylist()
    known = set(here.releases.ids())
    packages = {
        row["package_id"]: _items(here, row["package_id"])
        for row in planned
        if row["package_id"] not in known
    }
    pictures = cut_snippets(here, packages.values(), "截取切片 · cutting snippets")
    token = handed_over.leave(pictures)
    measure_joining(home_id, terms.agreement_id, handed_over.leave(list(packages)), token)
    for package_id in packages:
        request_package(home_id, package_id, terms.agreement_id, token)
    return len(planned)


@discreet_task("plan-packages")
def plan_packages(
    home_id: str, batch_id: str, agreement_id: str, *, arbitration: bool, asked: str, gold: float
) -> int:
    """Assign the fields that wait to clerks and record the plan; returns the packages made.

    `asked` is the query that says which fields wait, `gold` the share of gold items.
    """
    here = installation(home_id)
    terms = here.agreements.get(agreement_id).agreement
    waiting = here.warehouse.query(asked, batch_id=batch_id).to_pylist()
    allowed = [
        row for row in waiting if row["field"] in terms.fields and row["box_left"] is not None
    ]
    if not allowed:
        return 0
    draw = f"{batch_id}/{_planned(here, batch_id)}"
    things = stock(here, batch_id, terms.fields, draw)
    seen = _seen(here, {row["page_id"] for row in allowed} | things.page_ids)
    chance = SecretRandom(here.home_key.derive("release"), draw)
    plans = share_out(
        [field_of(row) for row in allowed],
        _clerks(here, terms),
        ARBITRATION if arbitration else FIRST_ROUNDS,
        seen,
        chance,
    )
    packages, canaries = planted(here, plans, things, seen, chance, gold=gold)
    rows = [row for plan in packages for row in _plan_rows(here, batch_id, plan)]
    schema = here.warehouse.schema("work_items")
    with here.warehouse.transaction():
        here.warehouse.merge("work_items", pa.Table.from_pylist(rows, schema))
        schema = here.warehouse.schema("canaries")
        here.warehouse.merge("canaries", pa.Table.from_pylist(canaries, schema))
    here.note("packages.planned", batch=batch_id, packages=len(packages), canaries=len(canaries))
    return len(packages)


def share_out(
    fields: Sequence[FieldToKey],
    clerks: Sequence[Clerk],
    rounds: Sequence[int],
    seen: Sequence[Seen],
    rng: random.Random,
) -> tuple[PackagePlan, ...]:
    """Packages for these rounds: a team for each round where there are clerks enough.

    With teams a clerk gets one package of a batch, and the second keying is done by people
    who never sit beside the first. Otherwise anybody keys who may see the field. Raises
    NotPermittedError when not even that is enough.
    """
    packages: list[PackagePlan] = []
    try:
        for keying_round in rounds:
            shown = (*seen, *chain.from_iterable(plan.seen() for plan in packages))
            team = clerks[keying_round - 1 :: _TEAMS]
            made = assign(fields, team, rng, rounds=(keying_round,), seen=shown)
            packages += made.packages
    except NotPermittedError:
        return assign(fields, clerks, rng, rounds=rounds, seen=seen).packages
    return tuple(packages)


@discreet_task("measure-joining")
def measure_joining(home_id: str, agreement_id: str, token_of_packages: str, token: str) -> None:
    """Attack the packages as they would leave, and keep what it came to."""
    here = installation(home_id)
    packages = {
        package_id: _items(here, package_id)
        for package_id in handed_over.collect(token_of_packages, list)
    }
    if packages:
        keep(here, measure(here, agreement_id, packages, handed_over.collect(token, dict)))


@discreet_task("file-request")
def request_package(home_id: str, package_id: str, agreement_id: str, token: str) -> None:
    """File the request that officers approve; the snippets lie behind the token."""
    here = installation(home_id)
    terms = here.agreements.get(agreement_id).agreement
    rows = _items(here, package_id)
    pictures = marked(here, package_id, terms.agreement_id, rows, handed_over.collect(token, dict))
    file_request(
        here,
        Parcel(
            package_id=package_id,
            terms=terms,
            kind=SealedKind.WORK_PACKAGE,
            recipients=(_card_of(terms, rows[0]["clerk"]),),
            fields=frozenset(row["field"] for row in rows),
            records=len(rows),
            contents=package_contents(package_id, terms, rows, pictures),
            life=PACKAGE_LIFE,
        ),
    )


@discreet_flow("seal-release")
def seal_approved(home_id: str, batch_id: str) -> list[str]:
    """Seal every package of the batch that two officers approved; returns their ids."""
    here = installation(home_id)
    planned = here.warehouse.query("packages_planned", batch_id=batch_id).to_pylist()
    waiting = [row["package_id"] for row in planned if not row["sealed"]]
    ready = [each for each in waiting if len(here.releases.approvals(each)) >= APPROVALS_NEEDED]
    if not ready:
        return []
    items = (_items(here, each) for each in ready)
    pictures = cut_snippets(here, items, "截取切片 · cutting snippets")
    token = handed_over.leave(pictures)
    with (
        here.timed(batch_id, "seal", chunk=secrets.token_hex(4)) as count,
        progress("密封工作包 · sealing packages", len(ready)) as bar,
    ):
        count.items = len(ready)
        for package_id in ready:
            seal_package(home_id, batch_id, package_id, token)
            bar.update(1)
    return ready


@discreet_task("seal-package")
def seal_package(home_id: str, batch_id: str, package_id: str, token: str) -> None:
    """Seal one package, if the rules permit it, and record it."""
    here = installation(home_id)
    request = here.releases.get(package_id)
    held = here.agreements.get(request.agreement_id)
    rows = _items(here, package_id)
    decision = decide_release(
        here,
        request,
        held,
        released_before=_released_before(here, request.agreement_id),
        placements=_placements(rows),
        shown=[_placement(row, 0) for row in shown_before(here, rows)],
        joining=kept(here, package_id),
    )
    pictures = marked(
        here, package_id, request.agreement_id, rows, handed_over.collect(token, dict)
    )
    contents = package_contents(package_id, held.agreement, rows, pictures)
    out = here.home.outgoing / f"{package_id}.sealed"
    receipt = seal_permitted(here, out, contents, decision)
    row = {
        "package_id": package_id,
        "batch_id": batch_id,
        "agreement_id": request.agreement_id,
        "vendor_id": rows[0]["clerk"],
        "purpose": "arbitration" if rows[0]["keying"] in ARBITRATION else "key",
        "items": len(rows),
        "file": out.name,
        "sha256": receipt.sha256,
        "bytes": receipt.size,
        "sealed_at": decision.decided,
        "expires_at": request.expires,
    }
    schema = here.warehouse.schema("packages")
    with here.warehouse.transaction():
        here.warehouse.merge("packages", pa.Table.from_pylist([row], schema))
        here.note(
            "package.released",
            package=package_id,
            items=len(rows),
            sha256=receipt.sha256,
            digest=receipt.digest,
        )


def package_contents(
    package_id: str, terms: Agreement, rows: list[Row], pictures: Mapping[str, bytes]
) -> dict[str, bytes]:
    """What a package holds: the same bytes whenever it is asked, so that approvals bind them."""
    head = PackageHead(
        package_id=package_id,
        agreement_id=terms.agreement_id,
        vendor_id=terms.agreement_id,
        clerk_id=rows[0]["clerk"],
        round=rows[0]["keying"],
        due=(rows[0]["created_at"] + PACKAGE_LIFE).date(),
    )
    items = tuple(PlannedItem(item_id=row["item_id"], field=field_of(row)) for row in rows)
    plan = PackagePlan(
        number=1,
        vendor_id=terms.agreement_id,
        clerk_id=rows[0]["clerk"],
        round=rows[0]["keying"],
        items=items,
    )
    return build_package(head, plan, pictures)


def _items(here: Installation, package_id: str) -> list[Row]:
    return here.warehouse.query("package_items", package_id=package_id).to_pylist()


def _clerks(here: Installation, terms: Agreement) -> list[Clerk]:
    """The clerks' machines that the agreement names and this archive trusts."""
    cards = [here.trusted.find(party) for party in terms.parties]
    return [
        Clerk(clerk_id=card.fingerprint[:16], vendor_id=terms.agreement_id)
        for card in cards
        if card.role is Role.CLERK
    ]


def _card_of(terms: Agreement, clerk_id: str) -> str:
    return next(party for party in terms.parties if party.startswith(clerk_id))


def _planned(here: Installation, batch_id: str) -> int:
    """How many items were planned for a batch so far: no two plans draw the same chance."""
    planned = here.warehouse.query("packages_planned", batch_id=batch_id).to_pylist()
    return sum(int(row["items"]) for row in planned)


def _seen(here: Installation, page_ids: set[str]) -> list[Seen]:
    """Who was given what of these pages, in any batch."""
    asked = pa.table({"page_id": pa.array(sorted(page_ids), pa.string())})
    shown = here.warehouse.query_about("items_shown", asked).to_pylist()
    return [Seen(clerk_id=row["clerk"], field=field_of(row)) for row in shown]


def _plan_rows(here: Installation, batch_id: str, plan: PackagePlan) -> list[Row]:
    package_id = f"P-{batch_id}-{secrets.token_hex(4)}"
    return [
        {
            "item_id": item.item_id,
            "reading_id": item.field.reading_id,
            "batch_id": batch_id,
            "lot_id": batch_id,
            "package_id": package_id,
            "keying": plan.round,
            "purpose": item.purpose or ("arbitration" if plan.round in ARBITRATION else "key"),
            "clerk": plan.clerk_id,
            "created_at": here.clock(),
        }
        for item in plan.items
    ]


def _placements(rows: list[Row]) -> list[Placement]:
    place = {row["reading_id"]: n for n, row in enumerate(sorted(rows, key=_archive_order))}
    return [_placement(row, place[row["reading_id"]]) for row in rows]


def _placement(row: Row, place: int) -> Placement:
    return Placement(
        item_id=row["item_id"], persons=field_of(row).subjects, field=row["field"], place=place
    )


def _archive_order(row: Row) -> str:
    return str(row["reading_id"])


def _released_before(here: Installation, agreement_id: str) -> int:
    released = here.warehouse.query("items_released", agreement_id=agreement_id)
    return int(released["items"][0].as_py())
