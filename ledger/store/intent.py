"""What one commit wants written, worked out once however often it is tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast
from uuid import UUID

from ledger.aggregates.base import Aggregate, Event, ScopeInstance
from ledger.clock import in_utc
from ledger.identifiers import short
from ledger.store.append import AnswerToKeep, Batch
from ledger.store.failures import StreamMovedOn
from ledger.store.header import instant
from ledger.store.mapper import NewEvent, command_tag, draft_of
from ledger.usecases.ports import Command, Guard, ScopeOpen, ScopeQuiet, StreamAt


class Intent:
    """The pending events of some aggregates, with all that must hold for them to be written."""

    def __init__(
        self,
        command: Command,
        aggregates: Sequence[Aggregate],
        *,
        actor_scope: ScopeInstance,
        guards: Iterable[Guard] = (),
        outcome: str = "OK",
        fences: Iterable[ScopeInstance] = (),
        destroyed: Iterable[UUID] = (),
        pruned: Mapping[UUID, int] | None = None,
    ) -> None:
        self.command = command
        self.outcome = outcome
        self.aggregates = [aggregate for aggregate in aggregates if aggregate.pending_events]
        self.streams = tuple(dict.fromkeys([aggregate.id for aggregate in self.aggregates]))
        self.actor_scope = str(actor_scope)
        pending = [cast("Event", event) for each in self.aggregates for event in each.pending_events]
        self.drafts = [draft_of(event, self.actor_scope) for event in pending]
        self._fences = [str(scope) for scope in fences]
        self._guards = tuple(guards)
        self._destroyed = tuple(destroyed)
        self._pruned = pruned or {}
        touched = [scope for draft in self.drafts for scope in draft.scopes]
        self.scopes = list(dict.fromkeys([*touched, self.actor_scope, *self._fences]))
        """Every scope that needs a key."""

    def batch(
        self, events: Sequence[NewEvent], keys: Mapping[str, UUID], fresh: Mapping[str, UUID], request_tag: bytes
    ) -> Batch:
        """Make the batch of these events, written from the drafts with these keys."""
        command = self.command
        guarded = [str(guard.scope) for guard in self._guards if isinstance(guard, ScopeOpen)]
        return Batch(
            events=events,
            claims=fresh,
            fences={scope: keys[scope] for scope in self._fences},
            open_scopes=[*self.scopes, *guarded],
            versions=self._versions(),
            quiet={str(guard.scope): guard.upto for guard in self._guards if isinstance(guard, ScopeQuiet)},
            destroyed=self._destroyed,
            pruned=self._pruned,
            answer=AnswerToKeep(command_tag(command.id), request_tag, self.outcome, instant(command.at)),
        )

    @property
    def deletes(self) -> bool:
        """Whether boxes or headers go with it."""
        return bool(self._destroyed or self._pruned)

    def settle(self) -> None:
        """Tell the aggregates that their events are recorded, and when."""
        moment = in_utc(self.command.at)
        for aggregate in self.aggregates:
            if aggregate.pending_events[0].originator_version == aggregate.INITIAL_VERSION:
                aggregate._created_on = moment  # noqa: SLF001  # the library offers no other way to stamp it
            aggregate.modified_on = moment
            aggregate.pending_events.clear()

    def _versions(self) -> dict[UUID, int]:
        """Say at which version each written and each guarded stream must still stand."""
        versions = {each.id: each.pending_events[0].originator_version - 1 for each in self.aggregates}
        for guard in self._guards:
            if isinstance(guard, StreamAt) and versions.setdefault(guard.stream_id, guard.version) != guard.version:
                raise StreamMovedOn(reference=short(guard.stream_id))
        return versions
