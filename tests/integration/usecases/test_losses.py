"""A loss of data that should live is on record once for each key, and the controller's duty until it is closed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest

from ledger.aggregates.base import REGISTER, LinkKind
from ledger.aggregates.confirmation import Opinion
from ledger.aggregates.duty import Discharge, DutyKind
from ledger.aggregates.loss import FoundBy, Loss, LossEmpty, LossKind
from ledger.bootstrap import open_ledger
from ledger.identifiers import new_id
from ledger.limits import LOSS_KEYS
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import RefusalCode, Role
from ledger.projections.duties import DutyRow, open_duties
from ledger.usecases.agent.acting import NotEnrolled
from ledger.usecases.duty.discharge import discharge
from ledger.usecases.loss.record import record
from ledger.usecases.loss.show import show
from ledger.usecases.ports import Recorded
from tests.integration.usecases.workbench import Workbench


def lost(bench: Workbench, *keys: UUID, actor: UUID | None = None) -> Recorded | None:
    command = bench.command(actor or bench.job)
    return record(bench.desk, command, kind=LossKind.LOST_KEY, keys=keys, found_by=FoundBy.RUN)


def duties(bench: Workbench, house: UUID | None = None) -> list[DutyRow]:
    return open_duties(bench.ledger.current_views(), house=house, kind=DutyKind.QUALIFY_LOSS)


def test_a_loss_is_on_record_and_a_duty_since_the_instant_of_awareness(bench: Workbench) -> None:
    key, aware = new_id(), bench.clock.now() - timedelta(hours=5)
    recorded = record(
        bench.desk, bench.command(bench.job), kind=LossKind.LOST_KEY, keys=[key], found_by=FoundBy.RUN, aware_at=aware
    )
    assert recorded is not None
    (one,) = show(bench.desk, bench.command(bench.delegate))
    assert (one.loss, one.kind, one.found_by) == (recorded.streams[0], LossKind.LOST_KEY, FoundBy.RUN)
    assert (one.keys, one.count, one.aware_at) == ((key,), 1, aware)
    (duty,) = duties(bench)
    assert (duty.about, duty.since, duty.house) == (one.loss, aware, None)
    assert duties(bench, bench.house) == [], "it is no work of an agent of a house"


def test_the_same_key_is_not_told_twice_and_a_new_one_is(bench: Workbench) -> None:
    first, second = new_id(), new_id()
    lost(bench, first)
    assert lost(bench, first, first) is None
    lost(bench, first, second)
    shown = show(bench.desk, bench.command(bench.delegate))
    assert [one.keys for one in shown] == [(first,), (second,)]
    assert len(duties(bench)) == 2


def test_the_same_key_may_be_lost_and_have_been_destroyed_too_early(bench: Workbench) -> None:
    key = new_id()
    lost(bench, key)
    command = bench.command()
    record(bench.desk, command, kind=LossKind.PREMATURE_DESTRUCTION, keys=[key], found_by=FoundBy.PERSON)
    assert len(duties(bench)) == 2


def test_the_same_command_tells_it_once(bench: Workbench) -> None:
    command = bench.command()
    for _ in range(2):
        record(bench.desk, command, kind=LossKind.PREMATURE_DESTRUCTION, keys=(), count=3, found_by=FoundBy.PERSON)
    assert [one.count for one in show(bench.desk, bench.command(bench.delegate))] == [3]


def test_many_keys_leave_several_records_and_lose_none(bench: Workbench) -> None:
    keys = [new_id() for _ in range(LOSS_KEYS + 3)]
    lost(bench, *keys)
    shown = show(bench.desk, bench.command(bench.delegate))
    assert [one.count for one in shown] == [LOSS_KEYS, 3]
    assert [key for one in shown for key in one.keys] == keys


def test_a_loss_of_nothing_or_in_the_future_is_refused(bench: Workbench) -> None:
    for count in (None, 0, -1):
        with pytest.raises(LossEmpty):
            record(bench.desk, bench.command(), kind=LossKind.LOST_KEY, keys=(), count=count, found_by=FoundBy.PERSON)
    ahead = bench.clock.now() + timedelta(seconds=1)
    with pytest.raises(RefusedByRule) as refused:
        record(
            bench.desk,
            bench.command(),
            kind=LossKind.LOST_KEY,
            keys=[new_id()],
            found_by=FoundBy.PERSON,
            aware_at=ahead,
        )
    assert refused.value.decision is RefusalCode.IN_THE_FUTURE
    assert bench.desk.streams.linked(REGISTER, LinkKind.LOSS) == []


def test_whoever_is_enrolled_tells_and_who_decides_or_audits_sees(bench: Workbench) -> None:
    officer = bench.enrol("Odile Officier", Role.DPO)
    for actor in (bench.agent, bench.job, bench.delegate, officer):
        assert lost(bench, new_id(), actor=actor) is not None
    for reader in (bench.delegate, officer):
        assert len(show(bench.desk, bench.command(reader))) == 4
    for other in (bench.agent, bench.job):
        with pytest.raises(RefusedByRule):
            show(bench.desk, bench.command(other))
    with pytest.raises(NotEnrolled):
        lost(bench, new_id(), actor=new_id())


def test_only_the_controller_closes_the_duty(bench: Workbench) -> None:
    lost(bench, new_id())
    lost(bench, new_id())
    first, second = (duty.duty for duty in duties(bench))
    officer = bench.enrol("Odile Officier", Role.DPO)
    for other in (bench.agent, bench.job, officer):
        with pytest.raises(RefusedByRule):
            discharge(bench.desk, bench.command(other), first, kind=DutyKind.QUALIFY_LOSS)
    discharge(bench.desk, bench.command(bench.delegate), first, kind=DutyKind.QUALIFY_LOSS)
    discharge(
        bench.desk, bench.command(bench.delegate), second, kind=DutyKind.QUALIFY_LOSS, how=Discharge.NOT_APPLIED,
        opinion=Opinion.FAVOURABLE, officer=officer, note="by-mistake",
    )  # fmt: skip
    assert duties(bench) == []


def test_the_log_shows_in_clear_that_something_was_lost_and_when_it_was_known_and_no_more(bench: Workbench) -> None:
    key = new_id()
    recorded = lost(bench, key)
    assert recorded is not None
    (entry,) = (each for each in bench.ledger.log.each() if each.header.topic == "loss.found.1")
    assert key.hex not in repr(entry.header).replace("-", "")
    assert "lost-key" not in repr(entry.header)
    assert bench.desk.streams.load(Loss, recorded.streams[0]).aware_at == bench.clock.now()


def test_a_key_that_several_find_lost_at_once_is_told_once(bench: Workbench) -> None:
    key, start = new_id(), Barrier(4)

    def one_of_them() -> Recorded | None:
        ledger = open_ledger(bench.ledger.locations.home, clock=bench.clock)
        try:
            command = ledger.command_of(bench.job, at=bench.clock.now())
            start.wait()
            return record(ledger.desk, command, kind=LossKind.LOST_KEY, keys=[key], found_by=FoundBy.RUN)
        finally:
            ledger.close()

    with ThreadPoolExecutor(4) as several:
        told = [future.result() for future in [several.submit(one_of_them) for _ in range(4)]]
    assert [each is None for each in told].count(False) == 1
    assert [one.keys for one in show(bench.desk, bench.command(bench.delegate))] == [(key,)]
