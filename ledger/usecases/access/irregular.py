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
from ledger.aggregates.reading import Reading
from ledger.policies.vocabulary import Gateway
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, own_scope


def flag_irregular_accesses(desk: Desk, command: Command, mandate: Mandate) -> tuple[UUID, ...]:
    """
    Flag each access granted under a mandate from the instant at which its end bound, and give their ids.

    It follows the command that ended the mandate, under an id made from that command's: taken up again, it flags what
    is left.
    """
    found = [access for access in accesses_under(desk, mandate.id) if _may_be_irregular(access, mandate)]
    if not found:
        return ()
    following = replace(command, id=uuid5(command.id, "irregular accesses"), request=b"")
    if desk.streams.recall(following) is not None:
        return tuple(access.id for access in found if access.is_flagged)
    with judging(desk, following) as judgement:
        flagged = []
        for access in found:
            procedure = judgement.known(access.procedure)
            if procedure is not None and judgement.known(access.mandate) == mandate.id:
                if not access.is_flagged:
                    access.flag_irregular(procedure=procedure)
                flagged.append(access)
        page = Reading.of_page(house=command.house, page="access.irregular", rows=len(found))
        judgement.commit(*flagged, page)
    return tuple(access.id for access in flagged)


def accesses_under(desk: Desk, mandate_id: UUID) -> Iterator[Access]:
    """Give every access of the procedures that a mandate serves; which of them rest on it is sealed."""
    for procedure in desk.streams.linked(own_scope(Scope.MANDATE, mandate_id), LinkKind.PROCEDURE):
        ids = desk.streams.linked(own_scope(Scope.PROCEDURE_TRAIL, procedure), LinkKind.ACCESS)
        for access in desk.streams.load_all([(Access, access_id) for access_id in ids]):
            assert isinstance(access, Access)
            yield access


def _may_be_irregular(access: Access, mandate: Mandate) -> bool:
    end = mandate.end
    return (
        end is not None and access.granted and access.gateway is Gateway.MANDATE and access.recorded_at >= end.binds_at
    )
