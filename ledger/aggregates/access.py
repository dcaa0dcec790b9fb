"""
An access: one look, or one counter session of looks, at named fields; granted or refused, later reviewed.

The record is durable before anything is opened. Which fields, where and under which mandate are sealed under the trail
of the procedure, whose boxes all have one length; the header shows the decision, and whether a mandate opened it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from ledger.aggregates.base import (
    TRANSIENT,
    Aggregate,
    Created,
    Event,
    Fact,
    Link,
    LinkKind,
    Personal,
    Scope,
    ScopeInstance,
    stored,
)
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import (
    AccessDecision,
    Asked,
    Gateway,
    GatewayShown,
    Mode,
    Place,
    RefusalCode,
    ReviewResult,
    Role,
)

_REVIEWERS = frozenset({Role.DPO, Role.DELEGATE})


@dataclass(frozen=True)
class Look:
    """What somebody asked to look at."""

    procedure: UUID
    fields: tuple[str, ...]
    place: Place
    mode: Mode
    present: bool
    informed: bool = False
    """Whether the person, who is here, was informed (GDPR 13)."""
    consented: tuple[str, ...] = ()
    """The fields whose use the person expressly agreed to (GDPR 9(2)(a))."""
    act: str = ""
    data_request: str = ""
    reference: str = ""
    supervisor: UUID | None = None
    for_partner: str = ""
    """The local partner on whose behalf it was asked; such a look is always refused."""
    asked: Asked = Asked.LOOK
    recipient: str = ""
    """Who the data were to go to, where that was asked."""
    because: str = ""
    """Why an act begun before the person's death could not wait (Code civil 1991)."""


class Access(Aggregate):
    """One access. Its stream hangs on the trail of its procedure and dies with it."""

    KIND = "access"
    DIES_WITH = Scope.PROCEDURE_TRAIL

    house: UUID
    granted: bool
    gateway: GatewayShown | None
    """Whether a mandate opened it; through which gateway is sealed with the trail."""
    recorded_at: datetime
    procedure: Fact[UUID]
    mandate: Fact[UUID | None]
    fields: Fact[tuple[str, ...]]
    place: Fact[Place]
    mode: Fact[Mode]
    act: Fact[str]
    reviews: list[ReviewResult]
    reviewed_at: datetime | None

    @classmethod
    def grant(
        cls, look: Look, *, house: UUID, gateway: Gateway, mandate: UUID | None, reference: str, until: datetime
    ) -> Self:
        """Record that a look is allowed, through one gateway with its reference, for a session until `until`."""
        return cls.begin(
            AccessGranted,
            house=house,
            decision=AccessDecision.GRANTED,
            gateway=gateway.shown,
            through=Fact(gateway),
            mandate=Fact(mandate),
            until=Fact(until),
            **_facts(look, reference),
        )

    @classmethod
    def refuse(cls, look: Look, *, house: UUID, refusal: RefusalCode) -> Self:
        """Record that a look is refused; the header shows a code that does not tell procedures apart."""
        return cls.begin(
            AccessRefused, house=house, decision=refusal.shown, refusal=Fact(refusal), **_facts(look, look.reference)
        )

    @property
    def is_flagged(self) -> bool:
        """Whether the last review left something to be dealt with."""
        return bool(self.reviews) and self.reviews[-1] is ReviewResult.FLAGGED

    def review(self, result: ReviewResult, *, roles: frozenset[Role], procedure: UUID, note: str = "") -> None:
        """
        Record what a reviewer concluded; the officer audits, the controller's delegate decides (GDPR 38, 39).

        :raises RefusedByRule: ROLE_NOT_ALLOWED for anybody else
        """
        if not roles & _REVIEWERS:
            raise RefusedByRule(RefusalCode.ROLE_NOT_ALLOWED)
        self._review(result, procedure, note)

    def flag_irregular(self, *, procedure: UUID) -> None:
        """Mark for review an access under a mandate whose end was known by then; nobody's judgement is needed."""
        self._review(ReviewResult.FLAGGED, procedure, "")

    def _review(self, result: ReviewResult, procedure: UUID, note: str) -> None:
        self.trigger_event(
            AccessReviewed, house=self.house, decision=result, note=Personal(note), of_procedure=procedure
        )


def _facts(look: Look, reference: str) -> dict[str, Any]:
    return {
        "procedure": Fact(look.procedure),
        "fields": Fact(look.fields),
        "place": Fact(look.place),
        "mode": Fact(look.mode),
        "present": Fact(look.present),
        "informed": Fact(look.informed),
        "consented": Fact(look.consented),
        "act": Fact(look.act),
        "data_request": Fact(look.data_request),
        "reference": Fact(reference),
        "supervisor": Fact(look.supervisor),
        "for_partner": Fact(look.for_partner),
        "asked": Fact(look.asked),
        "recipient": Fact(look.recipient),
        "because": Personal(look.because),
        "of_procedure": look.procedure,
    }


def _trail(procedure: UUID | None) -> Mapping[Scope, str]:
    return {} if procedure is None else {Scope.PROCEDURE_TRAIL: procedure.hex}


def _from_trail(procedure: UUID | None, access: UUID) -> tuple[Link, ...]:
    if procedure is None:
        return ()
    return (Link(ScopeInstance(Scope.PROCEDURE_TRAIL, procedure.hex), LinkKind.ACCESS, access),)


@stored
class AccessGranted(Created):
    """A look was allowed."""

    TOPIC = "access.granted.1"
    PAD_TO = 2048
    house: UUID
    decision: AccessDecision
    gateway: GatewayShown
    through: Annotated[Fact[Gateway], Scope.PROCEDURE_TRAIL]
    procedure: Annotated[Fact[UUID], Scope.PROCEDURE_TRAIL]
    fields: Annotated[Fact[tuple[str, ...]], Scope.PROCEDURE_TRAIL]
    place: Annotated[Fact[Place], Scope.PROCEDURE_TRAIL]
    mode: Annotated[Fact[Mode], Scope.PROCEDURE_TRAIL]
    present: Annotated[Fact[bool], Scope.PROCEDURE_TRAIL]
    informed: Annotated[Fact[bool], Scope.PROCEDURE_TRAIL]
    consented: Annotated[Fact[tuple[str, ...]], Scope.PROCEDURE_TRAIL]
    act: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    data_request: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    reference: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    supervisor: Annotated[Fact[UUID | None], Scope.PROCEDURE_TRAIL]
    for_partner: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    asked: Annotated[Fact[Asked], Scope.PROCEDURE_TRAIL]
    recipient: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    because: Annotated[Personal[str], Scope.PROCEDURE_TRAIL]
    mandate: Annotated[Fact[UUID | None], Scope.PROCEDURE_TRAIL]
    until: Annotated[Fact[datetime], Scope.PROCEDURE_TRAIL]
    of_procedure: Annotated[UUID | None, TRANSIENT] = None

    def scope_instances(self) -> Mapping[Scope, str]:
        """Put the facts under the trail of the procedure."""
        return _trail(self.of_procedure)

    def links(self) -> tuple[Link, ...]:
        """Lead from the trail of the procedure to this access."""
        return _from_trail(self.of_procedure, self.originator_id)

    def apply(self, aggregate: Access) -> None:
        """Keep what was allowed."""
        aggregate.house, aggregate.granted, aggregate.gateway = self.house, True, self.gateway
        aggregate.procedure, aggregate.fields, aggregate.place = self.procedure, self.fields, self.place
        aggregate.mode, aggregate.mandate = self.mode, self.mandate
        aggregate.act, aggregate.recorded_at = self.act, self.timestamp
        aggregate.reviews, aggregate.reviewed_at = [], None


@stored
class AccessRefused(Created):
    """A look was refused, or something that takes one: to keep a value, to act, to send or to give data."""

    TOPIC = "access.refused.1"
    PAD_TO = 2048
    house: UUID
    decision: RefusalCode
    refusal: Annotated[Fact[RefusalCode], Scope.PROCEDURE_TRAIL]
    procedure: Annotated[Fact[UUID], Scope.PROCEDURE_TRAIL]
    fields: Annotated[Fact[tuple[str, ...]], Scope.PROCEDURE_TRAIL]
    place: Annotated[Fact[Place], Scope.PROCEDURE_TRAIL]
    mode: Annotated[Fact[Mode], Scope.PROCEDURE_TRAIL]
    present: Annotated[Fact[bool], Scope.PROCEDURE_TRAIL]
    informed: Annotated[Fact[bool], Scope.PROCEDURE_TRAIL]
    consented: Annotated[Fact[tuple[str, ...]], Scope.PROCEDURE_TRAIL]
    act: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    data_request: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    reference: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    supervisor: Annotated[Fact[UUID | None], Scope.PROCEDURE_TRAIL]
    for_partner: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    asked: Annotated[Fact[Asked], Scope.PROCEDURE_TRAIL]
    recipient: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    because: Annotated[Personal[str], Scope.PROCEDURE_TRAIL]
    of_procedure: Annotated[UUID | None, TRANSIENT] = None

    def scope_instances(self) -> Mapping[Scope, str]:
        """Put the facts under the trail of the procedure."""
        return _trail(self.of_procedure)

    def links(self) -> tuple[Link, ...]:
        """Lead from the trail of the procedure to this refusal."""
        return _from_trail(self.of_procedure, self.originator_id)

    def apply(self, aggregate: Access) -> None:
        """Keep what was refused."""
        aggregate.house, aggregate.granted, aggregate.gateway = self.house, False, None
        aggregate.procedure, aggregate.fields, aggregate.place = self.procedure, self.fields, self.place
        aggregate.mode, aggregate.mandate = self.mode, Fact(None)
        aggregate.act, aggregate.recorded_at = self.act, self.timestamp
        aggregate.reviews, aggregate.reviewed_at = [], None


@stored
class AccessReviewed(Event):
    """An access was cleared or flagged."""

    TOPIC = "access.reviewed.1"
    PAD_TO = 2048
    house: UUID
    decision: ReviewResult
    note: Annotated[Personal[str], Scope.PROCEDURE_TRAIL]
    of_procedure: Annotated[UUID | None, TRANSIENT] = None

    def scope_instances(self) -> Mapping[Scope, str]:
        """Put the note under the trail of the procedure."""
        return _trail(self.of_procedure)

    def apply(self, aggregate: Access) -> None:
        """Add the review."""
        aggregate.reviews.append(self.decision)
        aggregate.reviewed_at = self.timestamp
