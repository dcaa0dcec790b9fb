"""
Record the end of mandates whose term is over, so that what an end calls for is called for.

Nothing is granted beyond a term, recorded or not. But partners are to be told (Code civil 2005), an account is due
(1993), and what is still open is to be wound up: somebody must be reminded of it, and a nightly job forgets nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast
from uuid import UUID, uuid5

from ledger.aggregates.mandate import Mandate
from ledger.identifiers import new_id
from ledger.policies.authority import may_destroy
from ledger.policies.vocabulary import EndKind
from ledger.usecases.agent.acting import acting, allow
from ledger.usecases.gate import FactOpener, judging
from ledger.usecases.mandate.ending import end_mandate
from ledger.usecases.ports import Command, Desk

AT_ONCE = 500
"""How many mandates are loaded together."""


def expire(desk: Desk, command: Command, mandates: Sequence[UUID]) -> list[UUID]:
    """
    End those of these mandates that live beyond their term, and give them; done again, it does nothing more.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither destroys nor decides
    """
    with judging(desk, replace(command, id=new_id(), request=b""), naming=False) as judgement:
        allow(may_destroy(acting(desk, judgement).powers))
        over = list(_over(desk, judgement, mandates, at=command.at))
        judgement.read("mandate.expire", rows=len(mandates))
    for mandate in over:
        step = replace(command, id=uuid5(command.id, f"expire-{mandate.hex}"), request=b"")
        end_mandate(desk, step, mandate, kind=EndKind.EXPIRED)
    return over


def _over(desk: Desk, opener: FactOpener, mandates: Sequence[UUID], *, at: datetime) -> Iterable[UUID]:
    for start in range(0, len(mandates), AT_ONCE):
        part = [(Mandate, mandate) for mandate in mandates[start : start + AT_ONCE]]
        for mandate in cast("list[Mandate]", desk.streams.load_all(part)):
            ends_at = opener.known(mandate.ends_at) if mandate.is_live and mandate.ends_at is not None else None
            if ends_at is not None and ends_at <= at:
                yield mandate.id
