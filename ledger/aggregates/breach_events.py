"""
What happens to a breach, as it is stored.

The instants that clocks need, and the codes by which a board knows what still runs, stand in clear: they tell of no
person. Everything else is sealed under the breach's own key, which dies some years after the closing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ledger.aggregates.base import (
    REGISTER,
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
from ledger.aggregates.breach_records import (
    Assessed,
    ClockStart,
    Described,
    LinkedBreach,
    Narrated,
    NotificationSent,
    OpinionGiven,
    PeopleDecided,
    PeopleTold,
    ProcessorTold,
    Remedied,
    ScopeAttached,
)
from ledger.aggregates.confirmation import Opinion
from ledger.policies.breach_vocabulary import (
    Assessment,
    BreachEnding,
    BreachLink,
    BreachText,
    Declarant,
    Line,
    LineEnding,
    Occurrence,
    OpinionOn,
    Risk,
    ScopeFigures,
    WhyNotTold,
)
from ledger.policies.vocabulary import ContactMeans
from ledger.rules.cnil import BreachCause, BreachNature, BreachOrigin, FormType, InformationOfPeople

_NARRATIVE = 4608
"""The least length of a box with a narrative, bytes: how much somebody had to say is not told by its length."""


@stored
class BreachSignalled(Created):
    """Somebody signalled what may be a breach; `effective_at` is the first signal."""

    TOPIC = "breach.signalled.1"
    PAD_TO = _NARRATIVE
    house: UUID | None
    effective_at: datetime
    occurrence: Annotated[Fact[Occurrence], Scope.BREACH]
    account: Annotated[Personal[str], Scope.BREACH]
    declarant: Annotated[Personal[Declarant], Scope.BREACH]
    loss: Annotated[Fact[UUID | None], Scope.BREACH]

    def links(self) -> tuple[Link, ...]:
        """Lead from the register to the breach."""
        return (Link(REGISTER, LinkKind.BREACH, self.originator_id),)

    def apply(self, aggregate: Any) -> None:
        """Begin: nothing runs yet."""
        aggregate.house, aggregate.signalled_at = self.house, self.effective_at
        aggregate.recorded_at = self.timestamp
        aggregate.occurrence, aggregate.account = self.occurrence, self.account
        aggregate.declarant, aggregate.loss = self.declarant, self.loss
        aggregate.clocks, aggregate.lines = [], []
        aggregate.descriptions, aggregate.narratives, aggregate.scopes = [], [], []
        aggregate.assessments, aggregate.opinions, aggregate.notifications = [], [], []
        aggregate.people_decisions, aggregate.people_told = [], []
        aggregate.remedies, aggregate.processors = [], []
        aggregate.linked, aggregate.reminders = [], []
        aggregate.ending = aggregate.closed_at = None


@stored
class BreachAware(Event):
    """Somebody of the house had reasonable certainty, at `effective_at`: the first clock runs from there."""

    TOPIC = "breach.aware.1"
    PAD_TO = _NARRATIVE
    effective_at: datetime
    occurrence: Annotated[Fact[Occurrence], Scope.BREACH]
    zone: Annotated[Fact[str], Scope.BREACH]
    territory: Annotated[Fact[str], Scope.BREACH]
    grounds: Annotated[Personal[str], Scope.BREACH]

    def apply(self, aggregate: Any) -> None:
        """Start the first clock, and the two duty lines with it."""
        aggregate.occurrence = self.occurrence
        aggregate.start_clock(ClockStart(self.effective_at, self.timestamp, self.zone, self.territory, self.grounds))


@stored
class BreachAwarenessCorrected(Event):
    """The awareness from which the latest clock runs was recorded wrong; `effective_at` is what it was."""

    TOPIC = "breach.awareness-corrected.1"
    PAD_TO = _NARRATIVE
    effective_at: datetime
    reason: Annotated[Personal[str], Scope.BREACH]

    def apply(self, aggregate: Any) -> None:
        """Let the clock run from the right instant, and keep the wrong one."""
        aggregate.restart_clock(self.effective_at)


@stored
class BreachReopened(Event):
    """New facts change the risk: a new clock runs from `effective_at`, when they were known, and every duty with it."""

    TOPIC = "breach.reopened.1"
    PAD_TO = _NARRATIVE
    effective_at: datetime
    zone: Annotated[Fact[str], Scope.BREACH]
    territory: Annotated[Fact[str], Scope.BREACH]
    facts: Annotated[Personal[str], Scope.BREACH]

    def apply(self, aggregate: Any) -> None:
        """Start another clock; what is open runs on, what was closed runs again."""
        aggregate.ending = aggregate.closed_at = None
        aggregate.start_clock(ClockStart(self.effective_at, self.timestamp, self.zone, self.territory, self.facts))


@stored
class BreachDescribed(Event):
    """What was violated, how, and through whom."""

    TOPIC = "breach.described.1"
    PAD_TO = 512
    natures: Annotated[Fact[tuple[BreachNature, ...]], Scope.BREACH]
    origins: Annotated[Fact[tuple[BreachOrigin, ...]], Scope.BREACH]
    causes: Annotated[Fact[tuple[BreachCause, ...]], Scope.BREACH]

    def apply(self, aggregate: Any) -> None:
        """Add it; the last one counts."""
        aggregate.descriptions.append(Described(self.natures, self.origins, self.causes, self.timestamp))


@stored
class BreachNarrated(Event):
    """One part of the narrative was written."""

    TOPIC = "breach.narrated.1"
    PAD_TO = _NARRATIVE
    part: Annotated[Fact[BreachText], Scope.BREACH]
    text: Annotated[Personal[str], Scope.BREACH]

    def apply(self, aggregate: Any) -> None:
        """Add it; the last one of its part counts."""
        aggregate.narratives.append(Narrated(self.part, self.text, self.timestamp))


@stored
class BreachScoped(Event):
    """What it concerns was measured or estimated."""

    TOPIC = "breach.scoped.1"
    PAD_TO = 2048
    figures: Annotated[Fact[ScopeFigures], Scope.BREACH]

    def apply(self, aggregate: Any) -> None:
        """Add it; the last one counts."""
        aggregate.scopes.append(ScopeAttached(self.figures, self.timestamp))


@stored
class BreachAssessed(Event):
    """The controller's delegate decided what risk it is; `decision` says which."""

    TOPIC = "breach.assessed.1"
    PAD_TO = _NARRATIVE
    decision: Risk
    assessment: Annotated[Fact[Assessment], Scope.BREACH]
    reason: Annotated[Personal[str], Scope.BREACH]

    def apply(self, aggregate: Any) -> None:
        """Add it; the last one counts."""
        aggregate.assessments.append(
            Assessed(aggregate.clock_number, self.decision, self.assessment, self.reason, self.timestamp)
        )


@stored
class BreachAdvised(Event):
    """The data protection officer gave an opinion, or could not be reached; `decision` says on what."""

    TOPIC = "breach.advised.1"
    PAD_TO = _NARRATIVE
    effective_at: datetime
    decision: OpinionOn
    opinion: Annotated[Fact[Opinion], Scope.BREACH]
    officer: Annotated[Fact[UUID | None], Scope.BREACH]
    note: Annotated[Personal[str], Scope.BREACH]

    def apply(self, aggregate: Any) -> None:
        """Add it."""
        aggregate.opinions.append(
            OpinionGiven(
                aggregate.clock_number, self.decision, self.opinion, self.officer, self.note, self.effective_at
            )
        )


@stored
class BreachNotified(Event):
    """A notification was sent to the CNIL at `effective_at`; `decision` is its type."""

    TOPIC = "breach.notified.1"
    PAD_TO = _NARRATIVE
    effective_at: datetime
    decision: FormType
    receipt: Annotated[Fact[str], Scope.BREACH]
    initial: Annotated[Fact[str], Scope.BREACH]
    reasons: Annotated[Personal[str], Scope.BREACH]

    def apply(self, aggregate: Any) -> None:
        """Add it."""
        aggregate.notifications.append(
            NotificationSent(
                aggregate.clock_number, self.decision, self.effective_at, self.receipt, self.initial, self.reasons,
                self.timestamp,
            )
        )  # fmt: skip


@stored
class BreachPeopleDecided(Event):
    """It was decided whether the people are told (GDPR 34); `decision` says so."""

    TOPIC = "breach.people-decided.1"
    PAD_TO = _NARRATIVE
    decision: InformationOfPeople
    why: Annotated[Fact[WhyNotTold | None], Scope.BREACH]
    reason: Annotated[Personal[str], Scope.BREACH]
    due_at: Annotated[Fact[datetime | None], Scope.BREACH]

    def apply(self, aggregate: Any) -> None:
        """Add it; the last one counts."""
        aggregate.people_decisions.append(
            PeopleDecided(aggregate.clock_number, self.decision, self.why, self.reason, self.due_at, self.timestamp)
        )


@stored
class BreachPeopleInformed(Event):
    """People were told, at `effective_at`."""

    TOPIC = "breach.people-informed.1"
    effective_at: datetime
    people: Annotated[Fact[int], Scope.BREACH]
    means: Annotated[Fact[tuple[ContactMeans, ...]], Scope.BREACH]

    def apply(self, aggregate: Any) -> None:
        """Add it."""
        aggregate.people_told.append(PeopleTold(aggregate.clock_number, self.effective_at, self.people, self.means))


@stored
class BreachRemedied(Event):
    """Something was done against it, at `effective_at`."""

    TOPIC = "breach.remedied.1"
    PAD_TO = _NARRATIVE
    effective_at: datetime
    measures: Annotated[Personal[str], Scope.BREACH]

    def apply(self, aggregate: Any) -> None:
        """Add it."""
        aggregate.remedies.append(Remedied(self.effective_at, self.measures))


@stored
class BreachProcessorHeard(Event):
    """A processor of the house told of it, at `effective_at`."""

    TOPIC = "breach.processor-heard.1"
    PAD_TO = 512
    effective_at: datetime
    processor: Annotated[Fact[str], Scope.BREACH]
    aware_at: Annotated[Fact[datetime | None], Scope.BREACH]

    def apply(self, aggregate: Any) -> None:
        """Add it."""
        aggregate.processors.append(ProcessorTold(self.effective_at, self.processor, self.aware_at))


@stored
class BreachLineOpened(Event):
    """A line beside the two duties runs from `effective_at`; `decision` says which."""

    TOPIC = "breach.line-opened.1"
    PAD_TO = 512
    effective_at: datetime
    decision: Line
    about: Annotated[Fact[str], Scope.BREACH]

    def apply(self, aggregate: Any) -> None:
        """Let it run."""
        aggregate.run_line(self.decision, self.effective_at, self.about)


@stored
class BreachLineClosed(Event):
    """A line of duty ended at `effective_at`, for a reason of its own; `decision` says which."""

    TOPIC = "breach.line-closed.1"
    PAD_TO = _NARRATIVE
    effective_at: datetime
    decision: Line
    ending: Annotated[Fact[LineEnding], Scope.BREACH]
    reason: Annotated[Personal[str], Scope.BREACH]
    reference: Annotated[Fact[str], Scope.BREACH]

    def apply(self, aggregate: Any) -> None:
        """End its run."""
        aggregate.end_line(
            self.decision, closed_at=self.effective_at, ending=self.ending, reason=self.reason,
            reference=self.reference,
        )  # fmt: skip


@stored
class BreachClosed(Event):
    """Everything was done; `decision` says whether it was a breach at all. The term of the register runs from here."""

    TOPIC = "breach.closed.1"
    PAD_TO = _NARRATIVE
    decision: BreachEnding
    reason: Annotated[Personal[str], Scope.BREACH]

    def apply(self, aggregate: Any) -> None:
        """Close."""
        aggregate.ending, aggregate.closed_at = self.decision, self.timestamp


@stored
class BreachLinked(Event):
    """It was tied to another breach."""

    TOPIC = "breach.linked.1"
    other: Annotated[Fact[UUID], Scope.BREACH]
    kind: Annotated[Fact[BreachLink], Scope.BREACH]
    leads_to: Annotated[UUID | None, TRANSIENT] = None

    def links(self) -> tuple[Link, ...]:
        """Lead from each of the two to the other."""
        if self.leads_to is None:
            return ()
        own = self.originator_id
        return (
            Link(ScopeInstance(Scope.BREACH, own.hex), LinkKind.BREACH, self.leads_to),
            Link(ScopeInstance(Scope.BREACH, self.leads_to.hex), LinkKind.BREACH, own),
        )

    def apply(self, aggregate: Any) -> None:
        """Add it."""
        aggregate.linked.append(LinkedBreach(self.other, self.kind))
