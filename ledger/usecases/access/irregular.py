"""
Find what was looked at once a mandate's end was known, and mark it for review.

It runs after the end is on record: from then on nothing is granted under the mandate, so nothing is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid5

from ledger.aggregates.access import Access
from ledger.aggregates.base import LinkKind, Scope
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.mandate_records import RecordedEnd
from ledger.policies.vocabulary import EndKind, GatewayShown
from ledger.usecases.gate import FactOpener, judging
from ledger.usecases.ports import Command, Desk, own_scope


def flag_irregular_accesses(desk: Desk, command: Command, mandate: Mandate) -> tuple[UUID, ...]:
    """
    Flag each access granted under a mandate from the instant at which its end bound, and give their ids.

    It follows the command that ended the mandate, or the next one about it where that was cut short, under an id made
    from that command's: taken up again, it flags what is left. What was reviewed since the end is left as it is.
    """
    if mandate.end is None:
        return ()
    end = mandate.end
    found = [access for access in accesses_under(desk, mandate.id) if _may_be_irregular(access, end)]
    following = replace(command, id=uuid5(command.id, f"irregular accesses {end.recorded_at}"), request=b"")
    if all(_reviewed_since(access, end) for access in found) or desk.streams.recall(following) is not None:
        return tuple(access.id for access in found if access.is_flagged)
    with judging(desk, following) as judgement:
        flagged: list[Access] = []
        reviewed: list[Access] = []
        last_act = _kind(judgement, end) is EndKind.EXHAUSTED
        for access in found:
            if last_act and access.recorded_at == end.binds_at:
                continue
            procedure = judgement.known(access.procedure)
            if procedure is not None and judgement.known(access.mandate) == mandate.id:
                if not _reviewed_since(access, end):
                    access.flag_irregular(procedure=procedure)
                    reviewed.append(access)
                flagged.append(access)
        judgement.commit(*reviewed, *judgement.page("access.irregular", rows=len(found)))
    return tuple(access.id for access in flagged if access.is_flagged)


def accesses_under(desk: Desk, mandate_id: UUID) -> Iterator[Access]:
    """Give every access of the procedures that a mandate serves; which of them rest on it is sealed."""
    for procedure in desk.streams.linked(own_scope(Scope.MANDATE, mandate_id), LinkKind.PROCEDURE):
        yield from accesses_of(desk, procedure)


def accesses_of(desk: Desk, procedure_id: UUID) -> Iterator[Access]:
    """Give every access of a procedure."""
    ids = desk.streams.linked(own_scope(Scope.PROCEDURE_TRAIL, procedure_id), LinkKind.ACCESS)
    for access in desk.streams.load_all([(Access, access_id) for access_id in ids]):
        assert isinstance(access, Access)
        yield access


def _may_be_irregular(access: Access, end: RecordedEnd) -> bool:
    return access.granted and access.gateway is GatewayShown.MANDATE and access.recorded_at >= end.binds_at


def _reviewed_since(access: Access, end: RecordedEnd) -> bool:
    return access.reviewed_at is not None and access.reviewed_at >= end.recorded_at


def _kind(opener: FactOpener, end: RecordedEnd) -> EndKind | None:
    return end.kind if isinstance(end.kind, EndKind) else opener.known(end.kind)
