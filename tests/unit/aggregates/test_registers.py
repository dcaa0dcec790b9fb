"""What stands in the register: authorities, destructions, runs, confirmations, discharges, tallies."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import pytest

from ledger.aggregates.authority import (
    Authority,
    AuthorityRangeInvalid,
    AuthorityReferenceMissing,
    AuthorityRevoked,
    CategoryNeverDestroyed,
)
from ledger.aggregates.base import REGISTER, Link, LinkKind, Scope
from ledger.aggregates.confirmation import Confirmation, Opinion, OpinionIncomplete
from ledger.aggregates.destruction import Destruction, DestructionCompleted, DestructionReason
from ledger.aggregates.duty import Discharge, DischargeUnexplained, Duty, DutyKind, SetAside, duty_id
from ledger.aggregates.run import Done, Planned, Run, RunCompleted
from ledger.clock import UTC
from ledger.identifiers import new_id
from ledger.rules.retention_terms import RetentionClass

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
FIRST, LAST = date(2020, 1, 1), date(2024, 12, 31)


def an_authority(
    *,
    category: RetentionClass = RetentionClass.WORKING_DATA,
    first_day: date = FIRST,
    last_day: date | None = LAST,
    reference: str = " AD53-1 ",
) -> Authority:
    return Authority.grant(
        category=category, first_day=first_day, last_day=last_day, reference=reference, effective_at=NOW
    )


def test_an_authority_has_a_range_a_reference_and_a_category_that_ends() -> None:
    assert an_authority().reference.expose() == "AD53-1"
    assert an_authority(last_day=FIRST).last_day.expose() == FIRST
    assert an_authority(last_day=None).last_day.expose() is None
    with pytest.raises(AuthorityRangeInvalid):
        an_authority(last_day=date(2019, 12, 31))
    with pytest.raises(AuthorityReferenceMissing):
        an_authority(reference=" ")
    with pytest.raises(CategoryNeverDestroyed):
        an_authority(category=RetentionClass.ELIMINATION_SLIPS)


def test_an_authority_is_revoked_once() -> None:
    authority = an_authority()
    authority.revoke(effective_at=NOW)
    assert authority.revoked_at == NOW
    with pytest.raises(AuthorityRevoked):
        authority.revoke(effective_at=NOW)


def a_destruction(key: UUID) -> Destruction:
    return Destruction.fence(
        key_id=key,
        category=RetentionClass.WORKING_DATA,
        authority=new_id(),
        run=new_id(),
        reason=DestructionReason.RESOLVED,
    )


def test_a_destruction_names_its_key_in_clear_and_nothing_else() -> None:
    key, authority, run = new_id(), new_id(), new_id()
    destruction = a_destruction(key)
    destruction.complete(category=RetentionClass.WORKING_DATA, authority=authority, run=run)
    for event in destruction.pending_events:
        shape = type(event).SHAPE  # type: ignore[attr-defined]
        assert [name for name, _ in shape.header] == ["covers", "decision"]
        assert {field.scope for field in shape.sealed} == {Scope.REGISTER}
        assert event.covers == key  # type: ignore[attr-defined]
        assert event.links() == ()  # type: ignore[attr-defined]


def test_a_destruction_is_completed_once() -> None:
    destruction = a_destruction(new_id())
    said = {"category": RetentionClass.WORKING_DATA, "authority": new_id(), "run": new_id()}
    destruction.complete(**said)  # type: ignore[arg-type]
    with pytest.raises(DestructionCompleted):
        destruction.complete(**said)  # type: ignore[arg-type]


def test_a_run_ends_once() -> None:
    run = Run.start(on=date(2026, 1, 5), planned=Planned(to_destroy=2))
    assert run.completed_at is None
    run.complete(Done(destroyed=2))
    assert run.done is not None
    assert run.done.expose() == Done(2, 0, 0, 0, truncated=True)
    with pytest.raises(RunCompleted):
        run.complete(Done())


@pytest.mark.parametrize(
    ("opinion", "officer", "note", "allowed"),
    [
        (Opinion.FAVOURABLE, new_id(), "", True),
        (Opinion.FAVOURABLE, None, "why", False),
        (Opinion.UNFAVOURABLE, new_id(), "why", True),
        (Opinion.UNFAVOURABLE, new_id(), "  ", False),
        (Opinion.UNFAVOURABLE, None, "why", False),
        (Opinion.NONE_WITHIN_DELAY, None, "why", True),
        (Opinion.NONE_WITHIN_DELAY, None, "", False),
    ],
)
def test_an_opinion_has_an_author_and_going_without_it_a_reason(
    opinion: Opinion, officer: UUID | None, note: str, allowed: bool
) -> None:
    said = {"entry": "CNAF01-rsa", "digest": "0" * 64, "opinion": opinion, "officer": officer, "note": note}
    if allowed:
        Confirmation.record(**said, effective_at=NOW)  # type: ignore[arg-type]
    else:
        with pytest.raises(OpinionIncomplete):
            Confirmation.record(**said, effective_at=NOW)  # type: ignore[arg-type]


def test_a_duty_has_one_id_for_each_event_and_kind() -> None:
    event = new_id()
    ids = {duty_id(event, kind) for kind in DutyKind}
    assert len(ids) == len(DutyKind)
    assert duty_id(event, DutyKind.ACCOUNT) in ids
    assert not ids & {duty_id(new_id(), kind) for kind in DutyKind}


def test_the_id_of_a_duty_never_changes() -> None:
    event = UUID("11111111-2222-4333-8444-555555555555")
    assert duty_id(event, DutyKind.TELL_PARTNER) == UUID("d099721c-3728-5031-b739-4c9f67b8648b")


def test_setting_a_duty_aside_takes_an_opinion_and_a_reason() -> None:
    said = {"kind": DutyKind.ACCOUNT, "house": None, "effective_at": NOW}
    Duty.discharge(new_id(), how=Discharge.DONE, **said)  # type: ignore[arg-type]
    Duty.discharge(new_id(), how=Discharge.NOT_APPLIED, opinion=Opinion.FAVOURABLE, reason=SetAside.DECLINED, **said)  # type: ignore[arg-type]
    for missing in ({"opinion": Opinion.FAVOURABLE}, {"reason": SetAside.DECLINED}):
        with pytest.raises(DischargeUnexplained):
            Duty.discharge(new_id(), how=Discharge.NOT_APPLIED, **missing, **said)  # type: ignore[arg-type]


def test_the_register_leads_to_what_is_listed_from_it() -> None:
    authority, run = an_authority(), Run.start(on=FIRST, planned=Planned())
    confirmation = Confirmation.record(
        entry="E", digest="0", opinion=Opinion.FAVOURABLE, officer=new_id(), note="", effective_at=NOW
    )
    listed = [(authority, LinkKind.AUTHORITY), (run, LinkKind.RUN), (confirmation, LinkKind.CONFIRMATION)]
    for aggregate, kind in listed:
        assert aggregate.pending_events[0].links() == (Link(REGISTER, kind, aggregate.id),)  # type: ignore[attr-defined]
