"""Mandates as Hypothesis drives them, in any order and at any time, against a model kept as if on paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ledger.aggregates.mandate import Mandate
from ledger.policies.mandate_making import Party, Signature
from ledger.policies.mandate_scope import ListedAct
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import (
    AfterEnd,
    ContactMeans,
    EndKind,
    IdentityMethod,
    InformationTopic,
    Mandatary,
    PaperPlace,
    RefusalCode,
    Signatory,
    SignatureMeans,
    SigningPlace,
    VoidReason,
)

NINE = datetime(2026, 6, 9, 9, 0, tzinfo=UTC)
ALINE, HOUSE, CASE = UUID(int=1), UUID(int=2), UUID(int=3)
AGO = st.one_of(st.just(0), st.integers(min_value=-3, max_value=20))
"""How long ago something happened, minutes; what is to come is negative."""
ENDS = (EndKind.DEATH, EndKind.GUARDIANSHIP, EndKind.SUPERSEDED, EndKind.EXPIRED)
GROUNDS = (None, *(ground for ground in AfterEnd if ground is not AfterEnd.IRREGULAR))
"""An irregular act is judged by the instant that the store stamps on the end; the integration tests play it."""
UNDECLARED = {EndKind.DEATH, EndKind.GUARDIANSHIP}
"""What neither party declares: one that came before the draft counts from the draft on."""


class MandateMachine(RuleBasedStateMachine):
    """
    The model keeps minutes on paper: when each step was taken, when each act was done, which ends were told.

    The clock moves on by itself; what is said to have happened may lie before or after it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.clock = 0
        self.checked: list[int] = []
        self.informed: int | None = None
        self.signed: list[int] = []
        self.counted: int | None = None
        self.started: int | None = None
        self.void = False
        self.ends: list[tuple[int, int]] = []
        self.acts: list[int] = []

    @initialize()
    def draft(self) -> None:
        """Draft at nine o'clock."""
        self.mandate = Mandate.draft(
            house=HOUSE, parties=(Party(ALINE),), mandatary=Mandatary.HOUSE, agents=(),
            acts=(ListedAct("A", "A:do", recurring=True),), requests=(), term_days=1,
            effective_at=NINE, recorded_at=NINE,
        )  # fmt: skip

    @rule(minutes=st.integers(min_value=0, max_value=30))
    def wait(self, minutes: int) -> None:
        """Let time pass."""
        self.clock += minutes

    @rule(ago=AGO)
    def verify_identity(self, ago: int) -> None:
        """Verify the identity."""
        said = self.clock - ago
        expected = self._making() or self._in_time(said) or (_ORDER if self.informed is not None else None)
        if self._agrees(expected, lambda: self._verify(said)):
            self.checked.append(said)

    @rule(ago=AGO)
    def inform(self, ago: int) -> None:
        """Inform the person."""
        said = self.clock - ago
        out_of_order = _ORDER if not self.checked or self.signed else None
        expected = self._making() or out_of_order or self._in_time(said, after=max(self.checked, default=0))
        if self._agrees(expected, lambda: self._inform(said)):
            self.informed = said

    @rule(ago=AGO)
    def sign(self, ago: int) -> None:
        """Have the person sign."""
        said = self.clock - ago
        out_of_order = _ORDER if self.informed is None or self.counted is not None else None
        expected = self._making() or out_of_order or self._in_time(said, after=self.informed)
        if self._agrees(expected, lambda: self._sign(said)):
            self.signed.append(said)

    @rule(ago=AGO)
    def count_and_start(self, ago: int) -> None:
        """Count the originals and let it live, both at once."""
        said = self.clock - ago
        out_of_order = _ORDER if not self.signed or self.counted is not None else None
        expected = self._making() or out_of_order or self._in_time(said, after=max(self.signed, default=0))
        if self._agrees(expected, lambda: self._count(said)):
            self.counted = said
            self.mandate.start(ends_at=_at(said + 1440), effective_at=_at(said), recorded_at=self._now())
            self.started = said

    @precondition(lambda self: self._making() is None)
    @rule()
    def take_all_steps(self) -> None:
        """Take whatever steps are left, now."""
        for step in (self.verify_identity, self.inform, self.sign, self.count_and_start):
            step(0)

    @rule(sure=st.integers(min_value=0, max_value=9))
    def take_the_paper_back(self, sure: int) -> None:
        """Record the paper void, now and then."""
        if sure:
            return
        call = lambda: self.mandate.void(  # noqa: E731
            VoidReason.WRONG_ORDER, effective_at=self._now(), recorded_at=self._now()
        )
        if self._agrees(self._making(), call):
            self.void = True

    @rule(effective_ago=AGO, known_ago=AGO, kind=st.sampled_from(("revoke", "renounce", *ENDS)))
    def end(self, effective_ago: int, known_ago: int, kind: str | EndKind) -> None:
        """End it in one way or another."""
        effective, known = self.clock - effective_ago, self.clock - known_ago
        counted = max(effective, 0) if kind in UNDECLARED else effective
        expected = self._void() or self._ending(counted, known)
        if self._agrees(expected, lambda: self._end(kind, effective, known)):
            self.ends.append((counted, known))

    @rule(ago=AGO, after_end=st.sampled_from(GROUNDS))
    def do_act(self, ago: int, after_end: AfterEnd | None) -> None:
        """Do an act."""
        said = self.clock - ago
        expected = self._void() or self._acting(said, grounded=after_end is not None)
        if self._agrees(expected, lambda: self._do(said, after_end)):
            self.acts.append(said)

    @precondition(lambda self: self.ends)
    @rule()
    def tell_a_partner(self) -> None:
        """Tell a partner of the end."""
        self.mandate.tell_partner(
            "cnaf", means=ContactMeans.PHONE, all_told=True, effective_at=self._now(), recorded_at=self._now()
        )

    @invariant()
    def the_paper_agrees(self) -> None:
        """Compare the mandate with the model."""
        mandate = self.mandate
        assert len(mandate.identities) == len(self.checked)
        assert mandate.informed_at == _at_or_none(self.informed)
        assert [signature.effective_at for signature in mandate.signatures] == [_at(said) for said in self.signed]
        assert mandate.started_at == _at_or_none(self.started)
        assert (mandate.voided_at is not None) == self.void
        binding = min((max(end) for end in self.ends), default=None)
        assert (mandate.end.binds_at if mandate.end else None) == _at_or_none(binding)
        assert mandate.is_live == (self.started is not None and not self.ends)
        assert [act.effective_at for act in mandate.acts_done] == [_at(said) for said in self.acts]

    @invariant()
    def no_step_is_out_of_order(self) -> None:
        """Identity, information, signatures, originals, life: each at or after the one before."""
        if self.started is not None:
            assert self.informed is not None
            assert max(self.checked) <= self.informed <= min(self.signed)
            assert max(self.signed) <= self.started

    @invariant()
    def the_stream_tells_the_same(self) -> None:
        """Replay the events and find the same mandate."""
        replayed: Mandate | None = None
        for event in self.mandate.pending_events:
            replayed = event.mutate(replayed)
        assert replayed is not None
        assert replayed.version == self.mandate.version
        assert (replayed.end is None) == (self.mandate.end is None)
        assert (replayed.started_at, replayed.voided_at) == (self.mandate.started_at, self.mandate.voided_at)

    def _making(self) -> RefusalCode | None:
        if self.void:
            return RefusalCode.MANDATE_VOID
        if self.ends:
            return RefusalCode.MANDATE_ENDED
        return RefusalCode.MANDATE_ALREADY_LIVE if self.started is not None else None

    def _void(self) -> RefusalCode | None:
        return RefusalCode.MANDATE_VOID if self.void else None

    def _in_time(self, said: int, *, after: int | None = None) -> RefusalCode | None:
        if said > self.clock:
            return RefusalCode.IN_THE_FUTURE
        if after is not None and said < after:
            return _ORDER
        return RefusalCode.BACKDATED if said < 0 else None

    def _ending(self, effective: int, known: int) -> RefusalCode | None:
        if known > self.clock:
            return RefusalCode.IN_THE_FUTURE
        if any(max(end) <= max(effective, known) for end in self.ends):
            return RefusalCode.MANDATE_ALREADY_ENDED
        return RefusalCode.BACKDATED if effective < 0 else None

    def _acting(self, said: int, *, grounded: bool) -> RefusalCode | None:
        if self.started is None or said < self.started:
            return RefusalCode.MANDATE_NOT_LIVE
        if said > self.clock:
            return RefusalCode.IN_THE_FUTURE
        if not self.ends or grounded:
            return None
        first = min(self.ends, key=max)
        return RefusalCode.MANDATE_ENDED if said >= first[0] else None

    def _agrees(self, expected: RefusalCode | None, call: Callable[[], None]) -> bool:
        """Make a call; say whether it was taken, once it is known that the model says the same."""
        before = self.mandate.version
        try:
            call()
        except RefusedByRule as refused:
            found: RefusalCode | None = refused.refusal
        else:
            found = None
        assert found is expected
        assert (self.mandate.version == before) == (found is not None)
        return found is None

    def _now(self) -> datetime:
        return _at(self.clock)

    def _verify(self, said: int) -> None:
        self.mandate.verify_identity(ALINE, IdentityMethod.PASSPORT, effective_at=_at(said), recorded_at=self._now())

    def _inform(self, said: int) -> None:
        self.mandate.inform(tuple(InformationTopic), notice="1", effective_at=_at(said), recorded_at=self._now())

    def _sign(self, said: int) -> None:
        self.mandate.sign(
            Signature(Signatory.PERSON, ALINE, ALINE), means=SignatureMeans.ON_SITE_PAPER, place=SigningPlace.HOUSE,
            effective_at=_at(said), recorded_at=self._now(),
        )  # fmt: skip

    def _count(self, said: int) -> None:
        self.mandate.count_originals(
            2, paper=PaperPlace.SAFE, template="1", template_sha256="0" * 64, effective_at=_at(said),
            recorded_at=self._now(),
        )  # fmt: skip

    def _end(self, kind: str | EndKind, effective: int, known: int) -> None:
        end = partial(self.mandate.end_by, kind) if isinstance(kind, EndKind) else getattr(self.mandate, kind)
        end(effective_at=_at(effective), known_at=_at(known), recorded_at=self._now())

    def _do(self, said: int, after_end: AfterEnd | None) -> None:
        self.mandate.do_act(
            "A", "A:do", procedure=CASE, partner="cnaf", effective_at=_at(said), recorded_at=self._now(),
            after_end=after_end,
        )  # fmt: skip


_ORDER = RefusalCode.WRONG_ORDER


def _at(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


def _at_or_none(minutes: int | None) -> datetime | None:
    return None if minutes is None else _at(minutes)


TestMandateMachine = MandateMachine.TestCase
TestMandateMachine.settings = settings(max_examples=150, stateful_step_count=40)
