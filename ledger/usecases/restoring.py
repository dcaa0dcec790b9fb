"""
Put a restore on record, and destroy again what the backup brought back: both before anybody can read.

Who restores decides for the controller, by the events that came back. On a new machine nobody may be known by their
account: whoever has the ledger's own account then restores as its operator, who could do anything with its files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import SystemRandom
from uuid import UUID, uuid5

from ledger.aggregates.base import Scope, ScopeInstance
from ledger.aggregates.destruction import Destruction, DestructionReason
from ledger.aggregates.restoration import Restoration, RestoredBy
from ledger.identifiers import new_id
from ledger.rules.profile import Power
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk
from ledger.usecases.retention.ports import Disposal, EventReader

CATEGORIES = {
    Scope.PROCEDURE_DATA: RetentionClass.WORKING_DATA,
    Scope.PROCEDURE_TRAIL: RetentionClass.LOGS,
    Scope.MANDATE: RetentionClass.MANDATE_PROOF,
    Scope.AGENT_MONTH: RetentionClass.ACTOR_NAME,
    Scope.BREACH: RetentionClass.BREACH_REGISTER,
    Scope.REQUEST: RetentionClass.REQUEST_FILE,
    Scope.HOLD: RetentionClass.HOLD_FILE,
    Scope.AGENT: RetentionClass.AGENT,
    Scope.HOUSE_CONTACT: RetentionClass.HOUSE_CONTACT,
    Scope.IDENTITY: RetentionClass.IDENTITY,
}
"""What a tombstone does not say: the class of what a scope holds. Houses and the register are never destroyed."""


@dataclass(frozen=True)
class Gone:
    """A key that the restored events still claim, and that was destroyed: what its tombstone says."""

    key_id: UUID
    scope: ScopeInstance
    reason: str
    authority: str
    batch: UUID


def operator_id(ledger_id: UUID) -> UUID:
    """Give the actor that stands for whoever has the ledger's own account; no agent has this id."""
    return uuid5(ledger_id, "operator")


def record(desk: Desk, command: Command, restoration: Restoration, *, by: RestoredBy) -> None:
    """
    Record a restore, as the first event after those that came back.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor is no operator and does not decide for the controller
    """
    with judging(desk, command, naming=False) as judgement:
        if by is RestoredBy.DELEGATE:
            acting(desk, judgement).need(Power.DECIDE)
        judgement.commit(restoration)


def destroy_again(
    desk: Desk, command: Command, gone: Sequence[Gone], *, disposal: Disposal, events: EventReader
) -> None:
    """
    Fence and record each destruction that the restored events lack; boxes and links go with the record.

    What was fenced when the backup was taken is completed under the facts of that fence.
    """
    fenced = {fence.key_id: fence.position for fence in disposal.pending()}
    fences = events.at(list(fenced.values()))
    begun = {key_id: event.originator_id for key_id, event in zip(fenced, fences, strict=True)}
    for each in SystemRandom().sample(gone, len(gone)):  # so that neighbours in the log are not one person's
        category = CATEGORIES[each.scope.kind]
        authority = _authority(each)
        if each.key_id in begun:
            destruction = desk.streams.load(Destruction, begun[each.key_id])
        else:
            destruction = Destruction.fence(
                key_id=each.key_id,
                category=category,
                authority=authority,
                run=each.batch,
                reason=DestructionReason(each.reason),
            )
            disposal.fence(_step(command), destruction, scopes=(each.scope,))
        destruction.complete(category=category, authority=authority, run=each.batch)
        disposal.complete(_step(command), destruction, keys=(each.key_id,))


def _authority(gone: Gone) -> UUID:
    """Give the authority that a tombstone names; where it is no stream, its batch stands for it."""
    try:
        return UUID(gone.authority)
    except ValueError:
        return gone.batch


def _step(command: Command) -> Command:
    return replace(command, id=new_id(), request=b"")
