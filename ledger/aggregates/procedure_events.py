"""What happens to a procedure, as it is stored: facts under its trail's key, kept values under its data's key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ledger.aggregates.base import (
    TRANSIENT,
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
from ledger.policies.vocabulary import (
    ContactMeans,
    DisclosureGround,
    DisclosureMoment,
    DisclosureReview,
    EndDuty,
    Gateway,
    GatewayShown,
    Mission,
    Mode,
    OutcomeCode,
)


@dataclass(frozen=True)
class Transmission:
    """What was sent, to whom, under what."""

    recipient: Fact[str]
    fields: Fact[tuple[str, ...]]
    act: Fact[str]
    mandate: Fact[UUID | None]
    effective_at: datetime
    recorded_at: datetime


@dataclass(frozen=True)
class ActOfProcedure:
    """One act done in the procedure."""

    act: Fact[str]
    mode: Fact[Mode]
    mandate: Fact[UUID | None]
    effective_at: datetime
    recorded_at: datetime


NOTE = "note"
"""What a note is kept under, where a value stands under the code of its field."""


@dataclass(frozen=True)
class KeptValue:
    """A note, or a value that the entry lets the house keep, and under which field."""

    field: Fact[str]
    value: Personal[str]
    mandate: Fact[UUID | None]
    recorded_at: datetime


@dataclass(frozen=True)
class Circumstances:
    """How something was done: by which gateway, by whom, under whom, with which express consents."""

    gateway: Gateway
    mode: Mode = Mode.ASSIST
    mandate: UUID | None = None
    present: bool = True
    supervisor: UUID | None = None
    consented: tuple[str, ...] = ()

    @property
    def shown(self) -> GatewayShown:
        """What the header of the event tells of the gateway."""
        return self.gateway.shown

    def fields(self) -> dict[str, Any]:
        """Give the sealed fields of the event that records it."""
        return {
            "through": Fact(self.gateway),
            "mode": Fact(self.mode),
            "mandate": Fact(self.mandate),
            "present": Fact(self.present),
            "supervisor": Fact(self.supervisor),
            "consented": Fact(self.consented),
        }


@stored
class ProcedureOpened(Created):
    """A procedure was opened for a person, or for nobody in particular: a visit for information."""

    TOPIC = "procedure.opened.1"
    PAD_TO = 2048
    house: UUID
    effective_at: datetime
    entry: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    partner: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    mission: Annotated[Fact[Mission], Scope.PROCEDURE_TRAIL]
    mode: Annotated[Fact[Mode], Scope.PROCEDURE_TRAIL]
    present: Annotated[Fact[bool], Scope.PROCEDURE_TRAIL]
    informed: Annotated[Fact[bool], Scope.PROCEDURE_TRAIL]
    anonymous: Annotated[Fact[bool], Scope.PROCEDURE_TRAIL]
    person: Annotated[Fact[UUID | None], Scope.PROCEDURE_TRAIL]
    subject: Annotated[UUID | None, TRANSIENT] = None

    def links(self) -> tuple[Link, ...]:
        """
        Lead from the person to the procedure, and back.

        Links serve queries and can be lost; whose case it is stands in the box, as `person`.
        """
        if self.subject is None:
            return ()
        return (
            Link(ScopeInstance(Scope.IDENTITY, self.subject.hex), LinkKind.PROCEDURE, self.originator_id),
            Link(ScopeInstance(Scope.PROCEDURE_TRAIL, self.originator_id.hex), LinkKind.SUBJECT, self.subject),
        )

    def apply(self, aggregate: Any) -> None:
        """Begin open, with nothing done."""
        aggregate.house, aggregate.opened_at = self.house, self.effective_at
        aggregate.last_contact_at = self.effective_at
        aggregate.entry, aggregate.partner, aggregate.mission = self.entry, self.partner, self.mission
        aggregate.mode, aggregate.present, aggregate.informed = self.mode, self.present, self.informed
        aggregate.anonymous = self.anonymous
        aggregate.mandates, aggregate.values, aggregate.acts, aggregate.transmissions = [], [], [], []
        aggregate.disclosures, aggregate.disclosed_at = 0, None
        aggregate.ended_at = aggregate.outcome = aggregate.restricted_at = None


@stored
class MandateAttached(Event):
    """A mandate was attached: it is judged by this stream which mandates a procedure has."""

    TOPIC = "procedure.mandate-attached.1"
    mandate: Annotated[Fact[UUID], Scope.PROCEDURE_TRAIL]
    attached: Annotated[UUID | None, TRANSIENT] = None

    def links(self) -> tuple[Link, ...]:
        """Lead from the mandate to the procedures that it serves."""
        if self.attached is None:
            return ()
        return (Link(ScopeInstance(Scope.MANDATE, self.attached.hex), LinkKind.PROCEDURE, self.originator_id),)

    def apply(self, aggregate: Any) -> None:
        """Add the mandate."""
        aggregate.mandates.append(self.mandate)


@stored
class DataKept(Event):
    """
    Something of the person was stored here: a note, or, which is the exception, a value; the entry says why.

    Few entries keep a value, and any procedure may have a note, so both are one event and look alike. How it came
    to be kept (gateway, mode, presence) is told of a value; a note opens nothing.
    """

    TOPIC = "procedure.data-kept.1"
    PAD_TO = 2048
    through: Annotated[Fact[Gateway | None], Scope.PROCEDURE_TRAIL]
    field: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    mode: Annotated[Fact[Mode | None], Scope.PROCEDURE_TRAIL]
    mandate: Annotated[Fact[UUID | None], Scope.PROCEDURE_TRAIL]
    present: Annotated[Fact[bool | None], Scope.PROCEDURE_TRAIL]
    supervisor: Annotated[Fact[UUID | None], Scope.PROCEDURE_TRAIL]
    consented: Annotated[Fact[tuple[str, ...]], Scope.PROCEDURE_TRAIL]
    value: Annotated[Personal[str], Scope.PROCEDURE_DATA]

    def apply(self, aggregate: Any) -> None:
        """Add it."""
        aggregate.values.append(KeptValue(self.field, self.value, self.mandate, self.timestamp))


@stored
class ProcedureActDone(Event):
    """An act was done: by the person, helped, or in the person's name."""

    TOPIC = "procedure.act-done.1"
    PAD_TO = 1024
    effective_at: datetime
    gateway: GatewayShown
    through: Annotated[Fact[Gateway], Scope.PROCEDURE_TRAIL]
    act: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    mode: Annotated[Fact[Mode], Scope.PROCEDURE_TRAIL]
    mandate: Annotated[Fact[UUID | None], Scope.PROCEDURE_TRAIL]
    present: Annotated[Fact[bool], Scope.PROCEDURE_TRAIL]
    supervisor: Annotated[Fact[UUID | None], Scope.PROCEDURE_TRAIL]
    consented: Annotated[Fact[tuple[str, ...]], Scope.PROCEDURE_TRAIL]

    def apply(self, aggregate: Any) -> None:
        """Add the act."""
        aggregate.acts.append(ActOfProcedure(self.act, self.mode, self.mandate, self.effective_at, self.timestamp))


@stored
class ProcedureTransmitted(Event):
    """Data were sent to a recipient of the catalogue. The procedure is not resolved by that."""

    TOPIC = "procedure.transmitted.1"
    PAD_TO = 2048
    effective_at: datetime
    decision: EndDuty | None
    gateway: GatewayShown
    through: Annotated[Fact[Gateway], Scope.PROCEDURE_TRAIL]
    recipient: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    fields: Annotated[Fact[tuple[str, ...]], Scope.PROCEDURE_TRAIL]
    act: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    mode: Annotated[Fact[Mode], Scope.PROCEDURE_TRAIL]
    mandate: Annotated[Fact[UUID | None], Scope.PROCEDURE_TRAIL]
    present: Annotated[Fact[bool], Scope.PROCEDURE_TRAIL]
    supervisor: Annotated[Fact[UUID | None], Scope.PROCEDURE_TRAIL]
    consented: Annotated[Fact[tuple[str, ...]], Scope.PROCEDURE_TRAIL]
    reference: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    commercial: Annotated[Fact[bool], Scope.PROCEDURE_TRAIL]
    consent: Annotated[Fact[bool], Scope.PROCEDURE_TRAIL]
    information: Annotated[Fact[bool], Scope.PROCEDURE_TRAIL]
    because: Annotated[Personal[str], Scope.PROCEDURE_TRAIL]

    def apply(self, aggregate: Any) -> None:
        """Add the transmission."""
        aggregate.transmissions.append(
            Transmission(self.recipient, self.fields, self.act, self.mandate, self.effective_at, self.timestamp)
        )


@stored
class ProcedureDisclosed(Event):
    """Data were given because a text requires or allows it, outside the catalogue."""

    TOPIC = "procedure.disclosed.1"
    PAD_TO = 4096
    effective_at: datetime
    decision: DisclosureReview
    moment: Annotated[Fact[DisclosureMoment], Scope.PROCEDURE_TRAIL]
    through: Annotated[Fact[Gateway], Scope.PROCEDURE_TRAIL]
    ground: Annotated[Fact[DisclosureGround], Scope.PROCEDURE_TRAIL]
    text: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    reference: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    recipient: Annotated[Fact[str], Scope.PROCEDURE_TRAIL]
    fields: Annotated[Fact[tuple[str, ...]], Scope.PROCEDURE_TRAIL]
    decided_by: Annotated[Fact[UUID | None], Scope.PROCEDURE_TRAIL]
    note: Annotated[Personal[str], Scope.PROCEDURE_TRAIL]

    def apply(self, aggregate: Any) -> None:
        """Count it, and keep when the latest was."""
        aggregate.disclosures += 1
        aggregate.disclosed_at = max(aggregate.disclosed_at or self.effective_at, self.effective_at)


@stored
class PersonContacted(Event):
    """The person themselves got in touch: what keeps a procedure from being dormant."""

    TOPIC = "procedure.contacted.1"
    effective_at: datetime
    means: Annotated[Fact[ContactMeans], Scope.PROCEDURE_TRAIL]

    def apply(self, aggregate: Any) -> None:
        """Keep the latest."""
        aggregate.last_contact_at = max(aggregate.last_contact_at, self.effective_at)


@stored
class ProcedureResolved(Event):
    """The person has an outcome; the kept values are due."""

    TOPIC = "procedure.resolved.1"
    effective_at: datetime
    outcome: Annotated[Fact[OutcomeCode], Scope.PROCEDURE_TRAIL]

    def apply(self, aggregate: Any) -> None:
        """End."""
        aggregate.ended_at, aggregate.outcome = self.effective_at, self.outcome


@stored
class ProcedureAbandoned(Event):
    """The procedure was left, for a reason of the closed list."""

    TOPIC = "procedure.abandoned.1"
    effective_at: datetime
    outcome: Annotated[Fact[OutcomeCode], Scope.PROCEDURE_TRAIL]

    def apply(self, aggregate: Any) -> None:
        """End."""
        aggregate.ended_at, aggregate.outcome = self.effective_at, self.outcome


@stored
class ProcedureReopened(Event):
    """The end was undone before anything was destroyed."""

    TOPIC = "procedure.reopened.1"
    effective_at: datetime

    def apply(self, aggregate: Any) -> None:
        """Go on."""
        aggregate.ended_at = aggregate.outcome = None


@stored
class ProcedureRestricted(Event):
    """The data are past their term and wait for an authority: no agent reads them."""

    TOPIC = "procedure.restricted.1"
    effective_at: datetime

    def apply(self, aggregate: Any) -> None:
        """Close to agents."""
        aggregate.restricted_at = self.effective_at
