"""What was done under a mandate, and with which partners: those who are told when it ends (Code civil 2005)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ledger.aggregates.access import Access
from ledger.aggregates.base import LinkKind, Scope
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.procedure import Procedure
from ledger.policies.vocabulary import GatewayShown, Place
from ledger.usecases.access.irregular import accesses_under
from ledger.usecases.gate import FactOpener
from ledger.usecases.ports import Desk, own_scope


@dataclass(frozen=True, eq=False)
class Dealings:
    """What was dealt under a mandate, and the procedures that this was read from."""

    partners: tuple[str, ...]
    worked_at: tuple[datetime, ...]
    """When data were sent on, or kept."""
    procedures: tuple[Procedure, ...]


def dealings_under(desk: Desk, opener: FactOpener, mandate: Mandate) -> Dealings:
    """
    Give what was done under a mandate; the partners by an act, a transmission, or a look in their portal.

    A partner that nothing was done with is not told: that would say what it need not know.
    """
    found = {opener.known(act.partner) for act in mandate.acts_done}
    looks = list(accesses_under(desk, mandate.id))
    linked = desk.streams.linked(own_scope(Scope.MANDATE, mandate.id), LinkKind.PROCEDURE)
    procedures = tuple(desk.streams.load(Procedure, procedure_id) for procedure_id in linked)
    worked_at: list[datetime] = []
    for procedure in procedures:
        sent = [each.effective_at for each in procedure.transmissions if opener.known(each.mandate) == mandate.id]
        kept = [each.recorded_at for each in procedure.values if opener.known(each.mandate) == mandate.id]
        worked_at += [*sent, *kept]
        if sent or _looked_under(opener, looks, procedure, mandate):
            found.add(opener.known(procedure.partner))
    partners = tuple(sorted(partner for partner in found if partner is not None))
    return Dealings(partners, tuple(worked_at), procedures)


def to_tell(opener: FactOpener, mandate: Mandate) -> frozenset[str]:
    """Give the partners that the record of the end, and what was entered late after it, name to be told."""
    if mandate.end is None:
        return frozenset()
    found = (opener.known(partner) for partner in mandate.partners_found)
    return frozenset([*(opener.known(mandate.end.partners) or ()), *(each for each in found if each is not None)])


def find_partner(opener: FactOpener, mandate: Mandate, partner: str) -> bool:
    """
    See to it that a partner with which something was done, as is entered late, is told of an end on record by then.

    A partner is bound by the end only once it is told (Code civil 2005). Say whether it has to be, and nobody knew.
    """
    told = {opener.known(each) for each in mandate.partners_told}
    if mandate.end is None or partner in told or partner in to_tell(opener, mandate):
        return False
    mandate.find_partner(partner)
    return True


def _looked_under(opener: FactOpener, looks: Iterable[Access], procedure: Procedure, mandate: Mandate) -> bool:
    return any(
        look.granted
        and look.gateway is GatewayShown.MANDATE
        and opener.known(look.procedure) == procedure.id
        and opener.known(look.place) is Place.PORTAL
        and opener.known(look.mandate) == mandate.id
        for look in looks
    )
