"""What was done under a mandate, and with which partners: those who are told when it ends (Code civil 2005)."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.aggregates.access import Access
from ledger.aggregates.base import LinkKind, Scope
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.procedure import Procedure
from ledger.policies.vocabulary import Gateway, Place
from ledger.usecases.access.irregular import accesses_under
from ledger.usecases.gate import FactOpener
from ledger.usecases.ports import Desk, own_scope


def partners_dealt_with(desk: Desk, opener: FactOpener, mandate: Mandate) -> tuple[str, ...]:
    """
    Give the partners that somebody dealt with under a mandate: by an act, a transmission, or a look in their portal.

    A partner that nothing was done with is not told: that would say what it need not know.
    """
    found = {opener.known(act.partner) for act in mandate.acts_done}
    looks = list(accesses_under(desk, mandate.id))
    for procedure_id in desk.streams.linked(own_scope(Scope.MANDATE, mandate.id), LinkKind.PROCEDURE):
        procedure = desk.streams.load(Procedure, procedure_id)
        if _sent_under(opener, procedure, mandate) or _looked_under(opener, looks, procedure, mandate):
            found.add(opener.known(procedure.partner))
    return tuple(sorted(partner for partner in found if partner is not None))


def _sent_under(opener: FactOpener, procedure: Procedure, mandate: Mandate) -> bool:
    return any(opener.known(sent.mandate) == mandate.id for sent in procedure.transmissions)


def _looked_under(opener: FactOpener, looks: Iterable[Access], procedure: Procedure, mandate: Mandate) -> bool:
    return any(
        look.granted
        and look.gateway is Gateway.MANDATE
        and opener.known(look.procedure) == procedure.id
        and opener.known(look.place) is Place.PORTAL
        and opener.known(look.mandate) == mandate.id
        for look in looks
    )
