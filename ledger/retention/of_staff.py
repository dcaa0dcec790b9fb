"""Who acted: the agent months that make and read actor tags, agents who left, and contacts whose function ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from ledger.aggregates.agent import Agent
from ledger.aggregates.base import REGISTER, LinkKind, Scope, ScopeInstance
from ledger.aggregates.house import House
from ledger.clock import UTC
from ledger.retention.items import KeyItem
from ledger.retention.of_proofs import months_of_proofs
from ledger.retention.sources import Claim, Sources, stream_of
from ledger.rules.periods import midnight, plus_months
from ledger.rules.retention_terms import Counting, RetentionClass
from ledger.usecases.ports import StreamAt


def month_items(sources: Sources) -> Iterator[KeyItem]:
    """Give every agent month: after its term nobody can tell any more which agent acted."""
    proved: set[str] | None = None
    for claims in sources.claims(Scope.AGENT_MONTH):
        for key, scope in claims:
            first_day = date.fromisoformat(f"{scope.of[-7:]}-01")
            tied = _is_tied_to_proofs(sources, first_day)
            if tied and proved is None:
                proved = months_of_proofs(sources)
            yield _month(sources, key, scope, first_day, needed=tied and scope.of[-7:] in (proved or ()))


def _is_tied_to_proofs(sources: Sources, day: date) -> bool:
    """Say whether the controller keeps the name of who acted as long as the proofs that it supports."""
    row = sources.desk.law.profile.retention_term(RetentionClass.ACTOR_NAME, on=day)
    return bool(row.counting is Counting.WITH_LAST)


def _month(sources: Sources, key: UUID, scope: ScopeInstance, first_day: date, *, needed: bool) -> KeyItem:
    last_day = plus_months(first_day, 1) - timedelta(days=1)
    over_at = midnight(last_day + timedelta(days=1), UTC)
    return KeyItem(
        id=UUID(hex=scope.of.partition(":")[0]),
        category=RetentionClass.ACTOR_NAME,
        first_day=first_day,
        last_day=last_day,
        due_at=sources.due(RetentionClass.ACTOR_NAME, midnight(last_day, UTC), UTC) or over_at,
        restricted=True,
        holds=sources.holding.on(scope),
        needed=needed,
        key_id=key,
        scope=scope,
    )


def agent_items(sources: Sources) -> Iterator[KeyItem]:
    """Give who every agent is; due some time after the departure."""
    for claims in sources.claims(Scope.AGENT):
        yield from items_of_agents(sources, claims)


def items_of_agents(sources: Sources, claims: Sequence[Claim]) -> Iterator[KeyItem]:
    """Give who these agents are."""
    agents = sources.load(Agent, [stream_of(scope) for _, scope in claims])
    for (key, scope), agent in zip(claims, agents, strict=True):
        zone, left_at = sources.zone_of(agent.house), agent.departed_at
        yield KeyItem(
            id=agent.id,
            category=RetentionClass.AGENT,
            first_day=sources.day(agent.enrolled_at, agent.house),
            last_day=None if left_at is None else sources.day(left_at, agent.house),
            due_at=None if left_at is None else sources.due(RetentionClass.AGENT, left_at, zone),
            restricted=True,
            key_id=key,
            scope=scope,
            seen_at=(StreamAt(agent.id, agent.version),),
        )


def contact_items(sources: Sources) -> Iterator[KeyItem]:
    """Give every named contact of every house; due some time after the end of the function."""
    kept = {scope.of: (key, scope) for claims in sources.claims(Scope.HOUSE_CONTACT) for key, scope in claims}
    for house in sources.load(House, sources.desk.streams.linked(REGISTER, LinkKind.HOUSE)):
        zone = sources.zone_of(house.id)
        ends = {sources.opener.known(end.contact): end.ended_at for end in house.contact_ends}
        for contact in house.contacts:
            name = sources.opener.known(contact.contact)
            if name is None or name.hex not in kept:
                continue
            key, scope = kept[name.hex]
            ended_at: datetime | None = ends.get(name)
            yield KeyItem(
                id=name,
                category=RetentionClass.HOUSE_CONTACT,
                first_day=sources.day(contact.named_at, house.id),
                last_day=None if ended_at is None else sources.day(ended_at, house.id),
                due_at=None if ended_at is None else sources.due(RetentionClass.HOUSE_CONTACT, ended_at, zone),
                restricted=True,
                key_id=key,
                scope=scope,
                seen_at=(StreamAt(house.id, house.version),),
            )
