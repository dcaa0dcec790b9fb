"""A procedure from its opening to its outcome, and back as long as nothing is destroyed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger.aggregates.base import REGISTRY, LinkKind, Scope
from ledger.aggregates.procedure import Procedure
from ledger.aggregates.procedure_events import Circumstances, MandateAttached, ProcedureDisclosed, ProcedureOpened
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import (
    ABANDONMENTS,
    RESOLUTIONS,
    ContactMeans,
    DisclosureGround,
    DisclosureMoment,
    DisclosureReview,
    Gateway,
    Mission,
    Mode,
    OutcomeCode,
    RefusalCode,
)
from tests.unit.aggregates.lives import AGENT, ALINE, HOUSE, MANDATE, at, opened

HERE = Circumstances(Gateway.PRESENCE)


def refused(call: Callable[[], object]) -> RefusalCode:
    """Give the code with which a call is refused."""
    with pytest.raises(RefusedByRule) as caught:
        call()
    return caught.value.refusal


def transmit(procedure: Procedure, minutes: float = 10) -> None:
    procedure.transmit(
        "caf", HERE, fields=("id.civil",), act="CNAF01-rsa:file", reference="",
        commercial=False, consent=False, information=False,
        effective_at=at(minutes), recorded_at=at(minutes),
    )  # fmt: skip


def resolve(procedure: Procedure, outcome: OutcomeCode = OutcomeCode.RIGHT_OPENED, minutes: float = 20) -> None:
    procedure.resolve(outcome, mission=Mission.ADMINISTRATIVE_HELP, effective_at=at(minutes), recorded_at=at(minutes))


def disclose(procedure: Procedure, minutes: float = 30) -> None:
    procedure.disclose(
        "gendarmerie", ground=DisclosureGround.JUDICIAL_REQUISITION, moment=DisclosureMoment.DECIDED_BEFORE,
        text="CPP 77-1-1", reference="PV 17", fields=("ct.postal",), decided_by=AGENT, note="",
        effective_at=at(minutes), recorded_at=at(minutes),
    )  # fmt: skip


def everything(procedure: Procedure) -> list[Callable[[], None]]:
    """Give all that can be done with an open procedure."""
    return [
        lambda: procedure.attach_mandate(MANDATE),
        lambda: procedure.keep_value("no.caf", "0000017", HERE),
        lambda: procedure.do_act(
            "CNAF01-rsa:file", HERE, effective_at=at(10), recorded_at=at(10)
        ),
        lambda: transmit(procedure),
        lambda: procedure.contact(ContactMeans.PHONE, note="", effective_at=at(10), recorded_at=at(10)),
        lambda: resolve(procedure),
        lambda: procedure.abandon(OutcomeCode.NO_NEWS, effective_at=at(20), recorded_at=at(20)),
    ]  # fmt: skip


def test_what_was_sent_is_not_resolved() -> None:
    procedure = opened()
    transmit(procedure)
    assert not procedure.is_closed
    assert procedure.transmissions[0].recipient.expose() == "caf"
    resolve(procedure)
    assert procedure.is_closed


def test_a_closed_procedure_takes_nothing_more() -> None:
    for end in (5, 6):
        procedure = opened()
        everything(procedure)[end]()
        for call in everything(procedure):
            assert refused(call) is RefusalCode.PROCEDURE_CLOSED


def test_a_restricted_procedure_is_read_and_worked_by_nobody() -> None:
    procedure = opened()
    procedure.restrict(effective_at=at(30))
    for call in (*everything(procedure), lambda: procedure.undo_end(effective_at=at(31))):
        assert refused(call) is RefusalCode.RESTRICTED
    assert refused(lambda: procedure.restrict(effective_at=at(31))) is RefusalCode.RESTRICTED


def test_an_end_is_undone_and_work_goes_on() -> None:
    for end in (5, 6):
        procedure = opened()
        everything(procedure)[end]()
        procedure.undo_end(effective_at=at(25))
        assert not procedure.is_closed
        assert procedure.outcome is None
        everything(procedure)[end]()
        assert procedure.is_closed


def test_there_is_no_end_to_undo_before_there_is_one() -> None:
    assert refused(lambda: opened().undo_end(effective_at=at(1))) is RefusalCode.NOT_RESOLVED


@pytest.mark.parametrize("outcome", sorted(ABANDONMENTS))
def test_a_reason_to_leave_is_no_resolution(outcome: OutcomeCode) -> None:
    procedure = opened()
    assert refused(lambda: resolve(procedure, outcome)) is RefusalCode.OUTCOME_DOES_NOT_FIT
    procedure.abandon(outcome, effective_at=at(20), recorded_at=at(20))
    assert procedure.is_closed


@pytest.mark.parametrize("outcome", sorted(RESOLUTIONS))
def test_an_outcome_is_no_reason_to_leave(outcome: OutcomeCode) -> None:
    procedure = opened()
    assert refused(
        lambda: procedure.abandon(outcome, effective_at=at(20), recorded_at=at(20))
    ) is RefusalCode.OUTCOME_DOES_NOT_FIT  # fmt: skip


def test_putting_somebody_in_contact_does_not_resolve_what_was_to_be_done() -> None:
    procedure = opened()
    assert refused(lambda: resolve(procedure, OutcomeCode.CONTACT_ESTABLISHED)) is RefusalCode.OUTCOME_DOES_NOT_FIT


@pytest.mark.parametrize(
    ("mission", "mode", "refusal"),
    [
        (Mission.INFORM, Mode.ASSIST, None),
        (Mission.INFORM, Mode.ACT_FOR, RefusalCode.ANONYMOUS_VISIT),
        (Mission.DIGITAL_HELP, Mode.ASSIST, RefusalCode.ANONYMOUS_VISIT),
    ],
)
def test_a_visit_without_identity_is_for_information(mission: Mission, mode: Mode, refusal: RefusalCode | None) -> None:
    def visit() -> Procedure:
        return Procedure.open_for(
            None, house=HOUSE, entry="CNAF01-rsa", partner="cnaf", mission=mission, mode=mode, present=True,
            informed=True, note="", effective_at=at(0), recorded_at=at(0),
        )  # fmt: skip

    if refusal is None:
        event = visit().pending_events[0]
        assert isinstance(event, ProcedureOpened)
        assert event.links() == ()
        assert event.anonymous.expose() is True
    else:
        assert refused(visit) is refusal


def test_a_case_carries_its_person_by_links_only() -> None:
    procedure = opened()
    event = procedure.pending_events[0]
    assert isinstance(event, ProcedureOpened)
    assert {(link.scope.kind, link.scope.of, link.kind, link.stream_id) for link in event.links()} == {
        (Scope.IDENTITY, ALINE.hex, LinkKind.PROCEDURE, procedure.id),
        (Scope.PROCEDURE_TRAIL, procedure.id.hex, LinkKind.SUBJECT, ALINE),
    }


def test_a_mandate_leads_to_the_procedures_that_it_serves() -> None:
    procedure = opened()
    procedure.attach_mandate(MANDATE)
    event = procedure.pending_events[-1]
    assert isinstance(event, MandateAttached)
    (link,) = event.links()
    assert (link.scope.kind, link.scope.of, link.kind) == (Scope.MANDATE, MANDATE.hex, LinkKind.PROCEDURE)


def test_only_the_person_s_own_contact_moves_the_last_contact() -> None:
    procedure = opened()
    transmit(procedure, 10)
    assert procedure.last_contact_at == at(0)
    procedure.contact(ContactMeans.MAIL, note="", effective_at=at(40), recorded_at=at(50))
    procedure.contact(ContactMeans.PHONE, note="", effective_at=at(30), recorded_at=at(50))
    assert procedure.last_contact_at == at(40)


def test_what_a_text_requires_is_not_barred_by_an_end() -> None:
    procedure = opened()
    resolve(procedure)
    disclose(procedure)
    event = procedure.pending_events[-1]
    assert isinstance(event, ProcedureDisclosed)
    assert event.decision is DisclosureReview.DUE
    assert event.moment.expose() is DisclosureMoment.DECIDED_BEFORE
    assert event.through.expose() is Gateway.LEGAL_EXCHANGE
    assert procedure.disclosures == 1


def test_nothing_is_dated_before_the_opening_or_ahead() -> None:
    procedure = opened()
    assert refused(lambda: transmit(procedure, -1)) is RefusalCode.BACKDATED
    assert refused(lambda: resolve(procedure, minutes=-1)) is RefusalCode.BACKDATED
    assert refused(lambda: disclose(procedure, -1)) is RefusalCode.BACKDATED
    assert refused(
        lambda: procedure.contact(ContactMeans.PHONE, note="", effective_at=at(2), recorded_at=at(1))
    ) is RefusalCode.IN_THE_FUTURE  # fmt: skip


def test_no_event_of_a_procedure_shows_what_it_is_about() -> None:
    shown = {
        name
        for topic, event_class in REGISTRY.items()
        if topic.startswith("procedure.")
        for name, _ in event_class.SHAPE.header
    }
    assert shown == {"house", "effective_at", "gateway", "decision"}
    values = {
        field.name
        for topic, event_class in REGISTRY.items()
        if topic.startswith("procedure.")
        for field in event_class.SHAPE.sealed
        if field.scope is Scope.PROCEDURE_DATA
    }
    assert values == {"value"}
