"""Declare what may be a breach: anyone enrolled does, with as little as they know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from ledger.aggregates.base import Aggregate
from ledger.aggregates.breach import Breach
from ledger.aggregates.duty import Discharge, Duty, DutyKind, duty_id
from ledger.aggregates.loss import Loss
from ledger.errors import NotFound
from ledger.policies.breach_vocabulary import (
    NOBODY_NAMED,
    CategoryCount,
    Declarant,
    Line,
    Occurrence,
    ScopeBasis,
    ScopeFigures,
)
from ledger.rules.cnil import BreachCause, BreachNature, BreachOrigin, DataCategory
from ledger.rules.personal_numbers import screen_narrative, screen_note
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import Acting, acting
from ledger.usecases.breach.case import place_of
from ledger.usecases.gate import judging
from ledger.usecases.ports import BoxRef, Command, Desk, Recorded


@dataclass(frozen=True)
class Kinds:
    """What was violated, how and through whom, as far as it is known."""

    natures: tuple[BreachNature, ...] = ()
    origins: tuple[BreachOrigin, ...] = ()
    causes: tuple[BreachCause, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known."""
        return not (self.natures or self.origins or self.causes)


@dataclass(frozen=True)
class Estimate:
    """How many people and records somebody thinks are concerned, and which data."""

    people: int | None = None
    records: int | None = None
    categories: tuple[DataCategory, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known."""
        return self.people is None and self.records is None and not self.categories

    def figures(self, *, as_of: datetime) -> ScopeFigures:
        """Give it in the form in which a breach keeps it."""
        counts = tuple(CategoryCount(each, self.people or 0, self.records or 0) for each in self.categories)
        return ScopeFigures(ScopeBasis.ESTIMATED, as_of, self.people, self.records, counts)


@dataclass(frozen=True, repr=False)
class Awareness:
    """Since when there is reasonable certainty, and what makes it certain."""

    aware_at: datetime
    grounds: str = ""


@dataclass(frozen=True, repr=False)
class ByProcessor:
    """That a processor of the house told, when, and since when it was aware itself."""

    processor: str
    told_at: datetime
    aware_at: datetime | None = None


@dataclass(frozen=True, repr=False)
class Declaration:
    """What is known of a breach when it is declared."""

    signalled_at: datetime
    occurrence: Occurrence
    account: str
    declarant: Declarant = NOBODY_NAMED
    house: UUID | None = None
    loss: UUID | None = None
    awareness: Awareness | None = None
    kinds: Kinds = Kinds()
    estimate: Estimate = Estimate()
    by_processor: ByProcessor | None = None
    attack_known_at: datetime | None = None
    """Since when it is known that a system was attacked; the complaint for the insurance is counted from here."""


def declare(desk: Desk, command: Command, declaration: Declaration) -> Recorded:
    """
    Declare a breach, in one step with all that is known of it; the clock runs from the awareness, if there is one.

    Whoever is enrolled declares it, in whatever role and for whatever house: nobody should have to ask.

    :raises NotEnrolled: if the actor is not
    :raises NotFound: if there is no such loss or house
    :raises NoteRefused: if a narrative holds a social security number, or is too long
    :raises LedgerError: what `Breach.signal` and `Breach.become_aware` raise
    """
    _screen(declaration)
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        house = declaration.house or command.house
        zone, territory = place_of(desk, judgement, house)
        breach = _signalled(declaration, house, at=command.at)
        if declaration.awareness is not None:
            breach.become_aware(
                declaration.awareness.aware_at, occurrence=declaration.occurrence, zone=zone, territory=territory,
                grounds=declaration.awareness.grounds, at=command.at,
            )  # fmt: skip
        return judgement.commit(breach, *_discharged(desk, actor, command, declaration.loss))


def _signalled(told: Declaration, house: UUID | None, *, at: datetime) -> Breach:
    breach = Breach.signal(
        house=house, signalled_at=told.signalled_at, occurrence=told.occurrence, account=told.account,
        declarant=told.declarant, loss=told.loss, at=at,
    )  # fmt: skip
    if told.by_processor is not None:
        heard = told.by_processor
        breach.hear_processor(heard.processor, told_at=heard.told_at, processor_aware_at=heard.aware_at, at=at)
    if not told.kinds.is_empty:
        kinds = told.kinds
        breach.describe(natures=kinds.natures, origins=kinds.origins, causes=kinds.causes)
    if not told.estimate.is_empty:
        breach.attach_scope(told.estimate.figures(as_of=at))
    if told.attack_known_at is not None:
        breach.open_line(Line.INSURANCE, runs_from=told.attack_known_at, about="", in_use=True, at=at)
    return breach


def _screen(declaration: Declaration) -> None:
    screen_narrative(declaration.account)
    screen_note(declaration.declarant.name)
    screen_note(declaration.declarant.contact)
    if declaration.awareness is not None:
        screen_narrative(declaration.awareness.grounds)
    if declaration.by_processor is not None:
        screen_note(declaration.by_processor.processor)


def _discharged(desk: Desk, actor: Acting, command: Command, loss_id: UUID | None) -> list[Aggregate]:
    """
    Close the duty to qualify the loss that is declared here: it is qualified as a breach.

    That is a decision of the controller's (GDPR 38(6)): where an agent declares, the duty stays open for it.
    """
    if loss_id is None:
        return []
    loss = desk.streams.load(Loss, loss_id)
    duty = duty_id(cast("BoxRef", loss.kind.box).place.event_id, DutyKind.QUALIFY_LOSS)
    if Power.DECIDE not in actor.powers or _is_closed(desk, duty):
        return []
    return [
        Duty.discharge(
            duty, kind=DutyKind.QUALIFY_LOSS, how=Discharge.DONE, house=command.house, effective_at=command.at
        )
    ]


def _is_closed(desk: Desk, duty: UUID) -> bool:
    try:
        desk.streams.load(Duty, duty)
    except NotFound:
        return False
    return True
