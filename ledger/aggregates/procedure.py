"""
A procedure: one case opened for a person with a partner, until the person has an outcome.

Values are stored only where the entry says why, and are never needed to open, work or resolve. Sent to the partner is
not resolved. An end can be undone until its data are destroyed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from ledger.aggregates.base import Aggregate, Fact, Personal, Scope
from ledger.aggregates.procedure_events import (
    NOTE,
    ActOfProcedure,
    Circumstances,
    DataKept,
    KeptValue,
    MandateAttached,
    PersonContacted,
    ProcedureAbandoned,
    ProcedureActDone,
    ProcedureDisclosed,
    ProcedureOpened,
    ProcedureReopened,
    ProcedureResolved,
    ProcedureRestricted,
    ProcedureTransmitted,
    Transmission,
)
from ledger.policies.mandate_making import check_instant
from ledger.policies.outcomes import abandons, resolves
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import (
    ContactMeans,
    DisclosureGround,
    DisclosureMoment,
    EndDuty,
    Gateway,
    Mission,
    Mode,
    OutcomeCode,
    RefusalCode,
)


class Procedure(Aggregate):
    """One case. Which entry, partner and mission it is of are facts; whose it is, a link."""

    KIND = "procedure"
    DIES_WITH = Scope.PROCEDURE_TRAIL

    house: UUID
    opened_at: datetime
    entry: Fact[str]
    partner: Fact[str]
    mission: Fact[Mission]
    mode: Fact[Mode]
    present: Fact[bool]
    informed: Fact[bool]
    anonymous: Fact[bool]
    mandates: list[Fact[UUID]]
    values: list[KeptValue]
    acts: list[ActOfProcedure]
    transmissions: list[Transmission]
    disclosures: int
    disclosed_at: datetime | None
    last_contact_at: datetime
    ended_at: datetime | None
    outcome: Fact[OutcomeCode] | None
    restricted_at: datetime | None

    @classmethod
    def open_for(
        cls,
        subject: UUID | None,
        *,
        house: UUID,
        entry: str,
        partner: str,
        mission: Mission,
        mode: Mode,
        present: bool,
        informed: bool,
        note: str,
        effective_at: datetime,
        recorded_at: datetime,
    ) -> Self:
        """
        Open a procedure for a person, or for nobody: a visit without identity is for information (convention 2.1).

        :raises RefusedByRule: ANONYMOUS_VISIT if more than information is to be done for nobody, IN_THE_FUTURE
        """
        check_instant(effective_at, recorded_at=recorded_at)
        if subject is None and (mission is not Mission.INFORM or mode is not Mode.ASSIST):
            raise RefusedByRule(RefusalCode.ANONYMOUS_VISIT)
        opened = cls.begin(
            ProcedureOpened,
            house=house,
            effective_at=effective_at,
            entry=Fact(entry),
            partner=Fact(partner),
            mission=Fact(mission),
            mode=Fact(mode),
            present=Fact(present),
            informed=Fact(informed),
            anonymous=Fact(subject is None),
            person=Fact(subject),
            subject=subject,
        )
        if note:
            opened.keep_note(note)
        return opened

    @property
    def is_closed(self) -> bool:
        """Whether it was resolved or abandoned."""
        return self.ended_at is not None

    @property
    def is_restricted(self) -> bool:
        """Whether its data are past their term."""
        return self.restricted_at is not None

    def attach_mandate(self, mandate: UUID) -> None:
        """
        Let a mandate serve this procedure; which ones do is read from this stream and nowhere else.

        :raises RefusedByRule: PROCEDURE_CLOSED, RESTRICTED
        """
        self._must_go_on()
        self.trigger_event(MandateAttached, mandate=Fact(mandate), attached=mandate)

    def keep_value(self, field: str, value: str, how: Circumstances) -> None:
        """
        Store a value that the entry lets the house keep; a later one for the same field takes its place.

        :raises RefusedByRule: PROCEDURE_CLOSED, RESTRICTED
        """
        self._must_go_on()
        self.trigger_event(DataKept, field=Fact(field), value=Personal(value), **how.fields())

    def keep_note(self, note: str) -> None:
        """
        Store a note of the house's work for the person, which goes with the working data.

        :raises RefusedByRule: PROCEDURE_CLOSED, RESTRICTED
        """
        self._must_go_on()
        self.trigger_event(
            DataKept,
            through=Fact(None),
            field=Fact(NOTE),
            mode=Fact(None),
            mandate=Fact(None),
            present=Fact(None),
            supervisor=Fact(None),
            consented=Fact(()),
            value=Personal(note),
        )

    def do_act(self, act: str, how: Circumstances, *, effective_at: datetime, recorded_at: datetime) -> None:
        """
        Record that an act was done, by the person helped or in the person's name.

        :raises RefusedByRule: PROCEDURE_CLOSED, RESTRICTED, BACKDATED before the opening
        """
        self._must_go_on()
        self._must_be_in_time(effective_at, recorded_at)
        self.trigger_event(
            ProcedureActDone, effective_at=effective_at, gateway=how.shown, act=Fact(act), **how.fields()
        )

    def transmit(
        self,
        recipient: str,
        how: Circumstances,
        *,
        fields: tuple[str, ...],
        act: str,
        reference: str,
        commercial: bool,
        consent: bool,
        information: bool,
        irregular: bool = False,
        because: str = "",
        effective_at: datetime,
        recorded_at: datetime,
    ) -> None:
        """
        Record that data went to a recipient of the catalogue; the procedure stays open (preamble of the convention).

        :raises RefusedByRule: PROCEDURE_CLOSED, RESTRICTED, BACKDATED before the opening
        """
        self._must_go_on()
        self._must_be_in_time(effective_at, recorded_at)
        self.trigger_event(
            ProcedureTransmitted,
            effective_at=effective_at,
            decision=EndDuty.REVIEW_ACTS if irregular else None,
            gateway=how.shown,
            recipient=Fact(recipient),
            fields=Fact(fields),
            act=Fact(act),
            reference=Fact(reference),
            commercial=Fact(commercial),
            consent=Fact(consent),
            information=Fact(information),
            because=Personal(because),
            **how.fields(),
        )

    def disclose(
        self,
        recipient: str,
        *,
        ground: DisclosureGround,
        moment: DisclosureMoment,
        text: str,
        reference: str,
        fields: tuple[str, ...],
        decided_by: UUID | None,
        note: str,
        effective_at: datetime,
        recorded_at: datetime,
    ) -> None:
        """
        Record a disclosure outside the catalogue; an end of the procedure does not bar what a text requires.

        :raises RefusedByRule: BACKDATED before the opening, IN_THE_FUTURE
        """
        self._must_be_in_time(effective_at, recorded_at)
        self.trigger_event(
            ProcedureDisclosed,
            effective_at=effective_at,
            decision=moment.review,
            moment=Fact(moment),
            through=Fact(Gateway.LEGAL_EXCHANGE),
            ground=Fact(ground),
            text=Fact(text),
            reference=Fact(reference),
            recipient=Fact(recipient),
            fields=Fact(fields),
            decided_by=Fact(decided_by),
            note=Personal(note),
        )

    def contact(self, means: ContactMeans, *, note: str, effective_at: datetime, recorded_at: datetime) -> None:
        """
        Record that the person got in touch, which an agent's or a job's reading is not (CNIL social reference 2021).

        :raises RefusedByRule: PROCEDURE_CLOSED, RESTRICTED, BACKDATED before the opening
        """
        self._must_go_on()
        self._must_be_in_time(effective_at, recorded_at)
        self.trigger_event(PersonContacted, effective_at=effective_at, means=Fact(means))
        if note:
            self.keep_note(note)

    def resolve(self, outcome: OutcomeCode, *, mission: Mission, effective_at: datetime, recorded_at: datetime) -> None:
        """
        Record the person's outcome; `mission` is the procedure's own, opened by the gate.

        :raises RefusedByRule: OUTCOME_DOES_NOT_FIT, PROCEDURE_CLOSED, RESTRICTED
        """
        self._must_go_on()
        self._must_be_in_time(effective_at, recorded_at)
        if not resolves(outcome, mission):
            raise RefusedByRule(RefusalCode.OUTCOME_DOES_NOT_FIT)
        self.trigger_event(ProcedureResolved, effective_at=effective_at, outcome=Fact(outcome))

    def abandon(self, outcome: OutcomeCode, *, effective_at: datetime, recorded_at: datetime) -> None:
        """
        Leave the procedure for a reason of the closed list.

        :raises RefusedByRule: OUTCOME_DOES_NOT_FIT, PROCEDURE_CLOSED, RESTRICTED
        """
        self._must_go_on()
        self._must_be_in_time(effective_at, recorded_at)
        if not abandons(outcome):
            raise RefusedByRule(RefusalCode.OUTCOME_DOES_NOT_FIT)
        self.trigger_event(ProcedureAbandoned, effective_at=effective_at, outcome=Fact(outcome))

    def undo_end(self, *, effective_at: datetime) -> None:
        """
        Go on with a procedure that was resolved or abandoned too soon; until the run that destroys its data.

        :raises RefusedByRule: NOT_RESOLVED if it goes on anyway, RESTRICTED
        """
        self._must_not_be_restricted()
        if self.ended_at is None:
            raise RefusedByRule(RefusalCode.NOT_RESOLVED)
        self.trigger_event(ProcedureReopened, effective_at=effective_at)

    def restrict(self, *, effective_at: datetime) -> None:
        """
        Close the data to every agent: their term is reached, and no authority covers their destruction yet.

        :raises RefusedByRule: RESTRICTED if that is so already
        """
        self._must_not_be_restricted()
        self.trigger_event(ProcedureRestricted, effective_at=effective_at)

    def _must_go_on(self) -> None:
        self._must_not_be_restricted()
        if self.is_closed:
            raise RefusedByRule(RefusalCode.PROCEDURE_CLOSED)

    def _must_not_be_restricted(self) -> None:
        if self.is_restricted:
            raise RefusedByRule(RefusalCode.RESTRICTED)

    def _must_be_in_time(self, effective_at: datetime, recorded_at: datetime) -> None:
        check_instant(effective_at, recorded_at=recorded_at)
        if effective_at < self.opened_at:
            raise RefusedByRule(RefusalCode.BACKDATED)
