"""
Retention as Hypothesis drives it: open, end, hold, authorities that come and go, runs that die, restores, time.

Against a model that only knows what was asked, on a real ledger:

1. nothing is destroyed that is not over, nor without an authority in force, nor under a hold set before the fence;
2. what lives opens to the very value that was kept, whatever died beside it;
3. what a run fenced is withheld until a run completes it, then erased for ever; a hold set later can't undo it;
4. a fenced scope never gets another key;
5. a restore brings back what people recorded, and nothing of what was destroyed since.
"""

from __future__ import annotations

import shutil
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ledger.aggregates.base import Scope
from ledger.aggregates.hold import HoldKind, HoldTarget
from ledger.aggregates.procedure import Procedure
from ledger.aggregates.procedure_events import Circumstances
from ledger.backup.manifest import Part
from ledger.bootstrap import open_ledger
from ledger.bootstrap.backing_up import back_up
from ledger.bootstrap.restoring import Restorer, restore
from ledger.bootstrap.retaining import destruction_of
from ledger.errors import Conflict, DataErased, Unavailable
from ledger.personal import Erased, Personal, Withheld
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import Gateway
from ledger.sealing.failures import KeyStoreUnavailable
from ledger.store.verification import check_log
from ledger.usecases.gate import Grant, open_values
from ledger.usecases.keys.turning import rotate
from ledger.usecases.ports import own_scope
from ledger.usecases.procedure.ending import undo_resolution
from ledger.usecases.retention.authorities import revoke
from ledger.usecases.retention.holds import release, set_hold
from tests.integration.usecases.workbench import ALINE, make_workbench

FAR = date(2090, 1, 1)


class State(Enum):
    """What the model knows of the value of a procedure."""

    LIVES = auto()
    FENCED = auto()
    ERASED = auto()


@dataclass
class Case:
    """One procedure of the model, with one value."""

    value: str
    ended: bool = False
    restricted: bool = False
    state: State = State.LIVES
    key_is_gone: bool = False


class RetentionMachine(RuleBasedStateMachine):
    """The model: procedures with their value, holds that stand, whether the archives agree."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(mkdtemp(prefix="retention-"))
        self.bench = make_workbench(self.folder / "ledger")
        self.person = self.bench.person(ALINE)
        self.cases: dict[UUID, Case] = {}
        self.holds: dict[UUID, UUID] = {}
        self.authority: UUID | None = self.bench.authority()
        self.kept: tuple[Path, dict[UUID, Case], dict[UUID, UUID], UUID | None] | None = None
        for _ in range(2):  # something to begin with: what is rare is what is looked for
            self.open_one()

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            self.bench.close()
            shutil.rmtree(self.folder)

    def chosen(self, at: int) -> tuple[UUID, Case]:
        return list(self.cases.items())[at % len(self.cases)]

    @rule()
    def open_one(self) -> None:
        value = f"AB-{len(self.cases):03d}-CD"
        self.cases[self.bench.procedure(self.person, values=(value,))] = Case(value)

    @precondition(lambda self: self.cases)
    @rule(at=st.integers(0, 3))
    def resolve(self, at: int) -> None:
        id_, case = self.chosen(at)
        if not case.ended:
            self.bench.resolve(id_)
            case.ended = True

    @precondition(lambda self: self.cases)
    @rule(at=st.integers(0, 3))
    def undo(self, at: int) -> None:
        id_, case = self.chosen(at)
        try:
            undo_resolution(self.bench.desk, self.bench.command(), id_)
        except (RefusedByRule, Conflict):
            assert not case.ended or case.restricted or case.state is not State.LIVES
        else:
            assert case.state is State.LIVES
            case.ended = False

    @precondition(lambda self: self.cases)
    @rule(at=st.integers(0, 3))
    def hold(self, at: int) -> None:
        id_, _ = self.chosen(at)
        done = set_hold(
            self.bench.desk, self.bench.command(self.bench.delegate), kind=HoldKind.LITIGATION,
            target=HoldTarget.PROCEDURE, held=id_, review_on=FAR, reason="Recours",
        )  # fmt: skip
        self.holds[done.hold] = id_

    @precondition(lambda self: self.holds)
    @rule(at=st.integers(0, 3))
    def release(self, at: int) -> None:
        hold = list(self.holds)[at % len(self.holds)]
        release(self.bench.desk, self.bench.command(self.bench.delegate), hold)
        del self.holds[hold]

    @rule()
    def agree(self) -> None:
        if self.authority is None:
            self.authority = self.bench.authority()

    @precondition(lambda self: self.authority)
    @rule()
    def disagree(self) -> None:
        assert self.authority is not None
        revoke(self.bench.desk, self.bench.command(self.bench.delegate), self.authority)
        self.authority = None

    @rule(days=st.integers(1, 20))
    def wait(self, days: int) -> None:
        self.bench.later(days=days)

    @rule()
    def turn_the_tree(self) -> None:
        rotate(self.bench.desk, self.bench.command(self.bench.delegate), destruction_of(self.bench.ledger))

    @rule()
    def night(self) -> None:
        self.run("")

    @rule(at=st.integers(0, 3), dies_at=st.sampled_from(("_keys.destroy_all", "_disposal.complete")))
    def night_that_dies(self, at: int, dies_at: str) -> None:
        self.resolve(at)
        self.run(dies_at)

    @rule(at=st.integers(0, 3))
    def night_after_a_hold(self, at: int) -> None:
        self.resolve(at)
        self.hold(at)
        self.run("")

    def run(self, dies_at: str) -> None:
        going = [case for id_, case in self.cases.items() if self._goes(id_, case)]
        fenced = [case for case in self.cases.values() if case.state is State.FENCED]
        runner = self.bench.ledger.retention
        part, _, method = dies_at.partition(".")
        whole = getattr(runner, part, None)
        if part:
            setattr(runner, part, _Dying(whole, method))
        try:
            runner.run(self.bench.command(self.bench.job))
        except Unavailable:
            assert part
            for case in [] if fenced else going:  # what an earlier run fenced comes first, and dies first
                case.state = State.FENCED
            for case in fenced or going:
                case.key_is_gone |= method == "complete"
        else:
            for case in going + fenced:
                case.state, case.key_is_gone = State.ERASED, True
            for case in self.cases.values():
                case.restricted |= case.ended and case.state is State.LIVES
        finally:
            if part:
                setattr(runner, part, whole)

    @rule()
    def back_up(self) -> None:
        folder = self.folder / f"backup-{self.bench.ledger.log.size()}"
        if not folder.exists():
            back_up(self.bench.ledger, folder, parts=list(Part))
        self.kept = folder, deepcopy(self.cases), dict(self.holds), self.authority

    @precondition(lambda self: self.kept)
    @rule()
    def restore(self) -> None:
        assert self.kept is not None
        folder, cases, holds, authority = self.kept
        home = self.bench.ledger.locations.home
        self.bench.ledger.close()
        restore(home, folder, who=Restorer("uid:1000"), accept_loss=True, clock=self.bench.clock)
        self.bench.ledger = open_ledger(home, clock=self.bench.clock)
        gone = {id_ for id_, case in self.cases.items() if case.key_is_gone}
        self.cases, self.holds, self.authority = deepcopy(cases), dict(holds), authority
        for id_, case in self.cases.items():
            if id_ in gone:
                case.state, case.key_is_gone = State.ERASED, True

    def _goes(self, id_: UUID, case: Case) -> bool:
        return (
            case.ended and case.state is State.LIVES and self.authority is not None and id_ not in self.holds.values()
        )

    def value_of(self, id_: UUID) -> Any:
        procedure, now = self.bench.desk.streams.load(Procedure, id_), self.bench.clock.now()
        (found,) = open_values(self.bench.desk, Grant(id_, now, tuple(kept.value for kept in procedure.values)), at=now)
        return found.expose() if isinstance(found, Personal) else found

    @invariant()
    def what_lives_opens_and_nothing_else(self) -> None:
        for id_, case in getattr(self, "cases", {}).items():
            found = self.value_of(id_)
            if case.state is State.LIVES:
                assert found == case.value
            elif case.state is State.FENCED:
                assert isinstance(found, Withheld | Erased)
            else:
                assert isinstance(found, Erased)

    @invariant()
    def a_fenced_scope_gets_no_key(self) -> None:
        for id_, case in getattr(self, "cases", {}).items():
            if case.state is not State.LIVES:
                late = self.bench.desk.streams.load(Procedure, id_)
                late.ended_at = late.restricted_at = None
                late.keep_value("field.9", "ZZ-999-ZZ", Circumstances(Gateway.PRESENCE))
                with pytest.raises((Conflict, DataErased)):
                    self.bench.desk.streams.commit(self.bench.command(), late)
                scope = own_scope(Scope.PROCEDURE_DATA, id_)
                assert self.bench.ledger.retention._disposal.fates([scope])[scope].fenced is not None

    @invariant()
    def the_log_is_whole(self) -> None:
        if hasattr(self, "bench"):
            assert check_log(self.bench.ledger.database).breaks == []


class _Dying:
    """Does what the part behind it does, but dies at one method."""

    def __init__(self, whole: object, method: str) -> None:
        self._whole, self._method = whole, method

    def __getattr__(self, name: str) -> Any:
        if name == self._method:
            return self._die
        return getattr(self._whole, name)

    def _die(self, *args: object, **more: object) -> None:
        raise KeyStoreUnavailable


TestRetention = RetentionMachine.TestCase
TestRetention.settings = settings(
    max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
