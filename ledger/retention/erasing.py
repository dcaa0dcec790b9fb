"""
Decide a person's request for erasure: look at all that is kept of them, and say of each item what becomes of it.

What is granted falls due at once and goes by the same path as everything else: the next run destroys it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from ledger.aggregates.base import LinkKind, Scope
from ledger.aggregates.erasure import Erasure, ItemDecided
from ledger.aggregates.subject import Subject
from ledger.policies.erasure import KeepGround, ground_to_keep
from ledger.retention.gathering import Gathered, gather
from ledger.retention.items import KeyItem
from ledger.retention.of_cases import items_of_cases
from ledger.retention.of_people import items_of_people
from ledger.retention.of_proofs import items_of_proofs
from ledger.retention.planner import Action, Facts, plan
from ledger.retention.sources import Claim, Sources
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting, not_future
from ledger.usecases.gate import Judgement, judging
from ledger.usecases.house.days import day_of
from ledger.usecases.ports import Command, Desk, Recorded, own_scope
from ledger.usecases.retention.ports import Disposal
from ledger.usecases.subject.persons import references


@dataclass(frozen=True)
class ItemJudged:
    """One item of a person, and what becomes of it; `kept` is None where it is erased."""

    item: KeyItem
    kept: KeepGround | None


@dataclass(frozen=True)
class Decision:
    """What was decided; `recorded` is None where it was only asked what would be."""

    items: tuple[ItemJudged, ...]
    recorded: Recorded | None
    persons: int


class Erasing:
    """Judges all that is kept of one person."""

    def __init__(self, desk: Desk, disposal: Disposal) -> None:
        self._desk = desk
        self._disposal = disposal

    def preview(self, command: Command, subject: UUID) -> Decision:
        """
        Say what a decision would be, and decide nothing; the look is recorded.

        :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
        :raises NotFound: if nobody bears the reference
        """
        with judging(self._desk, command) as judgement:
            acting(self._desk, judgement).need(Power.DECIDE)
            items = self._judged(judgement, subject, at=command.at)
            judgement.read("erasure.preview", rows=len(items), told=[subject])
        return Decision(items, None, self._persons(command))

    def decide(self, command: Command, subject: UUID, *, received_at: datetime | None = None) -> Decision:
        """
        Decide the request of a person that was received at an instant, item by item (GDPR 17).

        :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller, IN_THE_FUTURE
        :raises NotFound: if nobody bears the reference
        """
        if (done := self._desk.streams.recall(command)) is not None:
            return Decision((), done, self._persons(command))
        with judging(self._desk, command) as judgement:
            acting(self._desk, judgement).need(Power.DECIDE)
            items = self._judged(judgement, subject, at=command.at)
            persons = self._persons(command)
            erasure = Erasure.decide(
                subject,
                tuple(ItemDecided(str(each.item.scope), each.item.category, each.kept) for each in items),
                persons=persons,
                received_at=not_future(received_at or command.at, at=command.at),
            )
            return Decision(items, judgement.commit(erasure), persons)

    def _persons(self, command: Command) -> int:
        return int(self._desk.law.profile.erasure_persons(day_of(command.at)))

    def _judged(self, judgement: Judgement, subject: UUID, *, at: datetime) -> tuple[ItemJudged, ...]:
        self._desk.streams.load(Subject, subject)
        found = gather(self._desk, self._disposal, judgement)
        return tuple(_judge(item, found, at=at) for item in self._items(found.sources, subject))

    def _items(self, sources: Sources, subject: UUID) -> list[KeyItem]:
        people = references(self._desk.streams, subject)
        identities = self._claims(Scope.IDENTITY, people)
        files = sources.disposal.ties_of([key for key, _ in identities])
        procedures = [tie.stream_id for tie in files if tie.kind is LinkKind.PROCEDURE]
        mandates = [tie.stream_id for tie in files if tie.kind is LinkKind.MANDATE]
        found = [
            *items_of_cases(sources, self._claims(Scope.PROCEDURE_TRAIL, procedures)),
            *items_of_proofs(sources, self._claims(Scope.MANDATE, mandates)),
            *items_of_people(sources, identities),
        ]
        return [item for item in found if item.lapses is None]

    def _claims(self, kind: Scope, streams: Sequence[UUID]) -> list[Claim]:
        living = self._disposal.living_of([own_scope(kind, stream) for stream in dict.fromkeys(streams)])
        return [(key, scope) for scope, key in living.items()]


def _judge(item: KeyItem, found: Gathered, *, at: datetime) -> ItemJudged:
    """Ask the planner what would become of an item if it were granted: an authority covers it, or none does."""
    over = item.last_day is not None
    asked = replace(item, requested=True, needed=False, holds=())
    step = next(plan(Facts([asked], found.facts.authorities), at))
    kept = ground_to_keep(
        item.category,
        held=bool(item.holds),
        over=over,
        needed=item.needed,
        due=item.due_at is not None and item.due_at <= at,
        covered=step.action is Action.DESTROY,
    )
    return ItemJudged(item, kept)
