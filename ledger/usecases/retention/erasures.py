"""Requests for erasure once they are decided: confirm, answer, list, and what they let go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.aggregates.base import REGISTER, LinkKind
from ledger.aggregates.erasure import Erasure, ItemDecided
from ledger.errors import Refused
from ledger.policies.authority import may_see_holds
from ledger.policies.vocabulary import ContactMeans
from ledger.rules.profile import Power
from ledger.translation import mark
from ledger.usecases.agent.acting import acting, not_future
from ledger.usecases.gate import FactOpener, judging
from ledger.usecases.ports import Command, Desk, Recorded


class SecondPersonNeeded(Refused):
    """Whoever decided an erasure does not confirm it."""

    sentence = mark("An erasure is confirmed by somebody else than whoever decided it.")
    advice = mark("Ask another delegate of the controller.")


@dataclass(frozen=True)
class ErasureShown:
    """One request on a page; `items` is empty, and `subject` None, once the file's own term is over."""

    id: UUID
    subject: UUID | None
    items: tuple[ItemDecided, ...]
    received_at: datetime
    decided_at: datetime
    waits: bool
    """Whether a second person has yet to confirm it: until then nothing goes."""
    answered_at: datetime | None

    @property
    def going(self) -> int:
        """How many items are erased."""
        return sum(item.kept is None for item in self.items)


def all_erasures(desk: Desk) -> list[Erasure]:
    """Give every request, in the order in which they were decided."""
    ids = desk.streams.linked(REGISTER, LinkKind.ERASURE)
    found = desk.streams.load_all([(Erasure, id_) for id_ in ids])
    return [erasure for erasure in found if isinstance(erasure, Erasure)]


def granted(opener: FactOpener, erasures: Iterable[Erasure]) -> frozenset[str]:
    """Give the scopes, as text, whose erasure was granted by as many people as it takes."""
    return frozenset(
        item.scope
        for erasure in erasures
        if not _waits(opener, erasure)
        for item in opener.known(erasure.items) or ()
        if item.kept is None
    )


def confirm(desk: Desk, command: Command, erasure_id: UUID) -> Recorded:
    """
    Confirm a decision, as the second person that the profile asks for.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises SecondPersonNeeded: if the actor is who decided
    :raises ErasureConfirmed: if it was confirmed before
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.DECIDE)
        erasure = desk.streams.load(Erasure, erasure_id)
        if desk.acts.began(erasure.id, by=command.actor):
            raise SecondPersonNeeded
        erasure.confirm()
        return judgement.commit(erasure)


def answer(
    desk: Desk, command: Command, erasure_id: UUID, *, means: ContactMeans, effective_at: datetime | None = None
) -> Recorded:
    """
    Record that the person was told what became of each item; the term of the request's file runs from here.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises ErasureAnswered: if it was recorded before
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.DECIDE)
        erasure = desk.streams.load(Erasure, erasure_id)
        erasure.answer(means, effective_at=not_future(effective_at or command.at, at=command.at))
        return judgement.commit(erasure)


def show(desk: Desk, command: Command) -> list[ErasureShown]:
    """
    List every request for erasure; the page is itself recorded.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither decides nor audits
    """
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.allow(may_see_holds(actor.powers), Power.DECIDE, Power.READ_JOURNAL)
        found = [_shown(judgement, erasure) for erasure in all_erasures(desk)]
        judgement.read("erasure.list", rows=len(found))
    return found


def _shown(opener: FactOpener, erasure: Erasure) -> ErasureShown:
    return ErasureShown(
        id=erasure.id,
        subject=opener.known(erasure.subject),
        items=opener.known(erasure.items) or (),
        received_at=erasure.received_at,
        decided_at=erasure.decided_at,
        waits=_waits(opener, erasure),
        answered_at=erasure.answered_at,
    )


def _waits(opener: FactOpener, erasure: Erasure) -> bool:
    return erasure.confirmed_at is None and (opener.known(erasure.persons) or 1) > 1
