"""What happens to a mandate, as it is stored. All but the instants is sealed under the mandate's own key."""

from __future__ import annotations

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
from ledger.aggregates.mandate_records import ActDone, ActStrike, IdentityCheck, RecordedEnd, SignatureMade, StepTaken
from ledger.policies.mandate_making import Party, Signature
from ledger.policies.mandate_scope import ListedAct, ListedRequest
from ledger.policies.vocabulary import (
    AfterEnd,
    ContactMeans,
    EndDuty,
    EndKind,
    IdentityMethod,
    InformationTopic,
    Mandatary,
    MandateStep,
    PaperPlace,
    SignatureMeans,
    SigningPlace,
    Telling,
    VoidReason,
)


@stored
class MandateDrafted(Created):
    """A mandate was drafted: who gives it, to whom, for what, for how long."""

    TOPIC = "mandate.drafted.1"
    PAD_TO = 6144
    house: UUID
    effective_at: datetime
    parties: Annotated[Fact[tuple[Party, ...]], Scope.MANDATE]
    mandatary: Annotated[Fact[Mandatary], Scope.MANDATE]
    agents: Annotated[Fact[tuple[UUID, ...]], Scope.MANDATE]
    acts: Annotated[Fact[tuple[ListedAct, ...]], Scope.MANDATE]
    requests: Annotated[Fact[tuple[ListedRequest, ...]], Scope.MANDATE]
    term_days: Annotated[Fact[int], Scope.MANDATE]
    persons: Annotated[tuple[UUID, ...], TRANSIENT] = ()

    def links(self) -> tuple[Link, ...]:
        """Lead from everybody who signs to the mandate, and from the mandate to them."""
        own = ScopeInstance(Scope.MANDATE, self.originator_id.hex)
        return tuple(
            link
            for person in self.persons
            for link in (
                Link(ScopeInstance(Scope.IDENTITY, person.hex), LinkKind.MANDATE, self.originator_id),
                Link(own, LinkKind.SUBJECT, person),
            )
        )

    def apply(self, aggregate: Any) -> None:
        """Begin without a step taken."""
        aggregate.house, aggregate.drafted_at = self.house, self.effective_at
        aggregate.parties, aggregate.mandatary, aggregate.agents = self.parties, self.mandatary, self.agents
        aggregate.acts, aggregate.requests, aggregate.term_days = self.acts, self.requests, self.term_days
        aggregate.identities, aggregate.signatures = [], []
        aggregate.acts_done, aggregate.strikes = [], []
        aggregate.partners_found, aggregate.partners_told = [], []
        aggregate.informed_at = aggregate.originals_counted_at = aggregate.started_at = None
        aggregate.topics = aggregate.notice = aggregate.originals = aggregate.paper = None
        aggregate.template = aggregate.ends_at = None
        aggregate.voided_at = aggregate.end = aggregate.accounted_at = None
        aggregate.steps, aggregate.successors = [], []
        _take(aggregate, self, MandateStep.DRAFTED)


@stored
class IdentityVerified(Event):
    """Somebody's identity was verified."""

    TOPIC = "mandate.identity-verified.1"
    effective_at: datetime
    person: Annotated[Fact[UUID], Scope.MANDATE]
    method: Annotated[Fact[IdentityMethod], Scope.MANDATE]

    def apply(self, aggregate: Any) -> None:
        """Add the check."""
        aggregate.identities.append(IdentityCheck(self.person, self.method, self.effective_at))
        _take(aggregate, self, MandateStep.IDENTITY_VERIFIED)


@stored
class MandateInformed(Event):
    """The persons were told how their data are used, their rights, and what will be done."""

    TOPIC = "mandate.informed.1"
    effective_at: datetime
    topics: Annotated[Fact[tuple[InformationTopic, ...]], Scope.MANDATE]
    notice: Annotated[Fact[str], Scope.MANDATE]

    def apply(self, aggregate: Any) -> None:
        """Keep when."""
        aggregate.informed_at, aggregate.topics, aggregate.notice = self.effective_at, self.topics, self.notice
        _take(aggregate, self, MandateStep.INFORMED)


@stored
class MandateSigned(Event):
    """Somebody signed."""

    TOPIC = "mandate.signed.1"
    PAD_TO = 512
    effective_at: datetime
    signature: Annotated[Fact[Signature], Scope.MANDATE]
    means: Annotated[Fact[SignatureMeans], Scope.MANDATE]
    place: Annotated[Fact[SigningPlace], Scope.MANDATE]

    def apply(self, aggregate: Any) -> None:
        """Add the signature."""
        aggregate.signatures.append(SignatureMade(self.signature, self.means, self.place, self.effective_at))
        _take(aggregate, self, MandateStep.SIGNED)


@stored
class OriginalsCounted(Event):
    """The originals were counted; where the house's own is kept, and from which template it was printed."""

    TOPIC = "mandate.originals-counted.1"
    PAD_TO = 512
    effective_at: datetime
    originals: Annotated[Fact[int], Scope.MANDATE]
    paper: Annotated[Fact[PaperPlace], Scope.MANDATE]
    template: Annotated[Fact[str], Scope.MANDATE]
    template_sha256: Annotated[Fact[str], Scope.MANDATE]

    def apply(self, aggregate: Any) -> None:
        """Keep how many, and where."""
        aggregate.originals_counted_at, aggregate.originals = self.effective_at, self.originals
        aggregate.paper, aggregate.template = self.paper, self.template
        _take(aggregate, self, MandateStep.ORIGINALS_COUNTED)


@stored
class MandateStarted(Event):
    """The mandate is complete: it lives until `ends_at`, unless it ends before."""

    TOPIC = "mandate.started.1"
    effective_at: datetime
    ends_at: Annotated[Fact[datetime], Scope.MANDATE]

    def apply(self, aggregate: Any) -> None:
        """Live."""
        aggregate.started_at, aggregate.ends_at = self.effective_at, self.ends_at


@stored
class MandateVoided(Event):
    """The paper has no effect; a new one is drawn up."""

    TOPIC = "mandate.voided.1"
    effective_at: datetime
    reason: Annotated[Fact[VoidReason], Scope.MANDATE]

    def apply(self, aggregate: Any) -> None:
        """Have no effect."""
        aggregate.voided_at = self.effective_at
        _take(aggregate, self, MandateStep.VOIDED)


@stored
class MandateRevoked(Event):
    """The person withdrew the mandate."""

    TOPIC = "mandate.revoked.1"
    PAD_TO = 1024
    effective_at: datetime
    known_at: datetime
    decision: EndDuty | None
    partners: Annotated[Fact[tuple[str, ...]], Scope.MANDATE]
    irregular: Annotated[Fact[tuple[int, ...]], Scope.MANDATE]

    def apply(self, aggregate: Any) -> None:
        """End."""
        _end(aggregate, self, EndKind.REVOKED)


@stored
class MandateRenounced(Event):
    """The house gave the mandate back."""

    TOPIC = "mandate.renounced.1"
    PAD_TO = 1024
    effective_at: datetime
    known_at: datetime
    decision: EndDuty | None
    partners: Annotated[Fact[tuple[str, ...]], Scope.MANDATE]
    irregular: Annotated[Fact[tuple[int, ...]], Scope.MANDATE]

    def apply(self, aggregate: Any) -> None:
        """End."""
        _end(aggregate, self, EndKind.RENOUNCED)


@stored
class MandateEnded(Event):
    """The mandate ended otherwise: by its term, a death, a guardianship, its last act, or another house's mandate."""

    TOPIC = "mandate.ended.1"
    PAD_TO = 1024
    effective_at: datetime
    known_at: datetime
    decision: EndDuty | None
    kind: Annotated[Fact[EndKind], Scope.MANDATE]
    partners: Annotated[Fact[tuple[str, ...]], Scope.MANDATE]
    irregular: Annotated[Fact[tuple[int, ...]], Scope.MANDATE]

    def apply(self, aggregate: Any) -> None:
        """End."""
        _end(aggregate, self, self.kind)


def _end(
    aggregate: Any, event: MandateRevoked | MandateRenounced | MandateEnded, kind: EndKind | Fact[EndKind]
) -> None:
    """Keep the end that binds first; a later word about an end that had come already changes nothing."""
    end = RecordedEnd(kind, event.effective_at, event.known_at, event.timestamp, event.partners, event.irregular)
    if aggregate.end is None or end.binds_at < aggregate.end.binds_at:
        aggregate.end = end
    aggregate.steps.append(StepTaken(MandateStep.ENDED, event.known_at, event.timestamp))


def _take(aggregate: Any, event: Any, step: MandateStep) -> None:
    aggregate.steps.append(StepTaken(step, event.effective_at, event.timestamp))


@stored
class MandateActDone(Event):
    """A listed act was done in the person's name."""

    TOPIC = "mandate.act-done.1"
    PAD_TO = 2048
    effective_at: datetime
    decision: EndDuty | None
    entry: Annotated[Fact[str], Scope.MANDATE]
    act: Annotated[Fact[str], Scope.MANDATE]
    procedure: Annotated[Fact[UUID], Scope.MANDATE]
    partner: Annotated[Fact[str], Scope.MANDATE]
    after_end: Annotated[Fact[AfterEnd | None], Scope.MANDATE]
    reason: Annotated[Personal[str], Scope.MANDATE]

    def apply(self, aggregate: Any) -> None:
        """Add the act."""
        aggregate.acts_done.append(
            ActDone(
                self.entry, self.act, self.procedure, self.partner, self.after_end, self.effective_at, self.timestamp
            )
        )
        _take(aggregate, self, MandateStep.ACT_DONE)


@stored
class MandateActStruck(Event):
    """A listed act was struck: it will not be done."""

    TOPIC = "mandate.act-struck.1"
    effective_at: datetime
    entry: Annotated[Fact[str], Scope.MANDATE]
    act: Annotated[Fact[str], Scope.MANDATE]

    def apply(self, aggregate: Any) -> None:
        """Add the strike."""
        aggregate.strikes.append(ActStrike(self.entry, self.act))
        _take(aggregate, self, MandateStep.ACT_STRUCK)


@stored
class PartnerToTell(Event):
    """Something entered late shows a partner, not known when the end was recorded, that is to be told of it too."""

    TOPIC = "mandate.partner-to-tell.1"
    partner: Annotated[Fact[str], Scope.MANDATE]

    def apply(self, aggregate: Any) -> None:
        """Add the partner."""
        aggregate.partners_found.append(self.partner)


@stored
class PartnerTold(Event):
    """A partner was told of the end: it is bound by it from here on (Code civil 2005)."""

    TOPIC = "mandate.partner-told.1"
    effective_at: datetime
    decision: Telling
    partner: Annotated[Fact[str], Scope.MANDATE]
    means: Annotated[Fact[ContactMeans], Scope.MANDATE]

    def apply(self, aggregate: Any) -> None:
        """Add the partner."""
        aggregate.partners_told.append(self.partner)
        _take(aggregate, self, MandateStep.PARTNER_TOLD)


@stored
class MandateAccounted(Event):
    """The person, or those who come after, were given an account of what was done (Code civil 1993)."""

    TOPIC = "mandate.accounted.1"
    effective_at: datetime
    means: Annotated[Fact[ContactMeans], Scope.MANDATE]

    def apply(self, aggregate: Any) -> None:
        """Keep when."""
        aggregate.accounted_at = self.effective_at
        _take(aggregate, self, MandateStep.ACCOUNTED)


@stored
class SuccessorNoted(Event):
    """The person gave another house a later mandate for the same: this one ends once its house is told of it."""

    TOPIC = "mandate.successor-noted.1"
    house: UUID
    effective_at: datetime
    successor: Annotated[Fact[UUID], Scope.MANDATE]

    def apply(self, aggregate: Any) -> None:
        """Add the later mandate; this one lives on."""
        aggregate.successors.append(self.successor)
