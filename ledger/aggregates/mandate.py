"""
A mandate: made step by step, then live, worked under, and ended.

The stream shows when each step happened and nothing else; who, for what and until when are facts. What depends on them
(is this act listed?) is decided by the policies on facts that the gate has opened; what depends on the order of steps
is decided here, and in `mandate_making` until the mandate lives.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ledger.aggregates.base import Event, Fact, Personal, Scope
from ledger.aggregates.mandate_events import (
    MandateAccounted,
    MandateActDone,
    MandateActStruck,
    MandateEnded,
    MandateRenounced,
    MandateRevoked,
    PartnerTold,
    PartnerToTell,
    SuccessorNoted,
)
from ledger.aggregates.mandate_making import MandateInTheMaking
from ledger.policies.mandate_life import DECLARED_BY_NOBODY, duty_of_end
from ledger.policies.mandate_making import check_instant
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import (
    AfterEnd,
    ContactMeans,
    EndDuty,
    EndKind,
    RefusalCode,
    Telling,
)


class Mandate(MandateInTheMaking):
    """A power given by one or more persons, through whoever signs for them, to a house or to named agents."""

    KIND = "mandate"
    DIES_WITH = Scope.MANDATE

    @property
    def is_live(self) -> bool:
        """Whether it was completed, and nothing is recorded that ended it; its term may be over all the same."""
        return self.started_at is not None and self.end is None

    @property
    def may_have_effect(self) -> bool:
        """Whether it lives, or may still come to live: nothing on record ended it or made it void."""
        return self.end is None and self.voided_at is None

    @property
    def over_at(self) -> datetime | None:
        """From when nothing may be done under it, as far as is recorded: its end, or the paper's being void."""
        return self.voided_at if self.end is None else self.end.binds_at

    def revoke(
        self,
        *,
        effective_at: datetime,
        known_at: datetime,
        recorded_at: datetime,
        partners: Sequence[str] = (),
        worked_at: Sequence[datetime] = (),
    ) -> None:
        """
        End the mandate by the person's will, from `effective_at` on.

        A person may withdraw at any time and need not say why (convention 4.6, Code civil 2004), so nothing gates this.
        Acts done before `known_at` stand (Code civil 2008); those done after are marked for review.

        :raises RefusedByRule: MANDATE_ALREADY_ENDED if it had ended before
        """
        self._end(MandateRevoked, effective_at, known_at, recorded_at, partners=partners, worked_at=worked_at)

    def renounce(
        self,
        *,
        effective_at: datetime,
        known_at: datetime,
        recorded_at: datetime,
        partners: Sequence[str] = (),
        worked_at: Sequence[datetime] = (),
    ) -> None:
        """
        End the mandate by the house's will; `known_at` is when the person was told (Code civil 2007).

        :raises RefusedByRule: MANDATE_ALREADY_ENDED if it had ended before
        """
        self._end(MandateRenounced, effective_at, known_at, recorded_at, partners=partners, worked_at=worked_at)

    def end_by(
        self,
        kind: EndKind,
        *,
        effective_at: datetime,
        known_at: datetime,
        recorded_at: datetime,
        partners: Sequence[str] = (),
        worked_at: Sequence[datetime] = (),
    ) -> None:
        """
        End the mandate by its term, a death, a guardianship, its last act or a later mandate (Code civil 2003, 2006).

        A death or a guardianship that came before the draft was unknown to whoever drew it up: the mandate ends from
        its draft on, rather than live because nobody could say so.

        :raises RefusedByRule: MANDATE_ALREADY_ENDED if it had ended before
        """
        if kind in DECLARED_BY_NOBODY:
            effective_at = max(effective_at, self.drafted_at)
        self._end(
            MandateEnded,
            effective_at,
            known_at,
            recorded_at,
            partners=partners,
            worked_at=worked_at,
            last_act=kind is EndKind.EXHAUSTED,
            kind=Fact(kind),
        )

    def do_act(
        self,
        entry: str,
        act: str,
        *,
        procedure: UUID,
        partner: str,
        effective_at: datetime,
        recorded_at: datetime,
        after_end: AfterEnd | None = None,
        reason: str = "",
    ) -> None:
        """
        Record that a listed act was done in the person's name; one done once the end was known opens a review.

        :raises RefusedByRule: MANDATE_NOT_LIVE before the mandate is complete, or at a time before it was,
            MANDATE_ENDED without a ground, or once the end was on record
        """
        self._must_not_be_void()
        if self.started_at is None or effective_at < self.started_at:
            raise RefusedByRule(RefusalCode.MANDATE_NOT_LIVE)
        check_instant(effective_at, recorded_at=recorded_at)
        irregular = after_end is AfterEnd.IRREGULAR
        barred_from = None if self.end is None else self.end.recorded_at if irregular else self.end.effective_at
        if barred_from is not None and effective_at >= barred_from and (irregular or after_end is None):
            raise RefusedByRule(RefusalCode.MANDATE_ENDED)
        self.trigger_event(
            MandateActDone,
            effective_at=effective_at,
            decision=EndDuty.REVIEW_ACTS if irregular else None,
            entry=Fact(entry),
            act=Fact(act),
            procedure=Fact(procedure),
            partner=Fact(partner),
            after_end=Fact(after_end),
            reason=Personal(reason),
        )

    def strike_act(self, entry: str, act: str, *, effective_at: datetime, recorded_at: datetime) -> None:
        """
        Record that a listed act will not be done.

        :raises RefusedByRule: MANDATE_NOT_LIVE, or MANDATE_ENDED
        """
        self._must_not_be_void()
        if not self.is_live:
            raise RefusedByRule(RefusalCode.MANDATE_ENDED if self.end else RefusalCode.MANDATE_NOT_LIVE)
        check_instant(effective_at, recorded_at=recorded_at)
        self.trigger_event(MandateActStruck, effective_at=effective_at, entry=Fact(entry), act=Fact(act))

    def find_partner(self, partner: str) -> None:
        """
        Record that a partner is to be told of the end too: what was done with it is entered after the end was.

        :raises RefusedByRule: NOT_ENDED while the mandate has no end to tell of
        """
        if self.end is None:
            raise RefusedByRule(RefusalCode.NOT_ENDED)
        self.trigger_event(PartnerToTell, partner=Fact(partner))

    def note_successor(self, successor: UUID, *, effective_at: datetime) -> None:
        """Keep that the person gave another house a later mandate for the same, which this house is to be told."""
        self.trigger_event(SuccessorNoted, house=self.house, effective_at=effective_at, successor=Fact(successor))

    def tell_partner(
        self, partner: str, *, means: ContactMeans, all_told: bool, effective_at: datetime, recorded_at: datetime
    ) -> None:
        """
        Record that a partner was told of the end (Code civil 2005).

        :raises RefusedByRule: NOT_ENDED while the mandate has no end to tell of
        """
        if self.end is None:
            raise RefusedByRule(RefusalCode.NOT_ENDED)
        check_instant(effective_at, recorded_at=recorded_at)
        self.trigger_event(
            PartnerTold,
            effective_at=effective_at,
            decision=Telling.ALL_TOLD if all_told else Telling.SOME_LEFT,
            partner=Fact(partner),
            means=Fact(means),
        )

    def account(self, *, means: ContactMeans, effective_at: datetime, recorded_at: datetime) -> None:
        """
        Record that an account of the mission was given (Code civil 1993).

        :raises RefusedByRule: MANDATE_NOT_LIVE if it never lived, so that there is nothing to account for
        """
        self._must_not_be_void()
        if self.started_at is None:
            raise RefusedByRule(RefusalCode.MANDATE_NOT_LIVE)
        check_instant(effective_at, recorded_at=recorded_at)
        self.trigger_event(MandateAccounted, effective_at=effective_at, means=Fact(means))

    def _end(
        self,
        event_class: type[Event],
        effective_at: datetime,
        known_at: datetime,
        recorded_at: datetime,
        *,
        partners: Sequence[str],
        worked_at: Sequence[datetime],
        last_act: bool = False,
        **fields: object,
    ) -> None:
        self._must_not_be_void()
        check_instant(known_at, recorded_at=recorded_at)
        binds_at = max(effective_at, known_at)
        if self.end is not None and self.end.binds_at <= binds_at:
            raise RefusedByRule(RefusalCode.MANDATE_ALREADY_ENDED)
        if effective_at < self.drafted_at:
            raise RefusedByRule(RefusalCode.BACKDATED)

        def is_irregular(at: datetime) -> bool:
            return at > binds_at if last_act else at >= binds_at

        irregular = tuple(number for number, act in enumerate(self.acts_done) if is_irregular(act.effective_at))
        to_review = bool(irregular) or any(map(is_irregular, worked_at))
        self.trigger_event(
            event_class,
            effective_at=effective_at,
            known_at=known_at,
            decision=duty_of_end(partners=bool(partners), irregular=to_review),
            partners=Fact(tuple(partners)),
            irregular=Fact(irregular),
            **fields,
        )
