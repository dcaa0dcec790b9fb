"""The facts that a plan depends on, from the authoritative streams; read models are not asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

from ledger.retention.holding import holding_of
from ledger.retention.items import KeyItem
from ledger.retention.of_cases import case_items
from ledger.retention.of_people import people_items
from ledger.retention.of_proofs import proof_items
from ledger.retention.of_registers import breach_items, hold_items, request_items
from ledger.retention.of_staff import agent_items, contact_items, month_items
from ledger.retention.planner import Facts, Standing
from ledger.retention.sources import Sources
from ledger.usecases.gate import FactOpener
from ledger.usecases.ports import Desk, StreamAt
from ledger.usecases.retention.authorities import all_authorities
from ledger.usecases.retention.erasures import all_erasures, granted
from ledger.usecases.retention.holds import Hold, book_of, opened
from ledger.usecases.retention.ports import Disposal

_OF_STREAMS: tuple[Callable[[Sources], Iterator[KeyItem]], ...] = (
    case_items, proof_items, people_items, month_items, agent_items, contact_items,
    breach_items,
)  # fmt: skip


@dataclass(frozen=True)
class Gathered:
    """What a plan is made from, and what must not have moved when it is carried out."""

    facts: Facts[KeyItem]
    sources: Sources
    holds: tuple[Hold, ...]
    book: StreamAt
    """Where the book of holds stood: a hold that is set later wins."""
    head: int
    """The latest event that the plan can have seen."""


def gather(desk: Desk, disposal: Disposal, opener: FactOpener) -> Gathered:
    """
    Read what a plan depends on; the items are read as they are asked for, in lists, so that memory is bounded.

    The head and the book of holds are taken first: what comes after them is noticed when the plan is carried out.
    """
    head = disposal.head()
    book = book_of(desk)
    holds = tuple(opened(opener, book))
    erasures = all_erasures(desk)
    holding = holding_of(desk, disposal, opener, holds)
    sources = Sources(desk, disposal, opener, holding, granted(opener, erasures))
    at = StreamAt(book.id, book.version)
    items = chain(
        *(of(sources) for of in _OF_STREAMS), hold_items(sources, holds, at), request_items(sources, erasures)
    )
    return Gathered(Facts(items, _authorities(desk, opener)), sources, holds, at, head)


def _authorities(desk: Desk, opener: FactOpener) -> tuple[Standing, ...]:
    found = []
    for authority in all_authorities(desk):
        category, first_day = opener.known(authority.category), opener.known(authority.first_day)
        if category is None or first_day is None:
            continue  # of an authority that can't be read nothing is destroyed
        found.append(
            Standing(
                id=authority.id,
                category=category,
                first_day=first_day,
                last_day=opener.known(authority.last_day),
                granted_at=authority.granted_at,
                revoked_at=authority.revoked_at,
                ended_from=opener.known(authority.ended_from),
            )
        )
    return tuple(found)
