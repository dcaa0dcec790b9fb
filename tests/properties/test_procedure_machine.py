"""Procedures as Hypothesis drives them, against a model: open or not, restricted or not, what was done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ledger.aggregates.procedure import Procedure
from ledger.aggregates.procedure_events import Circumstances
from ledger.policies.outcomes import abandons, resolves
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import ContactMeans, Gateway, Mission, Mode, OutcomeCode, RefusalCode

NINE = datetime(2026, 6, 9, 9, 0, tzinfo=UTC)
ALINE, HOUSE = UUID(int=1), UUID(int=2)
HERE = Circumstances(Gateway.PRESENCE)
OUTCOMES = st.sampled_from(sorted(OutcomeCode))


class ProcedureMachine(RuleBasedStateMachine):
    """The model: how it stands, how often each thing was done, and the last time that the person got in touch."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = 0
        self.ended = self.restricted = False
        self.kept: list[str] = []
        self.sent = self.done = 0
        self.mandates: list[UUID] = []
        self.last_contact = 0

    @initialize(mission=st.sampled_from(sorted(Mission)))
    def open(self, mission: Mission) -> None:
        """Open it for a person."""
        self.mission = mission
        self.procedure = Procedure.open_for(
            ALINE, house=HOUSE, entry="A", partner="cnaf", mission=mission, mode=Mode.ASSIST, present=True,
            informed=True, note="", effective_at=NINE, recorded_at=NINE,
        )  # fmt: skip

    @rule(minutes=st.integers(min_value=0, max_value=600))
    def wait(self, minutes: int) -> None:
        """Let time pass."""
        self.clock += minutes

    @rule(mandate=st.uuids(version=4))
    def attach(self, mandate: UUID) -> None:
        """Attach a mandate."""
        if self._agrees(self._over(), lambda: self.procedure.attach_mandate(mandate)):
            self.mandates.append(mandate)

    @rule(field=st.sampled_from(("no.caf", "no.ft")))
    def keep(self, field: str) -> None:
        """Keep a value."""
        if self._agrees(self._over(), lambda: self.procedure.keep_value(field, "17", HERE)):
            self.kept.append(field)

    @rule(ago=st.one_of(st.just(0), st.integers(min_value=-3, max_value=900)))
    def send(self, ago: int) -> None:
        """Send data to a recipient."""
        said = self.clock - ago
        if self._agrees(self._over() or self._in_time(said), lambda: self._send(said)):
            self.sent += 1

    @rule(ago=st.one_of(st.just(0), st.integers(min_value=-3, max_value=900)))
    def act(self, ago: int) -> None:
        """Do an act."""
        said = self.clock - ago
        if self._agrees(self._over() or self._in_time(said), lambda: self._act(said)):
            self.done += 1

    @rule(ago=st.one_of(st.just(0), st.integers(min_value=-3, max_value=900)))
    def hear_from_the_person(self, ago: int) -> None:
        """Hear from the person."""
        said = self.clock - ago
        call = lambda: self.procedure.contact(  # noqa: E731
            ContactMeans.PHONE, note="", effective_at=_at(said), recorded_at=_at(self.clock)
        )
        if self._agrees(self._over() or self._in_time(said), call):
            self.last_contact = max(self.last_contact, said)

    @rule(outcome=OUTCOMES)
    def resolve(self, outcome: OutcomeCode) -> None:
        """Record an outcome."""
        misfit = None if resolves(outcome, self.mission) else RefusalCode.OUTCOME_DOES_NOT_FIT
        call = lambda: self.procedure.resolve(  # noqa: E731
            outcome, mission=self.mission, effective_at=_at(self.clock), recorded_at=_at(self.clock)
        )
        self.ended = self._agrees(self._over() or misfit, call) or self.ended

    @rule(outcome=OUTCOMES)
    def abandon(self, outcome: OutcomeCode) -> None:
        """Leave it."""
        misfit = None if abandons(outcome) else RefusalCode.OUTCOME_DOES_NOT_FIT
        call = lambda: self.procedure.abandon(  # noqa: E731
            outcome, effective_at=_at(self.clock), recorded_at=_at(self.clock)
        )
        self.ended = self._agrees(self._over() or misfit, call) or self.ended

    @rule()
    def undo(self) -> None:
        """Undo its end."""
        expected = RefusalCode.RESTRICTED if self.restricted else None if self.ended else RefusalCode.NOT_RESOLVED
        if self._agrees(expected, lambda: self.procedure.undo_end(effective_at=_at(self.clock))):
            self.ended = False

    @rule(sure=st.integers(min_value=0, max_value=9))
    def restrict(self, sure: int) -> None:
        """Restrict it, now and then."""
        if sure:
            return
        expected = RefusalCode.RESTRICTED if self.restricted else None
        if self._agrees(expected, lambda: self.procedure.restrict(effective_at=_at(self.clock))):
            self.restricted = True

    @invariant()
    def the_model_agrees(self) -> None:
        """Compare the procedure with the model."""
        procedure = self.procedure
        assert procedure.is_closed == self.ended
        assert procedure.is_restricted == self.restricted
        assert [value.field.expose() for value in procedure.values] == self.kept
        assert [mandate.expose() for mandate in procedure.mandates] == self.mandates
        assert (len(procedure.transmissions), len(procedure.acts)) == (self.sent, self.done)
        assert procedure.last_contact_at == _at(self.last_contact)

    @invariant()
    def sending_and_doing_never_ends_it(self) -> None:
        """Only an outcome ends a procedure."""
        topics = [type(event).TOPIC for event in self.procedure.pending_events]  # type: ignore[attr-defined]
        ends = topics.count("procedure.resolved.1") + topics.count("procedure.abandoned.1")
        assert ends - topics.count("procedure.reopened.1") == int(self.ended)

    def _over(self) -> RefusalCode | None:
        if self.restricted:
            return RefusalCode.RESTRICTED
        return RefusalCode.PROCEDURE_CLOSED if self.ended else None

    def _in_time(self, said: int) -> RefusalCode | None:
        if said > self.clock:
            return RefusalCode.IN_THE_FUTURE
        return RefusalCode.BACKDATED if said < 0 else None

    def _agrees(self, expected: RefusalCode | None, call: Callable[[], None]) -> bool:
        """Make a call; say whether it was taken, once it is known that the model says the same."""
        before = self.procedure.version
        try:
            call()
        except RefusedByRule as refused:
            found: RefusalCode | None = refused.refusal
        else:
            found = None
        assert found is expected
        assert (self.procedure.version == before) == (found is not None)
        return found is None

    def _send(self, said: int) -> None:
        self.procedure.transmit(
            "caf", HERE, fields=("id.civil",), act="", reference="", commercial=False, consent=False, information=False,
            effective_at=_at(said), recorded_at=_at(self.clock),
        )  # fmt: skip

    def _act(self, said: int) -> None:
        self.procedure.do_act(
            "A:do", HERE, effective_at=_at(said), recorded_at=_at(self.clock)
        )  # fmt: skip


def _at(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


TestProcedureMachine = ProcedureMachine.TestCase
TestProcedureMachine.settings = settings(max_examples=150, stateful_step_count=40)
