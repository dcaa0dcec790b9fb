"""
The making of a mandate: drafted, identity verified, informed, signed by each party on site, originals counted, live.

Nothing is skipped and nothing comes before its turn (convention 4.6); what was signed out of order is recorded void.
What depends on facts (has everybody signed? is the notice complete?) is decided by the policies, once the gate has
opened them; what depends on the order of steps is decided here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from ledger.aggregates.base import Aggregate, Fact
from ledger.aggregates.mandate_events import (
    IdentityVerified,
    MandateDrafted,
    MandateInformed,
    MandateSigned,
    MandateStarted,
    MandateVoided,
    OriginalsCounted,
)
from ledger.aggregates.mandate_records import ActDone, ActStrike, IdentityCheck, RecordedEnd, SignatureMade, StepTaken
from ledger.policies.mandate_making import Party, Signature, check_instant, check_signing_step, people_to_identify
from ledger.policies.mandate_scope import ListedAct, ListedRequest
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import (
    IdentityMethod,
    InformationTopic,
    Mandatary,
    PaperPlace,
    RefusalCode,
    SignatureMeans,
    SigningPlace,
    VoidReason,
)


class MandateInTheMaking(Aggregate):
    """What a mandate is until it lives; `Mandate` is the whole of it, and the one to load."""

    KIND = "mandate"

    house: UUID
    drafted_at: datetime
    parties: Fact[tuple[Party, ...]]
    mandatary: Fact[Mandatary]
    agents: Fact[tuple[UUID, ...]]
    acts: Fact[tuple[ListedAct, ...]]
    requests: Fact[tuple[ListedRequest, ...]]
    term_days: Fact[int]
    identities: list[IdentityCheck]
    informed_at: datetime | None
    topics: Fact[tuple[InformationTopic, ...]] | None
    notice: Fact[str] | None
    signatures: list[SignatureMade]
    originals_counted_at: datetime | None
    originals: Fact[int] | None
    paper: Fact[PaperPlace] | None
    template: Fact[str] | None
    started_at: datetime | None
    ends_at: Fact[datetime] | None
    voided_at: datetime | None
    end: RecordedEnd | None
    acts_done: list[ActDone]
    strikes: list[ActStrike]
    partners_found: list[Fact[str]]
    partners_told: list[Fact[str]]
    accounted_at: datetime | None
    steps: list[StepTaken]
    """Everything that was written down, in that order."""
    successors: list[Fact[UUID]]

    @classmethod
    def draft(
        cls,
        *,
        house: UUID,
        parties: tuple[Party, ...],
        mandatary: Mandatary,
        agents: tuple[UUID, ...],
        acts: tuple[ListedAct, ...],
        requests: tuple[ListedRequest, ...],
        term_days: int,
        effective_at: datetime,
        recorded_at: datetime,
    ) -> Self:
        """
        Draft a special mandate: precise lists of acts and of requests for data (Code civil 1987, 1989).

        :raises RefusedByRule: NOT_A_SPECIAL_MANDATE if both lists are empty, NOT_A_PARTY if nobody gives it or no agent
            is named where agents should be, IN_THE_FUTURE
        """
        check_instant(effective_at, recorded_at=recorded_at)
        if not acts and not requests:
            raise RefusedByRule(RefusalCode.NOT_A_SPECIAL_MANDATE)
        if not parties or (mandatary is Mandatary.NAMED_AGENTS) != bool(agents):
            raise RefusedByRule(RefusalCode.NOT_A_PARTY)
        return cls.begin(
            MandateDrafted,
            house=house,
            effective_at=effective_at,
            parties=Fact(parties),
            mandatary=Fact(mandatary),
            agents=Fact(agents),
            acts=Fact(acts),
            requests=Fact(requests),
            term_days=Fact(term_days),
            persons=tuple(sorted(people_to_identify(parties))),
        )

    def verify_identity(
        self, person: UUID, method: IdentityMethod, *, effective_at: datetime, recorded_at: datetime
    ) -> None:
        """
        Record that the identity of somebody who signs was verified, by which method (convention 4.6).

        :raises RefusedByRule: WRONG_ORDER once the information was given
        """
        self._must_be_in_the_making()
        self._must_be_in_time(effective_at, recorded_at)
        if self.informed_at is not None:
            raise RefusedByRule(RefusalCode.WRONG_ORDER)
        self.trigger_event(IdentityVerified, effective_at=effective_at, person=Fact(person), method=Fact(method))

    def inform(
        self, topics: tuple[InformationTopic, ...], *, notice: str, effective_at: datetime, recorded_at: datetime
    ) -> None:
        """
        Record that the persons were told, in the words of the notice's version (convention 4.6).

        :raises RefusedByRule: WRONG_ORDER before the identity was verified, or once somebody signed
        """
        self._must_be_in_the_making()
        if not self.identities or self.signatures:
            raise RefusedByRule(RefusalCode.WRONG_ORDER)
        last_check = max(check.effective_at for check in self.identities)
        self._must_be_in_time(effective_at, recorded_at, after=last_check)
        self.trigger_event(MandateInformed, effective_at=effective_at, topics=Fact(topics), notice=Fact(notice))

    def sign(
        self,
        signature: Signature,
        *,
        means: SignatureMeans,
        place: SigningPlace,
        effective_at: datetime,
        recorded_at: datetime,
    ) -> None:
        """
        Record one signature; a person's, a representative's, a curator's or the mandatary's (convention 4.6).

        :raises RefusedByRule: WRONG_ORDER before the information, or at a time before it
        """
        self._must_be_in_the_making()
        check_signing_step(self.identities, informed_at=self.informed_at, counted_at=self.originals_counted_at)
        assert self.informed_at is not None
        self._must_be_in_time(effective_at, recorded_at, after=self.informed_at)
        self.trigger_event(
            MandateSigned, effective_at=effective_at, signature=Fact(signature), means=Fact(means), place=Fact(place)
        )

    def count_originals(
        self,
        counted: int,
        *,
        paper: PaperPlace,
        template: str,
        template_sha256: str,
        effective_at: datetime,
        recorded_at: datetime,
    ) -> None:
        """
        Record how many originals were signed, where the house's own lies, and from which template they come.

        :raises RefusedByRule: WRONG_ORDER before any signature
        """
        self._must_be_in_the_making()
        if not self.signatures or self.originals_counted_at is not None:
            raise RefusedByRule(RefusalCode.WRONG_ORDER)
        self._must_be_in_time(effective_at, recorded_at, after=self._last_signature())
        self.trigger_event(
            OriginalsCounted,
            effective_at=effective_at,
            originals=Fact(counted),
            paper=Fact(paper),
            template=Fact(template),
            template_sha256=Fact(template_sha256),
        )

    def start(self, *, ends_at: datetime, effective_at: datetime, recorded_at: datetime) -> None:
        """
        Let the mandate live until `ends_at`.

        :raises RefusedByRule: WRONG_ORDER before the originals were counted
        """
        self._must_be_in_the_making()
        if self.originals_counted_at is None:
            raise RefusedByRule(RefusalCode.WRONG_ORDER)
        self._must_be_in_time(effective_at, recorded_at, after=self.originals_counted_at)
        self.trigger_event(MandateStarted, effective_at=effective_at, ends_at=Fact(ends_at))

    def void(self, reason: VoidReason, *, effective_at: datetime, recorded_at: datetime) -> None:
        """
        Record that the paper has no effect; a mandate signed in the wrong order is signed again, on a new one.

        :raises RefusedByRule: MANDATE_ALREADY_LIVE once it is complete
        """
        self._must_be_in_the_making()
        check_instant(effective_at, recorded_at=recorded_at)
        self.trigger_event(MandateVoided, effective_at=effective_at, reason=Fact(reason))

    def _last_signature(self) -> datetime:
        return max(signature.effective_at for signature in self.signatures)

    def _must_not_be_void(self) -> None:
        if self.voided_at is not None:
            raise RefusedByRule(RefusalCode.MANDATE_VOID)

    def _must_be_in_the_making(self) -> None:
        self._must_not_be_void()
        if self.end is not None:
            raise RefusedByRule(RefusalCode.MANDATE_ENDED)
        if self.started_at is not None:
            raise RefusedByRule(RefusalCode.MANDATE_ALREADY_LIVE)

    def _must_be_in_time(self, effective_at: datetime, recorded_at: datetime, after: datetime | None = None) -> None:
        check_instant(effective_at, recorded_at=recorded_at, after=after)
        if effective_at < self.drafted_at:
            raise RefusedByRule(RefusalCode.BACKDATED)
